import { decide, draftOf, giveUp, noteSilence, step } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import { grants } from '../../domain/heartbeat.ts'
import type { Effect, Group, StepName } from '../../domain/model.ts'
import type { NodeState, Reason } from '../../domain/states.ts'
import type { Given } from './situation.ts'
import {
  aGroup,
  DELAY,
  INTERVAL,
  MINUTE,
  moving,
  NOW,
  node,
  ordered,
  owned,
  SECOND,
  serviceDown,
  silent,
  situation,
  transition,
} from './situation.ts'

type Pair = [x: [NodeState, Reason], y: [NodeState, Reason]]
const NORMAL: Pair = [
  ['Normal', 'Normal'],
  ['Normal', 'Normal'],
]
const FAILING_OVER: Pair = [
  ['FailingOver', 'OnAdminRequest'],
  ['TakingOver', 'OnAdminRequest'],
]
const FALLING_BACK: Pair = [
  ['TakingBack', 'OnAdminRequest'],
  ['FallingBack', 'OnAdminRequest'],
]
const FAILED: Pair = [
  ['RunningInFailedMode', 'CriticalServiceDown'],
  ['RunningInFailedMode', 'CriticalServiceDown'],
]

/** x is alpha, y is beta. */
const groupIn = ([x, y]: Pair, ...givens: Given[]): Group =>
  situation(
    0,
    [
      { state: x[0], reason: x[1] },
      { state: y[0], reason: y[1] },
    ],
    givens,
  ).group
const draftIn = (pair: Pair, ...givens: Given[]): Draft => draftOf(groupIn(pair, ...givens), NOW)

const kinds = ({ group }: Draft) => group.outbox.map(({ kind }) => kind)
const of = <Kind extends Effect['kind']>({ group }: Draft, kind: Kind) =>
  group.outbox.filter((effect): effect is Extract<Effect, { kind: Kind }> => effect.kind === kind)

/** An operator's failover of alpha, decided. */
function failedOver(): Draft {
  const draft = draftIn(NORMAL)
  decide(draft, { kind: 'request', action: 'failover', node: 0, by: 'operator', id: 'failover-1' })
  return draft
}

