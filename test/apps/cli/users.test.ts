import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { runCli } from '../../../apps/cli/program.ts'
import type { RebalanceReport, WantedUser } from '../../../apps/client/user-api.ts'
import { type ApiServer, type Call, problem, type Reply, startApi } from '../client/api-server.ts'
import { ACCESS_KEY } from '../client/signature.ts'
import { demo } from './demo-api.ts'
import { openTerminal, type TestTerminal } from './terminal.ts'

const USERS = '/clusters/demo/users'
let api: ApiServer
let screen: TestTerminal
let folder: string
const understudy = (...args: string[]) => runCli(['users', ...args], screen.terminal, { endpoint: api.endpoint })
const on = (isTTY: boolean) => {
  screen = openTerminal({ isTTY })
}
const called = (method: string) => api.calls.filter((call) => call.method === method)
const shown = () => stripVTControlCharacters(screen.output())

beforeAll(() => {
  process.env.AWS_ACCESS_KEY_ID = ACCESS_KEY.accessKeyId
  process.env.AWS_SECRET_ACCESS_KEY = ACCESS_KEY.secretAccessKey
})
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'understudy-users-'))
  api = await startApi(demo())
  on(false)
})
afterEach(async () => {
  await api.close()
  await rm(folder, { recursive: true })
})

/** What the API answers to a call about users; the rest is the demo's. */
const answer = (about: (call: Call, path: string) => Reply | null | 'cut' | undefined) =>
  api.answer(
    demo((call) =>
      call.path.startsWith(USERS) ? (about(call, call.path.slice(USERS.length)) ?? undefined) : undefined,
    ),
  )
const alice = {
  cluster: 'demo',
  user: 'alice',
  homeNode: 'a',
  currentNode: 'a',
  group: 'pair',
  createdAt: '2026-01-31',
}

describe('understudy users', () => {
  it('list shows a page, says how to go on, and shows all on demand', async () => {
    answer(({ query }) => ({
      body: query.cursor
        ? { users: [{ ...alice, user: 'bob', currentNode: 'b' }] }
        : { users: [alice], cursor: 'Y3Vyc29y' },
    }))
    expect(await understudy('list', '--node', 'a', '--limit', '1')).toBe(0)
    expect(screen.output()).toBe('User   Home  Group  Served by\nalice  a     pair\n')
    expect(screen.errors()).toBe('There are more: --cursor Y3Vyc29y, or --all\n')
    expect(api.calls.at(-1)?.query).toEqual({ node: 'a', limit: '1' })
    on(false)
    expect(await understudy('list', '--all')).toBe(0)
    expect(screen.output()).toBe('User   Home  Group  Served by\nalice  a     pair\nbob    a     pair   b\n')
  })

  it('show, add and login say where', async () => {
    const login = { node: 'b', hostName: 'b.example', homeNode: 'a', serving: true }
    const reLogin = { waitSeconds: 214.6, lowerLimitSeconds: 120, upperLimitSeconds: 537 }
    answer((_, path) => ({ body: path.endsWith('/login') ? { ...login, reLogin } : alice }))
    expect(await understudy('show', 'alice')).toBe(0)
    expect(await understudy('add', 'alice', '--group', 'pair')).toBe(0)
    expect(await understudy('login', 'alice')).toBe(0)
    expect(screen.output().split('\n')).toEqual([
      'alice has its home on a (group pair).',
      'alice has its home on a (group pair).',
      'Log in to b (b.example), after a wait of 214.6 s (many come at once: clients come back within 120 to 537 s).',
      '',
    ])
    expect(called('PUT')).toMatchObject([{ path: `${USERS}/alice`, body: { group: 'pair' } }])
  })

  it('remove, logout and a move that logs out ask first', async () => {
    answer(({ method }) => (method === 'DELETE' ? { status: 204, body: '' } : { body: { ...alice, sessions: 2 } }))
    for (const args of [
      ['remove', 'alice'],
      ['logout', 'alice'],
      ['move', 'alice', '--node', 'b', '--log-out'],
    ]) {
      expect(await understudy(...args)).toBe(2)
      expect(screen.errors()).toContain('add --yes')
      on(true)
      const ended = understudy(...args)
      await screen.shows('Go on? [y/N]')
      screen.type('n\n')
      expect(await ended).toBe(1)
      on(false)
    }
    expect(api.calls).toEqual([])
    expect(await understudy('remove', 'alice', '--yes')).toBe(0)
    expect(await understudy('logout', 'alice', '--yes')).toBe(0)
    expect(await understudy('move', 'alice', '--node', 'b', '--log-out', '--yes')).toBe(0)
    expect(await understudy('move', 'alice', '--group', 'pair')).toBe(0)
    expect(screen.output().split('\n').slice(0, 2)).toEqual(['alice is removed.', 'alice is logged out of 2 clients.'])
    expect(called('POST').map(({ body }) => body)).toEqual([
      {},
      { node: 'b', logOut: true },
      { group: 'pair', logOut: false },
    ])
    expect(await understudy('move', 'alice')).toBe(2)
  })

  it('recount says which counts were wrong', async () => {
    answer(() => ({
      body: {
        users: 12_001,
        nodes: [
          { node: 'a', users: 12_000, counted: 11_990 },
          { node: 'b', users: 1, counted: 1 },
        ],
      },
    }))
    expect(await understudy('recount')).toBe(0)
    expect(screen.output()).toBe(
      'Node  Users\na     12,000  it was counted as 11,990\nb     1\n\n12,001 users. 1 count was wrong, and right now.\n',
    )
  })
})

