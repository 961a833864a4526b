import { setTimeout as pause } from 'node:timers/promises'
import { boottime } from '../boottime.ts'
import type { Log } from '../log.ts'
import type { Services } from '../services/services.ts'
import type { Deadline, Gate, GateReading, WantedDoors } from './gate.ts'
import { GateRecord } from './gate-record.ts'

export interface ServicesGateSettings {
  services: Pick<Services, 'stopAll' | 'startSome' | 'newestOrder'>
  /** How long the slowest critical service may take to stop, the kill not included. */
  stopTimeLimitMs: number
  stateFolder: string
  bootId: string
  log: Log
}

/** The stop begins so much of the lease before its end at most: a slow stop must not cost a node its service. */
const LARGEST_LEAD = 0.4
/** How long a call waits for the services to stop; after that the doors are said to be open still. */
const PATIENCE_MS = 3000
/** What a kill and the look afterwards may take, beyond the time that a service has to stop by itself. */
const KILL_MS = 1000
const STOP_AGAIN_MS = 1000
/** How often the clock is compared while a door is open. */
const TICK_MS = 250

/**
 * No gate: users reach the critical services directly, so these themselves have to stop for a door to close. They are
 * stopped in good time before the last lease lapses, and killed where they do not stop by themselves; while one still
 * runs, the doors are said to be open. What was stopped here is started again when a door opens, or once the control
 * plane has answered to the closed doors: a node that was failed over has to be healthy before it is fallen back to.
 * So users could log in to it, and a door that closes while another stays open cuts nobody: `check` says both.
 */
export class ServicesGate implements Gate {
  readonly kind = 'none'
  readonly #settings: ServicesGateSettings
  readonly #record: GateRecord
  #stopAtMs = Number.NEGATIVE_INFINITY
  #stopping: Promise<void> | undefined
  /** Of all orders to the services, this gate's own last one. */
  #order: number | undefined
  #hasSaidClosed = false
  #problem: string | null = null
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(settings: ServicesGateSettings) {
    this.#settings = settings
    this.#record = new GateRecord(settings)
    this.#plan(settings.stopTimeLimitMs + KILL_MS)
  }

  async read(): Promise<GateReading> {
    this.#enforce()
    const reading = this.#reading()
    if (reading.open.length === 0) this.#hasSaidClosed = true
    return reading
  }