describe('a decision', () => {
  it('changes its own copy of the group, and nothing else', () => {
    const group = aGroup()
    const before = structuredClone(group)
    const draft = draftOf(group, NOW)
    decide(draft, { kind: 'request', action: 'failover', node: 0, by: 'operator', id: 'failover-1' })

    expect(draft.fired).toEqual([200])
    expect(group).toEqual(before)
  })

  it('keeps what must follow: the workflow to start and the events, each under a name of its own that sorts by time', () => {
    const draft = failedOver()
    const ids = draft.group.outbox.map(({ id }) => id)

    expect(kinds(draft)).toEqual(['workflow', 'event', 'event', 'event'])
    expect(ids).toEqual([...new Set(ids)].sort())
    for (const id of ids) expect(id.startsWith(`${String(NOW).padStart(14, '0')}-2-`)).toBe(true)
  })

  it('names the workflow after the transition, and the transition after the request', () => {
    expect(of(failedOver(), 'workflow')[0]).toMatchObject({
      machine: 'failover',
      name: 'failover-1',
      input: {
        cluster: 'c',
        group: 'pair',
        transition: 'failover-1',
        trigger: 'OnAdminRequest',
        waiting: false,
        attempt: 1,
      },
    })
  })

  it('tells the row that fired, why, and what was before', () => {
    const [begun, changed] = of(failedOver(), 'event')

    expect(begun?.detail).toMatchObject({
      version: '1',
      status: 'RUNNING',
      rule: 200,
      transition: { id: 'failover-1', kind: 'failover', from: 'alpha', to: 'beta', requestedBy: 'operator' },
    })
    expect(changed?.detail).toMatchObject({
      rule: 200,
      why: 'An operator asked for it, and the peer can serve [B20].',
      nodes: [
        { node: 'alpha', state: 'FailingOver', previousState: 'Normal' },
        { node: 'beta', state: 'TakingOver', previousState: 'Normal' },
      ],
    })
  })

  it('freezes the bound of a set that leaves: the last heartbeat of its owner and the timeout (rule 4)', () => {
    const group = groupIn(NORMAL, node('x', { lastAtMs: NOW - INTERVAL }))
    const draft = draftOf(group, NOW)
    decide(draft, { kind: 'request', action: 'failover', node: 0, by: 'operator', id: 'failover-1' })

    expect(draft.group.nodes[0]?.set).toEqual({
      owner: 0,
      moving: { to: 1, untilMs: NOW - INTERVAL + MINUTE, released: false },
    })
  })

  it('takes the closed door at its word, where it answers the owner’s own heartbeat that says so (rule 6)', () => {
    const closed = groupIn(NORMAL, node('x', { fenced: true, open: [] }))
    const answeringOwner = draftOf(closed, NOW, 0)
    decide(answeringOwner, { kind: 'heartbeat', node: 0, restarted: false })
    const answeringPeer = draftOf(closed, NOW, 1)
    decide(answeringPeer, { kind: 'heartbeat', node: 1, restarted: false })

    expect([answeringOwner, answeringPeer].map(({ fired }) => fired)).toEqual([[204, 320], [204]])
  })

  it('takes the closed door of a good-bye at its word, whenever the move begins: it was granted nothing (rule 8)', () => {
    const firedWith = (change: object) => {
      const draft = draftOf(groupIn(NORMAL, node('x', { leaving: 'reboot', ...change })), NOW, 1)
      decide(draft, { kind: 'heartbeat', node: 1, restarted: false })
      return draft.fired
    }

    expect(firedWith({ open: [] })).toEqual([210, 320])
    expect(firedWith({ open: [0] })).toEqual([210])
    expect(grants(groupIn(NORMAL, node('x', { leaving: 'reboot', open: [] })), 0)).toEqual([])
  })

  it('makes a wait the transition itself when its time has come, in the same workflow', () => {
    const draft = draftIn(NORMAL, serviceDown('x', SECOND))
    decide(draft, { kind: 'look' })
    const waiting = draft.group.transition
    const later = draftOf({ ...draft.group, outbox: [] }, NOW + DELAY)
    for (const each of later.group.nodes) Object.assign(each, { lastAtMs: NOW + DELAY, lastOkAtMs: NOW + DELAY })
    decide(later, { kind: 'look' })

    expect(waiting).toMatchObject({ phase: 'waiting', dueAtMs: NOW - SECOND + DELAY })
    expect(later.group.transition).toMatchObject({ id: waiting?.id, phase: 'running' })
    expect(kinds(later)).not.toContain('workflow')
  })

  it('of a request puts an end to a wait for something else', () => {
    const draft = draftIn(NORMAL, serviceDown('y', SECOND))
    decide(draft, { kind: 'look' })
    decide(draft, { kind: 'request', action: 'failover', node: 1, by: 'operator', id: 'failover-2' })

    expect(draft.group.transition?.id).toBe('failover-2')
    expect(
      of(draft, 'event').flatMap(({ detailType, detail }) =>
        detailType === 'Transition State Change' ? [detail.status] : [],
      ),
    ).toEqual(['WAITING', 'CANCELLED', 'RUNNING'])
  })

  it('of a request that no row takes is none', () => {
    const draft = draftIn(NORMAL)
    decide(draft, { kind: 'request', action: 'fallback', node: 0, by: 'operator', id: 'fallback-1' })

    expect([draft.fired, draft.group.outbox]).toEqual([[], []])
  })

  it('is none while high availability is off, or there is no peer', () => {
    const off = groupIn(NORMAL, silent('x'))
    off.highAvailability = false
    const alone = groupIn(NORMAL, serviceDown('x', DELAY))
    alone.nodes.pop()
    const drafts = [off, alone].map((group) => draftOf(group, NOW))
    for (const draft of drafts) decide(draft, { kind: 'heartbeat', node: 1, restarted: false })

    expect(drafts.map(({ fired }) => fired)).toEqual([[], []])
  })

  it('on silence is the peer’s own heartbeat’s, and only if it has watched for the timeout (rules 9 and 10)', () => {
    const fired = (occurrence: Parameters<typeof decide>[1], ...givens: Given[]) => {
      const draft = draftIn(NORMAL, silent('x'), ...givens)
      decide(draft, occurrence)
      return draft.fired[0]
    }
    const arrival = { kind: 'heartbeat', node: 1, restarted: false } as const

    expect(fired(arrival)).toBe(230)
    expect(fired({ kind: 'look' })).toBeUndefined()
    expect(fired({ ...arrival, node: 0 })).toBeUndefined()
    expect(fired(arrival, node('y', { okSinceMs: NOW - MINUTE + 1 }))).toBeUndefined()
    // What the judge was not heard for is no silence of the other: an outage of the control plane befalls both.
    const heardAgo = (agoMs: number) => node('x', { lastOkAtMs: NOW - agoMs })
    const unheard = { forMs: 30_000, untilMs: NOW - 2000 }
    expect(fired(arrival, heardAgo(MINUTE + 29_999), node('y', { unheard }))).toBeUndefined()
    expect(fired(arrival, heardAgo(MINUTE + 30_000), node('y', { unheard }))).toBe(230)
    // Only the part of it that falls into the silence.
    const begunBefore = { forMs: 30_000, untilMs: NOW - MINUTE }
    expect(fired(arrival, heardAgo(MINUTE + 9_999), node('y', { unheard: begunBefore }))).toBe(230)
  })
})