describe('understudy users import', () => {
  /** Users who are there, by name, with their homes; new ones go to a. */
  let there: Map<string, string>
  const add = ({ body }: Call): Reply => {
    const users = (body as { users: WantedUser[] }).users.map(({ user, node = 'a' }) => {
      const home = there.get(user)
      there.set(user, home ?? node)
      return {
        user,
        outcome: home === undefined ? 'added' : home === node ? 'exists' : 'elsewhere',
        homeNode: home ?? node,
      }
    })
    const having = (outcome: string) => users.filter((each) => each.outcome === outcome).length
    const report = { added: having('added'), existing: having('exists'), elsewhere: having('elsewhere'), users }
    return { body: report }
  }
  const names = (number: number) => Array.from({ length: number }, (_, n) => `u${n}`)
  const file = async (lines: string[]) => {
    const path = join(folder, 'users.csv')
    await writeFile(path, lines.join('\n'))
    return path
  }
  beforeEach(() => {
    there = new Map()
    answer(add)
  })

  it('adds all, in batches, and says where they are', async () => {
    expect(await understudy('import', await file([...names(248), 'bob,b']))).toBe(0)
    expect(there.size).toBe(249)
    expect(
      called('POST')
        .map(({ body }) => (body as { users: [] }).users.length)
        .sort(),
    ).toEqual([100, 100, 49])
    expect(screen.output()).toMatch(/^Added 249 users in .*\.\n\nNode {2}Added\na {5}248\nb {5}1\n$/)
  })

  it('with a bad line sends nothing, and names each by its number; passes over them on demand', async () => {
    const lines = ['alice', 'a b', 'ALICE', 'bob,nowhere']
    expect(await understudy('import', await file(lines))).toBe(2)
    expect(screen.errors().split('\n')).toEqual([
      expect.stringMatching(
        /^understudy: Nothing was sent: .*users.csv has 3 lines that cannot be sent, beside 1 user/,
      ),
      expect.stringMatching(/^ {2}line 2: "a b" must be/),
      '  line 3: "alice" stands on line 1 already',
      '  line 4: "nowhere" is no node or group of the cluster',
      '',
    ])
    on(false)
    expect(await understudy('import', await file(lines), '--skip-bad', '--check')).toBe(0)
    expect(screen.output()).toBe('1 user could be sent. 3 lines would be passed over. Nothing was.\n')
    expect(called('POST')).toEqual([])

    on(false)
    expect(await understudy('import', await file(lines), '--skip-bad', '--json')).toBe(0)
    expect(JSON.parse(screen.output())).toMatchObject({
      added: 1,
      existing: 0,
      homes: { a: 1 },
      skipped: [{ line: 2 }, {}, {}],
    })
  })

  it('that is broken off goes on with the same command', async () => {
    let calls = 0
    answer((call) => (++calls > 5 ? problem(409, 'a is Idle.', { code: 'ClusterDisturbed' }) : add(call)))
    const path = await file(names(1000))
    expect(await understudy('import', path)).toBe(3)
    expect(there.size).toBe(500)
    expect(screen.errors()).toContain('broken off after 500 of 1,000 users (500 added). The same command goes on')
    expect(screen.errors()).toContain('refused: a is Idle.')

    answer(add)
    on(false)
    expect(await understudy('import', path)).toBe(0)
    expect(screen.output()).toMatch(/^Added 500 users in .*\. 500 were there already\.\n/)
  })

  it('asks again while the API does not answer, or has too much to do', async () => {
    let calls = 0
    const troubles = [
      'cut',
      problem(429, 'Too many.', {}),
      { ...problem(503, 'Busy.'), headers: { 'retry-after': '0' } },
    ]
    answer((call) => (troubles[calls++] as Reply | undefined) ?? add(call))
    on(true)
    expect(await understudy('import', await file(names(30)))).toBe(0)
    expect(there.size).toBe(30)
    expect(shown()).toContain('██████████████████████████████  30 of 30')
    expect(shown()).toMatch(/connection was cut|Too many/)
  })

  it('says who has another home, and leaves them there', async () => {
    there.set('bob', 'a')
    expect(await understudy('import', await file(['alice', 'bob,b']))).toBe(3)
    expect(screen.output()).toContain('Added 1 user in')
    expect(screen.errors()).toMatch(/1 user has another home than asked for.*\nline 2 {2}bob {2}is on a {2}asked for b/)
  })

  it('of a file that is not there is wrong usage', async () => {
    expect(await understudy('import', join(folder, 'none'))).toBe(2)
    expect(screen.errors()).toContain('cannot read')
  })
})

