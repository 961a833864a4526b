import type { Brake, BrakeDetail, BrakeIntent } from '../../domain/brake.ts'
import {
  brakeView,
  countedIntents,
  DEFAULT_BRAKE_NUMBERS,
  engage,
  heldBack,
  intentOf,
  isReached,
  isReleased,
  mayGoUnanswered,
  ordered,
} from '../../domain/brake.ts'
import { brakeAlertText } from '../../domain/brake-alert.ts'
import type { Group } from '../../domain/model.ts'
import { aGroup, HOUR, heardSince, MINUTE, NOW, SECOND, silent, situation, TIMEOUT } from './situation.ts'

const OPERATOR = 'arn:aws:iam::000000000000:user/olivia'

const aBrake = (more: Partial<Brake> = {}): Brake => ({
  ...{ ...DEFAULT_BRAKE_NUMBERS, version: 3, hold: null, release: null, outbox: [] },
  counted: { groups: 12, atMs: NOW - 30 * SECOND },
  ...more,
})
/** A group that asks now, whose node alpha was last heard a timeout ago. */
const anIntent = (place: number, more: Partial<BrakeIntent> = {}): BrakeIntent => ({
  ...{ cluster: 'c', group: `g${place}`, node: `alpha${place}`, silentSinceMs: NOW - TIMEOUT, atMs: NOW },
  timeoutMs: TIMEOUT,
  ...more,
})
const intents = (count: number, more: Partial<BrakeIntent> = {}) =>
  Array.from({ length: count }, (_, place) => anIntent(place, more))
const byItself = { sinceMs: NOW - MINUTE, by: 'understudy', reason: 'five at once' }

describe('what a group says that asks', () => {
  it('names the silent node, since when it is silent, and the timeout in force', () => {
    const { group } = situation(
      0,
      [
        { state: 'Normal', reason: 'Normal' },
        { state: 'Normal', reason: 'Normal' },
      ],
      [silent('y', TIMEOUT + 5 * SECOND)],
    )
    group.earlierTimeout = { timeoutMs: 61 * SECOND, untilMs: NOW + 1 }

    expect(intentOf(group, NOW)).toEqual({
      ...{ cluster: 'c', group: 'pair', node: 'beta', atMs: NOW, timeoutMs: 61 * SECOND },
      silentSinceMs: NOW - TIMEOUT - 5 * SECOND,
    })
  })

  it('counts a node that was never heard since its state began', () => {
    const group = aGroup()
    Object.assign(group.nodes[0] ?? {}, { lastOkAtMs: 0, lastAtMs: 0, sinceMs: NOW - HOUR })
    expect(intentOf(group, NOW)).toMatchObject({ node: 'alpha', silentSinceMs: NOW - HOUR })
  })
})

describe('the numbers', () => {
  it.each([
    [4, 4, false],
    [5, 5, true],
    [5, 6, true],
    [5, 16, true],
    [5, 17, false],
    [5, 20, false],
    [6, 20, true],
    [29, 100, false],
    [30, 100, true],
    [1, 1, false],
    [0, 0, false],
  ])('%i silent groups of %i: reached is %s', (silentGroups, groups, reached) => {
    expect(isReached(aBrake({ counted: { groups, atMs: NOW } }), silentGroups)).toBe(reached)
  })

  it('are those of the operator', () => {
    const strict = aBrake({ leastGroups: 2, leastPercent: 12.5, counted: { groups: 16, atMs: NOW } })
    expect([1, 2].map((count) => isReached(strict, count))).toEqual([false, true])
  })

  it('while nobody has counted all groups, the number of silent ones alone decides', () => {
    const uncounted = aBrake({ counted: null })
    expect([4, 5].map((count) => isReached(uncounted, count))).toEqual([false, true])
  })
})

