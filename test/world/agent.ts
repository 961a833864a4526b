import type { AgentCore, Known } from '../../apps/agent/core.ts'
import {
  abandon,
  compose,
  createCore,
  dueAtMs,
  fail,
  noteGate,
  noteOrder,
  noteResult,
  take,
} from '../../apps/agent/core.ts'
import {
  askAgainMs,
  asksFor,
  extend,
  type HandedOver,
  handOver,
  inherit,
  mayRelay,
  type Ping,
  type Pong,
  promise,
  relayed,
} from '../../apps/agent/peer/failsafe.ts'
import { AGENT_TABLE } from '../../domain/agent-table.ts'
import type { AgentCommand, Heartbeat, HeartbeatAnswer } from '../../domain/contract/heartbeat.ts'
import { DEFAULT_CRITICAL_SERVICES, type PeerTimes, peerTimesOf, requestTimeLimitMs } from '../../domain/settings.ts'
import { DATABASE, type Host } from './host.ts'

/** The way of a heartbeat to the control plane and back; what gets lost is never answered. */
export type Post = (node: string, heartbeat: Heartbeat, answered: (answer: HeartbeatAnswer) => void) => void

/** Pings are ordered, as on the real link; an older one than the last is not heard. */
export type NumberedPing = Ping & { incarnation: number; number: number }

/** The way of a ping to the peer's agent and of its pong back; what gets lost is never answered. */
export type SendPing = (node: string, ping: NumberedPing, answered: (pong: Pong) => void) => void

/** What an agent finds again when it starts anew. */
export interface Journal {
  incarnation: number
  known: Known & { promiseMs?: number }
  commands: Map<string, { ok: boolean; output: string } | 'started'>
  /** Told of every command whose work begins; interrupted: an earlier process had begun it, and its end was never kept. */
  onCommand: (id: string, interrupted: boolean) => void
  /** By an administrator's order every door stays closed, across restarts. */
  fenced: boolean
  /** Left by an agent that ended in good order. */
  handedOver: HandedOver | null
}

const FIRST_INTERVAL_MS = 1500

/** One life of an agent's process. What concerns safety is the real core; the loop around it is that of `agent.ts`. */
export class SimulatedAgent {
  readonly #host: Host
  readonly #journal: Journal
  readonly #post: Post
  readonly #sendPing: SendPing
  /** Ends this process, so that a new one is started. */
  readonly #restart: () => void
  readonly #core: AgentCore
  readonly #commands: AgentCommand[] = []
  #isDead = false
  /** While it is stopped by SIGSTOP: what would have happened to it meanwhile. */
  #held: (() => void)[] | null = null
  #callOffBeat: () => void = () => undefined
  #callOffPing: () => void = () => undefined
  #pings = false
  #pingsSent = 0
  #lastPing: readonly [incarnation: number, number: number] = [0, 0]
  #heardPeerAtMs: number | null = null
  #callOffLimit: () => void = () => undefined

