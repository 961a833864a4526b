import { readProcessRecord } from './process-record.ts'
import type { Service } from './start-service.ts'
import {
  type ServiceOutcome,
  type ServiceStatus,
  SupervisedService,
  type SupervisionSettings,
} from './supervised-service.ts'

export type { Service } from './start-service.ts'
export type { ServiceOutcome, ServiceStatus, SupervisionSettings } from './supervised-service.ts'

export interface ServiceChange {
  name: string
  status: ServiceStatus
}

/**
 * The services of this node: watched all the time, started and stopped only on command. A service that fails stays
 * failed until a command of the control plane or an administrator starts it (behaviour.md section 1).
 * Processes outlive the agent; a new agent finds them by their records and goes on.
 */
export class Services {
  readonly #services: Map<string, SupervisedService>
  readonly #settings: SupervisionSettings
  readonly #listeners = new Set<(change: ServiceChange) => void>()
  readonly #timers = new Map<string, NodeJS.Timeout>()
  #open = true

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
  start(name: string, timeLimitMs = this.#settings.startTimeLimitMs): Promise<ServiceOutcome> {
    return this.#named(name).start(timeLimitMs)
  }

  stop(name: string): Promise<ServiceOutcome> {
    return this.#named(name).stop()
  }

  /** Starts every service that does not run, the database service too. Safe to repeat. */
  startAll(timeLimitMs = this.#settings.startTimeLimitMs): Promise<ServiceOutcome[]> {
    return Promise.all([...this.#services.values()].map((service) => service.start(timeLimitMs)))
  }

  /** Stops the critical services; the database service stays. Safe to repeat. */
  stopAll(): Promise<ServiceOutcome[]> {
    const critical = [...this.#services.values()].filter(({ service }) => service.role === 'critical')
    return Promise.all(critical.map((service) => service.stop()))
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
    this.#listeners.clear()
  }

  #named(name: string): SupervisedService {
    const service = this.#services.get(name)
    if (!service)
      throw new Error(`no service "${name}" on this node; there are: ${[...this.#services.keys()].join(', ')}`)
    return service
  }

  async #watch(service: SupervisedService): Promise<void> {
    await service.look()
    if (!this.#open) return
    const { name } = service.service
    this.#timers.set(
      name,
      setTimeout(() => void this.#watch(service), this.#settings.probeIntervalMs),
    )
  }

  #announce(name: string): void {
    const status = this.#named(name).status
    for (const listener of this.#listeners) listener({ name, status })
  }
}
