import type { AgentCommand, Heartbeat, HeartbeatAnswer } from '../../domain/contract/heartbeat.ts'
import { peerTimesOf, requestTimeLimitMs } from '../../domain/settings.ts'
import type { Metrics } from './admin/metrics.ts'
import { boottime } from './boottime.ts'
import type { Commands } from './commands.ts'
import type { ContactReading } from './contact.ts'
import {
  type AgentCore,
  abandon,
  compose,
  createCore,
  type Deadline,
  dueAtMs,
  fail,
  noteGate,
  noteResult,
  type Report,
  take,
} from './core.ts'
import type { Gate, GateReading } from './gate/gate.ts'
import type { Leaving } from './host.ts'
import type { Journal } from './journal.ts'
import type { Log } from './log.ts'
import { OperatorOrders } from './operator-orders.ts'
import { handOver, inherit } from './peer/failsafe.ts'
import { FailsafeLoop, type FailsafeParts } from './peer/failsafe-loop.ts'
import type { LinkReading, Peer } from './peer/peer-link.ts'
import { reportOf } from './report.ts'
import type { Road } from './road.ts'
import type { Services } from './services/services.ts'
import type { Restores } from './sessions/restores.ts'
import { StallWatch } from './stall.ts'

export interface AgentParts {
  node: string
  bootId: string
  softwareVersion: string
  road: Road
  gate: Gate
  services: Services
  journal: Journal
  commands: Commands
  restores: Pick<Restores, 'follow' | 'report' | 'heard' | 'onDone'>
  /** The agents' own road to each other. */
  peerLink: Pick<FailsafeParts, 'openLink' | 'ports'>
  /** The state of the database's replication, as last read. */
  replication: () => number
  /** Which of the services is the database. */
  databaseService: string
  /** The throughput to the peer, where it was measured. */
  mbitPerSecond: () => number | null
  /** Told with every answer: on which port administration is to be answered, and who the peer is. */
  onSettings: (learned: { adminRpcPort: number; servicePort: number; peer: Peer | undefined }) => void
  metrics: Metrics
  log: Log
}

/** Before the control plane has said anything: how often it is asked. */
const FIRST_INTERVAL_MS = 1500
/** How long a good-bye may take; the host does not wait for us. */
const GOOD_BYE_LIMIT_MS = 2000
/** How late a heartbeat may be begun, or its gate be read, before the loop counts as hung. */
const TURN_LIMIT_MS = 10_000

/** The recovery manager of one node: heartbeats, holds the gate under its lease, carries out commands. */
export class Agent {
  readonly #parts: AgentParts
  readonly #core: AgentCore
  readonly #failsafe: FailsafeLoop
  /** What an operator orders on the node itself. */
  readonly orders: OperatorOrders
  readonly stalls: StallWatch
  #timer: NodeJS.Timeout | undefined
  #request: AbortController | undefined
  #composing = false
  #stopped = false
  #leaving: Leaving | undefined
  /** On boottime: by then the loop has to have turned, or it hangs. */
  #turnsByMs = Number.POSITIVE_INFINITY

