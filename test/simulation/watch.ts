import type { Group, NodeIndex, NodeRecord, Transition } from '../../domain/model.ts'
import { rowsOf } from '../../domain/states.ts'
import { ProblemError } from '../../functions/problem.ts'
import type { Observation } from '../../functions/usecases/observation.ts'
import { Unavailable } from '../world/cloud.ts'
import { type Host, SERVICES } from '../world/host.ts'
import type { Sight, World } from '../world/world.ts'
import type { Coverage } from './coverage.ts'
import type { Cue, Fault } from './faults.ts'
import { Broken, type InvariantName } from './invariants.ts'

const SILENCE = ['PeerDown', 'PeerReboot', 'PeerDownDuringInitialization']
const FAILURES = ['CriticalServiceDown', 'DatabaseFailure']
/** How often a service may have been down since its node was last heard, for all that to be remembered. */
const SPANS_KEPT = 10
/** What the drift of a clock and the way of a message make of a delay. */
const SLACK_MS = 1000

/** Looks at everything that is decided, and at the doors; keeps the first invariant that does not hold. */
export class Watch {
  broken: Broken | null = null
  /** Told of what a fault may be tied to. */
  onCue: (cue: Cue) => void = () => undefined
  readonly #world: World
  readonly #coverage: Coverage
  readonly #transitions = new Set<string>()
  /** Events that were decided, and are to be kept. */
  readonly #events = new Set<string>()
  /** Of each node: until when something may keep it from being heard that is not the control plane. */
  readonly #disturbedUntilMs: [number, number] = [0, 0]
  /** Until when something may keep the nodes from hearing each other. */
  #apartUntilMs = 0
  /** Of each node and service: when it was last down, and since when. */
  readonly #down = new Map<string, { fromMs: number; toMs: number }[]>()

  constructor(world: World, coverage: Coverage) {
    this.#world = world
    this.#coverage = coverage
    world.onSight = (sight) => this.#see(sight)
    world.cloud.onObservation = async (observation) => this.#observe(observation)
    for (const { journal } of Object.values(world.nodes)) {
      journal.onCommand = (id, interrupted) => {
        const known = journal.commands.get(id)
        const isOver = known !== undefined && known !== 'started'
        if (isOver || (known !== undefined) !== interrupted) this.breaks('carried out twice', `${id} is begun again`)
      }
    }
    for (const { name, host } of Object.values(world.nodes)) this.#followServices(name, host)
  }

  breaks(invariant: InvariantName, what: string): void {
    this.broken ??= new Broken(invariant, `${this.#world.clock()}: ${what}`)
  }

  /** An error that no fault accounts for. */
  seeError(error: unknown): void {
    if (error instanceof ProblemError || error instanceof Unavailable) return
    this.breaks('internal error', error instanceof Error ? (error.stack ?? error.message) : String(error))
  }

  /** The fault keeps a node from being heard, until it ends. */
  noteFault(fault: Fault, endsAtMs: number): void {
    if (parts(fault)) this.#apartUntilMs = Math.max(this.#apartUntilMs, endsAtMs)
    for (const place of disturbed(fault)) {
      this.#disturbedUntilMs[place] = Math.max(this.#disturbedUntilMs[place], endsAtMs)
    }
  }

  /** All faults have ended: from now on nobody is disturbed. */
  noteEnd(): void {
    const { nowMs } = this.#world.timeline
    this.#apartUntilMs = Math.min(this.#apartUntilMs, nowMs)
    for (const place of [0, 1] as const) {
      this.#disturbedUntilMs[place] = Math.min(this.#disturbedUntilMs[place], nowMs)
    }
  }

  /** Events that were decided and are not in the history. */
  eventsLost(): string[] {
    for (const { id } of this.#world.cloud.history.entries) this.#events.delete(id)
    return [...this.#events]
  }

  #followServices(name: string, host: Host): void {
    host.onTurn = (service, isRunning) => {
      const { nowMs } = this.#world.timeline
      const key = `${name} ${service}`
      const spans = this.#down.get(key) ?? []
      const last = spans.at(-1)
      if (isRunning && last) last.toMs = nowMs
      if (!isRunning)
        this.#down.set(key, [...spans.slice(-SPANS_KEPT), { fromMs: nowMs, toMs: Number.POSITIVE_INFINITY }])
    }
  }

  #see(sight: Sight): void {
    if (sight.kind === 'door opens') this.onCue('a door opens')
    else if (sight.kind === 'door closes') this.onCue('a door closes')
    else if (sight.kind === 'commit') this.#seeCommit(sight.before, sight.after)
  }

  #seeCommit(before: Group | null, after: Group): void {
    this.#seePair(after)
    const stood = new Set(before?.outbox.map(({ id }) => id))
    const fresh = after.outbox.filter(({ id }) => !stood.has(id))
    for (const { kind, id } of fresh) {
      if (kind !== 'event') continue
      if (this.#events.has(id)) this.breaks('event doubled', `${id} is decided again`)
      this.#events.add(id)
    }
    const { transition } = after
    if (transition && transition.id !== before?.transition?.id) this.#seeNew(transition)
    const begins =
      transition?.phase === 'running' &&
      (before?.transition?.id !== transition.id || before.transition.phase === 'waiting')
    if (begins) this.#judge(after, transition)
    if (begins && before?.maintenance) this.#judgeMaintenance(after, transition)
    if (begins) this.onCue('a transition begins')
    const known = new Set(before?.commands.map(({ id }) => id))
    if (after.commands.some(({ id }) => !known.has(id))) this.onCue('a command is given')
    if (fresh.length > 0) this.onCue('something is decided')
  }

