import { once } from 'node:events'
import type net from 'node:net'
import type { Log } from '../log.ts'

export interface ListeningPortOptions<Server extends net.Server> {
  /** How it is called in what the agent logs. */
  name: string
  address: string
  /** A server for each try; it does not listen yet. */
  make: () => Server
  /** Ends a server that listens, and what is left of its connections. */
  end: (server: Server) => void
  /** It listens on that port. Where this throws, it counts as not to be had. */
  opened?: (port: number) => Promise<void>
  /** It is not to be had for now. */
  taken?: () => Promise<void>
  log: Log
  againMs?: number
}

/** A port that is taken is tried again after so long. */
const AGAIN_MS = 30_000

/**
 * A TCP port of the agent's own that the cluster's parameters may change. Heartbeats have no part in it: where it is taken
 * the agent says so once, goes on without it, and tries again.
 */
export class ListeningPort<Server extends net.Server> {
  readonly #options: ListeningPortOptions<Server>
  #wanted: number | undefined
  /** The last that was made; one that is not the last any more has come too late. */
  #made: Server | undefined
  #listening: Server | undefined
  #again: NodeJS.Timeout | undefined

  constructor(options: ListeningPortOptions<Server>) {
    this.#options = options
  }

  /** Where it listens; null: it does not. */
  get port(): number | null {
    const bound = this.#listening?.address()
    return bound && typeof bound === 'object' ? bound.port : null
  }

  /** From now on on this port; 0: on any that is free; undefined: on none. Never throws. */
  async follow(port: number | undefined): Promise<void> {
    if (port === this.#wanted) return
    this.#wanted = port
    clearTimeout(this.#again)
    this.#made = undefined
    this.#end()
    if (port !== undefined) await this.#open(port, true)
  }

  #end(): void {
    if (this.#listening) this.#options.end(this.#listening)
    this.#listening = undefined
  }

  async #open(port: number, isFirstTry: boolean): Promise<void> {
    const { name, address, make, opened, taken, log, againMs = AGAIN_MS } = this.#options
    const server = make()
    this.#made = server
    try {
      server.listen({ host: address, port, exclusive: true })
      await once(server, 'listening')
      if (server !== this.#made) return void server.close()
      this.#listening = server
      server.on('error', (error) => log(`${name}: ${error.message}`))
      server.unref()
      await opened?.(this.port ?? port)
    } catch (error) {
      if (server !== this.#made) return
      this.#end()
      const why = (error as Error).message
      if (isFirstTry) log(`${name} ${port} of ${address} is not to be had, and is tried again: ${why}`)
      await taken?.().catch(() => undefined)
      if (server !== this.#made) return
      this.#again = setTimeout(() => void this.#open(port, false), againMs).unref()
    }
  }
}
