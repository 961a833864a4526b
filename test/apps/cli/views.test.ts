import { stripVTControlCharacters } from 'node:util'
import { eventLine } from '../../../apps/cli/views/events.ts'
import { consequences, refusal } from '../../../apps/cli/views/refusal.ts'
import { groupCard, groupsOverview } from '../../../apps/cli/views/status.ts'
import { transitionProgress } from '../../../apps/cli/views/transition.ts'
import type { View } from '../../../apps/cli/views/view.ts'
import type { GroupStatus } from '../../../apps/client/answers.ts'
import { clock, duration, left } from '../../../apps/client/words/time.ts'
import { delayed, events, failedOver, failingOver, NOW, normal, running, succeeded } from './fixtures.ts'

const view = (width: number, more: Partial<View> = {}): View => ({
  nowMs: Date.parse(NOW),
  width,
  color: false,
  timeZone: 'UTC',
  ...more,
})
const longest = (text: string) => Math.max(...text.split('\n').map((line) => [...line].length))

/** The pictures themselves stand beside this file, in __snapshots__. */
describe.each([100, 80])('on a terminal of %i columns', (width) => {
  it.each<[string, GroupStatus]>([
    ['a healthy pair', normal],
    ['a service that is down while the delay runs', delayed],
    ['a failover at work', failingOver],
    ['a pair that has failed over', failedOver],
  ])('%s is one calm picture', (_, status) => {
    const picture = groupCard(status, view(width))

    expect(longest(picture)).toBeLessThanOrEqual(width)
    expect(picture).toMatchSnapshot()
  })

  it('several groups are a list, with what is going on', () => {
    const groups = [normal, { ...delayed, group: 'pair-2' }, { ...failedOver, group: 'pair-3' }]
    const picture = groupsOverview(groups, view(width))

    expect(longest(picture)).toBeLessThanOrEqual(width)
    expect(picture).toMatchSnapshot()
  })

  it('a transition that somebody waits for shows its steps', () => {
    expect(transitionProgress(running, view(width))).toMatchSnapshot()
    expect(transitionProgress(succeeded, view(width))).toMatchSnapshot()
  })

  it('each event is one line', () => {
    const lines = events.map((event) => eventLine(event, view(width)))

    expect(longest(lines.join('\n'))).toBeLessThanOrEqual(width)
    expect(lines.join('\n')).toMatchSnapshot()
  })
})

describe('colour', () => {
  it('changes nothing but the colour', () => {
    const colored = groupCard(failedOver, view(100, { color: true }))

    expect(colored).not.toBe(stripVTControlCharacters(colored))
    expect(stripVTControlCharacters(colored)).toBe(groupCard(failedOver, view(100)))
  })
})

describe('a picture', () => {
  it('stays in its columns with names as long as they may be', () => {
    const [a, b] = normal.nodes
    if (!a || !b) throw new Error('the fixture has two nodes')
    const services = { ['s'.repeat(64)]: { state: 'running' as const, since: NOW } }
    const long = [a, b].map((one, index) => ({ ...one, node: String(index).repeat(128), criticalServices: services }))
    const [from, to] = ['0'.repeat(128), '1'.repeat(128)]
    const transition = delayed.transition && { ...delayed.transition, from, to, step: 'TakeOver' }
    const status = { ...normal, group: 'g'.repeat(128), nodes: long, transition }

    expect(longest(groupCard(status, view(80)))).toBeLessThanOrEqual(80)
    expect(longest(groupsOverview([status, normal], view(80)))).toBeLessThanOrEqual(80)
  })

  it('says in the overview what holds automatic actions back', () => {
    const maintenance = { reason: 'new disks', by: 'operator', since: NOW, until: null }
    const held = {
      ...normal,
      maintenance,
      nodes: normal.nodes.map((one) => ({ ...one, maintenance })),
      cutOffs: [{ what: 'serviceFailover' as const, since: NOW }],
      withheld: { because: 'maintenance' as const, rule: 240, why: '', node: 'a', since: NOW },
    }

    expect(groupsOverview([held], view(80)).split('\n').slice(-5)).toEqual([
      '  In maintenance: new disks',
      '  In maintenance (a): new disks',
      '  In maintenance (b): new disks',
      '  Switched off: failovers because services fail',
      '  Held back by maintenance: rule 240',
    ])
  })

  it('shows a group of one node, which was never heard', () => {
    const nodes = normal.nodes.slice(0, 1).map((one) => ({ ...one, lastHeartbeatAt: null, reachable: false }))

    expect(groupCard({ ...normal, nodes }, view(80))).toMatch(/Heartbeat +never heard$/m)
  })

  it('lets nobody else write to the terminal', () => {
    const explanation = 'The hook said: \u001b]0;title\u0007\u001b[2J\nfail\u009bed'

    expect(groupCard({ ...normal, explanation }, view(100))).toContain('The hook said: fail ed')
    expect(groupCard({ ...normal, explanation }, view(100))).not.toMatch(/[^\P{Cc}\n]/u)
  })

  it('is only as wide as an eye can follow', () => {
    expect(longest(groupCard(failedOver, view(300)))).toBeLessThanOrEqual(110)
  })
})

