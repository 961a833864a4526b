import type { AgentCommand, Heartbeat, HeartbeatAnswer } from '../../domain/contract/heartbeat.ts'
import { requestTimeLimitMs } from '../../domain/settings.ts'
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

/** The recovery manager of one node: heartbeats, holds the gate under its lease, carries out commands. */
export class Agent {
  readonly #parts: AgentParts
  readonly #core: AgentCore
  #timer: NodeJS.Timeout | undefined
  #request: AbortController | undefined
  #endpoint = 0
  #composing = false
  #stopped = false
  #connected: boolean | null = null
  #leaving: Leaving | undefined

  constructor(parts: AgentParts) {
    this.#parts = parts
    const { group, epoch } = parts.journal.membership
    const known = { ...(group === undefined ? {} : { group }), epoch }
    this.#core = createCore(parts.node, parts.journal.incarnation, known)
    parts.commands.onResult((result) => this.#tell(result))
    parts.services.onChange(({ name, status }) => {
      parts.log(`${name} is ${status.state}: ${status.detail}`)
      this.#core.urgent = true
      this.#schedule()
    })
  }

  start(): void {
    this.#core.nextAtMs = boottime()
    this.#schedule()
  }

  /** Ends the heartbeats. Doors stay as they are, until their leases lapse or the next agent goes on [B19]. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#request?.abort()
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
    this.stop()
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
    this.#timer = setTimeout(() => void this.#beat(), Math.max(0, dueMs - nowMs))
  }

  /** One heartbeat: reads the gate, reports, and does what the answer asks for. Never throws. */
  async #beat(): Promise<void> {
    if (this.#composing) return
    this.#composing = true
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
      ...(this.#leaving ? { leaving: this.#leaving } : {}),
    }
  }

  async #post(heartbeat: Heartbeat, signal: AbortSignal): Promise<HeartbeatAnswer> {
    const { clients, cluster, node } = this.#parts
    const client = clients[this.#endpoint % clients.length] as SignedClient
    const { body } = await client.request<HeartbeatAnswer>({
      method: 'POST',
      path: apiPath`/clusters/${cluster}/nodes/${node}/heartbeats`,
      body: heartbeat,
      signal,
      timeoutMs: requestTimeLimitMs(this.#intervalMs(), this.#core.last?.leaseMs ?? null),
    })
    return body
  }

  #intervalMs(): number {
    return this.#core.last?.settings.keepAliveIntervalMs ?? FIRST_INTERVAL_MS
  }

  async #take(sequence: number, answer: HeartbeatAnswer): Promise<void> {
    const { log, journal, gate, commands } = this.#parts
    const before = this.#core.last
    const orders = take(this.#core, sequence, answer, boottime())
    if (!orders || this.#leaving) return
    if (this.#connected !== true) log(`connected: group ${answer.group ?? '(none yet)'}`)
    this.#connected = true
    if (before?.state !== answer.state || before.reason !== answer.reason) log(`${answer.state} (${answer.reason})`)
    await this.#setDoors(gate.set(orders.doors))
    const { group, epoch } = journal.membership
    if (group !== answer.group || epoch !== answer.epoch) {
      await journal.learnMembership({
        ...(answer.group === undefined ? {} : { group: answer.group }),
        epoch: answer.epoch,
      })
    }
    for (const command of orders.commands) this.#carryOut(commands, command, answer)
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
    commands.carryOut(command, { peer: answer.settings.peer?.node ?? '' })
  }

  #noteFailure(sequence: number, error: unknown): void {
    if (this.#connected !== false) this.#parts.log(`not connected: ${(error as Error).message}`)
    this.#connected = false
    this.#endpoint += 1
    fail(this.#core, sequence, boottime(), this.#intervalMs(), Math.random())
  }
}
