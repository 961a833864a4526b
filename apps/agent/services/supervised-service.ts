import { setTimeout as pause } from 'node:timers/promises'
import type { ServiceState } from '../../../domain/model.ts'
import { boottime } from '../boottime.ts'
import { Turns } from '../turns.ts'
import type { ServiceControl, Standing } from './control.ts'
import { firstHealth, type Health, inNewRun, nextHealth } from './health.ts'
import { askAll } from './probe.ts'
import { endHold, holdStopped, readProcessRecord } from './process-record.ts'
import type { Service, ServiceOutcome, ServiceStatus, SupervisionSettings } from './service.ts'
import { controlOf } from './service-control.ts'

/** How soon a service that somebody waits for is asked again. */
const WAITING_PROBE_MS = 50

interface Finding {
  state: ServiceState
  detail: string
  pid: number | null
  standing: Standing | undefined
  /** A fact, and not only what a probe says. */
  sure: boolean
  /** Something is there that would have to be stopped. */
  isThere: boolean
}

/**
 * One service under supervision. It is looked at regularly, and what is found is its state. Looking never starts
 * anything [a crash must be seen, behaviour.md section 1].
 */
export class SupervisedService {
  readonly service: Service
  readonly #settings: SupervisionSettings
  readonly #control: ServiceControl
  readonly #onChange: () => void
  #status: ServiceStatus = { state: 'unknown', sinceMs: boottime(), detail: 'not looked at yet', pid: null }
  #health: Health | undefined
  /** The run that was seen last, and the one that has answered: should that fall silent, it is not starting any more. */
  #run: string | null = null
  #answered: string | null | undefined
  /** A command is at stopping it; until then somebody else's start counts. */
  #isBeingStopped = false
  #adopts: boolean
  #isThere = true
  readonly #looks = new Turns()
  /** Commands are carried out one after the other; a later one ends the waiting of an earlier one. */
  #commands: Promise<unknown> = Promise.resolve()
  #newestCommand = 0

  constructor(service: Service, settings: SupervisionSettings, onChange: () => void) {
    this.service = service
    this.#settings = settings
    this.#onChange = onChange
    this.#adopts = !settings.hasBooted
    this.#control = controlOf(service, settings, () => void this.look())
  }

  get status(): ServiceStatus {
    return this.#status
  }

  /** This agent ends: a look that is still under way adopts nothing any more. */
  close(): void {
    this.#adopts = false
  }

  get isHeld(): boolean {
    return readProcessRecord(this.#settings.nodeFolder, this.service.name)?.stoppedOnRequest === true
  }

  /** Looks, and answers what was found. Looks come one after the other, so that each is counted in its turn. */
  look(): Promise<ServiceStatus> {
    return this.#looks.take(() => this.#look())
  }

  async #look(): Promise<ServiceStatus> {
    const beganMs = boottime()
    const finding = await this.#find()
    const before = this.#status
    this.#count(finding, beganMs)
    const health = this.#health as Health
    // Until enough looks have been bad, a service counts as it did before, and the doubt stands in its detail.
    const state = health.good ? 'running' : finding.state === 'running' ? this.#notYet(before) : finding.state
    const { detail, pid, isThere } = finding
    this.#isThere = isThere
    this.#status = { state, detail, pid, sinceMs: health.sinceMs }
    if (state !== before.state) this.#onChange()
    return this.#status
  }