describe('times', () => {
  it.each([
    [-5, '0 s'],
    [999, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [95_000, '1 min 35 s'],
    [2 * 3_600_000 + 5 * 60_000, '2 h 5 min'],
    [76 * 3_600_000, '3 d 4 h'],
  ])('%i ms are %s', (ms, words) => expect(duration(ms)).toBe(words))

  it('count down to nothing exactly when the time has come', () => {
    const until = new Date(Date.parse(NOW) + 1500).toISOString()

    expect([0, 500, 501, 1499, 1500, 9000].map((ms) => left(until, view(80, { nowMs: Date.parse(NOW) + ms })))).toEqual(
      ['2 s', '1 s', '1 s', '1 s', '0 s', '0 s'],
    )
  })

  it('name the day when it is not today', () => {
    expect(clock('2026-01-30T23:59:59.000Z', view(80))).toBe('30 Jan, 23:59:59')
    expect(clock('2026-01-30T23:59:59.000Z', view(80, { timeZone: 'Europe/Berlin' }))).toBe('00:59:59')
  })
})

describe('before users are disconnected', () => {
  it('it is said which node, how many users, and what happens', () => {
    expect(consequences('failover', normal, 'b')).toBe(
      'Failover of b to a: the critical services of b are stopped and stay stopped until a fallback. ' +
        'The users of b (1 at present) are disconnected and log in to a.',
    )
    expect(consequences('fallback', failedOver, 'a')).toBe(
      'Fallback to a: the critical services of a are started. ' +
        'The users of a (12 at present) are disconnected from b and log in to a.',
    )
    expect(consequences('recovery', normal, undefined)).toBe(
      'Recovery of a and b: both agents restart and critical services that do not run are started. ' +
        'The users of both (13 at present) may be disconnected.',
    )
  })
})

describe('a refusal', () => {
  const problem = {
    type: 'about:blank',
    title: 'The state does not allow it',
    status: 409,
    detail: 'No failover of a.',
  }

  const state = [
    { node: 'a', state: 'Idle', reason: 'OnAdminRequest' },
    { node: 'b', state: 'Normal', reason: 'Normal' },
  ]

  it('says state, reason and what is possible now', () => {
    const allowed = [
      { action: 'failover', node: 'a' },
      { action: 'failover', node: 'b' },
      { action: 'fallback', node: 'a' },
      { action: 'recovery' },
    ]

    expect(refusal({ ...problem, state, allowed }, view(80))).toBe(
      'refused: No failover of a.\n  a: Idle (On Admin Request)\n  b: Normal\n' +
        'possible now: failover of a or b, fallback to a, recover',
    )
    expect(refusal({ ...problem, allowed: [] }, view(80))).toBe('refused: No failover of a.\npossible now: nothing')
  })

  it('does not say twice what the API has said', () => {
    const detail = 'a is Idle. Possible now: fallback of a.'

    expect(
      refusal({ ...problem, detail, state: [state[0]], allowed: [{ action: 'fallback', node: 'a' }] }, view(80)),
    ).toBe(`refused: ${detail}`)
  })
})
