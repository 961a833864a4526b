import { ProblemError } from '../../functions/problem.ts'
import { type Cloud, Unavailable } from '../world/cloud.ts'
import { DATABASE, type Host } from '../world/host.ts'
import type { AgentProcess, HostWithAgent } from '../world/node.ts'
import type { Timeline } from '../world/timeline.ts'
import type { Way } from '../world/world.ts'
import type { Fault, FaultKind, KINDS, Place } from './faults.ts'
import type { Random } from './random.ts'

const LATENCY_MS = 20
const SERVICE_START_MS = 2000
const SERVICE_STOP_MS = 1000

type Of<Kind extends FaultKind> = Extract<Fault, { kind: Kind }>
type Poor = Of<'road poor'>

/** What takes an operator's requests. */
export interface Keeper {
  newRequest: Cloud['newRequest']
  ask(...call: Parameters<Cloud['ask']>): Promise<unknown>
  set: Cloud['set']
}

/** Where the faults of a control plane happen, and what is asked of one alone. */
type InCloud = Pick<Cloud, 'isDown' | 'isBraked' | 'troubles' | 'acknowledge' | 'maintain'>

/** What faults befall: a pair of nodes, its roads, and what keeps it. */
export interface Stricken {
  readonly timeline: Timeline
  readonly keeper: Keeper
  /** None where no control plane keeps the pair: what befalls one is then of no meaning. */
  readonly cloud: InCloud | null
  node(name: string): HostWithAgent<AgentProcess>
  /** The ways of each node on which its messages get lost. */
  readonly lost: Record<string, Set<Way>>
  /** How long each copy of a message is under way that arrives; none: it gets lost. */
  arrivalsMs: (name: string, way: Way) => readonly number[]
}

/** Makes the faults of a trace happen to a pair, and ends them. */
export class Inflictor {
  readonly #world: Stricken
  readonly #chance: Random
  readonly #names: readonly [string, string]
  /** What several faults may do at once is undone with the last of them. */
  readonly #held = new Map<string, number>()
  readonly #poor = new Map<string, Poor[]>()
  /** No road is poor. */
  #isFair = true
  readonly #running = new Set<() => void>()
  /** Told of requests that were neither carried out nor refused in words. */
  readonly #onDefect: (error: unknown) => void

  constructor(world: Stricken, names: readonly [string, string], chance: Random, onDefect: (error: unknown) => void) {
    this.#world = world
    this.#names = names
    this.#chance = chance
    this.#onDefect = onDefect
    world.arrivalsMs = (name, way) => this.#arrivalsMs(name, way)
  }

