import { readProcessRecord } from './process-record.ts'
import type { Service, ServiceOutcome, ServiceStatus, SupervisionSettings } from './service.ts'
import { dependents, inOrder } from './service-order.ts'
import { SupervisedService } from './supervised-service.ts'

export type { Service, ServiceOutcome, ServiceStatus, SupervisionSettings } from './service.ts'

/** Until a service that the boot has started, and that could not be stopped, is stopped again. */
const STOP_AGAIN_MS = 1000

export interface ServiceChange {
  name: string
  status: ServiceStatus
}

/**
 * The services of this node: watched all the time, started and stopped only on command. A service that fails stays
 * failed until a command of the control plane or an administrator starts it (behaviour.md section 1).
 * Services outlive the agent; a new agent finds them as they are and goes on.
 */
export class Services {
  readonly #services: Map<string, SupervisedService>
  readonly #settings: SupervisionSettings
  readonly #listeners = new Set<(change: ServiceChange) => void>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #open = true
  /** A later order for all services ends an earlier one: what that has not begun is not begun any more. */
  #newestOrder = 0

  private constructor(services: Service[], settings: SupervisionSettings) {
    this.#settings = settings
    this.#services = new Map(
      services.map((service) => [
        service.name,
        new SupervisedService(service, settings, () => this.#announce(service.name)),
      ]),
    )
  }

  /** Looks at every service once, so that the first report is a true one, and keeps looking. */
  static async open(services: Service[], settings: SupervisionSettings): Promise<Services> {
    const opened = new Services(services, settings)
    await Promise.all([...opened.#services.values()].map((service) => opened.#watch(service)))
    return opened
  }

  /** The critical services and the database service, by name, as last seen. */
  status(): Record<string, ServiceStatus> {
    return Object.fromEntries([...this.#services].map(([name, service]) => [name, service.status]))
  }

  /** Called at every change of a state; the answer ends that. */
  onChange(listener: (change: ServiceChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Throws for a name that is not configured; everything else is in the outcome. */
  start(name: string, timeLimitMs?: number): Promise<ServiceOutcome> {
    return this.#named(name).start(timeLimitMs)
  }

  stop(name: string): Promise<ServiceOutcome> {
    return this.#named(name).stop()
  }

  /** Starts every service that does not run, the database service too, each after those it names. Safe to repeat. */
  startAll(): Promise<ServiceOutcome[]> {
    return this.#startInOrder([...this.#services.keys()])
  }

  /** The same for some of them. */
  startSome(names: string[]): Promise<ServiceOutcome[]> {
    return this.#startInOrder(names)
  }

  /** Grows with each order for more than one service: who gave the last one can tell whether it still is the last. */
  get newestOrder(): number {
    return this.#newestOrder
  }

  /** Stops the critical services, in the reverse order; the database service stays. Safe to repeat. */
  stopAll(): Promise<ServiceOutcome[]> {
    this.#newestOrder += 1
    const critical = this.#settingsOfAll().filter(({ role }) => role === 'critical')
    const names = critical.map(({ name }) => name)
    return inOrder(
      names,
      (name) => dependents(critical, name),
      (name) => this.stop(name),
    )
  }

  /** After a boot the services start with the node, except those that were stopped on request: they stay stopped [B15]. */
  async afterBoot(): Promise<ServiceOutcome[]> {
    const held = this.stoppedOnRequest()
    const others = [...this.#services.keys()].filter((name) => !held.includes(name))
    const [stopped, started] = await Promise.all([
      Promise.all(held.map((name) => this.#keepStopped(name))),
      this.#startInOrder(others),
    ])
    return [...stopped, ...started]
  }

  /** Tried until it is done, or somebody starts the service: nobody waits for it who could ask again. */
  async #keepStopped(name: string): Promise<ServiceOutcome> {
    const outcome = await this.stop(name)
    const again = () => {
      if (this.#open && this.#named(name).isHeld) void this.#keepStopped(name)
    }
    if (!outcome.ok) this.#timers.set(`stop ${name}`, setTimeout(again, STOP_AGAIN_MS))
    return outcome
  }

  #startInOrder(names: string[]): Promise<ServiceOutcome[]> {
    this.#newestOrder += 1
    const mine = this.#newestOrder
    const after = new Map(this.#settingsOfAll().map((service) => [service.name, service.after]))
    return inOrder<ServiceOutcome>(
      names,
      (name) => after.get(name) ?? [],
      async (name, earlier) => {
        const missing = earlier.find(({ ok }) => !ok)
        if (missing) return notBegun(name, `was not started, as "${missing.name}" does not run`)
        if (this.#newestOrder !== mine) return notBegun(name, 'was not started, as a later command came')
        return await this.start(name)
      },
    )
  }

  #settingsOfAll(): Service[] {
    return [...this.#services.values()].map(({ service }) => service)
  }

  /** Services that were stopped on request and not started since, across restarts of the agent and the host [B15]. */
  stoppedOnRequest(): string[] {
    const { nodeFolder } = this.#settings
    return [...this.#services.keys()].filter((name) => readProcessRecord(nodeFolder, name)?.stoppedOnRequest)
  }

  /** Ends the watching; the services themselves run on. */
  close(): void {
    this.#open = false
    for (const timer of this.#timers.values()) clearTimeout(timer)
    for (const service of this.#services.values()) service.close()
    this.#listeners.clear()
  }

  #named(name: string): SupervisedService {
    const service = this.#services.get(name)
    if (!service)
      throw new Error(`no service "${name}" on this node; there are: ${[...this.#services.keys()].join(', ')}`)
    return service
  }

  async #watch(service: SupervisedService): Promise<void> {
    const { name, probeIntervalMs } = service.service
    const startedMs = performance.now()
    await service.look()
    if (!this.#open) return
    this.#settings.onLooked?.(name, performance.now() - startedMs)
    this.#timers.set(
      name,
      setTimeout(() => void this.#watch(service), probeIntervalMs),
    )
  }

  #announce(name: string): void {
    const status = this.#named(name).status
    for (const listener of this.#listeners) listener({ name, status })
  }
}

const notBegun = (name: string, detail: string): ServiceOutcome => ({ name, ok: false, detail, durationMs: 0 })