  async set(wanted: WantedDoors): Promise<GateReading> {
    const open = Object.entries(wanted).filter((entry): entry is [string, Deadline] => entry[1] !== null)
    await this.#forgetWhatOthersOrdered()
    if (open.length > 0) await this.#open(Object.fromEntries(open))
    else if (Object.keys(this.#record.deadlines).length > 0) await this.#close()
    else if (this.#hasSaidClosed && this.#stopping === undefined) this.#startAgain('the control plane is heard')
    return this.#reading()
  }

  async extend(later: Record<string, number>): Promise<GateReading> {
    this.#enforce()
    const { deadlines } = this.#record
    const isOpen = this.#stopping === undefined
    const entries = Object.entries(deadlines).map(([home, deadline]): [string, Deadline] => {
      const until = later[home]
      return [
        home,
        isOpen && typeof deadline === 'number' && until !== undefined ? Math.max(deadline, until) : deadline,
      ]
    })
    await this.#keep(Object.fromEntries(entries))
    return this.#reading()
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#stopping
    await this.#record.kept()
  }

  async #open(doors: Record<string, Deadline>): Promise<void> {
    if (this.#stopping !== undefined) {
      await Promise.race([this.#stopping, pause(PATIENCE_MS, undefined, { ref: false })])
      if (this.#stopping !== undefined) return
    }
    this.#hasSaidClosed = false
    await this.#keep(doors)
    this.#startAgain('a door opens')
  }

  async #close(): Promise<void> {
    this.#stopAtMs = Number.NEGATIVE_INFINITY
    this.#enforce()
    await Promise.race([this.#stopping, pause(PATIENCE_MS, undefined, { ref: false })])
  }

  async #keep(doors: Record<string, Deadline>): Promise<void> {
    await this.#record.replace(doors)
    const leased = Object.values(doors).filter((deadline) => typeof deadline === 'number')
    this.#plan(Math.min(this.#settings.stopTimeLimitMs + KILL_MS, LARGEST_LEAD * (Math.max(...leased) - boottime())))
  }

  /** When the services have to begin to stop. */
  #plan(leadMs: number): void {
    const deadlines = Object.values(this.#record.deadlines)
    const stopsAtMs = deadlines.map((each) => (each === 'unleased' ? Number.POSITIVE_INFINITY : each - leadMs))
    this.#stopAtMs = Math.max(...stopsAtMs)
    this.#wait()
  }

  #wait(): void {
    clearTimeout(this.#timer)
    if (this.#closed || !Number.isFinite(this.#stopAtMs)) return
    // A timer may fire a little early, and stands still in a suspend.
    const look = () => (boottime() < this.#stopAtMs ? this.#wait() : this.#enforce())
    this.#timer = setTimeout(look, Math.min(TICK_MS, Math.max(1, this.#stopAtMs - boottime()))).unref()
  }

  #enforce(): void {
    const homes = Object.keys(this.#record.deadlines)
    if (homes.length === 0 || boottime() < this.#stopAtMs || this.#stopping !== undefined) return
    this.#settings.log(
      `no gate: the critical services are stopped, so that users of ${homes.join(', ')} are not served`,
    )
    this.#stopping = this.#stop().finally(() => {
      this.#stopping = undefined
    })
  }

  async #stop(): Promise<void> {
    const { services, log } = this.#settings
    const stopped = services.stopAll()
    this.#order = services.newestOrder
    const outcomes = await stopped
    const failed = outcomes.filter(({ ok }) => !ok)
    if (failed.length === 0) {
      this.#problem = null
      await this.#note({}, [...new Set([...this.#record.stopped, ...outcomes.map(({ name }) => name)])])
      log('no gate: the critical services are stopped')
      return
    }
    this.#problem = `not stopped: ${failed.map(({ name, detail }) => `${name} (${detail})`).join(', ')}`
    log(`no gate, and users may still be served: ${this.#problem}`)
    if (!this.#closed) this.#timer = setTimeout(() => this.#enforce(), STOP_AGAIN_MS).unref()
  }

  /** What is done is done, whether or not the disk takes it: an agent that starts afterwards at most stops them again. */
  async #note(deadlines: Record<string, Deadline>, stopped: readonly string[]): Promise<void> {
    await this.#record.replace(deadlines, stopped).catch((error: Error) => {
      this.#settings.log(`a next agent will not know which services the gate has stopped: ${error.message}`)
    })
  }

  #startAgain(why: string): void {
    const { services, log } = this.#settings
    const { stopped, deadlines } = this.#record
    if (stopped.length === 0) return
    log(`no gate: what was stopped for that is started again, as ${why}: ${stopped.join(', ')}`)
    const started = services.startSome([...stopped])
    this.#order = services.newestOrder
    void this.#note({ ...deadlines }, [])
    void started.then((outcomes) => {
      for (const { name, ok, detail } of outcomes) if (!ok) log(`${name}: ${detail}`)
    })
  }

  /** Services that a command has started or stopped since are not this gate's any more: an Idle node's stay stopped. */
  async #forgetWhatOthersOrdered(): Promise<void> {
    const isOurs = this.#order === undefined || this.#order === this.#settings.services.newestOrder
    if (!isOurs && this.#record.stopped.length > 0) await this.#record.replace({ ...this.#record.deadlines }, [])
  }

  #reading(): GateReading {
    const deadlines = { ...this.#record.deadlines }
    return { open: Object.keys(deadlines), deadlines, problem: this.#problem }
  }
}
