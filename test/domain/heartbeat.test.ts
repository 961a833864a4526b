import type { Heartbeat } from '../../domain/contract/heartbeat.ts'
import { draftOf } from '../../domain/decide.ts'
import { absorb, answerTo, grants, isNewer, isOk } from '../../domain/heartbeat.ts'
import type { Group, NodeIndex, NodeRecord } from '../../domain/model.ts'
import { okAgeMs, watchGapMs } from '../../domain/settings.ts'
import { groupIn, NORMAL } from './pairs.ts'
import type { Given } from './situation.ts'
import {
  aGroup,
  HOUR,
  heartbeatOf,
  INTERVAL,
  moving,
  NOW,
  node as nodeIs,
  ordered,
  SECOND,
  serviceDown,
  TIMEOUT,
  transition,
} from './situation.ts'

const LEASE = 55 * SECOND
/** A Normal pair; x is alpha, y is beta. */
const given = (...givens: Given[]): Group => groupIn(NORMAL, ...givens)
const alphaOf = (group: Group) => group.nodes[0] as NodeRecord

/** What becomes of the group when alpha's heartbeat is accepted at that time. */
function accepted(group: Group, change: Partial<Heartbeat>, nowMs = NOW, index: NodeIndex = 0) {
  const draft = draftOf(group, nowMs, index)
  const { restarted } = absorb(draft, index, heartbeatOf(group, index, change))
  return { group: draft.group, alpha: alphaOf(draft.group), restarted, told: draft.group.outbox }
}
const told = ({ told }: ReturnType<typeof accepted>) =>
  told.map((effect) => (effect.kind === 'event' ? effect.detailType : effect.kind))

describe('which heartbeat is accepted (rule 1)', () => {
  const alpha = { ...alphaOf(aGroup()), incarnation: 7, sequence: 40 }
  const numbered = (incarnation: number, sequence: number) => ({ ...heartbeatOf(aGroup(), 0), incarnation, sequence })

  it.each([
    ['the next one of this agent', 7, 41, true],
    ['the first one of the next agent, although its sequence is lower', 8, 1, true],
    ['the same one again', 7, 40, false],
    ['an older one', 7, 39, false],
    ['a late one of an earlier agent, although its sequence is higher', 6, 99, false],
  ])('%s: %i.%i', (_, incarnation, sequence, isAccepted) => {
    expect(isNewer(alpha, numbered(incarnation, sequence))).toBe(isAccepted)
  })
})

describe('a heartbeat that shows that its node hears (rule 9)', () => {
  it('is one whose node processed an answer to a request that is an interval and the time for an answer old, at most', () => {
    const group = aGroup()
    const isSo = (answeredMsAgo: number | undefined) => {
      const { answeredMsAgo: _, ...silent } = heartbeatOf(group, 0)
      return isOk(group, answeredMsAgo === undefined ? silent : { ...silent, answeredMsAgo })
    }

    const most = okAgeMs(group.settings)
    expect([isSo(0), isSo(most), isSo(most + 1), isSo(undefined)]).toEqual([true, true, false, false])
    expect(most).toBeLessThan(LEASE)
  })

  it('counts from when there was no gap that two intervals and the time for an answer do not cover', () => {
    const group = aGroup()
    const gap = watchGapMs(group.settings)
    expect(gap).toBeLessThan(TIMEOUT)

    expect(accepted(group, {}, NOW + gap - 1).alpha).toMatchObject({
      okSinceMs: NOW - HOUR,
      lastOkAtMs: NOW + gap - 1,
    })
    expect(accepted(group, {}, NOW + gap).alpha).toMatchObject({ okSinceMs: NOW + gap })
  })

  it('leaves a gap in which heartbeats were lost: its time is kept, with that of others less than a timeout ago', () => {
    const group = aGroup()
    const lost = okAgeMs(group.settings)

    expect(accepted(group, {}, NOW + lost - 1).alpha).toMatchObject({ unheard: null })
    const once = accepted(group, {}, NOW + lost).alpha
    expect(once).toMatchObject({ okSinceMs: NOW - HOUR, unheard: { forMs: lost, untilMs: NOW + lost } })

    const since = (untilMs: number) => {
      ;(group.nodes[0] as NodeRecord).unheard = { forMs: 1000, untilMs }
      return accepted(group, {}, NOW + lost).alpha.unheard?.forMs
    }
    expect([since(NOW + lost - TIMEOUT + 1), since(NOW + lost - TIMEOUT)]).toEqual([lost + 1000, lost])
  })

  it('is not one that only speaks: it is noted, and the node goes on to be silent', () => {
    const { alpha } = accepted(aGroup(), { answeredMsAgo: LEASE / 2 }, NOW + INTERVAL)

    expect(alpha).toMatchObject({ lastAtMs: NOW + INTERVAL, lastOkAtMs: NOW })
  })

  it('of a Lambda whose clock is behind takes nothing back', () => {
    const { alpha } = accepted(aGroup(), {}, NOW - 20)

    expect(alpha).toMatchObject({ lastAtMs: NOW, lastOkAtMs: NOW })
  })
})

