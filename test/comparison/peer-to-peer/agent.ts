import { peerOf } from '../../../domain/model.ts'
import { DEFAULT_CRITICAL_SERVICES, type Settings } from '../../../domain/settings.ts'
import type { Reason } from '../../../domain/states.ts'
import { DATABASE } from '../../world/host.ts'
import type { AgentProcess } from '../../world/node.ts'
import { type Facts, judge, possible, type Request, requested, tookOver, type Work } from './judgement.ts'
import type { PeerNode } from './node.ts'
import { bothIn, type Change, changed } from './record.ts'

/** What an agent says of its node at every keep-alive interval, and at once when something changes. */
export interface Report {
  able: boolean
  broken: boolean
  /** Its host goes down [B10]. */
  isLeaving: boolean
  /** It does not know how its peer is: an answer is welcome. */
  asksBack: boolean
}

/** A heartbeat that comes just when the timeout has passed is in time. */
const IN_TIME_MS = 100

/** What went wrong, by the work that failed [B18]. */
const FAILED: Partial<Record<Work, Reason>> = { 'take over': 'TakeOverUsersFailed', 'take back': 'TakeBackUsersFailed' }

/** One life of a recovery manager's process: it hears its peer, judges it, and carries out what follows. */
export class PeerAgent implements AgentProcess {
  readonly #node: PeerNode
  readonly #settings: () => Settings
  readonly #startedAtMs: number
  #heardAtMs: number | null = null
  #peer: Report | null = null
  #peerAbleSinceMs: number | null = null
  #work: Work | null = null
  #isDead = false
  /** While it is stopped by SIGSTOP: what would have happened to it meanwhile. */
  #held: (() => void)[] | null = null
  #callOffBeat: () => void = () => undefined
  #callOffJudgement: () => void = () => undefined

  constructor(node: PeerNode, settings: () => Settings) {
    this.#node = node
    this.#settings = settings
    this.#startedAtMs = node.host.clockMs()
    node.host.onService = () => this.#live(() => this.#noteService())
    this.#beat()
    this.#judge()
  }

  kill(): void {
    this.#isDead = true
    this.#callOffBeat()
    this.#callOffJudgement()
  }

  stop(): void {
    this.kill()
  }

  freeze(): void {
    this.#held ??= []
  }

  thaw(): void {
    const held = this.#held ?? []
    this.#held = null
    for (const act of held) act()
  }

  sayGoodBye(): void {
    this.#live(() => this.#node.send({ ...this.#report(), isLeaving: true }))
    this.kill()
  }

