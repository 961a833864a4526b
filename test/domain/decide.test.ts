import { decide, draftOf, giveUp, noteSilence } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import { grants } from '../../domain/heartbeat.ts'
import { draftIn, effectsOf, FAILING_OVER, FALLING_BACK, groupIn, IDLE, NORMAL } from './pairs.ts'
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
  transition,
} from './situation.ts'

const kinds = ({ group }: Draft) => group.outbox.map(({ kind }) => kind)

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
    expect(effectsOf(failedOver(), 'workflow')[0]).toMatchObject({
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
    const [begun, changed] = effectsOf(failedOver(), 'event')

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
      effectsOf(draft, 'event').flatMap(({ detailType, detail }) =>
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

describe('an order to stop services', () => {
  const stopping = [transition('failover', 'x'), moving('x', 'x', true), ordered('x', 'stopServices')] as const

  it('outlives its failover, so that a node that was silent carries it out', () => {
    const draft = draftIn(IDLE, transition('failover', 'x'), owned('x', 'y'), ordered('x', 'stopServices'))
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

    expect(
      effectsOf(draft, 'event').map(({ detailType, detail }) => [detailType, detail.reachable ?? detail.status]),
    ).toEqual([
      ['Node Reachability Change', false],
      ['Incident State Change', 'OPENED'],
      ['Node Reachability Change', true],
      ['Incident State Change', 'CLOSED'],
    ])
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