describe('what a heartbeat says', () => {
  it('of a service is since when it has been so, by the agent’s own clock', () => {
    const database = { state: 'failed', forMs: 4000 } as const
    const outcome = accepted(aGroup(), { database })

    expect(outcome.alpha.services.at(-1)).toEqual({ state: 'failed', sinceMs: NOW - 4000 })
    expect(told(outcome)).toEqual(['Service State Change'])
  })

  it('of services that it leaves out is that they are not known', () => {
    const { alpha } = accepted(aGroup(), { services: {} })

    expect(alpha.services.map(({ state }) => state)).toEqual([...Array(5).fill('unknown'), 'running'])
  })

  it('is no event when an agent reports for the first time', () => {
    const group = aGroup()
    alphaOf(group).services = alphaOf(group).services.map(() => ({ state: 'unknown', sinceMs: 0 }))

    expect(told(accepted(group, {}))).toEqual([])
  })

  it('of doors counts for the sets of its group only', () => {
    const { alpha } = accepted(aGroup(), { gate: { open: ['beta', 'somebody'], kind: 'front' } })

    expect(alpha.open).toEqual([1])
  })

  it('of a new incarnation is that the agent restarted, and of a new boot id, that the host did', () => {
    const group = aGroup()

    expect(accepted(group, {})).toMatchObject({ restarted: false, alpha: { rebooted: false } })
    expect(accepted(group, { incarnation: 2, sequence: 1 })).toMatchObject({
      restarted: true,
      alpha: { rebooted: false },
    })
    expect(accepted(group, { incarnation: 2, sequence: 1, bootId: 'boot-2' }).alpha.rebooted).toBe(true)
  })

  it('of an agent that was never heard before is no restart', () => {
    const group = given(nodeIs('x', { lastAtMs: 0, incarnation: 0, sequence: 0, bootId: '' }))

    expect(accepted(group, { incarnation: 9, bootId: 'boot-9' })).toMatchObject({
      restarted: false,
      alpha: { rebooted: false },
    })
  })

  it('acknowledges the membership only with closed doors (rule 11)', () => {
    const group = given(nodeIs('x', { acknowledgedEpoch: 0 }))
    const closed = { open: [], kind: 'front' }

    expect(accepted(group, {}).alpha.acknowledgedEpoch).toBe(0)
    expect(accepted(group, { gate: closed, epoch: group.epoch - 1 }).alpha.acknowledgedEpoch).toBe(0)
    expect(accepted(group, { gate: closed }).alpha.acknowledgedEpoch).toBe(group.epoch)
  })

  it('of a command is kept once, and told', () => {
    const group = given(transition('failover', 'x'), ordered('x', 'stopServices'))
    const id = group.commands[0]?.id ?? ''
    const outcome = accepted(group, { commandResults: [{ id, ok: true, output: 'x'.repeat(900), durationMs: 30 }] })

    expect(outcome.group.commands[0]?.result).toEqual({ ok: true, output: 'x'.repeat(500), durationMs: 30 })
    expect(told(outcome)).toEqual(['Command Result'])
    const again = accepted(outcome.group, { commandResults: [{ id, ok: false, output: '', durationMs: 1 }] })
    expect(again.group.commands[0]?.result?.ok).toBe(true)
  })

  it('of a command of an earlier transition is told, and the command forgotten', () => {
    const group = given(transition('failover', 'x'), ordered('x', 'stopServices'))
    group.transition = null
    const id = group.commands[0]?.id ?? ''
    const outcome = accepted(group, { commandResults: [{ id, ok: true, output: '', durationMs: 1 }] })

    expect(outcome.group.commands).toEqual([])
    expect(told(outcome)).toEqual(['Command Result'])
  })

  it('of a command of the other node, or of none, counts for nothing', () => {
    const group = given(transition('failover', 'x'), ordered('y', 'takeOver'))
    const results = [group.commands[0]?.id ?? '', 'no such command'].map((id) => ({
      id,
      ok: true,
      output: '',
      durationMs: 1,
    }))
    const outcome = accepted(group, { commandResults: results })

    expect([outcome.group.commands[0]?.result, told(outcome)]).toEqual([null, []])
  })
})

