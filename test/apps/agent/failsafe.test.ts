import { type AgentCore, compose, createCore, fail, noteGate, type Terms, take } from '../../../apps/agent/core.ts'
import {
  asksFor,
  extend,
  handOver,
  inherit,
  mayRelay,
  openUnderLease,
  promise,
  relayed,
} from '../../../apps/agent/peer/failsafe.ts'
import type { HeartbeatAnswer } from '../../../domain/contract/heartbeat.ts'

const EPOCH = 5
const LEASE_MS = 55_000
const FAILSAFE_MS = 20_000
const PROMISE_MS = 22_000
const report = {
  bootId: 'boot',
  softwareVersion: '15.0.1',
  services: {},
  database: { state: 'running' as const, forMs: 0 },
  replicationSetup: 2,
  gateKind: 'front',
  wallClockMs: 0,
}

/** The agent of alpha, to which the control plane has granted these sets at that time; its gate did as it was told. */
function alpha(serve: string[], sentAtMs = 1000): AgentCore {
  const core = createCore('alpha', 3, { group: 'pair', epoch: EPOCH })
  grant(core, serve, sentAtMs)
  noteGate(core, Object.keys(core.doors))
  core.urgent = false
  return core
}

function grant(core: AgentCore, serve: string[], sentAtMs: number): void {
  const { sequence } = compose(core, core.open, report, sentAtMs)
  const answer = {
    group: 'pair',
    incarnation: core.incarnation,
    sequence,
    state: 'Normal',
    reason: 'Normal',
    epoch: EPOCH,
    leaseMs: LEASE_MS,
    serve,
    settings: core.terms?.settings,
    nextHeartbeatInMs: 15_000,
    commands: [],
  } as unknown as HeartbeatAnswer
  take(core, sequence, answer, sentAtMs + 20)
}

describe('a promise (rule 17)', () => {
  it('is given for a door that is closed here and was not granted here, and binds from the receipt', () => {
    const core = alpha(['alpha'])

    expect(promise(core, { epoch: EPOCH, open: ['beta'] }, PROMISE_MS, 2000)).toEqual(['beta'])
    expect(core.noOpenMs).toEqual({ beta: 2000 + PROMISE_MS })
  })

  it('is not given for a door that is open here, or that the last answer granted here', () => {
    const open = alpha(['alpha', 'beta'])
    const closing = alpha(['alpha'])
    noteGate(closing, ['alpha', 'beta'])
    const granted = alpha(['alpha'])
    granted.noOpenMs = { beta: 100_000 }
    grant(granted, ['alpha', 'beta'], 2000)
    expect(granted.doors).not.toHaveProperty('beta')

    for (const core of [open, closing, granted]) {
      expect(promise(core, { epoch: EPOCH, open: ['beta'] }, PROMISE_MS, 3000)).toEqual([])
    }
  })

  it('is not given to a ping of another membership', () => {
    const core = alpha(['alpha'])

    expect(promise(core, { epoch: EPOCH + 1, open: ['beta'] }, PROMISE_MS, 2000)).toEqual([])
    expect(core.noOpenMs).toEqual({})
  })

  it('keeps a granted door closed until it is over; then the next grant opens it (rule 13)', () => {
    const core = alpha(['alpha'])
    promise(core, { epoch: EPOCH, open: ['beta'] }, PROMISE_MS, 2000)
    grant(core, ['alpha', 'beta'], 3000)

    expect(core.doors).toEqual({ alpha: 3000 + LEASE_MS })
    expect(core.nextAtMs).toBe(3020 + 15_000)
    grant(core, ['alpha', 'beta'], 20_000)
    expect(core.nextAtMs).toBe(2000 + PROMISE_MS)
    grant(core, ['alpha', 'beta'], 2000 + PROMISE_MS)
    expect(core.doors).toEqual({ alpha: 24_000 + LEASE_MS, beta: 24_000 + LEASE_MS })
  })

  it('never comes nearer', () => {
    const core = alpha(['alpha'])
    promise(core, { epoch: EPOCH, open: ['beta'] }, PROMISE_MS, 2000)
    promise(core, { epoch: EPOCH, open: ['beta'] }, 1000, 2500)

    expect(core.noOpenMs.beta).toBe(2000 + PROMISE_MS)
  })
})

describe('a relay (rule 20)', () => {
  it('stands while a promise does, for doors that the peer said are open', () => {
    const core = alpha(['alpha'])
    promise(core, { epoch: EPOCH, open: ['beta'] }, PROMISE_MS, 2000)

    expect(relayed(core, 2001)).toEqual(['beta'])
    expect(relayed(core, 2000 + PROMISE_MS)).toEqual([])
  })

  it('ends at once when the peer says that its door is closed, though the promise goes on', () => {
    const core = alpha(['alpha'])
    promise(core, { epoch: EPOCH, open: ['beta'] }, PROMISE_MS, 2000)
    core.urgent = false
    promise(core, { epoch: EPOCH, open: [] }, PROMISE_MS, 3000)

    expect(relayed(core, 3001)).toEqual([])
    expect(core.noOpenMs.beta).toBe(2000 + PROMISE_MS)
    expect(core.urgent).toBe(true)
  })

  it('is said at once when it begins, and not with every ping', () => {
    const core = alpha(['alpha'])
    promise(core, { epoch: EPOCH, open: ['beta'] }, PROMISE_MS, 2000)
    expect(core.urgent).toBe(true)
    core.urgent = false
    promise(core, { epoch: EPOCH, open: ['beta'] }, PROMISE_MS, 7000)

    expect(core.urgent).toBe(false)
  })
})