  constructor(parts: AgentParts) {
    this.#parts = parts
    this.#core = createCore(parts.node, parts.journal.incarnation, parts.journal.membership)
    this.#failsafe = new FailsafeLoop({
      core: this.#core,
      ...parts.peerLink,
      now: boottime,
      onExtended: (doors) => void this.#setDoors(parts.gate.extend(doors)),
      onUrgent: () => this.#schedule(),
      log: parts.log,
    })
    this.orders = new OperatorOrders({
      core: this.#core,
      journal: parts.journal,
      setDoors: async (doors) => this.#noteDoors(await parts.gate.set(doors)),
      interrupt: () => this.#interrupt(),
      contact: () => parts.road.reading,
      now: boottime,
      log: parts.log,
    })
    this.stalls = new StallWatch({ now: boottime, onStall: (pausedMs) => this.#wake(pausedMs) })
    parts.commands.onResult((result) => this.#tell(result))
    parts.restores.onDone(() => this.#sayAtOnce())
    parts.services.onChange(({ name, status }) => {
      parts.log(`${name} is ${status.state}: ${status.detail}`)
      this.#sayAtOnce()
    })
  }

  async start(): Promise<void> {
    const { inherited, membership } = this.#parts.journal
    // Where the gate cannot be read any door may be closed here, and promised to the peer.
    const doors = await this.#parts.gate.read().then(
      ({ deadlines }) => deadlines,
      () => ({}),
    )
    const promiseMs = membership.promiseMs ?? 0
    inherit(this.#core, { handedOver: inherited, doors, promiseMs }, boottime())
    await this.orders.restore()
    if (this.#core.terms) this.#failsafe.learn(this.#core.terms)
    this.#core.nextAtMs = boottime()
    this.#schedule()
  }

  /** For the watchdog: whether the loop turns that heartbeats. One that waits for something that never comes does not. */
  get isKeepingUp(): boolean {
    return boottime() <= this.#turnsByMs
  }

  /** One line for a person. */
  get summary(): string {
    const { last, open } = this.#core
    const order = { fence: 'FENCED by an operator; ', serve: 'FORCED by an operator; ', none: '' }
    const said = order[this.orders.current?.kind ?? 'none']
    const serves = said + (open.length > 0 ? `serves ${open.join(', ')}` : 'serves nobody')
    if (!last) return `not connected yet; ${serves}`
    return `${this.#parts.road.reading.connected ? '' : 'not connected; was '}${last.state} (${last.reason}); ${serves}`
  }

  /** What the agent knows at this moment; to be read and not to be changed. */
  get view(): { core: Readonly<AgentCore>; contact: ContactReading; endpoint: string; link: LinkReading | null } {
    const { reading: contact, endpoint } = this.#parts.road
    return { core: this.#core, contact, endpoint, link: this.#failsafe.reading() }
  }

  /** The way to the peer and back, measured anew, several times, in ms; nothing where the peer does not answer. */
  roundTripsMs(count: number): Promise<number[]> {
    return this.#failsafe.roundTripsMs(count)
  }

  /** What a hook is told of this moment. */
  get facts(): { peer: string; transition: string; reason: string } {
    const { last } = this.#core
    const transition = last?.commands[0]?.transition ?? ''
    return { peer: last?.settings.peer?.node ?? '', transition, reason: this.#leaving ?? last?.reason ?? '' }
  }

  /** Ends the heartbeats. Doors stay as they are, until their leases lapse or the next agent goes on [B19]. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#request?.abort()
    this.#failsafe.stop()
    this.stalls.close()
    await this.#parts.journal.handOver(handOver(this.#core))
  }

  /** A good-bye [B10]: closes every door, says so and why, and waits shortly until it was heard. */
  async sayGoodBye(leaving: Leaving): Promise<void> {
    clearTimeout(this.#timer)
    this.#leaving = leaving
    this.#core.doors = {}
    await this.#parts.gate.set({})
    const heard = this.#beat()
    const limit = new Promise<void>((resolve) => setTimeout(resolve, GOOD_BYE_LIMIT_MS).unref())
    await Promise.race([heard, limit])
    await this.stop()
  }

  /** No answer that is under way counts any more; a fresh heartbeat says how things are. */
  #interrupt(): void {
    abandon(this.#core)
    this.#request?.abort()
    this.#sayAtOnce()
  }

  /** This process stood still: what it has in hand is of another time. The clock is asked first, and then the control plane. */
  #wake(pausedMs: number): void {
    const { log, gate } = this.#parts
    const nowMs = boottime()
    const isLapsed = (until: Deadline) => until !== 'unleased' && until <= nowMs
    const lapsed = Object.keys(this.#core.doors).filter((home) => isLapsed(this.#core.doors[home] as Deadline))
    const meanwhile = lapsed.length > 0 ? `; meanwhile the lease lapsed for the users of ${lapsed.join(', ')}` : ''
    log(`was paused for ${(pausedMs / 1000).toFixed(1)} s${meanwhile}`)
    if (this.#stopped || this.#leaving) return
    if (lapsed.length > 0) {
      const { doors } = this.#core
      this.#core.doors = Object.fromEntries(Object.entries(doors).filter(([home]) => !lapsed.includes(home)))
      void this.#setDoors(gate.set(this.#core.doors))
    }
    this.#interrupt()
  }

  #tell(result: NonNullable<Heartbeat['commandResults']>[number]): void {
    this.#parts.metrics.count('command_results_total', { result: result.ok ? 'ok' : 'failed' })
    noteResult(this.#core, result)
    this.#schedule()
  }

  #sayAtOnce(): void {
    this.#core.urgent = true
    this.#schedule()
  }

  #schedule(): void {
    if (this.#stopped || this.#leaving) return
    clearTimeout(this.#timer)
    const nowMs = boottime()
    const dueMs = dueAtMs(this.#core, nowMs)
    if (dueMs === null) return
    this.#turnsByMs = Math.max(nowMs, dueMs) + TURN_LIMIT_MS
    this.#timer = setTimeout(() => void this.#beat(), Math.max(0, dueMs - nowMs))
  }

  /** One heartbeat: reads the gate, reports, and does what the answer asks for. Never throws. */
  async #beat(): Promise<void> {
    this.stalls.look()
    if (this.#composing) return
    clearTimeout(this.#timer)
    this.#composing = true
    this.#turnsByMs = boottime() + this.#requestTimeLimitMs() + TURN_LIMIT_MS
    abandon(this.#core)
    this.#request?.abort()
    const open = await this.#openDoors()
    this.#composing = false
    if (this.#stopped) return
    const request = new AbortController()
    this.#request = request
    const heartbeat = compose(this.#core, open, this.#report(), boottime())
    const { sequence } = heartbeat
    this.#parts.metrics.count('heartbeats_sent_total')
    try {
      await this.#take(sequence, await this.#parts.road.post(heartbeat, request.signal, this.#requestTimeLimitMs()))
    } catch (error) {
      if (!request.signal.aborted) this.#noteFailure(sequence, error)
    }
    this.#schedule()
  }

  /** What the gate itself says (rule 14). A gate that cannot be read may be open: nothing else may be said of it. */
  async #openDoors(): Promise<string[]> {
    try {
      return (await this.#parts.gate.read()).open
    } catch (error) {
      this.#parts.log(`the gate cannot be read, so its doors count as open: ${(error as Error).message}`)
      return [...new Set([...this.#core.open, ...Object.keys(this.#core.doors)])]
    }
  }

  #report(): Report {
    const { bootId, softwareVersion, services, databaseService, gate, replication, mbitPerSecond } = this.#parts
    const seen = {
      bootId,
      softwareVersion,
      services: services.status(),
      databaseService,
      replicationSetup: replication(),
      gateKind: gate.kind,
      link: this.#failsafe.reading(),
      mbitPerSecond: mbitPerSecond(),
      leaving: this.#leaving,
      restores: this.#parts.restores.report(),
    }
    return reportOf(this.#core, seen, boottime())
  }

  #requestTimeLimitMs(): number {
    return requestTimeLimitMs(this.#intervalMs(), this.#core.last?.leaseMs ?? null)
  }

  #intervalMs(): number {
    return this.#core.last?.settings.keepAliveIntervalMs ?? FIRST_INTERVAL_MS
  }

  async #take(sequence: number, answer: HeartbeatAnswer): Promise<void> {
    const { log, gate, commands } = this.#parts
    this.stalls.look()
    const before = this.#core.last
    const orders = take(this.#core, sequence, answer, boottime())
    if (!orders || this.#leaving) return
    this.#parts.road.answered(answer)
    if (before?.state !== answer.state || before.reason !== answer.reason) log(`${answer.state} (${answer.reason})`)
    await this.#setDoors(gate.set(orders.doors))
    this.#parts.restores.heard()
    this.#parts.restores.follow({ serve: Object.keys(orders.doors), ...(answer.moved ? { moved: answer.moved } : {}) })
    await this.orders.heard()
    await this.#learn(answer)
    for (const command of orders.commands) this.#carryOut(commands, command, answer)
  }

  /** What an agent that starts has to know is kept before the first promise is given by it. */
  async #learn(answer: HeartbeatAnswer): Promise<void> {
    const { journal } = this.#parts
    const peer = answer.settings.peer?.node
    const isPaired = answer.leaseMs !== null && answer.settings.peer !== undefined
    const promiseMs = isPaired
      ? peerTimesOf(answer.settings.keepAliveTimeoutMs).promiseMs
      : journal.membership.promiseMs
    await journal.learnMembership({
      ...(answer.group === undefined ? {} : { group: answer.group }),
      epoch: answer.epoch,
      ...(promiseMs === undefined ? {} : { promiseMs }),
      ...(peer === undefined ? {} : { peer }),
      ...(this.#core.terms ? { terms: this.#core.terms } : {}),
    })
    this.#parts.onSettings({ ...answer.settings, peer: this.#failsafe.learn(answer) })
  }

  async #setDoors(set: Promise<GateReading>): Promise<void> {
    try {
      this.#noteDoors(await set)
    } catch (error) {
      this.#parts.log(`the gate does not obey: ${(error as Error).message}`)
    }
  }

  #noteDoors({ open, problem }: GateReading): string[] {
    const before = this.#core.open
    noteGate(this.#core, open)
    if (problem) this.#parts.log(`the gate: ${problem}`)
    if (before.join() !== open.join()) this.#parts.log(open.length > 0 ? `serves ${open.join(', ')}` : 'serves nobody')
    return open
  }

  #carryOut(commands: Commands, command: AgentCommand, answer: HeartbeatAnswer): void {
    commands.carryOut(command, { peer: answer.settings.peer?.node ?? '', reason: answer.reason })
  }

  #noteFailure(sequence: number, error: unknown): void {
    this.#parts.metrics.count('heartbeats_failed_total')
    this.#parts.road.failed(error)
    void this.orders.unheard(error)
    fail(this.#core, sequence, boottime(), this.#intervalMs(), Math.random())
  }
}
