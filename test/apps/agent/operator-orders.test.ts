import type { ContactReading } from '../../../apps/agent/contact.ts'
import { type AgentCore, compose, createCore, type Doors, take } from '../../../apps/agent/core.ts'
import { Journal } from '../../../apps/agent/journal.ts'
import { OperatorOrders } from '../../../apps/agent/operator-orders.ts'
import { ProblemError } from '../../../apps/client/problem.ts'
import type { HeartbeatAnswer } from '../../../domain/contract/heartbeat.ts'
import { Stand } from './stand.ts'

const LEASE_MS = 1800
const UNREACHABLE = new Error('no answer within 10 s')
const GONE: ContactReading = { connected: false, sinceMs: 0, why: 'x', isRefused: false, clockAheadSeconds: null }
const report = {
  bootId: 'boot',
  softwareVersion: '1',
  services: {},
  database: { state: 'running' as const, forMs: 0 },
  replicationSetup: 2,
  gateKind: 'front',
  wallClockMs: 0,
}

describe('what an operator orders on the node', () => {
  let stand: Stand
  let core: AgentCore
  let nowMs: number
  let contact: ContactReading
  let interrupts: number
  /** As the gate was set last; a door past its deadline is closed. */
  let gate: Doors
  let journal: Journal
  let orders: OperatorOrders
  const log: string[] = []

  beforeEach(async () => {
    stand = new Stand()
    core = createCore('alpha', 3, { group: 'pair', epoch: 5 })
    nowMs = 100_000
    contact = GONE
    interrupts = 0
    gate = {}
    journal = await Journal.open(stand.folder, 'boot 1')
    begin()
  })
  afterEach(() => stand.clear())

  function begin() {
    orders = new OperatorOrders({
      core,
      journal,
      setDoors: (doors) => {
        gate = doors
        core.open = openDoors()
        return Promise.resolve(core.open)
      },
      interrupt: () => interrupts++,
      contact: () => contact,
      now: () => nowMs,
      log: (line) => log.push(line),
    })
  }
  const openDoors = () => Object.keys(gate).filter((home) => gate[home] === 'unleased' || (gate[home] ?? 0) > nowMs)
  const serve = (change: { all?: boolean; despitePromise?: boolean } = {}) =>
    orders.serve({ all: false, despitePromise: false, ...change })

  /** One heartbeat and its answer. */
  function hear(change: Partial<HeartbeatAnswer> = {}) {
    const { sequence } = compose(core, core.open, report, nowMs)
    const settings = {
      keepAliveIntervalMs: 400,
      keepAliveTimeoutMs: 2000,
      servicePort: 22001,
      adminRpcPort: 20075,
      criticalServices: [],
      peer: { node: 'beta', address: 'beta.example' },
    }
    const standing = {
      incarnation: 3,
      sequence,
      state: 'Normal',
      reason: 'Normal',
      epoch: 5,
      leaseMs: LEASE_MS,
    } as const
    const answer = { ...standing, serve: ['alpha'], nextHeartbeatInMs: 400, commands: [], settings, ...change }
    const doors = take(core, sequence, answer, nowMs)?.doors ?? {}
    gate = doors
    core.open = openDoors()
    return doors
  }

  describe('a fence', () => {
    it('closes what is open, and nothing that is granted opens', async () => {
      hear()
      expect(openDoors()).toEqual(['alpha'])

      expect((await orders.fence()).result).toBe('done')
      expect(openDoors()).toEqual([])
      expect(interrupts).toBeGreaterThan(0)
      expect(hear()).toEqual({})
      await orders.release()
      expect(hear()).toEqual({ alpha: nowMs + LEASE_MS })
    })

    it('is in force again before the first heartbeat of the next agent, also after a boot', async () => {
      await orders.fence()
      core = createCore('alpha', 4, { epoch: 5 })
      gate = { alpha: nowMs + 5000 }
      journal = await Journal.open(stand.folder, 'boot 2')
      begin()
      await orders.restore()

      expect(openDoors()).toEqual([])
      expect(core.fenced).toBe(true)
    })

    it('is not said to be done where the gate does not obey', async () => {
      hear()
      const deaf = new OperatorOrders({
        ...{
          core,
          journal,
          interrupt: () => undefined,
          contact: () => contact,
          now: () => nowMs,
          log: () => undefined,
        },
        setDoors: () => Promise.reject(new Error('no front')),
      })

      expect(await deaf.fence()).toEqual({ result: 'failed', said: 'the gate does not obey: no front' })
      expect(core.fenced).toBe(true)
    })
  })

  describe('a forced door', () => {
    const afterTimeout = () => {
      hear({ serve: [] })
      nowMs += 2000
    }

    it('is refused while the control plane answers, also with a refusal, and until it has been silent for its timeout', async () => {
      contact = { ...GONE, connected: true, why: null }
      expect((await serve()).result).toBe('refused')
      contact = { ...GONE, isRefused: true, why: 'the signature is wrong' }
      expect((await serve()).said).toContain('refuses this node: the signature is wrong')
      contact = GONE
      hear({ serve: [] })
      nowMs += 1900
      expect((await serve()).said).toContain('answered 1 s ago')
      expect(gate).toEqual({})
      nowMs += 100
      expect((await serve()).result).toBe('done')
    })

    it('is refused on a node that is fenced', async () => {
      await orders.fence()
      expect(await serve()).toEqual({ result: 'refused', said: 'this node is fenced: release it first' })
    })

    it('respects what is promised to the peer, unless it is told not to', async () => {
      afterTimeout()
      core.noOpenMs = { beta: nowMs + 700 }

      expect((await serve({ all: true })).said).toContain('beta may be promised to the peer, for 1 s yet')
      expect(openDoors()).toEqual([])
      expect((await serve()).result).toBe('done')
      expect((await serve({ all: true, despitePromise: true })).result).toBe('done')
      expect(openDoors()).toEqual(['alpha', 'beta'])
    })

    it('stays open only as long as heartbeats fail anew: an agent that stands still closes it', async () => {
      afterTimeout()
      await serve()
      nowMs += 20_000
      await orders.unheard(UNREACHABLE)
      nowMs += 20_000
      expect(openDoors()).toEqual(['alpha'])
      nowMs += 10_001
      expect(openDoors()).toEqual([])
      await orders.unheard(UNREACHABLE)
      expect(openDoors()).toEqual(['alpha'])
    })

    it('closes with the next answer that does not grant it, and is remembered', async () => {
      afterTimeout()
      await serve()

      expect(hear({ serve: [] })).toEqual({})
      expect(core.forced).toEqual([])
      await orders.heard()
      expect(orders.current).toBeNull()
      expect(journal.pastOrders).toMatchObject([{ kind: 'serve', doors: ['alpha'], why: 'the control plane answers' }])
      await orders.unheard(UNREACHABLE)
      expect(openDoors()).toEqual([])
    })

    it('has no longer than its lease as soon as it is granted', async () => {
      afterTimeout()
      await serve()

      expect(hear()).toEqual({ alpha: nowMs + LEASE_MS })
    })

    it('that was opened despite a promise waits for its end, also when it is granted', async () => {
      afterTimeout()
      core.noOpenMs = { alpha: nowMs + 700 }
      await serve({ despitePromise: true })

      expect(hear()).toEqual({})
      nowMs += 700
      expect(hear()).toEqual({ alpha: nowMs + LEASE_MS })
    })

    it('closes when the control plane refuses the node, and not for a refusal of what stands before it', async () => {
      afterTimeout()
      await serve()
      const problem = { type: 'about:blank', title: 'Forbidden', status: 403, detail: 'no' }
      await orders.unheard(new ProblemError(problem))
      expect(openDoors()).toEqual(['alpha'])
      await orders.unheard(new ProblemError({ ...problem, status: 503, code: 'Busy' }))
      expect(openDoors()).toEqual(['alpha'])

      await orders.unheard(new ProblemError({ ...problem, code: 'NotYourNode' }))
      expect(openDoors()).toEqual([])
      expect(orders.current).toBeNull()
    })

    it('opens again after a restart of the agent, when its heartbeat has failed, and not after a boot of the host', async () => {
      afterTimeout()
      await serve()
      const next = async (bootId: string) => {
        core = createCore('alpha', 4, { epoch: 5 })
        gate = {}
        journal = await Journal.open(stand.folder, bootId)
        begin()
        await orders.restore()
        expect(openDoors()).toEqual([])
        await orders.unheard(UNREACHABLE)
        return openDoors()
      }

      expect(await next('boot 1')).toEqual(['alpha'])
      expect(await next('boot 2')).toEqual([])
      expect(journal.pastOrders).toMatchObject([{ why: 'the host has booted' }])
    })

    it('leaves the doors alone that are held by a lease', async () => {
      hear({ serve: ['beta'], leaseMs: 60_000 })
      nowMs += 2000
      await serve()
      expect(openDoors()).toEqual(['beta', 'alpha'])
      await orders.release()

      expect(openDoors()).toEqual(['beta'])
    })
  })
})
