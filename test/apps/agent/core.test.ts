import type { AgentCore } from '../../../apps/agent/core.ts'
import { abandon, compose, createCore, dueAtMs, fail, noteGate, noteResult, take } from '../../../apps/agent/core.ts'
import type { HeartbeatAnswer } from '../../../domain/contract/heartbeat.ts'

const INTERVAL_MS = 400
const report = {
  bootId: 'boot',
  softwareVersion: '15.0.1',
  services: {},
  database: { state: 'running' as const, forMs: 0 },
  replicationSetup: 2,
  gateKind: 'front',
  wallClockMs: 0,
}

describe('an agent whose control plane is out of reach', () => {
  it('tries again within an interval, and not in the same moment', () => {
    const core = createCore('alpha', 1, { epoch: 0 })
    core.nextAtMs = 1000
    const waitsMs = [0, 0.5, 1].map((spread, tries) => {
      const nowMs = 1000 + tries * INTERVAL_MS
      const { sequence } = compose(core, [], report, nowMs)
      fail(core, sequence, nowMs, INTERVAL_MS, spread)
      return (dueAtMs(core, nowMs) ?? 0) - nowMs
    })
    expect(waitsMs).toEqual([100, 200, 300])
  })

  it('comes no later than it was asked to, when something urgent had been tried before', () => {
    const core = createCore('alpha', 1, { epoch: 0 })
    core.nextAtMs = 1050
    const { sequence } = compose(core, [], report, 1000)
    fail(core, sequence, 1000, INTERVAL_MS, 1)
    expect(dueAtMs(core, 1000)).toBe(1050)
  })
})

const LEASE_MS = 1800

/** An answer to the agent's request of that number, which grants its own door. */
const answerTo = (core: AgentCore, sequence: number, change: Partial<HeartbeatAnswer> = {}): HeartbeatAnswer => ({
  group: 'pair',
  incarnation: core.incarnation,
  sequence,
  state: 'Normal',
  reason: 'Normal',
  epoch: 5,
  leaseMs: LEASE_MS,
  serve: ['alpha'],
  nextHeartbeatInMs: INTERVAL_MS,
  commands: [],
  settings: {
    keepAliveIntervalMs: INTERVAL_MS,
    keepAliveTimeoutMs: 2000,
    servicePort: 22001,
    adminRpcPort: 20075,
    criticalServices: [],
    peer: { node: 'beta', address: 'beta.example' },
  },
  ...change,
})

/** An agent of the third incarnation that knows its group. */
const agent = () => createCore('alpha', 3, { group: 'pair', epoch: 5 })
/** One heartbeat sent at a time, and its answer taken 20 ms later. */
function exchange(core: AgentCore, sentAtMs: number, change: Partial<HeartbeatAnswer> = {}) {
  const { sequence } = compose(core, core.open, report, sentAtMs)
  return take(core, sequence, answerTo(core, sequence, change), sentAtMs + 20)
}

describe('an answer counts (rule 12)', () => {
  it('when it is to the request that is under way', () => {
    const core = agent()

    expect(exchange(core, 1000)?.doors).toEqual({ alpha: 1000 + LEASE_MS })
  })

  it('only once', () => {
    const core = agent()
    const { sequence } = compose(core, [], report, 1000)
    const answer = answerTo(core, sequence)

    expect([take(core, sequence, answer, 1020), take(core, sequence, answer, 1040)]).toEqual([expect.anything(), null])
  })

  it('not when it is to an older request than the one that is under way', () => {
    const core = agent()
    const first = compose(core, [], report, 1000)
    compose(core, [], report, 1400)

    expect(take(core, first.sequence, answerTo(core, first.sequence), 1420)).toBeNull()
    expect(core.doors).toEqual({})
  })

  it('not when it is to another incarnation’s request of the same number', () => {
    const core = agent()
    const { sequence } = compose(core, [], report, 1000)

    expect(take(core, sequence, answerTo(core, sequence, { incarnation: 2 }), 1020)).toBeNull()
  })

  it('not when its request has failed, or was given up for a newer report', () => {
    const failed = agent()
    const first = compose(failed, [], report, 1000)
    fail(failed, first.sequence, 1300, INTERVAL_MS, 0)
    const abandoned = agent()
    const second = compose(abandoned, [], report, 1000)
    abandon(abandoned)

    expect(take(failed, first.sequence, answerTo(failed, first.sequence), 1320)).toBeNull()
    expect(take(abandoned, second.sequence, answerTo(abandoned, second.sequence), 1320)).toBeNull()
  })
})

describe('a door (rule 13)', () => {
  it('is open for the lease from the sending of the request, not from its answer', () => {
    const core = agent()
    const { sequence } = compose(core, [], report, 1000)

    expect(take(core, sequence, answerTo(core, sequence), 1390)?.doors).toEqual({ alpha: 1000 + LEASE_MS })
  })

  it('closes later with each grant, and never sooner', () => {
    const core = agent()
    exchange(core, 1000)

    expect(exchange(core, 1400)?.doors).toEqual({ alpha: 1400 + LEASE_MS })
    expect(exchange(core, 1800, { leaseMs: 500 })?.doors).toEqual({ alpha: 1400 + LEASE_MS })
  })

  it('that is not granted is to be closed', () => {
    const core = agent()
    exchange(core, 1000, { serve: ['alpha', 'beta'] })

    expect(exchange(core, 1400, { serve: ['beta'] })?.doors).toEqual({ beta: 1400 + LEASE_MS })
    expect(exchange(core, 1800, { serve: [] })?.doors).toEqual({})
  })

  it('that was closed in between has no claim to its earlier deadline', () => {
    const core = agent()
    exchange(core, 1000)
    exchange(core, 1400, { serve: [] })

    expect(exchange(core, 1800, { leaseMs: 100 })?.doors).toEqual({ alpha: 1900 })
  })

  it('needs no lease where high availability is off [B5], and has one as soon as it is on', () => {
    const core = agent()

    expect(exchange(core, 1000, { leaseMs: null })?.doors).toEqual({ alpha: 'unleased' })
    expect(exchange(core, 1400)?.doors).toEqual({ alpha: 1400 + LEASE_MS })
  })
})

