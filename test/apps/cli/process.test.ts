import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { registerStage } from '../../../apps/client/stage.ts'
import { type ApiServer, problem, type Reply, startApi } from '../client/api-server.ts'
import { ACCESS_KEY } from '../client/signature.ts'
import { demo, GROUP } from './demo-api.ts'
import { events, normal, running } from './fixtures.ts'
import { environmentOf, runCli, startCli } from './run-cli.ts'

let home: string
let api: ApiServer
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'understudy-test-'))
  api = await startApi(demo())
})
afterEach(async () => {
  await api.close()
  await rm(home, { recursive: true })
})

const env = (more: Record<string, string> = {}) => ({
  ...environmentOf(home),
  UNDERSTUDY_ENDPOINT: api.endpoint,
  ...more,
})
const asked = () => api.calls.map(({ method, path }) => `${method} ${path}`)

describe('the exit code, as scripts see it', () => {
  it.each([
    [0, ['status', '--json'], {}],
    [1, ['status'], { '/clusters': problem(503, 'Busy.') }],
    [2, ['failover', 'pair', 'a'], {}],
    [3, ['fallback', 'pair', 'a', '--yes'], { [`${GROUP}/fallback`]: problem(409, 'Not now.') }],
    [4, ['status', 'none'], {}],
    [5, ['failover', 'pair', 'a', '--yes', '--timeout', '0.1'], { [`${GROUP}/transitions/pair-2`]: { body: running } }],
  ] as [number, string[], Record<string, Reply>][])('is %i for %j', async (code, args, replies) => {
    api.answer(demo(({ path }) => replies[path]))
    const ended = await runCli(args, env())

    expect(ended.code).toBe(code)
    if (code === 0) expect([JSON.parse(ended.output), ended.errors]).toEqual([{ groups: [normal] }, ''])
    else expect(ended.errors).toMatch(/^understudy: [^\n]+\n$/)
  })
})

describe('events that happen', () => {
  it('are followed, each once, across an API that is away, until Ctrl-C', async () => {
    const pages: Record<string, Reply> = {
      '': { body: { events: [{ ...events[0], detail: { cluster: 'demo', group: 'other' } }], cursor: '1' } },
      '1': { body: { events: events.slice(0, 2), cursor: '2' } },
      '2': { body: { events: events.slice(1), cursor: '3' } },
    }
    let cuts = 1
    api.answer(({ query: { cursor = '' } }) => (cursor === '2' && cuts-- > 0 ? 'cut' : (pages[cursor] ?? null)))
    const { child, ended } = startCli(['events', 'pair', '--follow', '--json'], env())
    const seen: string[] = []
    for await (const line of createInterface({ input: child.stdout })) {
      seen.push(JSON.parse(line).id)
      if (seen.length === events.length) child.kill('SIGINT')
    }

    expect(seen).toEqual(events.map(({ id }) => id))
    expect(await ended).toMatchObject({
      code: 0,
      errors: expect.stringMatching(/the connection was cut.*; trying again\n$/),
    })
    expect(api.calls.every(({ query }) => query.wait === '20')).toBe(true)
  })

  it('stop quietly when nobody reads them any more', async () => {
    let count = 0
    api.answer(() => ({ body: { events: [{ ...events[0], id: String(++count) }], cursor: 'c' } }))
    const { child, ended } = startCli(['events', '--follow'], env())
    child.stdout.once('data', () => child.stdout.destroy())

    expect(await ended.catch(() => once(child, 'close')).then(() => child.exitCode)).toBe(0)
  })
})

describe('where to go', () => {
  const noKeys = () => ({ ...env(), AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' })

  it('can be a local stage, as its operator, with nothing configured', async () => {
    const credentialsFile = join(home, 'credentials')
    const { accessKeyId, secretAccessKey } = ACCESS_KEY
    await writeFile(
      credentialsFile,
      `[operator]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    )
    const stage = { endpoint: api.endpoint, dataFolder: home, credentialsFile, pid: process.pid }
    await registerStage(api.port, stage, join(home, `understudy-${userInfo().uid}`))

    expect(await runCli(['status'], noKeys())).toMatchObject({ code: 0, errors: '' })
  })

  it('can be a profile', async () => {
    await mkdir(join(home, '.config', 'understudy'), { recursive: true })
    await writeFile(
      join(home, '.config', 'understudy', 'config.yaml'),
      `test: { endpoint: '${api.endpoint}', cluster: demo, region: eu-west-1 }\n`,
    )
    const ended = await runCli(['status', 'pair'], env({ UNDERSTUDY_ENDPOINT: '', UNDERSTUDY_PROFILE: 'test' }))

    expect(ended).toMatchObject({ code: 0, errors: '' })
    expect(asked()).toEqual([`GET ${GROUP}`])
    expect(api.calls[0]?.headers.authorization).toContain('/eu-west-1/execute-api/')
  })
})

describe('an old Node', () => {
  it('says in one line what it needs', async () => {
    const check = fileURLToPath(new URL('../../../apps/client/check-node.mjs', import.meta.url))
    const as = (version: string) =>
      promisify(execFile)(process.execPath, [
        '--input-type=module',
        '-e',
        `import { checkNode } from '${check}'; checkNode('understudy', '${version}')`,
      ]).then(
        () => 'runs',
        (error: { code: number; stderr: string }) => `${error.code}: ${error.stderr}`,
      )

    expect(await Promise.all(['20.11.1', '22.17.9'].map(as))).toEqual([
      expect.stringMatching(/^1: understudy needs Node 22\.18 or newer and this is Node 20\.11\.1: .*`npm ci`.*\n$/),
      expect.stringMatching(/^1: understudy needs Node 22\.18 or newer and this is Node 22\.17\.9: .*\n$/),
    ])
    expect(await Promise.all(['22.18.0', '24.0.0', '25.1.0'].map(as))).toEqual(['runs', 'runs', 'runs'])
  })
})
