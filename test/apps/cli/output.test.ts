import { stripVTControlCharacters } from 'node:util'
import { parse, parseAllDocuments } from 'yaml'
import { runCli } from '../../../apps/cli/program.ts'
import type { GroupStatus } from '../../../apps/client/answers.ts'
import { type ApiServer, problem, startApi } from '../client/api-server.ts'
import { ACCESS_KEY } from '../client/signature.ts'
import { demo, GROUP } from './demo-api.ts'
import { failedOver, normal, running, succeeded } from './fixtures.ts'
import { openTerminal } from './terminal.ts'

let api: ApiServer
beforeAll(() => {
  process.env.AWS_ACCESS_KEY_ID = ACCESS_KEY.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = ACCESS_KEY.secretAccessKey
})
beforeEach(async () => {
  api = await startApi(demo())
})
afterEach(() => api.close())

async function understudy(screen = openTerminal({ isTTY: false }), ...args: string[]) {
  const code = await runCli(args, screen.terminal, { endpoint: api.endpoint })
  return { code, output: screen.output(), errors: screen.errors() }
}
const piped = (...args: string[]) => understudy(undefined, ...args)

describe('--output', () => {
  it('prints the API’s own shape, as JSON, in many lines or one, or YAML', async () => {
    const shapes = [
      JSON.parse((await piped('status', '-o', 'json')).output),
      JSON.parse((await piped('status', '--json')).output),
      JSON.parse((await piped('status', '-o', 'jsonl')).output.split('\n')[0] ?? ''),
      parse((await piped('--output', 'yaml', 'status')).output),
    ]

    expect(shapes).toEqual(Array.from({ length: 4 }, () => ({ groups: [normal] })))
  })

  it('prints errors in the same format, as problem documents', async () => {
    api.answer(demo(({ path }) => (path === GROUP ? problem(409, 'Not now.') : undefined)))
    const { code, output, errors } = await piped('status', 'pair', '-o', 'yaml')

    expect([code, output, parse(errors)]).toMatchObject([3, '', { status: 409, detail: 'Not now.' }])
  })

  it('table has a line an entry where a program reads it, whose head can be left out', async () => {
    const group = 'long-'.repeat(30)
    const clusters = [{ cluster: 'demo', nodes: ['a', 'b'], groups: [group] }]
    api.answer(demo(({ path }) => (path === '/clusters' ? { body: { clusters } } : undefined)))

    expect((await piped('clusters')).output).toBe(`Cluster  Nodes  Groups\ndemo     2      ${group}\n`)
    expect((await piped('clusters', '--no-headers')).output).toBe(`demo  2  ${group}\n`)
  })

  it('table keeps to the edge of a terminal', async () => {
    const clusters = [{ cluster: 'long-'.repeat(15), nodes: ['a', 'b'], groups: ['long-'.repeat(15), 'pair'] }]
    api.answer(demo(({ path }) => (path === '/clusters' ? { body: { clusters } } : undefined)))
    const { output } = await understudy(openTerminal({ isTTY: true, columns: 60 }), 'clusters')

    expect(output).toContain('pair')
    const lines = stripVTControlCharacters(output).split('\n')
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60)
  })
})

describe('colours', () => {
  it.each<[boolean, boolean, Record<string, string>]>([
    [true, true, {}],
    [false, false, {}],
    [false, true, { NO_COLOR: '1' }],
    [false, true, { TERM: 'dumb' }],
    [true, false, { FORCE_COLOR: '1' }],
    [false, true, { FORCE_COLOR: '0' }],
    [false, true, { FORCE_COLOR: '1', NO_COLOR: '1' }],
  ])('are %s where there being a terminal is %s and the environment is %j', async (colored, isTTY, environment) => {
    const { output } = await understudy(openTerminal({ isTTY, environment }), 'status')

    expect(output.includes('\u001b[32m')).toBe(colored)
  })
})

describe('status --watch into a pipe', () => {
  const heartbeat = {
    ...normal,
    version: 43,
    nodes: normal.nodes.map((node) => ({ ...node, lastHeartbeatAt: 'later' })),
  }

  it('prints a document at each change, and goes on when the API was away', async () => {
    const looks: (GroupStatus | 'cut')[] = [normal, heartbeat, 'cut', failedOver]
    api.answer(
      demo(({ path }) => {
        const look = path === GROUP ? (looks.shift() ?? failedOver) : undefined
        return look === undefined || look === 'cut' ? look : { body: look }
      }),
    )
    const screen = openTerminal({ isTTY: false })
    const ended = understudy(screen, 'status', 'pair', '--watch', '-o', 'yaml')
    await screen.shows('RunningInBackupMode')
    process.emit('SIGINT')

    const { code, output, errors } = await ended
    expect(code).toBe(0)
    expect(parseAllDocuments(output).map((each) => each.toJS())).toEqual([
      { groups: [normal] },
      { groups: [failedOver] },
    ])
    expect(errors).toMatch(/the connection was cut.*; trying again\n$/)
  })

  it('prints pictures where no format is named', async () => {
    const screen = openTerminal({ isTTY: false })
    const ended = understudy(screen, 'status', '--watch')
    await screen.shows('Possible now: failover of a or b')
    process.emit('SIGINT')

    expect(await ended).toMatchObject({ code: 0, output: expect.stringMatching(/^pair · cluster demo/) })
  })
})

describe('--wait', () => {
  it.each([['--wait'], ['--wait=30'], ['--wait', '30']])('%s waits, wherever it stands', async (...wait) => {
    const reports = [running, succeeded]
    api.answer(demo(({ path }) => (path.includes('/transitions/') ? { body: reports.shift() } : undefined)))

    expect(await piped('failover', ...wait, 'pair', 'a', '--yes')).toMatchObject({
      code: 0,
      output: expect.stringContaining('✔ done in 1.3 s'),
    })
  })

  it('gives up after the seconds that it names', async () => {
    api.answer(demo(({ path }) => (path.includes('/transitions/') ? { body: running } : undefined)))

    expect(await piped('failover', 'pair', 'a', '--yes', '--wait=0.3')).toMatchObject({
      code: 5,
      errors: expect.stringContaining('was not over after 0.3 s'),
    })
  })
})