describe('what a promise of the peer is good for (rule 18)', () => {
  const pong = { promised: ['alpha'], failsafeMs: FAILSAFE_MS }
  const lapsesMs = 1000 + LEASE_MS

  it('a door that is still open stays so, counted from the sending of the ping', () => {
    const core = alpha(['alpha'])

    expect(extend(core, pong, lapsesMs - 5000, lapsesMs - 4900)).toEqual({ alpha: lapsesMs - 5000 + FAILSAFE_MS })
  })

  it('a lease that is longer stays as it is', () => {
    const core = alpha(['alpha'])

    expect(extend(core, pong, 2000, 2100)).toBeNull()
    expect(core.doors).toEqual({ alpha: lapsesMs })
  })

  it('a door whose deadline has passed stays closed, and so does one that was not promised', () => {
    const lapsed = alpha(['alpha'])
    const other = alpha(['alpha'])

    expect(extend(lapsed, pong, lapsesMs - 100, lapsesMs)).toBeNull()
    expect(extend(other, { ...pong, promised: ['beta'] }, lapsesMs - 5000, lapsesMs - 4900)).toBeNull()
    expect(openUnderLease(lapsed, lapsesMs)).toEqual([])
  })

  it('a door that the gate said is closed is not opened by it', () => {
    const core = alpha(['alpha'])
    noteGate(core, [])

    expect(extend(core, pong, lapsesMs - 5000, lapsesMs - 4900)).toBeNull()
  })
})

describe('an agent that starts (rule 19)', () => {
  const settings = { keepAliveIntervalMs: 15_000, peer: { node: 'beta', address: 'beta.example' } } as Terms['settings']
  const terms = { serve: ['alpha'], leaseMs: LEASE_MS, settings }
  const successor = () => createCore('alpha', 4, { group: 'pair', epoch: EPOCH, terms })
  const openUntilMs = 40_000
  const crashed = { handedOver: null, doors: { alpha: openUntilMs }, promiseMs: PROMISE_MS }

  it('opens no door that its earlier self may have promised, but keeps the one that is open', () => {
    const core = successor()
    inherit(core, crashed, 1000)
    grant(core, ['alpha', 'beta'], 2000)

    expect(core.doors).toEqual({ alpha: 2000 + LEASE_MS })
    grant(core, ['alpha', 'beta'], 1000 + PROMISE_MS)
    expect(Object.keys(core.doors)).toEqual(['alpha', 'beta'])
  })

  it('knows what was promised where its predecessor ended in good order', () => {
    const predecessor = alpha(['alpha'])
    promise(predecessor, { epoch: EPOCH, open: ['beta'] }, PROMISE_MS, 2000)
    const core = successor()
    inherit(core, { ...crashed, handedOver: handOver(predecessor), doors: {} }, 3000)

    expect(mayRelay(core, 3000)).toEqual({ mayRelay: ['beta'] })
    grant(core, ['alpha', 'beta'], 4000)
    expect(core.doors).toEqual({ alpha: 4000 + LEASE_MS })
    grant(core, ['alpha', 'beta'], 2000 + PROMISE_MS)
    expect(Object.keys(core.doors)).toEqual(['alpha', 'beta'])
  })

  it('hands over what it assumed itself', () => {
    const [first, second] = [successor(), successor()]
    inherit(first, { ...crashed, doors: {} }, 1000)
    inherit(second, { ...crashed, handedOver: handOver(first) }, 2000)

    grant(second, ['beta'], 3000)
    expect(second.doors).toEqual({})
  })

  it('relays for every door that is not open here, until the promise would be over or the peer says what it holds', () => {
    const [silent, heard] = [successor(), successor()]
    for (const core of [silent, heard]) inherit(core, crashed, 1000)

    expect(mayRelay(silent, 1001)).toEqual({ mayRelay: ['beta'] })
    expect(mayRelay(silent, 1000 + PROMISE_MS)).toEqual({})
    promise(heard, { epoch: EPOCH, open: [] }, PROMISE_MS, 2000)
    expect(mayRelay(heard, 2001)).toEqual({})
  })

  it('promises by what the last answer granted to its earlier self, before it has heard one', () => {
    const core = successor()
    inherit(core, { ...crashed, doors: {} }, 1000)

    expect(promise(core, { epoch: EPOCH, open: ['alpha', 'beta'] }, PROMISE_MS, 2000)).toEqual(['beta'])
  })

  it('asks for a promise of its open door when its first request has no answer, and extends it', () => {
    const core = successor()
    inherit(core, crashed, 1000)
    const { sequence } = compose(core, ['alpha'], report, 1000)
    expect(asksFor(core, 1000)).toEqual([])

    fail(core, sequence, 2000, 1500, 0)
    expect(asksFor(core, 2000)).toEqual(['alpha'])
    const pong = { promised: ['alpha'], failsafeMs: FAILSAFE_MS }
    expect(extend(core, pong, 39_000, 39_010)).toEqual({ alpha: 39_000 + FAILSAFE_MS })
    expect(asksFor(core, 39_000 + FAILSAFE_MS)).toEqual([])
  })

  it('goes on asking after its first answer, until the control plane knows that it hears', () => {
    const core = successor()
    inherit(core, crashed, 1000)
    fail(core, compose(core, ['alpha'], report, 1000).sequence, 2000, 1500, 0)

    grant(core, ['alpha'], 3000)
    expect(asksFor(core, 3100)).toEqual(['alpha'])
    grant(core, ['alpha'], 4000)
    expect(asksFor(core, 4100)).toEqual([])
  })

  it('asks for nothing when its first request is answered', () => {
    const core = successor()
    inherit(core, crashed, 1000)

    grant(core, ['alpha'], 1000)
    expect(asksFor(core, 1100)).toEqual([])
  })
})
