import { stripVTControlCharacters } from 'node:util'
import { runCli } from '../../../apps/cli/program.ts'
import { type Answer, type ApiServer, problem, startApi } from '../client/api-server.ts'
import { ACCESS_KEY } from '../client/signature.ts'
import { delayed, failingOver, normal, running, succeeded } from './fixtures.ts'
import { openTerminal, type TestTerminal } from './terminal.ts'

const GROUP = '/clusters/demo/groups/pair'

let api: ApiServer
let screen: TestTerminal
const understudy = (...args: string[]) => runCli(args, screen.terminal, { endpoint: api.endpoint })
const posts = () => api.calls.filter(({ method }) => method === 'POST').length
const answering =
  (status: () => unknown, report: () => unknown = () => succeeded): Answer =>
  ({ method, path }) => {
    if (path === '/clusters') return { body: { clusters: [{ cluster: 'demo' }] } }
    if (method === 'POST') return { status: 202, body: { transition: running } }
    if (path === GROUP) return { body: status() }
    return path.startsWith(`${GROUP}/transitions/`) ? { body: report() } : problem(404, 'Nothing is there.')
  }

beforeAll(() => {
  process.env.AWS_ACCESS_KEY_ID = ACCESS_KEY.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = ACCESS_KEY.secretAccessKey
})
beforeEach(async () => {
  api = await startApi(answering(() => normal))
  screen = openTerminal({ isTTY: true })
})
afterEach(() => api.close())

describe('a command that disconnects users, on a terminal', () => {
  it('says what it does and is carried out after a yes', async () => {
    const ended = understudy('failover', 'pair', 'a')
    await screen.shows('Go on? [y/N]')
    expect(stripVTControlCharacters(screen.errors()).replace(/\s+/g, ' ')).toContain(
      'Failover of a to b: the critical services of a are stopped and stay stopped until a fallback. ' +
        `The users of a (12 at present) are disconnected and log in to b. Cluster demo at ${api.endpoint}`,
    )
    expect(posts()).toBe(0)
    screen.type('y\n')

    expect(await ended).toBe(0)
    expect(posts()).toBe(1)
  })

  it.each([
    ['a no', (terminal: TestTerminal) => terminal.type('n\n')],
    ['Enter', (terminal: TestTerminal) => terminal.type('\n')],
    ['the end of the input', (terminal: TestTerminal) => terminal.end()],
  ])('changes nothing after %s', async (_, answer) => {
    const ended = understudy('recover', 'pair')
    await screen.shows('Go on? [y/N]')
    answer(screen)

    expect(await ended).toBe(1)
    expect(screen.errors()).toContain('nothing was changed')
    expect(posts()).toBe(0)
  })

  it('does not ask about a node that is not there', async () => {
    expect(await understudy('fallback', 'pair', 'c')).toBe(4)
    expect(screen.errors()).toContain('pair has no node "c"; it has: a, b')
  })
})

describe('--wait on a terminal', () => {
  it('draws the steps as they come', async () => {
    let report = running
    api.answer(
      answering(
        () => normal,
        () => report,
      ),
    )
    const ended = understudy('failover', 'pair', 'a', '--yes', '--wait')
    await screen.shows('b: took over, in 20 ms')
    report = succeeded

    expect(await ended).toBe(0)
    expect(stripVTControlCharacters(screen.output())).toMatch(/✔ done in 1\.3 s\n {2}a: Normal\n {2}b: Normal\n$/)
  })
})

describe('status --watch', () => {
  it('draws what changes, says when the API is away, and ends with Ctrl-C', async () => {
    let status = delayed
    api.answer(answering(() => status))
    const ended = understudy('status', 'pair', '--watch')
    await screen.shows('begins in')
    status = failingOver
    await screen.shows('closing the door of a')
    api.answer(() => 'cut')
    await screen.shows('the connection was cut')
    api.answer(answering(() => normal))
    await screen.shows('Possible now: failover of a or b')
    process.emit('SIGINT')

    expect(await ended).toBe(0)
    expect(screen.output()).toContain('\u001b[32m')
  })

  it('prints a line at each change with --json', async () => {
    const ended = understudy('status', '--watch', '--json', 'pair')
    await screen.shows('"version":42')
    process.emit('SIGINT')

    expect(await ended).toBe(0)
    expect(JSON.parse(screen.output().split('\n')[0] ?? '')).toEqual({ groups: [normal] })
  })

  it('fails where the group is not there', async () => {
    expect(await understudy('status', 'none', '--watch')).toBe(4)
  })
})

describe('wrong usage', () => {
  beforeEach(() => {
    screen = openTerminal({ isTTY: false })
  })

  it.each([
    [[], /^Usage: understudy/],
    [['statsu'], /unknown command 'statsu'/],
    [['status', 'a', 'b'], /too many arguments/],
    [['status', '..'], /is invalid for argument 'group'. It is not a name./],
    [['status', '--output', 'xml'], /Allowed choices are table, json, jsonl, yaml/],
    [['failover', 'pair', 'a'], /add --yes/],
    [['failover', 'pair', '--yes'], /missing required argument 'node'/],
    [['recover', 'pair', '--yes', '--timeout', '0'], /must be a number of seconds above 0/],
    [['recover', 'pair', '--yes', '--idempotency-key', 'ü'], /printable ASCII/],
    [['events', '--since', 'yesterday'], /a time such as/],
    [['status', '--profile', 'prod'], /both name an endpoint/],
  ])('%j says what would be right', async (args, message) => {
    expect([await understudy(...args), screen.output()]).toEqual([2, ''])
    expect(screen.errors()).toMatch(message)
    expect(api.calls).toEqual([])
  })

  it('is not asking for help', async () => {
    expect([await understudy('failover', '--help'), screen.errors()]).toEqual([0, ''])
    expect(screen.output()).toContain('--idempotency-key')
  })
})