describe('a step of a workflow', () => {
  const take = (draft: Draft, name: StepName | 'Begin' | 'Finish', attempt = 1, transitionId = 'failover-1') =>
    step(draft, { transition: transitionId, step: name, attempt, token: `token-${name}-${attempt}` }).outcome
  const running = transition('failover', 'x')

  it('of a transition that is over has ended', () => {
    expect(take(draftIn(NORMAL), 'TakeOver')).toBe('ended')
    expect(take(draftIn(FAILING_OVER, running), 'TakeOver', 1, 'an earlier one')).toBe('ended')
  })

  it('Begin waits for as long as the delay does', () => {
    const waiting = transition('failover', 'x', { phase: 'waiting', trigger: 'CriticalServiceDown' })
    const draft = draftIn(NORMAL, serviceDown('x', 30 * SECOND), waiting)
    const answer = step(draft, { transition: 'failover-1', step: 'Begin', attempt: 1 })

    expect(answer).toEqual({ outcome: 'waiting', waitUntil: new Date(NOW + MINUTE).toISOString() })
  })

  it('Begin decides when the delay is over, and says that it has begun', () => {
    const waiting = transition('failover', 'x', { phase: 'waiting', trigger: 'CriticalServiceDown' })
    const draft = draftIn(NORMAL, serviceDown('x', DELAY), waiting)

    expect(take(draft, 'Begin')).toBe('begun')
    expect(draft.fired[0]).toBe(240)
  })

  it('Begin looks again in a while, where what is due cannot begin', () => {
    const waiting = transition('failover', 'x', { phase: 'waiting', trigger: 'CriticalServiceDown' })
    const draft = draftIn(NORMAL, serviceDown('x', DELAY), waiting, serviceDown('y', SECOND))
    const answer = step(draft, { transition: 'failover-1', step: 'Begin', attempt: 1 })

    expect(answer).toEqual({ outcome: 'waiting', waitUntil: new Date(NOW + INTERVAL).toISOString() })
  })

  it('Release is pending until the door is known to be closed, and done then', () => {
    expect(take(draftIn(FAILING_OVER, running, moving('x', 'x', false)), 'Release')).toBe('pending')
    expect(take(draftIn(FAILING_OVER, running, moving('x', 'x', true)), 'Release')).toBe('done')
    const lapsed = draftIn(FAILING_OVER, running, moving('x', 'x', false))
    lapsed.nowMs += MINUTE
    expect(take(lapsed, 'Release')).toBe('done')
  })

  it('Release of a fallback is pending before the set begins to move, and done when it is at home', () => {
    const back = transition('fallback', 'y')
    const starting = draftIn(FALLING_BACK, back, owned('x', 'y'), ordered('x', 'startServices'))
    const home = draftIn(FALLING_BACK, back, ordered('x', 'startServices', true))

    expect(take(starting, 'Release', 1, 'fallback-1')).toBe('pending')
    expect(take(home, 'Release', 1, 'fallback-1')).toBe('done')
  })

  it('that is pending keeps its token, and is answered by the commit that settles it', () => {
    const draft = draftIn(FAILING_OVER, running, moving('x', 'x', false))
    take(draft, 'Release')
    expect([of(draft, 'token'), Object.values(draft.group.transition?.tokens ?? {})]).toEqual([[], ['token-Release-1']])

    const later = draftOf(draft.group, NOW + MINUTE)
    decide(later, { kind: 'look' })

    expect(of(later, 'token')).toMatchObject([{ token: 'token-Release-1', outcome: 'done' }])
    expect(later.group.transition?.tokens).toEqual({})
  })

  it('that has failed may be tried again: the command is given anew under a name of its own', () => {
    const failed = [running, moving('x', 'x', true), ordered('y', 'takeOver', false)]

    expect(take(draftIn(FAILING_OVER, ...failed), 'TakeOver')).toBe('failed')
    const again = draftIn(FAILING_OVER, ...failed)
    expect(take(again, 'TakeOver', 2)).toBe('pending')
    expect(again.group.commands.map(({ id, result }) => [id, result?.ok ?? null])).toEqual([
      ['failover-1/takeOver/beta/1', false],
      ['failover-1/takeOver/beta/2', null],
    ])
  })

  it('that was tried twice by a workflow that is started anew is not carried out a third time', () => {
    const draft = draftIn(FAILING_OVER, running, moving('x', 'x', true), ordered('y', 'takeOver', false))
    take(draft, 'TakeOver', 2)
    const commands = draft.group.commands.length
    take(draft, 'TakeOver', 2)

    expect(draft.group.commands).toHaveLength(commands)
  })

  it('has ended, by its token, when the transition ends in another way', () => {
    const draft = draftIn(FAILING_OVER, running, moving('x', 'x', true), ordered('y', 'takeOver'))
    take(draft, 'TakeOver')
    giveUp(draft, { transition: 'failover-1', step: 'TakeOver', cause: 'given up' })

    expect(of(draft, 'token')).toMatchObject([{ token: 'token-TakeOver-1', outcome: 'ended' }])
  })

  it('of a recovery is each node’s own', () => {
    const recovering = [transition('recovery', 'x'), ordered('x', 'restart', true), ordered('y', 'restart')]
    const draft = draftIn(FAILED, ...recovering)
    const outcomes = ([0, 1] as const).map(
      (index) => step(draft, { transition: 'recovery-1', step: 'Restart', attempt: 1, node: index }).outcome,
    )

    expect(outcomes).toEqual(['done', 'pending'])
  })

  it('Finish has not ended before the policy says so', () => {
    const draft = draftIn(FAILED, transition('recovery', 'x'), ordered('x', 'restart'))

    expect(take(draft, 'Finish', 1, 'recovery-1')).toBe('pending')
  })
})