describe('the release of a set that moves (rules 6 and 8)', () => {
  const leaving = given(moving('x', 'x', false))
  const released = (change: Partial<Heartbeat>, index: NodeIndex = 0) =>
    alphaOf(accepted(leaving, change, NOW, index).group).set.moving?.released

  it('is a heartbeat of the owner that says that the door is closed', () => {
    expect(released({ gate: { open: [], kind: 'front' } })).toBe(true)
  })

  it('is not a heartbeat of the owner whose door is open, nor one of its peer', () => {
    expect(released({})).toBe(false)
    expect(released({}, 1)).toBe(false)
  })

  it('is not in itself a new incarnation, a new boot or a good-bye', () => {
    expect(released({ incarnation: 2, sequence: 1 })).toBe(false)
    expect(released({ incarnation: 2, sequence: 1, bootId: 'boot-2' })).toBe(false)
    expect(released({ leaving: 'reboot' })).toBe(false)
  })

  it('is taken back when the owner says that the door is open after all', () => {
    const group = given(moving('x', 'x', true))

    expect(accepted(group, {}).alpha.set.moving?.released).toBe(false)
  })
})

describe('what a node is granted (rules 2 and 4)', () => {
  const FAILED = { state: 'RunningInFailedMode', reason: 'CriticalServiceDown' } as const

  it.each<[string, Given[], number[]]>([
    ['its own set, while both are Normal', [], [0]],
    ['both sets, when it owns both', [nodeIs('y', { set: { owner: 0, moving: null } })], [0, 1]],
    ['nothing that moves', [moving('x', 'x', false)], []],
    ['nothing, before it has acknowledged the membership', [nodeIs('x', { acknowledgedEpoch: 1 })], []],
    ['nothing, while it is starting', [nodeIs('x', { state: 'Initializing' })], []],
    ['nothing, while nothing is known', [nodeIs('x', { state: 'Unknown' })], []],
    ['its own set in failed mode', [nodeIs('x', FAILED)], [0]],
    ['nothing in failed mode, when a service of it does not run', [nodeIs('x', FAILED), serviceDown('x', SECOND)], []],
  ])('is %s', (_, givens, sets) => {
    expect(grants(given(...givens), 0)).toEqual(sets)
  })

  it('is its own set and no lease, where high availability is off [B5]', () => {
    const group = aGroup()
    group.highAvailability = false
    alphaOf(group).state = 'Unknown'

    expect(answerTo(group, 0, NOW)).toMatchObject({ serve: ['alpha'], leaseMs: null })
  })
})