describe('understudy users rebalance', () => {
  const level: RebalanceReport = {
    nodes: [
      { node: 'a', group: 'pair', users: 10, fairShare: 10 },
      { node: 'b', group: 'pair', users: 10, fairShare: 10 },
    ],
    moves: [],
    moved: 0,
    loggedIn: 0,
  }
  const uneven: RebalanceReport = {
    ...level,
    nodes: [
      { node: 'a', group: 'pair', users: 1500, fairShare: 800 },
      { node: 'b', group: 'pair', users: 100, fairShare: 800 },
    ],
    moves: [{ from: 'a', to: 'b', users: 700 }],
  }

  it('says what would move, and with --dry-run no more', async () => {
    answer(() => ({ body: uneven }))
    expect(await understudy('rebalance', '--dry-run')).toBe(0)
    expect(screen.output()).toBe(
      'Node  Group  Users  Fair share  Change\na     pair   1,500  800         −700\nb     pair   100    800         +700\n\n' +
        '  700 users from a to b\n',
    )
    expect(called('POST').map(({ body }) => body)).toEqual([{ dryRun: true }])
    expect(await understudy('rebalance')).toBe(2)
  })

  it('asks first, goes through all pages, and says who stayed', async () => {
    const pages: RebalanceReport[] = [
      uneven,
      { ...uneven, moved: 500, cursor: 'one' },
      { ...uneven, moved: 190, loggedIn: 10, moves: [{ from: 'a', to: 'b', users: 10 }] },
      { ...uneven, moved: 0, loggedIn: 10, moves: [{ from: 'a', to: 'b', users: 10 }] },
    ]
    answer(() => ({ body: pages.shift() }))
    on(true)
    const ended = understudy('rebalance')
    await screen.shows('Go on? [y/N]')
    expect(stripVTControlCharacters(screen.errors())).toContain('Those who are logged in stay where they are.')
    screen.type('y\n')

    expect(await ended).toBe(0)
    expect(shown()).toContain('Moved 690 users. 10 users stayed, being logged in; --log-out moves them, too.')
    expect(called('POST').map(({ body }) => body)).toEqual([
      { dryRun: true },
      { logOut: false },
      { logOut: false, cursor: 'one' },
      { logOut: false },
    ])
  })

  it('has nothing to ask where nobody moves', async () => {
    answer(() => ({ body: level }))
    expect(await understudy('rebalance', '--yes')).toBe(0)
    expect(screen.output()).toContain('The users are level: nobody moves.')
    expect(called('POST')).toHaveLength(1)
  })
})
