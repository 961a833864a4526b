import type { AgentCommand, Heartbeat, HeartbeatAnswer } from '../../domain/contract/heartbeat.ts'
import { peerTimesOf, requestTimeLimitMs } from '../../domain/settings.ts'
import { apiPath, type SignedClient } from '../client/signed-client.ts'
import { boottime } from './boottime.ts'
import type { Commands } from './commands.ts'
import {
  type AgentCore,
  abandon,
  compose,
  createCore,
  dueAtMs,
  fail,
  noteGate,
  noteResult,
  type Report,
  take,
} from './core.ts'
import { handOver, inheritPromises, relayed } from './failsafe.ts'
import { FailsafeLoop, type FailsafeParts } from './failsafe-loop.ts'
import type { Gate, GateReading } from './gate.ts'
import type { Leaving } from './host.ts'
import type { Journal } from './journal.ts'
import type { Log } from './log.ts'
import type { Services } from './services.ts'

export interface AgentParts {
  node: string
  cluster: string
  bootId: string
  softwareVersion: string
  /** One for each endpoint; they are tried in turn. */
  clients: SignedClient[]
  gate: Gate
  services: Services
  journal: Journal
  commands: Commands
  /** The agents' own road to each other. */
  peerLink: Pick<FailsafeParts, 'openLink' | 'ports'>
  /** The state of the database's replication, as last read. */
  replication: () => number
  /** Which of the services is the database. */
  databaseService: string
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
  #timer: NodeJS.Timeout | undefined
  #request: AbortController | undefined
  #endpoint = 0
  #composing = false
  #stopped = false
  #connected: boolean | null = null
  #leaving: Leaving | undefined
  /** On boottime: by then the loop has to have turned, or it hangs. */
  #turnsByMs = Number.POSITIVE_INFINITY