describe('a step that is given up [B18]', () => {
  it('fails its transition: both run in failed mode, and the users stay with whom they were', () => {
    const draft = draftIn(FAILING_OVER, transition('failover', 'x'), moving('x', 'x', true), ordered('y', 'takeOver'))
    const { outcome } = giveUp(draft, { transition: 'failover-1', step: 'TakeOver', cause: 'given up' })

    expect([outcome, draft.fired]).toEqual(['ended', [300]])
    expect(draft.group.nodes.map(({ state, set }) => [state, set.moving])).toEqual([
      ['RunningInFailedMode', null],
      ['RunningInFailedMode', null],
    ])
    expect(draft.group.commands).toEqual([])
  })

  it('of an earlier transition is nobody’s concern', () => {
    const draft = draftIn(FAILING_OVER, transition('failover', 'x'), moving('x', 'x', true), ordered('y', 'takeOver'))
    const { outcome } = giveUp(draft, { transition: 'an earlier one', step: 'TakeOver', cause: 'given up' })

    expect([outcome, draft.fired]).toEqual(['ended', []])
  })
})

describe('an order to stop services', () => {
  const stopping = [transition('failover', 'x'), moving('x', 'x', true), ordered('x', 'stopServices')] as const

  it('outlives its failover, so that a node that was silent carries it out', () => {
    const idle: Pair = [
      ['Idle', 'OnAdminRequest'],
      ['RunningInBackupMode', 'OnAdminRequest'],
    ]
    const draft = draftIn(idle, transition('failover', 'x'), owned('x', 'y'), ordered('x', 'stopServices'))
    giveUp(draft, { transition: 'failover-1', step: 'StopServices', cause: 'given up' })

    expect(draft.group.transition).toBeNull()
    expect(draft.group.commands.map(({ kind }) => kind)).toEqual(['stopServices'])
  })

  it('falls with a failover that failed: its node serves its own users again', () => {
    const draft = draftIn(FAILING_OVER, ...stopping, ordered('y', 'takeOver'))
    giveUp(draft, { transition: 'failover-1', step: 'TakeOver', cause: 'given up' })

    expect(draft.group.commands).toEqual([])
  })
})

describe('the silence of both nodes (rule 10)', () => {
  it('is told once, and once when it is over', () => {
    const draft = draftIn(NORMAL)
    for (const isSilent of [true, true, false, false]) noteSilence(draft, isSilent)

    expect(of(draft, 'event').map(({ detailType, detail }) => [detailType, detail.reachable ?? detail.status])).toEqual(
      [
        ['Node Reachability Change', false],
        ['Incident State Change', 'OPENED'],
        ['Node Reachability Change', true],
        ['Incident State Change', 'CLOSED'],
      ],
    )
  })
})

describe('a fallback that an operator asks for in failed mode, while users are still going home', () => {
  const before = [transition('fallback', 'y'), moving('x', 'y', true)] as const

  it('leaves them where they are until the services of their node run (row 522) [B21]', () => {
    const draft = draftIn(FALLING_BACK, ...before, serviceDown('x', SECOND), ordered('x', 'startServices'))
    decide(draft, { kind: 'look' })

    expect(draft.group.nodes[0]?.set.owner).toBe(1)
  })

  it('and then lets them go', () => {
    const draft = draftIn(FALLING_BACK, ...before, ordered('x', 'startServices', true))
    decide(draft, { kind: 'look' })

    expect(draft.group.nodes[0]?.set.owner).toBe(0)
  })
})
