import { answerTo, nextHeartbeatInMs } from '../../domain/heartbeat.ts'
import type { Group, NodeRecord } from '../../domain/model.ts'
import { boundTimeoutMs } from '../../domain/model.ts'
import { groupIn, NORMAL } from './pairs.ts'
import type { Given } from './situation.ts'
import {
  aGroup,
  DELAY,
  FALLBACK_DELAY,
  INTERVAL,
  MINUTE,
  NOW,
  node as nodeIs,
  ordered,
  SECOND,
  serviceDown,
  TIMEOUT,
  transition,
} from './situation.ts'

/** A Normal pair; x is alpha, y is beta. */
const given = (...givens: Given[]): Group => groupIn(NORMAL, ...givens)

describe('the answer', () => {
  it('carries the lease, the doors to hold open, the state, the epoch and the settings', () => {
    const group = aGroup()

    expect(answerTo(group, 0, NOW)).toMatchObject({
      group: 'pair',
      incarnation: 1,
      sequence: 100,
      state: 'Normal',
      reason: 'Normal',
      epoch: group.epoch,
      leaseMs: 55 * SECOND,
      serve: ['alpha'],
      commands: [],
      settings: {
        keepAliveIntervalMs: INTERVAL,
        keepAliveTimeoutMs: TIMEOUT,
        criticalServices: group.services,
        peer: { node: 'beta', address: 'beta.example' },
      },
    })
  })

  it('carries the node’s own commands until their results have come, and says whose users they are about', () => {
    const running = transition('failover', 'x')
    const group = given(running, ordered('y', 'takeOver'), ordered('x', 'stopServices', true))

    expect(answerTo(group, 1, NOW).commands).toEqual([
      { id: 'failover-1/takeOver/beta/1', kind: 'takeOver', transition: 'failover-1', homeNode: 'alpha' },
    ])
    expect(answerTo(group, 0, NOW).commands).toEqual([])
  })

  it('leaves the peer out where there is none', () => {
    const group = aGroup()
    group.nodes.pop()

    expect(answerTo(group, 0, NOW).settings.peer).toBeUndefined()
  })
})

describe('when the next heartbeat is wanted', () => {
  const wanted = (...givens: Given[]) => nextHeartbeatInMs(given(...givens), 0, NOW)

  it('is at the interval, while all is well', () => {
    expect(wanted()).toBe(INTERVAL)
  })

  it('is exactly at the peer’s deadline, when that falls before', () => {
    expect(wanted(nodeIs('y', { lastOkAtMs: NOW - TIMEOUT + 4321 }))).toBe(4321)
  })

  it('is when this node will have watched for the timeout, where that comes later than the peer’s deadline', () => {
    const peer = nodeIs('y', { lastOkAtMs: NOW - TIMEOUT + 1000 })

    expect(wanted(peer, nodeIs('x', { okSinceMs: NOW - TIMEOUT + 6000 }))).toBe(6000)
    const unheard = { forMs: 5000, untilMs: NOW - TIMEOUT + 9000 }
    expect(wanted(peer, nodeIs('x', { unheard }))).toBe(6000)
  })

  it('is when a service will have been down for the delay, on either node', () => {
    expect(wanted(serviceDown('x', DELAY - 777))).toBe(777)
    expect(wanted(serviceDown('y', DELAY - 777))).toBe(777)
  })

  it('is when the fallback delay is over', () => {
    const due = { trigger: 'AutomaticFallback', phase: 'waiting', dueAtMs: NOW + 888 } as const

    expect(wanted(transition('fallback', 'y', due))).toBe(888)
  })

  it('is when the leases of a set that moves will have lapsed, and soon in any case', () => {
    const [soon, sooner] = [NOW + MINUTE, NOW + 50].map((untilMs) =>
      wanted(nodeIs('y', { set: { owner: 1, moving: { to: 0, untilMs, released: false } } })),
    )

    expect([soon, sooner]).toEqual([1000, 50])
  })

  it('is soon while a transition runs, the group starts up, or the membership is not acknowledged', () => {
    expect(wanted(transition('failover', 'x'))).toBe(1000)
    expect(wanted(nodeIs('x', { state: 'Initializing', sinceMs: NOW }))).toBe(1000)
    expect(wanted(nodeIs('x', { acknowledgedEpoch: 0 }))).toBe(1000)
  })

  it('is never at once: a deadline that has just passed makes no agent spin', () => {
    const past = nodeIs('y', { lastOkAtMs: NOW - 2 * TIMEOUT })

    expect(wanted(past)).toBe(INTERVAL)
    expect(wanted(nodeIs('y', { lastOkAtMs: NOW - TIMEOUT + 1 }))).toBe(5)
  })

  it('is at the interval where high availability is off, whatever becomes of the peer', () => {
    const group = given(nodeIs('y', { lastOkAtMs: NOW - TIMEOUT + 1 }))
    group.highAvailability = false

    expect(nextHeartbeatInMs(group, 0, NOW)).toBe(INTERVAL)
  })
})

describe('a keep-alive timeout that became shorter (rule 5)', () => {
  const shorter = () => {
    const group = aGroup()
    group.settings.keepAliveTimeoutMs = 10 * SECOND
    group.earlierTimeout = { timeoutMs: TIMEOUT, untilMs: NOW + TIMEOUT }
    return group
  }

  it('does not count before the leases given under the longer one have lapsed', () => {
    expect(boundTimeoutMs(shorter(), NOW + TIMEOUT - 1)).toBe(TIMEOUT)
    expect(boundTimeoutMs(shorter(), NOW + TIMEOUT)).toBe(10 * SECOND)
  })

  it('gives shorter leases at once', () => {
    expect(answerTo(shorter(), 0, NOW).leaseMs).toBe(5 * SECOND)
  })

  it('asks nobody to judge the peer by it before', () => {
    const group = shorter()
    ;(group.nodes[1] as NodeRecord).lastOkAtMs = NOW - 9 * SECOND

    expect(nextHeartbeatInMs(group, 0, NOW)).toBe(INTERVAL)
  })
})

it('the fallback delay of the situations is the field’s', () => {
  expect(aGroup().settings).toMatchObject({
    keepAliveTimeoutMs: TIMEOUT,
    keepAliveIntervalMs: INTERVAL,
    criticalServiceDelayMs: DELAY,
    automaticFallbackDelayMs: FALLBACK_DELAY,
  })
})
