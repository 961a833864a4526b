import type { Heartbeat, HeartbeatAnswer } from '../../domain/contract/heartbeat.ts'
import { ProblemError } from '../client/problem.ts'
import { type ApiRequest, apiPath, type SignedClient } from '../client/signed-client.ts'
import { boottime } from './boottime.ts'
import { Contact, type ContactReading } from './contact.ts'
import type { Log } from './log.ts'

export interface RoadOptions {
  node: string
  cluster: string
  endpoints: string[]
  /** One for each endpoint; they are tried in turn. */
  clients: SignedClient[]
  log: Log
}

/** The road to the control plane: one heartbeat at a time, to the endpoint that answered last or to the next one. */
export class Road {
  readonly #options: RoadOptions
  readonly #contact: Contact
  #turn = 0

  constructor(options: RoadOptions) {
    this.#options = options
    this.#contact = new Contact(options.log, boottime)
  }

  get reading(): ContactReading {
    return this.#contact.reading
  }

  get endpoint(): string {
    const { endpoints } = this.#options
    return endpoints[this.#turn % endpoints.length] ?? ''
  }

  async post(heartbeat: Heartbeat, signal: AbortSignal, timeoutMs: number): Promise<HeartbeatAnswer> {
    const { clients, cluster, node } = this.#options
    const client = clients[this.#turn % clients.length] as SignedClient
    const sentAtMs = Date.now()
    const noteClock = (date: string | null) => this.#contact.noteClock(date, sentAtMs, Date.now())
    try {
      const { body, headers } = await client.request<HeartbeatAnswer>({
        method: 'POST',
        path: apiPath`/clusters/${cluster}/nodes/${node}/heartbeats`,
        body: heartbeat,
        signal,
        timeoutMs,
      })
      noteClock(headers.get('date'))
      return body
    } catch (error) {
      if (error instanceof ProblemError) noteClock(error.date)
      throw error
    }
  }

  /** Another call than a heartbeat, to where these go at the moment. What comes of it says nothing about the road. */
  async call<Body>(request: ApiRequest): Promise<Body> {
    const { clients } = this.#options
    const client = clients[this.#turn % clients.length] as SignedClient
    return (await client.request<Body>(request)).body
  }

  /** An answer was taken. */
  answered({ group }: HeartbeatAnswer): void {
    this.#contact.answered(group)
  }

  failed(error: unknown): void {
    this.#contact.failed(error)
    this.#turn += 1
  }
}