  /** The fault happens now; it ends after its span, or with `endAll`. */
  inflict(fault: Fault): void {
    const undo = this.#begin(fault)
    if (!undo || !('forMs' in fault)) return
    const end = () => {
      if (!this.#running.delete(end)) return
      callOff()
      undo()
    }
    const callOff = this.#world.timeline.after(fault.forMs, end)
    this.#running.add(end)
  }

  /** Everything is repaired, and whoever is down is up again; services that were left as they are stay so. */
  endAll(): void {
    for (const end of [...this.#running]) end()
    const none = { deathsAfterCommit: 0, deathsAfterEffects: 0 }
    if (this.#world.cloud) Object.assign(this.#world.cloud.troubles, none)
  }

  #node(place: Place): HostWithAgent<AgentProcess> {
    return this.#world.node(this.#names[place])
  }

  /** Holds something down until as many have let go of it. */
  #hold(what: string, down: () => unknown, up: () => unknown): () => void {
    const count = this.#held.get(what) ?? 0
    this.#held.set(what, count + 1)
    if (count === 0) down()
    return () => {
      const left = (this.#held.get(what) ?? 1) - 1
      this.#held.set(what, left)
      if (left === 0) up()
    }
  }

  #begin(fault: Fault): (() => void) | null {
    switch (fault.kind) {
      case 'ask':
        this.#ask(fault)
        return null
      case 'set':
        this.#work(() => this.#world.keeper.set(fault.parameters))
        return null
      case 'acknowledge':
      case 'maintenance':
      case 'fleet brake holds':
      case 'lambda dies after commit':
      case 'lambda dies after effects':
      case 'control plane down':
      case 'effects fail':
      case 'workflow calls fail':
      case 'lambda calls twice':
      case 'table slow':
      case 'lambda clocks differ':
        return this.#world.cloud && this.#beginInCloud(fault, this.#world.cloud)
      case 'road cut': {
        const lost = this.#world.lost[this.#names[fault.node]] as Set<Way>
        const { node, way } = fault
        return this.#hold(
          `${node} ${way}`,
          () => lost.add(way),
          () => lost.delete(way),
        )
      }
      case 'road poor': {
        const key = `${this.#names[fault.node]} ${fault.way}`
        this.#setPoor(key, [...(this.#poor.get(key) ?? []), fault])
        return () =>
          this.#setPoor(
            key,
            (this.#poor.get(key) ?? []).filter((each) => each !== fault),
          )
      }
      default:
        return this.#beginOnNode(fault, this.#node(fault.node))
    }
  }

  /** What befalls the control plane, and what can be asked of nothing else. */
  #beginInCloud(
    fault: Of<(typeof KINDS.cloud)[number] | 'acknowledge' | 'maintenance'>,
    cloud: InCloud,
  ): (() => void) | null {
    const { timeline } = this.#world
    const { troubles } = cloud
    const chance = this.#chance
    switch (fault.kind) {
      case 'acknowledge':
        this.#work(() => cloud.acknowledge())
        return null
      case 'maintenance':
        return this.#maintain(fault, cloud)
      case 'fleet brake holds':
        return change(cloud, { isBraked: true }, { isBraked: false })
      case 'lambda dies after commit':
        troubles.deathsAfterCommit += fault.count
        return null
      case 'lambda dies after effects':
        troubles.deathsAfterEffects += fault.count
        return null
      case 'control plane down':
        return this.#hold(
          fault.kind,
          () => Object.assign(cloud, { isDown: true }),
          () => Object.assign(cloud, { isDown: false }),
        )
      case 'effects fail':
        return change(troubles, { effectFails: () => chance.happens(fault.rate) }, { effectFails: never })
      case 'workflow calls fail':
        return change(troubles, { callFails: () => chance.happens(fault.rate) }, { callFails: never })
      case 'lambda calls twice':
        return change(troubles, { callsTwice: () => chance.happens(fault.rate) }, { callsTwice: never })
      case 'table slow':
        troubles.tableDelayMs = () => chance.between(0, fault.mostMs)
        return this.#hold(
          fault.kind,
          () => Object.assign(timeline, { interleaves: true }),
          () => Object.assign(timeline, { interleaves: false }),
        )
      case 'lambda clocks differ':
        return change(troubles, { clockErrorMs: () => chance.between(0, fault.mostMs) }, { clockErrorMs: () => 0 })
    }
  }

  #beginOnNode(fault: Extract<Fault, { node: Place }>, node: HostWithAgent<AgentProcess>): (() => void) | null {
    const { host } = node
    switch (fault.kind) {
      case 'agent killed':
        return this.#hold(
          `agent ${node.name}`,
          () => node.killAgent(),
          () => node.startAgent(),
        )
      case 'agent restarted':
        if (node.hasAgent) node.restartAgent()
        return null
      case 'agent frozen':
        return this.#hold(
          `thaw ${node.name}`,
          () => node.freezeAgent(),
          () => node.thawAgent(),
        )
      case 'power lost':
        return this.#hold(
          `host ${node.name}`,
          () => node.powerOff(),
          () => node.powerOn(),
        )
      case 'shut down':
        return this.#hold(
          `host ${node.name}`,
          () => node.shutDown(fault.leaving),
          () => node.powerOn(),
        )
      case 'service failed':
        return this.#failService(host, fault.service, fault.left)
      case 'database failed':
        return this.#failService(host, DATABASE, fault.left)
      case 'service broken': {
        const mend = this.#hold(
          `${node.name} ${fault.service}`,
          () => host.broken.add(fault.service),
          () => host.broken.delete(fault.service),
        )
        const start = this.#failService(host, fault.service, fault.left)
        return () => {
          mend()
          start()
        }
      }
      case 'services slow':
        return change(
          host,
          { startMs: fault.startMs, stopMs: fault.stopMs },
          { startMs: SERVICE_START_MS, stopMs: SERVICE_STOP_MS },
        )
      case 'hook bad':
        host.hookLimitMs = fault.limitMs
        return change(host.hooks, { [fault.hook]: fault.manner }, { [fault.hook]: 'works' })
      case 'clock drifts':
        return change(host, { clockRate: fault.rate }, { clockRate: 1 })
      case 'wall clock jumps':
        host.wallClockErrorMs += fault.byMs
        return null
      case 'fence':
        return this.#hold(
          `fence ${node.name}`,
          () => node.setFenced(true),
          () => node.setFenced(false),
        )
      default:
        return null
    }
  }

  /** An administrator starts it in the end, unless it was left as it is, or something else has happened to it. */
  #failService(host: Host, service: string, isLeft: boolean): () => void {
    if (host.isUp && host.services.get(service)?.state === 'running') host.setService(service, 'failed')
    return () => {
      if (!isLeft) startFailed(host, service)
    }
  }

  /** It ends by itself, too, in case that its end cannot be asked for. */
  #maintain({ node, forMs }: Of<'maintenance'>, cloud: InCloud): () => void {
    const { timeline } = this.#world
    const name = node === undefined ? undefined : this.#names[node]
    const until = new Date(timeline.nowMs + forMs + 1000).toISOString()
    this.#work(() => cloud.maintain(name, { enabled: true, reason: 'simulated', until }))
    return () => this.#work(() => cloud.maintain(name, { enabled: false }))
  }

  #ask(fault: Of<'ask'>): void {
    const { keeper } = this.#world
    const id = keeper.newRequest(fault.action)
    const node = fault.action === 'recovery' ? undefined : this.#names[fault.node]
    for (let count = 0; count < (fault.twice ? 2 : 1); count++) this.#work(() => keeper.ask(fault.action, node, id))
  }

  /** Somebody's request to the control plane, which may be refused and may get no answer. */
  #work(request: () => Promise<unknown>): void {
    this.#world.timeline.after(LATENCY_MS, () =>
      request().then(
        () => undefined,
        (error) => {
          if (!(error instanceof ProblemError || error instanceof Unavailable)) this.#onDefect(error)
        },
      ),
    )
  }

  #setPoor(key: string, faults: Poor[]): void {
    this.#poor.set(key, faults)
    this.#isFair = [...this.#poor.values()].every((each) => each.length === 0)
  }

  #arrivalsMs(name: string, way: Way): readonly number[] {
    if (this.#world.lost[name]?.has(way)) return NOTHING
    if (this.#isFair) return ONE_COPY
    const poor = this.#poor.get(`${name} ${way}`)
    if (!poor || poor.length === 0) return ONE_COPY
    const chance = this.#chance
    let copies = [LATENCY_MS]
    for (const { lost, twice, late, lateMs } of poor) {
      if (chance.happens(twice)) copies = [...copies, LATENCY_MS]
      copies = copies.filter(() => !chance.happens(lost))
      copies = copies.map((ms) => (chance.happens(late) ? ms + chance.between(0, lateMs) : ms))
    }
    return copies
  }
}

const never = () => false
const NOTHING: readonly number[] = []
const ONE_COPY: readonly number[] = [LATENCY_MS]

/** Gives something other values; the answer gives it those that it has in good times. */
function change<Target extends object>(target: Target, values: Partial<Target>, good: Partial<Target>): () => void {
  Object.assign(target, values)
  return () => {
    Object.assign(target, good)
  }
}

/** What an administrator does who finds a failed service that can be started; what was stopped on request stays so. */
export function startFailed(host: Host, service: string): void {
  const state = host.services.get(service)?.state
  const canStart = host.isUp && !host.broken.has(service) && (state === 'failed' || state === 'starting')
  if (canStart) host.setService(service, 'running')
}