  constructor(parts: AgentParts) {
    this.#parts = parts
    const { group, epoch } = parts.journal.membership
    const known = { ...(group === undefined ? {} : { group }), epoch }
    this.#core = createCore(parts.node, parts.journal.incarnation, known)
    this.#failsafe = new FailsafeLoop({
      core: this.#core,
      ...parts.peerLink,
      now: boottime,
      onExtended: (doors) => void this.#setDoors(parts.gate.extend(doors)),
      onUrgent: () => this.#schedule(),
      log: parts.log,
    })
    parts.commands.onResult((result) => this.#tell(result))
    parts.services.onChange(({ name, status }) => {
      parts.log(`${name} is ${status.state}: ${status.detail}`)
      this.#core.urgent = true
      this.#schedule()
    })
  }

  async start(): Promise<void> {
    const { inherited, membership } = this.#parts.journal
    // Where the gate cannot be read any door may be closed here, and promised to the peer.
    const openDoors = await this.#parts.gate.read().then(
      ({ open }) => open,
      () => [],
    )
    const promiseMs = membership.promiseMs ?? 0
    inheritPromises(this.#core, { handedOver: inherited, openDoors, promiseMs }, boottime())
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
    const serves = open.length > 0 ? `serves ${open.join(', ')}` : 'serves nobody'
    if (!last) return `not connected yet; ${serves}`
    return `${this.#connected ? '' : 'not connected; was '}${last.state} (${last.reason}); ${serves}`
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

  #tell(result: NonNullable<Heartbeat['commandResults']>[number]): void {
    noteResult(this.#core, result)
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
    if (this.#composing) return
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
    try {
      await this.#take(sequence, await this.#post(heartbeat, request.signal))
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
    const { bootId, softwareVersion, services, databaseService, gate, replication } = this.#parts
    const nowMs = boottime()
    const seen = services.status()
    const reportOf = (name: string) => {
      const status = seen[name]
      if (!status) return { state: 'unknown' as const, forMs: 0 }
      return { state: status.state, forMs: Math.max(0, Math.round(nowMs - status.sinceMs)) }
    }
    const asked = this.#core.last?.settings.criticalServices ?? []
    const names = asked.length > 0 ? asked : Object.keys(seen).filter((name) => name !== databaseService)
    return {
      bootId,
      softwareVersion,
      services: Object.fromEntries(names.map((name) => [name, reportOf(name)])),
      database: reportOf(databaseService),
      replicationSetup: replication(),
      gateKind: gate.kind,
      wallClockMs: Date.now(),
      ...this.#peerReport(nowMs),
      ...(this.#leaving ? { leaving: this.#leaving } : {}),
    }
  }

  /** What is known of the peer by the agents' own road; nothing, where it has not been heard. */
  #peerReport(nowMs: number): Pick<Report, 'peer'> {
    const reading = this.#failsafe.reading()
    return reading ? { peer: { ...reading, promises: relayed(this.#core, nowMs) } } : {}
  }

  async #post(heartbeat: Heartbeat, signal: AbortSignal): Promise<HeartbeatAnswer> {
    const { clients, cluster, node } = this.#parts
    const client = clients[this.#endpoint % clients.length] as SignedClient
    const { body } = await client.request<HeartbeatAnswer>({
      method: 'POST',
      path: apiPath`/clusters/${cluster}/nodes/${node}/heartbeats`,
      body: heartbeat,
      signal,
      timeoutMs: this.#requestTimeLimitMs(),
    })
    return body
  }

  #requestTimeLimitMs(): number {
    return requestTimeLimitMs(this.#intervalMs(), this.#core.last?.leaseMs ?? null)
  }

  #intervalMs(): number {
    return this.#core.last?.settings.keepAliveIntervalMs ?? FIRST_INTERVAL_MS
  }

  async #take(sequence: number, answer: HeartbeatAnswer): Promise<void> {
    const { log, gate, commands } = this.#parts
    const before = this.#core.last
    const orders = take(this.#core, sequence, answer, boottime())
    if (!orders || this.#leaving) return
    if (this.#connected !== true) log(`connected: group ${answer.group ?? '(none yet)'}`)
    this.#connected = true
    if (before?.state !== answer.state || before.reason !== answer.reason) log(`${answer.state} (${answer.reason})`)
    await this.#setDoors(gate.set(orders.doors))
    await this.#learn(answer)
    for (const command of orders.commands) this.#carryOut(commands, command, answer)
  }

  /** What an agent that starts has to know is kept before the first promise is given by it. */
  async #learn(answer: HeartbeatAnswer): Promise<void> {
    const { journal } = this.#parts
    const { group, epoch, promiseMs: before } = journal.membership
    const isPaired = answer.leaseMs !== null && answer.settings.peer !== undefined
    const promiseMs = isPaired ? peerTimesOf(answer.settings.keepAliveTimeoutMs).promiseMs : before
    if (group !== answer.group || epoch !== answer.epoch || before !== promiseMs) {
      await journal.learnMembership({
        ...(answer.group === undefined ? {} : { group: answer.group }),
        epoch: answer.epoch,
        ...(promiseMs === undefined ? {} : { promiseMs }),
      })
    }
    this.#failsafe.learn(answer)
  }

  async #setDoors(set: Promise<GateReading>): Promise<void> {
    try {
      const before = this.#core.open
      const { open, problem } = await set
      noteGate(this.#core, open)
      if (problem) this.#parts.log(`the gate: ${problem}`)
      if (before.join() !== open.join())
        this.#parts.log(open.length > 0 ? `serves ${open.join(', ')}` : 'serves nobody')
    } catch (error) {
      this.#parts.log(`the gate does not obey: ${(error as Error).message}`)
    }
  }

  #carryOut(commands: Commands, command: AgentCommand, answer: HeartbeatAnswer): void {
    commands.carryOut(command, { peer: answer.settings.peer?.node ?? '', reason: answer.reason })
  }

  #noteFailure(sequence: number, error: unknown): void {
    if (this.#connected !== false) this.#parts.log(`not connected: ${(error as Error).message}`)
    this.#connected = false
    this.#endpoint += 1
    fail(this.#core, sequence, boottime(), this.#intervalMs(), Math.random())
  }
}
