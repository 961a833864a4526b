import type { Deadline, Doors } from '../../apps/agent/core.ts'
import type { ServiceState } from '../../domain/model.ts'
import { DEFAULT_CRITICAL_SERVICES } from '../../domain/settings.ts'
import type { Timeline } from './timeline.ts'

export const DATABASE = 'Database'
export const SERVICES = [...DEFAULT_CRITICAL_SERVICES, DATABASE]

/** How long things take on a host. */
const FUTILE_START_MS = 10_000
const BOOT_MS = 5000
const HOOK_MS = 500

export type Hook = 'onTakeOver' | 'onTakeBack'
export type HookManner = 'works' | 'fails' | 'fails-once' | 'hangs'
export type End = (ok: boolean, output?: string) => void

/** What is on a node besides the agent: services, the front with its doors, hooks, a clock. */
export class Host {
  readonly name: string
  isUp = true
  bootId = 'boot-1'
  /** What the agent reads of the presence server. */
  softwareVersion = '14.0'
  replicationSetup = 2
  /** How far the wall clock is off; nothing that matters is counted on it. */
  wallClockErrorMs = 0
  /** How long its services take. */
  startMs = 2000
  stopMs = 1000
  /** What a hook that hangs is given before it counts as failed. */
  hookLimitMs = Number.POSITIVE_INFINITY
  readonly services = new Map<string, { state: ServiceState; sinceMs: number }>()
  /** Broken beyond what a command can start. */
  readonly broken = new Set<string>()
  readonly hooks: Record<Hook, HookManner> = { onTakeOver: 'works', onTakeBack: 'works' }
  /** Called at every change of a service. */
  onService: () => void = () => undefined
  /** Told when a service begins to run, or does so no more; for who watches over the truth. */
  onTurn: (service: string, isRunning: boolean) => void = () => undefined
  /** The front's doors and their deadlines on this host's clock; they outlive the agent, and end with the boot. */
  #doors: Doors = {}
  #wasSet = false
  /** In true time: when the next door closes by itself, and when that is looked at. */
  #nextCloseMs = Number.POSITIVE_INFINITY
  #nextLookMs = Number.POSITIVE_INFINITY
  #callOffLook: () => void = () => undefined
  readonly #stoppedOnRequest = new Set<string>()
  readonly #timeline: Timeline
  #clockRate = 1
  /** A moment of true time, and what the boot clock said then. */
  #origin: { atMs: number; clockMs: number }
  #boots = 1

  constructor(name: string, timeline: Timeline) {
    this.name = name
    this.#timeline = timeline
    this.#origin = { atMs: timeline.nowMs, clockMs: 0 }
    for (const service of SERVICES) this.services.set(service, { state: 'running', sinceMs: 0 })
  }

  /** The boot clock of this host. */
  clockMs(): number {
    return this.#origin.clockMs + (this.#timeline.nowMs - this.#origin.atMs) * this.#clockRate
  }

  /** How fast the boot clock runs against true time, from now on. */
  set clockRate(rate: number) {
    this.#origin = { atMs: this.#timeline.nowMs, clockMs: this.clockMs() }
    this.#clockRate = rate
    this.#wasSet = true
  }

  /** Something that happens when this host's clock has gone on by so much. */
  after(ms: number, act: () => void): () => void {
    return this.#timeline.after(ms / this.#clockRate, act)
  }