describe('an intent', () => {
  it('counts for two timeouts of its own group', () => {
    const of = (agoMs: number, timeoutMs = TIMEOUT) =>
      countedIntents(aBrake(), [anIntent(0, { atMs: NOW - agoMs, timeoutMs })], NOW).length
    expect([of(2 * TIMEOUT - 1), of(2 * TIMEOUT), of(2 * TIMEOUT, TIMEOUT + 1)]).toEqual([1, 0, 1])
  })

  it('does not count if its node was silent before a release, for two timeouts after that', () => {
    const released = (agoMs: number) => aBrake({ release: { atMs: NOW - agoMs, by: OPERATOR } })
    const silentFor = (forMs: number) => anIntent(0, { silentSinceMs: NOW - forMs })

    expect(isReleased(released(SECOND), silentFor(TIMEOUT))).toBe(true)
    expect(isReleased(released(TIMEOUT), silentFor(TIMEOUT))).toBe(false)
    expect(isReleased(released(2 * TIMEOUT - 1), silentFor(HOUR))).toBe(true)
    expect(isReleased(released(2 * TIMEOUT), silentFor(HOUR))).toBe(false)
    expect(isReleased(aBrake(), silentFor(HOUR))).toBe(false)
  })
})

describe('a group that asks in vain', () => {
  const asking = (silentForMs: number, watchedForMs: number, more: Partial<Group> = {}) => {
    const { group } = situation(
      0,
      [
        { state: 'Normal', reason: 'Normal' },
        { state: 'Normal', reason: 'Normal' },
      ],
      [silent('x', silentForMs), heardSince('y', watchedForMs)],
    )
    return mayGoUnanswered({ ...group, ...more }, NOW)
  }

  it('waits for another timeout, counted from when it could have judged', () => {
    expect(asking(2 * TIMEOUT - 1, HOUR)).toBe(false)
    expect(asking(2 * TIMEOUT, HOUR)).toBe(true)
    expect(asking(HOUR, 2 * TIMEOUT - 1)).toBe(false)
    expect(asking(HOUR, 2 * TIMEOUT)).toBe(true)
  })

  it('waits for an answer where the brake was seen to hold', () => {
    const withheld = { row: 230, node: 0, sinceMs: NOW - MINUTE } as const
    expect(asking(HOUR, HOUR, { withheld: { ...withheld, because: 'fleet brake' } })).toBe(false)
    expect(asking(HOUR, HOUR, { withheld: { ...withheld, because: 'maintenance' } })).toBe(true)
  })
})

describe('the brake', () => {
  it('engages when the numbers are reached, and tells it once', () => {
    expect(engage(aBrake(), intents(4), NOW)).toBeNull()
    const change = engage(aBrake(), intents(5), NOW)

    expect(change).toMatchObject({
      brake: { version: 4, hold: { sinceMs: NOW, by: 'understudy', reason: expect.stringMatching(/timeouts: 5$/) } },
      events: [{ detailType: 'Fleet Brake State Change', detail: { status: 'HOLDS', severity: 'page' } }],
    })
    expect(change?.events[0]?.detail).toMatchObject({ groups: 12, silentGroups: 5, leastGroups: 5, leastPercent: 30 })
  })

  it('after a release lets those through that were silent then, and engages for as many new ones', () => {
    const brake = aBrake({ release: { atMs: NOW - 2 * TIMEOUT + SECOND, by: OPERATOR } })
    const before = { silentSinceMs: NOW - 3 * TIMEOUT }
    expect(engage(brake, intents(12, before), NOW)).toBeNull()
    const four = [0, 1, 2, 3].map((place) => anIntent(place))
    const rest = [5, 6, 7, 8].map((place) => anIntent(place, before))
    expect(engage(brake, [...four, ...rest], NOW)).toBeNull()
    expect(engage(brake, [...four, anIntent(4), ...rest], NOW)).not.toBeNull()
  })

  it('holds back who has asked since it holds, and still asks; who was silent longest comes first', () => {
    const brake = aBrake({ hold: byItself })
    const gone = anIntent(0, { atMs: byItself.sinceMs - 1 })
    const heardAgain = anIntent(1, { atMs: NOW - TIMEOUT, timeoutMs: TIMEOUT })
    const younger = anIntent(2)
    const older = anIntent(3, { silentSinceMs: NOW - 2 * TIMEOUT, atMs: byItself.sinceMs + 1 })

    const all = [gone, heardAgain, younger, older]
    expect(heldBack(brake, all, NOW)).toEqual([older, younger])
    expect(heldBack(aBrake(), all, NOW)).toEqual([])
  })
})