  #notYet(before: ServiceStatus): ServiceState {
    return before.state === 'running' || before.state === 'unknown' ? 'starting' : before.state
  }

  #count({ state, standing, sure }: Finding, beganMs: number): void {
    const run = standing?.run ?? null
    const isNewRun = this.#health !== undefined && run !== null && run !== this.#run
    if (isNewRun && this.#health) this.#health = inNewRun(this.#health, standing?.sinceMs ?? beganMs)
    if (run !== null) this.#run = run
    const look = { good: state === 'running', sure, beganMs, endedMs: boottime() }
    const next = this.#health ? nextHealth(this.#health, look, this.service.counts) : firstHealth(look)
    this.#health = next.good ? next : { ...next, sinceMs: this.#endOf(next, standing) }
    if (look.good) this.#answered = run
  }

  /** systemd knows when a unit ended, also of one that ended before this agent looked, or while systemd did not answer. */
  #endOf(health: Health, standing: Standing | undefined): number {
    if (standing?.is !== 'down' || standing.sinceMs === null) return health.sinceMs
    return Math.min(health.sinceMs, standing.sinceMs)
  }

  /** Starts the service where it does not run, and waits until it does. */
  start(timeLimitMs = this.service.startTimeLimitMs): Promise<ServiceOutcome> {
    return this.#command(async (isNewest) => {
      const until = performance.now() + timeLimitMs
      this.#adopts = true
      const said = [await this.#begin()]
      for (;;) {
        const { state } = await this.look()
        if (state === 'running') break
        if (!isNewest()) return { ok: false, note: 'given up for a later command' }
        if (performance.now() >= until) return { ok: false, note: `did not run within ${timeLimitMs} ms`, said }
        if (!this.#mayStillCome()) return { ok: false, said }
        await pause(Math.min(WAITING_PROBE_MS, this.service.probeIntervalMs))
      }
      said.push(await this.#control.started())
      return { ok: true, said }
    })
  }

  /** Of a service that does not run yet: whether waiting for it is of any use. */
  #mayStillCome(): boolean {
    return this.#status.state === 'starting' || this.#health?.row.good === true
  }

  async #begin(): Promise<string> {
    const { name } = this.service
    const { state } = await this.look()
    if (state === 'running') return ''
    // A run that hangs, or that an earlier agent began to stop, makes room for a new one.
    if (this.#isThere && (state === 'failed' || state === 'stopped')) await this.#endUnusable()
    // A process's own start ends the hold under the same lock in which it is started.
    if (this.service.control.kind !== 'process') await endHold(this.#settings.nodeFolder, name)
    return state === 'starting' ? '' : await this.#control.start()
  }

  async #endUnusable(): Promise<void> {
    try {
      await this.#control.stop()
    } catch (error) {
      // A command that stops what hangs may well fail where there is nothing left to stop: the start will tell.
      if (this.service.control.kind !== 'commands') throw error
    }
  }

  /** Stops the service and waits until it is gone; from then on it counts as stopped until somebody starts it. */
  stop(): Promise<ServiceOutcome> {
    return this.#command(async () => {
      this.#isBeingStopped = true
      try {
        const wasStopped = this.isHeld
        await holdStopped(this.#settings.nodeFolder, this.service.name)
        const isDone = wasStopped && this.service.control.kind === 'commands' && !(await this.#isThereNow())
        const { output, killed } = isDone ? { output: '', killed: false } : await this.#control.stop()
        const ok = await this.#isGone()
        const note = killed ? `did not end within ${this.service.stopTimeLimitMs} ms and was killed` : undefined
        this.#adopts = true
        return { ok, said: [output], ...(note === undefined ? {} : { note }) }
      } finally {
        this.#isBeingStopped = false
      }
    })
  }

  async #isThereNow(): Promise<boolean> {
    await this.look()
    return this.#isThere
  }

  /** Commands may end before what they stop is gone. */
  async #isGone(): Promise<boolean> {
    const until = performance.now() + this.service.stopTimeLimitMs
    for (;;) {
      const { state } = await this.look()
      const isGone = state === 'stopped' && !this.#isThere
      if (isGone || this.service.control.kind !== 'commands' || performance.now() >= until) return isGone
      await pause(Math.min(WAITING_PROBE_MS, this.service.probeIntervalMs))
    }
  }

  #command(
    work: (isNewest: () => boolean) => Promise<{ ok: boolean; note?: string; said?: string[] }>,
  ): Promise<ServiceOutcome> {
    this.#newestCommand += 1
    const mine = this.#newestCommand
    const { name } = this.service
    const outcome = this.#commands.then(async (): Promise<ServiceOutcome> => {
      const beganMs = performance.now()
      const tookMs = () => Math.round(performance.now() - beganMs)
      try {
        const { ok, note, said = [] } = await work(() => this.#newestCommand === mine)
        const found = `${this.#status.state}: ${this.#status.detail}`
        const output = said.join('').trim()
        const detail = [note ? `${found} (${note})` : found, output && `it said: ${output}`].filter(Boolean).join('; ')
        return { name, ok, detail, durationMs: tookMs() }
      } catch (error) {
        return { name, ok: false, detail: (error as Error).message, durationMs: tookMs() }
      }
    })
    this.#commands = outcome
    return outcome
  }

  async #find(): Promise<Finding> {
    try {
      const standing = await this.#control.look()
      const held = this.isHeld
      if (standing.is !== 'up') return this.#notUp(standing, held)
      const isStopping = held && (this.#isBeingStopped || !this.#adopts)
      if (isStopping && this.service.control.kind !== 'commands') return this.#stopping(standing)
      return await this.#probe(standing, held)
    } catch (error) {
      // A record that cannot be read stays so; systemd may answer the next time.
      const sure = this.service.control.kind !== 'systemd'
      const detail = (error as Error).message
      return { state: 'unknown', detail, pid: null, standing: undefined, sure, isThere: true }
    }
  }

  #notUp(standing: Standing, held: boolean): Finding {
    const { is, detail, pid } = standing
    if (held && is !== 'down') return this.#stopping(standing)
    const found = { pid, standing, sure: true, isThere: is !== 'down' }
    if (held) return { ...found, state: 'stopped', detail: 'stopped on request' }
    return { ...found, state: is === 'starting' ? 'starting' : 'failed', detail }
  }

  #stopping(standing: Standing): Finding {
    const { pid } = standing
    return { state: 'stopped', detail: 'is being stopped on request', pid, standing, sure: true, isThere: true }
  }

  async #probe(standing: Standing, held: boolean): Promise<Finding> {
    const { probes, probeTimeLimitMs: timeLimitMs, control } = this.service
    const { ok, detail: said } = await askAll(probes, { timeLimitMs, environment: this.#settings.environment })
    // The probes took their time: a run that has ended or changed since is looked at anew.
    if (!this.#control.isStill(standing)) return await this.#find()
    const found = { pid: standing.pid, standing, sure: false, isThere: ok || !held || control.kind !== 'commands' }
    const detail = ok && said ? said : [standing.detail, said].filter(Boolean).join(' ')
    if (!ok && held && control.kind === 'commands') return { ...found, state: 'stopped', detail: 'stopped on request' }
    if (!ok) return { ...found, state: this.#silent(standing), detail }
    if (!held) return { ...found, state: 'running', detail }
    // It answers although it was stopped on request: the boot has started it, its stop is under way, or somebody has.
    if (this.#isBeingStopped || !this.#adopts) return this.#stopping(standing)
    await endHold(this.#settings.nodeFolder, this.service.name)
    await this.#control.started()
    return { ...found, state: 'running', detail }
  }

  #silent({ run, sinceMs }: Standing): ServiceState {
    const isYoung = sinceMs !== null && boottime() - sinceMs < this.service.startTimeLimitMs
    return isYoung && this.#answered !== run ? 'starting' : 'failed'
  }
}