  hear(report: Report): void {
    this.#live(() => {
      const nowMs = this.#node.host.clockMs()
      if (this.#silence()) this.#peerAbleSinceMs = null
      this.#heardAtMs = nowMs
      this.#peer = report
      this.#peerAbleSinceMs = report.able ? (this.#peerAbleSinceMs ?? nowMs) : null
      this.#node.noteStarted()
      if (report.asksBack) this.#beat()
      this.#judge()
    })
  }

  /** This node has changed the record. */
  noteRecord(): void {
    this.#live(() => this.#judge())
  }

  /** The peer has changed the record: it lives, or did so lately, and its heartbeat is waited for anew. */
  hearRecord(): void {
    this.#live(() => {
      if (this.#silence()) {
        this.#heardAtMs = this.#node.host.clockMs()
        this.#peer = null
        this.#beat()
      }
      this.#judge()
    })
  }

  /** Whether this process can take a request of an operator. */
  get isAnswering(): boolean {
    return !this.#isDead && !this.#held
  }

  possible(): Request[] {
    return possible(this.#facts())
  }

  carryOut(request: Request): void {
    this.#change(requested(this.#node.record, request))
  }

  /** The pair waits for the delay of the automatic fallback, which this node keeps. */
  get waitsForFallback(): boolean {
    const { record, place } = this.#node
    return (
      this.#settings().automaticFallbackEnabled &&
      record.states[place] === 'RunningInBackupMode' &&
      record.states[peerOf(place)] === 'FailedOver' &&
      this.#facts().peerAble
    )
  }

  #live(act: () => void): void {
    if (this.#isDead) return
    if (this.#held) this.#held.push(() => this.#live(act))
    else act()
  }

  #beat(): void {
    this.#callOffBeat()
    this.#node.send(this.#report())
    const { keepAliveIntervalMs } = this.#settings()
    this.#callOffBeat = this.#node.host.after(keepAliveIntervalMs, () => this.#live(() => this.#beat()))
  }

  #noteService(): void {
    this.#beat()
    this.#judge()
  }

  #report(): Report {
    const { able, broken } = this.#facts()
    return { able, broken: broken !== null, isLeaving: false, asksBack: this.#peer === null }
  }

  #facts(): Facts {
    const { host, record, place } = this.#node
    const peerSilent = this.#silence()
    const heard = peerSilent ? null : this.#peer
    const { automaticFallbackEnabled, automaticFallbackDelayMs } = this.#settings()
    const ableForMs = this.#peerAbleSinceMs === null ? 0 : host.clockMs() - this.#peerAbleSinceMs
    return {
      me: place,
      record,
      able: host.isHealthy,
      stopped: DEFAULT_CRITICAL_SERVICES.every((service) => host.services.get(service)?.state === 'stopped'),
      broken: this.#breakage(),
      peerAble: heard?.able ?? false,
      peerBroken: heard?.broken ?? false,
      peerSilent,
      fallbackDue: automaticFallbackEnabled && (heard?.able ?? false) && ableForMs >= automaticFallbackDelayMs,
    }
  }

  /** Why the peer counts as down, if it does. */
  #silence(): Reason | null {
    if (this.#peer?.isLeaving) return 'PeerReboot'
    if (this.#node.host.clockMs() < this.#silentAtMs()) return null
    return this.#heardAtMs === null ? 'PeerDownDuringInitialization' : 'PeerDown'
  }

  #silentAtMs(): number {
    const { keepAliveTimeoutMs, initializationTimeoutMs } = this.#settings()
    return this.#heardAtMs === null
      ? this.#startedAtMs + initializationTimeoutMs
      : this.#heardAtMs + keepAliveTimeoutMs + IN_TIME_MS
  }

  #breakage(): Reason | null {
    const nowMs = this.#node.host.clockMs()
    const { criticalServiceDelayMs } = this.#settings()
    const failing = this.#downSince().find(({ sinceMs }) => nowMs - sinceMs >= criticalServiceDelayMs)
    if (!failing) return null
    return failing.service === DATABASE ? 'DatabaseFailure' : 'CriticalServiceDown'
  }

  #downSince(): { service: string; sinceMs: number }[] {
    return [...this.#node.host.services]
      .filter(([, { state }]) => state !== 'running')
      .map(([service, { sinceMs }]) => ({ service, sinceMs }))
  }

  #judge(): void {
    if (this.#silence()) this.#node.noteStarted()
    const judgement = judge(this.#facts())
    this.#planJudgement()
    if (judgement && 'change' in judgement) this.#change(judgement.change)
    else if (judgement) this.#begin(judgement.work)
  }

  /** Comes back when a delay ends; one that has ended already has been judged. */
  #planJudgement(): void {
    this.#callOffJudgement()
    const { host } = this.#node
    const nowMs = host.clockMs()
    const { criticalServiceDelayMs, automaticFallbackEnabled, automaticFallbackDelayMs } = this.#settings()
    const dueMs = [this.#silentAtMs(), ...this.#downSince().map(({ sinceMs }) => sinceMs + criticalServiceDelayMs)]
    if (automaticFallbackEnabled && this.#peerAbleSinceMs !== null) {
      dueMs.push(this.#peerAbleSinceMs + automaticFallbackDelayMs)
    }
    const nextMs = Math.min(...dueMs.filter((ms) => ms > nowMs))
    if (nextMs === Number.POSITIVE_INFINITY) return
    this.#callOffJudgement = host.after(nextMs - nowMs, () => this.#live(() => this.#judge()))
  }

  #change(change: Change): void {
    this.#node.change(changed(this.#node.record, change))
  }

  /** One thing at a time. What was begun under another record is of no meaning when it ends. */
  #begin(work: Work): void {
    if (this.#work) return
    this.#work = work
    const { number } = this.#node.record
    this.#carryOut(work, (ok) =>
      this.#live(() => {
        this.#work = null
        if (this.#node.record.number === number) this.#ended(work, ok)
        this.#judge()
      }),
    )
  }

  #carryOut(work: Work, end: (ok: boolean) => void): void {
    const { host } = this.#node
    const hook = work === 'take over' ? 'onTakeOver' : 'onTakeBack'
    if (work === 'stop services') host.stopServices(end)
    else if (work === 'start services') host.startServices(end)
    else host.startServices((ok) => (ok ? host.runHook(hook, end) : end(false)))
  }

  #ended(work: Work, ok: boolean): void {
    const { record, place } = this.#node
    const reason = FAILED[work]
    if (!ok && reason) this.#change(bothIn('RunningInFailedMode', reason))
    else if (work === 'take over') this.#change(tookOver(record, place))
    else if (work === 'take back')
      this.#change({ states: record.states, reason: record.reason, owners: record.owners, isReady: true })
  }
}