  /** The same for what a host that goes down meanwhile does not do any more. */
  #later(ms: number, act: () => void): void {
    const { bootId } = this
    this.after(ms, () => {
      if (this.isUp && this.bootId === bootId) act()
    })
  }

  /** The critical services and the database all run. */
  get isHealthy(): boolean {
    for (const { state } of this.services.values()) if (state !== 'running') return false
    return true
  }

  /** Sets whose users get in here now. */
  openDoors(): string[] {
    return Object.keys(this.deadlines())
  }

  /** Of the doors that are open. */
  deadlines(): Doors {
    const nowMs = this.clockMs()
    const isOpen = (deadline: Deadline) => deadline === 'unleased' || deadline > nowMs
    return Object.fromEntries(Object.entries(this.#doors).filter(([, deadline]) => isOpen(deadline)))
  }

  /** Whether a door may have turned since this was last asked: mostly none has, and nobody needs to look. */
  mayHaveTurned(): boolean {
    if (!this.#wasSet && this.#timeline.nowMs < this.#nextCloseMs) return false
    this.#wasSet = false
    const clockMs = this.clockMs()
    this.#nextCloseMs = Number.POSITIVE_INFINITY
    for (const home in this.#doors) {
      const deadline = this.#doors[home] as Deadline
      if (deadline === 'unleased' || deadline <= clockMs) continue
      // Less than what a number can tell apart from now would be looked at now, again and again.
      const closesMs = this.#timeline.nowMs + Math.max(1, (deadline - clockMs) / this.#clockRate)
      this.#nextCloseMs = Math.min(this.#nextCloseMs, closesMs)
    }
    if (this.#nextCloseMs < this.#nextLookMs) this.#planLook()
    return true
  }

  /** A door closes by itself at its deadline; it is looked at then. */
  #planLook(): void {
    this.#nextLookMs = this.#nextCloseMs
    this.#callOffLook()
    this.#callOffLook = this.#timeline.at(this.#nextLookMs, () => {
      this.#nextLookMs = Number.POSITIVE_INFINITY
      if (this.#timeline.nowMs < this.#nextCloseMs) this.#planLook()
    })
  }

  setDoors(doors: Doors): void {
    this.#doors = { ...doors }
    this.#wasSet = true
  }

  /** Later deadlines for doors that are open; none is opened. */
  extendDoors(later: Doors): void {
    const open = this.openDoors()
    this.setDoors(Object.fromEntries(open.map((home) => [home, later[home] ?? (this.#doors[home] as Deadline)])))
  }

  setService(service: string, state: ServiceState): void {
    const before = this.services.get(service)
    if (!before) throw new Error(`${this.name} has no service "${service}"; it has ${SERVICES.join(', ')}`)
    if (before.state === state) return
    this.#set(service, state)
    this.onService()
  }

  #set(service: string, state: ServiceState): void {
    const before = this.services.get(service) ?? { state: 'unknown', sinceMs: 0 }
    const turned = (before.state === 'running') !== (state === 'running')
    this.services.set(service, { state, sinceMs: turned || !this.isUp ? this.clockMs() : before.sinceMs })
    if (turned) this.onTurn(service, state === 'running')
  }

  /** Starts what does not run, the database service too. */
  startServices(end: End): void {
    const down = SERVICES.filter((service) => this.services.get(service)?.state !== 'running')
    const broken = down.filter((service) => this.broken.has(service))
    const sound = down.filter((service) => !broken.includes(service))
    for (const service of down) this.#stoppedOnRequest.delete(service)
    for (const service of sound) this.setService(service, 'starting')
    this.#later(down.length > 0 ? this.startMs : 0, () => {
      for (const service of sound) this.#rise(service)
      if (broken.length === 0) end(true)
    })
    if (broken.length > 0) this.#later(FUTILE_START_MS, () => end(false, `${broken.join(', ')} did not start`))
  }

  /** A service that was starting is up, unless it was stopped meanwhile. */
  #rise(service: string): void {
    if (this.services.get(service)?.state === 'starting') this.setService(service, 'running')
  }

  /** Stops the critical services; they stay stopped, across boots too, until they are started [B15]. */
  stopServices(end: End): void {
    this.#later(this.stopMs, () => {
      for (const service of DEFAULT_CRITICAL_SERVICES) {
        this.#stoppedOnRequest.add(service)
        this.setService(service, 'stopped')
      }
      end(true)
    })
  }

  runHook(hook: Hook, end: End): void {
    const manner = this.hooks[hook]
    if (manner === 'hangs') {
      if (this.hookLimitMs < Number.POSITIVE_INFINITY) this.#later(this.hookLimitMs, () => end(false, `${hook} hangs`))
      return
    }
    if (manner === 'fails-once') this.hooks[hook] = 'works'
    this.#later(HOOK_MS, () => (manner === 'works' ? end(true) : end(false, `${hook} ended with exit code 1`)))
  }

  powerOff(): void {
    this.isUp = false
    this.setDoors({})
    for (const service of SERVICES) this.#set(service, 'failed')
  }

  /** A new boot: the services start with the host, except those that were stopped on request. */
  powerOn(): void {
    this.#boots += 1
    this.bootId = `boot-${this.#boots}`
    for (const service of SERVICES) {
      const held = this.#stoppedOnRequest.has(service)
      this.#set(service, held ? 'stopped' : 'starting')
      if (!held && !this.broken.has(service)) this.#later(BOOT_MS, () => this.#rise(service))
    }
    this.isUp = true
  }
}