  #seePair({ nodes, highAvailability }: Group): void {
    const [one, two] = nodes
    if (!one || !two || !highAvailability) return
    const rows = [...rowsOf([one, two]), ...rowsOf([one, two], [false, true]), ...rowsOf([one, two], [true, false])]
    for (const { row } of rows) this.#coverage.pairs.add(row)
    if (rows.length > 0) return
    const label = ({ name, state, reason }: NodeRecord) => `${name} ${state} (${reason})`
    this.breaks('unknown pair', `${label(one)}, ${label(two)}`)
  }

  #seeNew({ id }: Transition): void {
    if (this.#transitions.has(id)) this.breaks('begun twice', `transition ${id} begins again`)
    this.#transitions.add(id)
  }

  /** A transition begins: was there a reason? */
  #judge(group: Group, { kind, from, trigger }: Transition): void {
    if (kind !== 'failover') return
    const { name } = group.nodes[from] as NodeRecord
    if (SILENCE.includes(trigger)) this.#judgeSilence(group, from, name)
    if (FAILURES.includes(trigger)) this.#judgeFailure(group, name)
  }

  /** A group that was in maintenance before and is so after: what an operator orders, also on the node itself, is not automatic. */
  #judgeMaintenance({ maintenance }: Group, { kind, trigger, requestedBy }: Transition): void {
    const isAutomatic = requestedBy === 'understudy' && trigger !== 'OnAdminRequest'
    const lasts =
      maintenance && (maintenance.untilMs === null || this.#world.timeline.nowMs < maintenance.untilMs - SLACK_MS)
    if (isAutomatic && lasts) this.breaks('automatic in maintenance', `a ${kind} begins (${trigger})`)
  }

  #judgeSilence(group: Group, from: NodeIndex, name: string): void {
    const { nowMs } = this.#world.timeline
    const longestMs = Math.max(group.settings.initializationTimeoutMs, group.earlierTimeout?.timeoutMs ?? 0)
    const sinceMs = nowMs - 3 * longestMs
    const serves = this.#world.node(name).host.openDoors().length > 0
    if (serves && this.#apartUntilMs < sinceMs) {
      this.breaks(
        'failed over while it was heard',
        `${name} fails over for silence, and serves by the promise of its peer`,
      )
    }
    if (this.#disturbedUntilMs[from] >= sinceMs) return
    this.breaks(
      'failed over by an outage',
      `${name} fails over for silence, and nothing but the control plane was out of reach`,
    )
  }

  #judgeFailure(group: Group, name: string): void {
    const { nowMs } = this.#world.timeline
    const { criticalServiceDelayMs, keepAliveTimeoutMs } = group.settings
    const timeoutMs = Math.max(keepAliveTimeoutMs, group.earlierTimeout?.timeoutMs ?? 0)
    const heardMs = nowMs - timeoutMs - SLACK_MS
    // One that has come back since the node was last heard is down as far as anybody can know.
    const fits = SERVICES.flatMap((service) => this.#down.get(`${name} ${service}`) ?? []).some(
      ({ fromMs, toMs }) => toMs >= heardMs && nowMs - fromMs >= criticalServiceDelayMs * 0.998 - SLACK_MS,
    )
    if (!fits) this.breaks('too early', `${name} fails over, and no service of it was down for the whole delay`)
  }

  #observe(observation: Observation): void {
    if (observation.kind === 'failure') this.seeError(observation.error)
    if (observation.kind === 'commit') this.#coverage.rows(observation.draft.fired)
  }
}

/** Whether a fault may keep the nodes from hearing each other, or changes how long promises last. */
const parts = (fault: Fault): boolean =>
  ('way' in fault && fault.way === 'to peer') || fault.kind === 'set' || disturbedItself(fault)

/** Whether it befalls a node itself, not only its roads. */
const disturbedItself = (fault: Fault): boolean => !('way' in fault) && disturbed(fault).length === 1

/** Whom a fault may keep from being heard. What slows down or kills Lambdas may do that to either node. */
function disturbed(fault: Fault): readonly NodeIndex[] {
  switch (fault.kind) {
    case 'control plane down':
    case 'fleet brake holds':
    case 'maintenance':
    case 'acknowledge':
    case 'effects fail':
    case 'workflow calls fail':
    case 'lambda calls twice':
    case 'lambda clocks differ':
    case 'wall clock jumps':
    case 'ask':
    case 'set':
    case 'hook bad':
    case 'services slow':
      return []
    case 'table slow':
    case 'lambda dies after commit':
    case 'lambda dies after effects':
      return [0, 1]
    default:
      return [fault.node]
  }
}
