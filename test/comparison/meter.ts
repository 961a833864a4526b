import type { Host } from '../world/host.ts'

/** What is counted of one group, or of many. Times are those of a set of users: two sets for a second are two seconds. */
export interface Figures {
  groupHours: number
  /** Two nodes served the same users. */
  splitBrainMs: number
  /** Nobody served users although a node was healthy: no door was open to them. */
  closedMs: number
  /** The same, while a door was open on a node whose services did not all run. */
  brokenMs: number
  /** Automatic failovers of a node that was healthy when they began. */
  needlessFailovers: number
  automaticFailovers: number
  /** Requests that an operator had to make, other than what the trace has him ask for by himself. */
  interventions: number
}

export const noFigures = (): Figures => ({
  groupHours: 0,
  splitBrainMs: 0,
  closedMs: 0,
  brokenMs: 0,
  needlessFailovers: 0,
  automaticFailovers: 0,
  interventions: 0,
})

type Service = 'one' | 'split' | 'closed' | 'broken' | 'nothing to serve with'

/**
 * Looks at the truth, which no node knows: a node serves a set of users while its door for them is open and all its
 * services run; it is healthy while they run. Agents and roads are of no concern to users.
 */
export class Meter {
  readonly figures = noFigures()
  readonly #hosts: readonly Host[]
  readonly #now: () => number
  #lookedAtMs: number
  #services: Service[]

  constructor(hosts: readonly Host[], now: () => number) {
    this.#hosts = hosts
    this.#now = now
    this.#lookedAtMs = now()
    this.#services = this.#see()
  }

  /** To be called after everything that happens. */
  look(): void {
    const nowMs = this.#now()
    const ms = nowMs - this.#lookedAtMs
    if (ms > 0) for (const service of this.#services) this.#count(service, ms)
    this.#lookedAtMs = nowMs
    this.#services = this.#see()
  }

  /** An automatic failover of a node begins. */
  seeFailover(host: Host): void {
    this.figures.automaticFailovers += 1
    if (host.isHealthy) this.figures.needlessFailovers += 1
  }

  #see(): Service[] {
    const nodes = this.#hosts.map((host) => ({ open: host.openDoors(), isHealthy: host.isHealthy }))
    return this.#hosts.map(({ name }) => {
      const serving = nodes.filter(({ open, isHealthy }) => isHealthy && open.includes(name)).length
      if (serving > 0) return serving > 1 ? 'split' : 'one'
      if (!nodes.some(({ isHealthy }) => isHealthy)) return 'nothing to serve with'
      return nodes.some(({ open }) => open.includes(name)) ? 'broken' : 'closed'
    })
  }

  #count(service: Service, ms: number): void {
    if (service === 'split') this.figures.splitBrainMs += ms
    if (service === 'closed') this.figures.closedMs += ms
    if (service === 'broken') this.figures.brokenMs += ms
  }
}