  constructor(host: Host, journal: Journal, post: Post, sendPing: SendPing, restart: () => void) {
    this.#host = host
    this.#journal = journal
    this.#post = post
    this.#sendPing = sendPing
    this.#restart = restart
    this.#core = createCore(host.name, journal.incarnation, journal.known)
    this.#core.nextAtMs = host.clockMs()
    this.#core.fenced = journal.fenced
    if (journal.fenced) host.setDoors({})
    const { handedOver, known } = journal
    journal.handedOver = null
    inherit(this.#core, { handedOver, doors: host.deadlines(), promiseMs: known.promiseMs ?? 0 }, host.clockMs())
    if (journal.fenced) this.#core.doors = {}
    host.onService = () => this.#live(() => this.#noteService())
    this.#schedule()
    this.#ping()
  }

  kill(): void {
    this.#isDead = true
    this.#callOffBeat()
    this.#callOffPing()
    this.#callOffLimit()
  }

  /** Ends in good order. */
  stop(): void {
    this.#journal.handedOver = handOver(this.#core)
    this.kill()
  }

  /** An administrator closes every door on the node itself, until he releases them. */
  setFenced(fenced: boolean): void {
    this.#live(() => this.#fence(fenced))
  }

  #fence(fenced: boolean): void {
    const at = String(this.#host.clockMs())
    this.#core.fenced = fenced
    if (fenced) this.#core.doors = {}
    if (fenced) this.#host.setDoors({})
    abandon(this.#core)
    noteOrder(this.#core, { kind: 'fence', at, doors: [], ...(fenced ? {} : { endedAt: at, why: 'released' }) })
    this.#schedule()
  }

  freeze(): void {
    this.#held ??= []
  }

  thaw(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const act of held) act()
  }

  /** Closes every door, says so and why [B10]. Nobody waits for the answer here. */
  sayGoodBye(leaving: 'shutdown' | 'reboot'): void {
    this.#host.setDoors({})
    abandon(this.#core)
    this.#post(this.#host.name, this.#compose(leaving), () => undefined)
    this.kill()
  }

  /** A ping of the peer has come. */
  hear({ incarnation, number, ...ping }: NumberedPing, answer: (pong: Pong) => void): void {
    this.#live(() => {
      const [lastIncarnation, lastNumber] = this.#lastPing
      if (incarnation < lastIncarnation || (incarnation === lastIncarnation && number <= lastNumber)) return
      this.#lastPing = [incarnation, number]
      const times = this.#peerTimes()
      if (!times) return
      this.#heardPeerAtMs = this.#host.clockMs()
      const promised = promise(this.#core, ping, times.promiseMs, this.#host.clockMs())
      this.#schedule()
      answer({ promised, failsafeMs: times.failsafeMs })
    })
  }

  /** Null: there is no peer link without high availability, or before the control plane gave a key for it. */
  #peerTimes(): PeerTimes | null {
    const { terms } = this.#core
    return terms?.settings.peer?.keys && terms.leaseMs !== null ? peerTimesOf(terms.settings.keepAliveTimeoutMs) : null
  }

  #ping(): void {
    this.#callOffPing()
    const times = this.#peerTimes()
    this.#pings = times !== null
    if (!times) return
    const sentAtMs = this.#host.clockMs()
    const open = asksFor(this.#core, sentAtMs)
    this.#pingAgainIn(open.length > 0 ? askAgainMs(times) : times.pingIntervalMs)
    this.#pingsSent += 1
    const { incarnation, epoch } = this.#core
    const ping = { incarnation, number: this.#pingsSent, epoch, open }
    this.#sendPing(this.#host.name, ping, (pong) => this.#live(() => this.#takePong(pong, sentAtMs)))
  }

  #pingAgainIn(ms: number): void {
    this.#callOffPing()
    this.#callOffPing = this.#host.after(Math.max(0, ms), () => this.#live(() => this.#ping()))
  }

  #takePong(pong: Pong, sentAtMs: number): void {
    const nowMs = this.#host.clockMs()
    this.#heardPeerAtMs = nowMs
    const times = this.#peerTimes()
    if (times) this.#pingAgainIn(sentAtMs + times.pingIntervalMs - nowMs)
    noteGate(this.#core, this.#host.openDoors())
    const doors = extend(this.#core, pong, sentAtMs, this.#host.clockMs())
    if (doors) this.#host.extendDoors(doors)
  }

  #live(act: () => void): void {
    if (this.#isDead) return
    if (this.#held) this.#held.push(() => this.#live(act))
    else act()
  }

  #noteService(): void {
    this.#core.urgent = true
    this.#schedule()
  }

  #schedule(): void {
    this.#callOffBeat()
    const nowMs = this.#host.clockMs()
    const dueMs = dueAtMs(this.#core, nowMs)
    if (dueMs === null) return
    this.#callOffBeat = this.#host.after(dueMs - nowMs, () => this.#live(() => this.#beat()))
  }

  #beat(): void {
    abandon(this.#core)
    this.#callOffLimit()
    const heartbeat = this.#compose()
    const { sequence } = heartbeat
    const intervalMs = this.#core.last?.settings.keepAliveIntervalMs ?? FIRST_INTERVAL_MS
    const tooLate = () => {
      fail(this.#core, sequence, this.#host.clockMs(), intervalMs, 0.5)
      this.#schedule()
    }
    this.#callOffLimit = this.#host.after(requestTimeLimitMs(intervalMs, this.#core.last?.leaseMs ?? null), () =>
      this.#live(tooLate),
    )
    this.#post(this.#host.name, heartbeat, (answer) => this.#live(() => this.#take(sequence, answer)))
    this.#schedule()
  }

  #compose(leaving?: 'shutdown' | 'reboot'): Heartbeat {
    const nowMs = this.#host.clockMs()
    const reportOf = (name: string) => {
      const { state, sinceMs } = this.#host.services.get(name) ?? { state: 'unknown' as const, sinceMs: nowMs }
      return { state, forMs: Math.round(nowMs - sinceMs) }
    }
    const report = {
      bootId: this.#host.bootId,
      softwareVersion: this.#host.softwareVersion,
      services: Object.fromEntries(DEFAULT_CRITICAL_SERVICES.map((name) => [name, reportOf(name)])),
      database: reportOf(DATABASE),
      replicationSetup: this.#host.replicationSetup,
      gateKind: 'front',
      wallClockMs: nowMs + this.#host.wallClockErrorMs,
      ...(this.#heardPeerAtMs === null
        ? mayRelay(this.#core, nowMs)
        : { peer: { heardMsAgo: nowMs - this.#heardPeerAtMs, promises: relayed(this.#core, nowMs) } }),
      ...(leaving ? { leaving } : {}),
    }
    return compose(this.#core, this.#host.openDoors(), report, nowMs)
  }

  #take(sequence: number, answer: HeartbeatAnswer): void {
    const orders = take(this.#core, sequence, answer, this.#host.clockMs())
    if (!orders) return
    this.#callOffLimit()
    this.#host.setDoors(orders.doors)
    noteGate(this.#core, this.#host.openDoors())
    const { promiseMs } = peerTimesOf(answer.settings.keepAliveTimeoutMs)
    const group = answer.group === undefined ? {} : { group: answer.group }
    const had = this.#peerTimes()
    this.#journal.known = {
      ...group,
      epoch: answer.epoch,
      terms: this.#core.terms ?? undefined,
      ...(had ? { promiseMs } : {}),
    }
    if (had && !this.#pings) this.#ping()
    for (const command of orders.commands) this.#receive(command)
    this.#schedule()
  }

  /** Commands are carried out one after the other; one that arrives twice acts once. */
  #receive(command: AgentCommand): void {
    const known = this.#journal.commands.get(command.id)
    if (known && known !== 'started') this.#tell(command, known)
    else if (!this.#commands.some(({ id }) => id === command.id)) {
      this.#commands.push(command)
      if (this.#commands.length === 1) this.#carryOut(command)
    }
  }

  #carryOut(command: AgentCommand): void {
    const interrupted = this.#journal.commands.has(command.id)
    this.#journal.onCommand(command.id, interrupted)
    this.#journal.commands.set(command.id, 'started')
    const end = (ok: boolean, output = '') => this.#live(() => this.#ended(command, { ok, output }))
    const { action, hook } = AGENT_TABLE[command.kind]
    if (action === 'start services') this.#host.startServices(end)
    else if (action === 'stop services') this.#host.stopServices(end)
    else if (hook) this.#host.runHook(hook, end)
    else if (interrupted) end(true)
    else this.#restart()
  }

  #ended(command: AgentCommand, result: { ok: boolean; output: string }): void {
    this.#journal.commands.set(command.id, result)
    this.#tell(command, result)
    this.#commands.shift()
    const [next] = this.#commands
    if (next) this.#carryOut(next)
  }

  #tell({ id }: AgentCommand, result: { ok: boolean; output: string }): void {
    noteResult(this.#core, { id, ...result, durationMs: 0 })
    this.#schedule()
  }
}
