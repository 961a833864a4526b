import { stripVTControlCharacters } from 'node:util'
import { runCli } from '../../../apps/cli/program.ts'
import { brakePicture } from '../../../apps/cli/views/brake.ts'
import { eventLine } from '../../../apps/cli/views/events.ts'
import type { BrakeStatus } from '../../../apps/client/answers.ts'
import { type Brake, engage, ordered } from '../../../domain/brake.ts'
import { type ApiServer, problem, startApi } from '../client/api-server.ts'
import { ACCESS_KEY } from '../client/signature.ts'
import { NOW } from './fixtures.ts'
import { openTerminal, type TestTerminal } from './terminal.ts'

const secondsAgo = (seconds: number) => new Date(Date.parse(NOW) - seconds * 1000).toISOString()

const quiet: BrakeStatus = {
  ...{ version: 3, holds: false, hold: null, leastGroups: 5, leastPercent: 30, groups: 12 },
  ...{ countedAt: secondsAgo(20), silentGroups: 0, heldBack: [], release: null },
}
const held = (group: string, node: string, seconds: number) => ({
  ...{ cluster: 'demo', group, node, silentSince: secondsAgo(seconds) },
})
const holding: BrakeStatus = {
  ...quiet,
  ...{
    version: 4,
    holds: true,
    silentGroups: 6,
    release: { at: secondsAgo(86_400), by: 'arn:aws:iam::0:user/olivia' },
  },
  hold: {
    ...{ since: secondsAgo(95), by: 'understudy' },
    reason: 'so many groups would fail over for silence within two keep-alive timeouts: 5',
  },
  heldBack: [held('sales', 'sales-a', 160), held('support-of-the-north', 'north-a', 62)],
}

describe.each([100, 80])('the fleet brake on a terminal of %i columns', (width) => {
  const view = { nowMs: Date.parse(NOW), width, color: false, timeZone: 'UTC' }

  it.each<[string, BrakeStatus]>([
    ['that does not hold', quiet],
    ['that was released', { ...quiet, release: holding.release, silentGroups: 1 }],
    ['that nobody has counted for', { ...quiet, groups: null, countedAt: null }],
    ['that holds', holding],
    ['that is held by hand, and holds nobody back', { ...holding, heldBack: [] }],
  ])('%s', (_, brake) => {
    const picture = brakePicture(brake, view)
    expect(picture).toMatchSnapshot()
    expect(Math.max(...picture.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width)
  })
})

describe('its events', () => {
  const view = { nowMs: Date.parse(NOW), width: 200, color: false, timeZone: 'UTC' }
  const by = 'arn:aws:iam::000000000000:user/olivia'
  const brake: Brake = {
    ...{ version: 1, hold: null, release: null, counted: null, outbox: [], leastGroups: 1, leastPercent: 1 },
  }
  const intent = { cluster: 'c', group: 'g', node: 'a', silentSinceMs: 0, atMs: Date.parse(NOW), timeoutMs: 60_000 }
  const engaged = engage(brake, [intent], Date.parse(NOW))
  const lines = [engaged, ordered(engaged?.brake ?? brake, [], { holds: false, leastGroups: 7 }, by, Date.parse(NOW))]
    .flatMap((change) => change?.events ?? [])
    .map(({ id, atMs, detailType, detail }) =>
      eventLine({ id, at: new Date(atMs).toISOString(), source: 'understudy', detailType, detail }, view),
    )

  it('are told in words, without a group', () => {
    expect(lines).toEqual([
      '12:00:00  -  fleet brake holds (page): 1 group fell silent at once: no more fail over for silence.',
      '12:00:00  -  the fleet brake holds from 7 groups and 1 % on, by olivia',
      '12:00:00  -  fleet brake released (page): The brake is released. It held for 0 s.',
    ])
  })
})

describe('understudy brake', () => {
  let api: ApiServer
  let screen: TestTerminal
  let brake: BrakeStatus
  const understudy = (...args: string[]) => runCli(['brake', ...args], screen.terminal, { endpoint: api.endpoint })
  const puts = () => api.calls.filter(({ method }) => method === 'PUT')
  const on = (isTTY: boolean) => {
    screen = openTerminal({ isTTY })
  }

  beforeAll(() => {
    process.env.AWS_ACCESS_KEY_ID = ACCESS_KEY.accessKeyId
    process.env.AWS_SECRET_ACCESS_KEY = ACCESS_KEY.secretAccessKey
  })
  beforeEach(async () => {
    brake = holding
    api = await startApi(({ method, path }) => {
      if (path !== '/brake') return problem(404, 'Nothing is there.')
      return { body: method === 'PUT' ? { ...quiet, version: 5 } : brake }
    })
    on(false)
  })
  afterEach(() => api.close())

  it('shows how it stands', async () => {
    expect(await understudy()).toBe(0)
    expect(screen.output()).toContain('The fleet brake holds')
    on(false)
    expect(await understudy('--json')).toBe(0)
    expect(JSON.parse(screen.output())).toEqual(holding)
    expect(puts()).toEqual([])
  })

  it('release says what follows, and is carried out after a yes, upon what was shown', async () => {
    on(true)
    const ended = understudy('release')
    await screen.shows('Go on? [y/N]')
    expect(stripVTControlCharacters(screen.errors()).replace(/\s+/g, ' ')).toContain(
      'When it is released, 2 groups whose nodes are still silent fail over within a heartbeat: the users of these ' +
        'nodes, whom nobody serves, log in to the peers. Nobody who is served is disconnected.',
    )
    expect(puts()).toEqual([])
    screen.type('y\n')

    expect(await ended).toBe(0)
    expect(puts()).toMatchObject([{ body: { holds: false }, headers: { 'if-match': '"4"' } }])
    expect(stripVTControlCharacters(screen.output())).toContain('The fleet brake does not hold')
  })

  it('release changes nothing after a no', async () => {
    on(true)
    const ended = understudy('release')
    await screen.shows('Go on? [y/N]')
    screen.type('\n')

    expect([await ended, puts()]).toEqual([1, []])
    expect(screen.errors()).toContain('nothing was changed')
  })

  it('release asks nobody where it does not hold, and with --yes', async () => {
    expect(await understudy('release', '--yes', '--idempotency-key', 'k-1')).toBe(0)
    expect(puts()).toMatchObject([{ headers: { 'idempotency-key': 'k-1' } }])
    brake = quiet
    on(true)
    expect(await understudy('release')).toBe(0)
    expect(puts()).toHaveLength(1)
  })

  it('hold and set send what was asked for', async () => {
    expect(await understudy('hold', '--reason', 'the network is worked on', '--json')).toBe(0)
    expect(JSON.parse(screen.output())).toMatchObject({ version: 5 })
    expect(await understudy('set', '--groups', '8', '--percent', '12.5')).toBe(0)
    expect(await understudy('set', '--percent', '40')).toBe(0)

    expect(puts().map(({ body }) => body)).toEqual([
      { holds: true, reason: 'the network is worked on' },
      { leastGroups: 8, leastPercent: 12.5 },
      { leastPercent: 40 },
    ])
  })

  it.each([
    [['release'], /add --yes/],
    [['hold'], /required option '--reason <text>'/],
    [['set'], /needs --groups, --percent or both/],
    [['set', '--groups', '0'], /a whole number from 1 on/],
    [['set', '--percent', '101'], /a number from 1 to 100/],
    [['relaese'], /too many arguments|unknown command/],
  ])('%j is wrong usage, and is told what would be right', async (args, message) => {
    expect([await understudy(...args), api.calls]).toEqual([2, []])
    expect(screen.errors()).toMatch(message)
  })
})