describe('a heartbeat', () => {
  it('is numbered, and says which agent sends it and which membership it knows', () => {
    const core = agent()
    const heartbeats = [1000, 1400].map((nowMs) => compose(core, [], report, nowMs))

    expect(heartbeats).toMatchObject([
      { group: 'pair', incarnation: 3, sequence: 1, epoch: 5 },
      { group: 'pair', incarnation: 3, sequence: 2, epoch: 5 },
    ])
  })

  it('says of the doors what the gate said, not what was granted (rule 14)', () => {
    const core = agent()
    exchange(core, 1000)

    expect(compose(core, ['beta'], report, 1400).gate).toEqual({ open: ['beta'], kind: 'front' })
  })

  it('says how long ago the newest answered request was sent (rule 9), and nothing before there is one', () => {
    const core = agent()
    const first = compose(core, [], report, 1000)
    take(core, first.sequence, answerTo(core, first.sequence), 1020)

    expect(first.answeredMsAgo).toBeUndefined()
    expect(compose(core, [], report, 1400).answeredMsAgo).toBe(400)
    expect(compose(core, [], report, 1800).answeredMsAgo).toBe(800)
  })

  it('of a node that knows no group yet names none, and the next one names what the answer said', () => {
    const core = createCore('alpha', 1, { epoch: 0 })
    const first = compose(core, [], report, 0)
    take(core, first.sequence, answerTo(core, first.sequence), 20)

    expect('group' in first).toBe(false)
    expect(compose(core, [], report, 400)).toMatchObject({ group: 'pair', epoch: 5 })
  })

  it('is a good-bye only where it says so', () => {
    const core = agent()

    expect('leaving' in compose(core, [], report, 0)).toBe(false)
    expect(compose(core, [], { ...report, leaving: 'reboot' }, 400)).toMatchObject({ leaving: 'reboot' })
  })
})

describe('the result of a command', () => {
  const result = { id: 'failover-1/takeOver/alpha/1', ok: true, output: '', durationMs: 5 }

  it('is told at once, and again until an answer shows that it arrived', () => {
    const core = agent()
    exchange(core, 1000)
    noteResult(core, result)

    expect(dueAtMs(core, 1100)).toBe(1100)
    const first = compose(core, [], report, 1100)
    fail(core, first.sequence, 1300, INTERVAL_MS, 0)
    const second = compose(core, [], report, 1400)
    take(core, second.sequence, answerTo(core, second.sequence), 1420)

    expect([first, second].map(({ commandResults }) => commandResults)).toEqual([[result], [result]])
    expect(compose(core, [], report, 1800).commandResults).toBeUndefined()
  })

  it('that comes while a heartbeat is under way is not taken for told by its answer', () => {
    const core = agent()
    const { sequence } = compose(core, [], report, 1000)
    noteResult(core, result)
    take(core, sequence, answerTo(core, sequence), 1020)

    expect(compose(core, [], report, 1040).commandResults).toEqual([result])
  })

  it('stands once, however often it is noted', () => {
    const core = agent()
    noteResult(core, { ...result, ok: false })
    noteResult(core, result)

    expect(compose(core, [], report, 1000).commandResults).toEqual([result])
  })
})

describe('the next heartbeat', () => {
  it('is due when the answer asked for it', () => {
    const core = agent()
    exchange(core, 1000, { nextHeartbeatInMs: 70 })

    expect(dueAtMs(core, 1020)).toBe(1090)
  })

  it('is due at once when a door has opened or closed, and not when all is as it was said', () => {
    const core = agent()
    exchange(core, 1000)
    noteGate(core, [])
    expect(dueAtMs(core, 1020)).toBe(1020 + INTERVAL_MS)
    noteGate(core, ['alpha'])
    expect(dueAtMs(core, 1020)).toBe(1020)
  })

  it('is due at once when the membership has changed, so that it is acknowledged (rule 11)', () => {
    const core = agent()
    exchange(core, 1000, { epoch: 6 })

    expect(dueAtMs(core, 1020)).toBe(1020)
    expect(compose(core, [], report, 1020).epoch).toBe(6)
  })

  it('waits for the one that is under way, unless something is urgent (rule 15)', () => {
    const core = agent()
    compose(core, [], report, 1000)

    expect(dueAtMs(core, 1010)).toBeNull()
    noteGate(core, ['alpha'])
    expect(dueAtMs(core, 1010)).toBe(1010)
  })

  it('does not change because an older request fails', () => {
    const core = agent()
    const older = compose(core, [], report, 1000)
    compose(core, [], report, 1100)
    fail(core, older.sequence, 1300, INTERVAL_MS, 0)

    expect(core.outstanding?.sequence).toBe(older.sequence + 1)
  })
})