describe('an operator', () => {
  const order = (brake: Brake, asked: Parameters<typeof ordered>[2], asking: BrakeIntent[] = []) =>
    ordered(brake, asking, asked, OPERATOR, NOW)

  it('releases a brake that holds: how many are held back is told', () => {
    const change = order(aBrake({ hold: byItself }), { holds: false }, intents(7))
    expect(change?.brake).toMatchObject({ hold: null, release: { atMs: NOW, by: OPERATOR } })
    expect(change?.events).toMatchObject([
      { detail: { status: 'RELEASED', severity: 'page', by: OPERATOR, durationMs: MINUTE, silentGroups: 7 } },
    ])
  })

  it('holds it by hand, which is no alarm', () => {
    const change = order(aBrake(), { holds: true, reason: 'the network is worked on' })
    expect(change?.brake.hold).toEqual({ sinceMs: NOW, by: OPERATOR, reason: 'the network is worked on' })
    expect(change?.events).toMatchObject([{ detail: { status: 'HOLDS', severity: 'notice', silentGroups: 0 } }])
  })

  it('changes nothing where it is so already', () => {
    expect(order(aBrake(), { holds: false })).toBeNull()
    expect(order(aBrake({ hold: byItself }), { holds: true, reason: 'again' })).toBeNull()
    expect(order(aBrake(), { leastGroups: 5, leastPercent: 30 })).toBeNull()
  })

  it('changes numbers and releases in one, each told in an event of its own', () => {
    const change = order(aBrake({ hold: byItself }), { leastGroups: 8, holds: false })
    expect(change?.brake).toMatchObject({ version: 4, leastGroups: 8, leastPercent: 30, hold: null })
    expect(change?.events.map(({ detailType }) => detailType)).toEqual([
      'Configuration Change',
      'Fleet Brake State Change',
    ])
    expect(new Set(change?.events.map(({ id }) => id)).size).toBe(2)
  })

  it('sees how it stands', () => {
    const brake = aBrake({ hold: byItself, release: { atMs: NOW - HOUR, by: OPERATOR } })
    expect(brakeView(brake, intents(1), NOW)).toEqual({
      ...{ version: 3, holds: true, leastGroups: 5, leastPercent: 30, groups: 12, silentGroups: 1 },
      hold: { since: '2026-01-31T11:59:00.000Z', by: 'understudy', reason: 'five at once' },
      countedAt: '2026-01-31T11:59:30.000Z',
      heldBack: [{ cluster: 'c', group: 'g0', node: 'alpha0', silentSince: '2026-01-31T11:59:00.000Z' }],
      release: { at: '2026-01-31T11:00:00.000Z', by: OPERATOR },
    })
    expect(brakeView(aBrake({ counted: null }), [], NOW)).toMatchObject({
      ...{ holds: false, hold: null, groups: null, countedAt: null, heldBack: [], release: null },
    })
  })
})

describe('what on-call reads', () => {
  const textOf = (change: ReturnType<typeof ordered>) =>
    brakeAlertText(change?.events.at(-1)?.detail as unknown as BrakeDetail, 'prod')

  it('when it engages', () => {
    expect(textOf(engage(aBrake(), intents(5), NOW))).toMatchSnapshot()
  })

  it('when an operator holds it', () => {
    expect(textOf(ordered(aBrake(), [], { holds: true, reason: 'a drill' }, OPERATOR, NOW))).toMatchSnapshot()
  })

  it('when it is released', () => {
    const held = aBrake({ hold: byItself })
    expect(textOf(ordered(held, intents(3), { holds: false }, OPERATOR, NOW))).toMatchSnapshot()
    expect(textOf(ordered(held, [], { holds: false }, OPERATOR, NOW)).message).toContain('Nobody is held back')
  })

  it('names no more nodes than can be read, in a subject that SNS takes', () => {
    const { subject, message } = textOf(
      engage(aBrake({ counted: { groups: 99_999, atMs: NOW } }), intents(40_000), NOW),
    )
    expect(message).toContain('alpha19 of c/g19, and those of 39980 groups more')
    expect(subject).toMatch(/^[\x20-\x7e]{1,99}$/)
  })
})
