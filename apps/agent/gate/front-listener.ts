import net from 'node:net'

/** How often a port that another process holds is tried again. */
const RETRY_MS = 100

/** The users' side of a front: a port that listens or refuses, and the connections that were let in. */
export class FrontListener {
  readonly #port: number
  readonly #admit: (socket: net.Socket) => void
  readonly #connections = new Set<net.Socket>()
  #server: net.Server | undefined
  #retry: NodeJS.Timeout | undefined
  #wanted = false
  #settled: Promise<void> = Promise.resolve()
  #error: string | null = null

  /** `admit` is asked about each connection before anything is sent on it, and keeps it or destroys it. */
  constructor(port: number, admit: (socket: net.Socket) => void) {
    this.#port = port
    this.#admit = admit
  }

  /** Why the port does not listen although it should; null where all is well. */
  get error(): string | null {
    return this.#error
  }

  get connections(): number {
    return this.#connections.size
  }

  open(): void {
    if (this.#wanted) return
    this.#wanted = true
    this.#listen()
  }

  /** From its return on the port refuses; only a listening that had just begun ends later, see `settled`. */
  close(): void {
    this.#wanted = false
    this.#error = null
    clearTimeout(this.#retry)
    const server = this.#server
    this.#server = undefined
    if (server?.listening) server.close()
    this.cut()
  }

  /** Ends every connection that was let in. */
  cut(): void {
    for (const socket of this.#connections) socket.destroy()
    this.#connections.clear()
  }

  /** When what was begun last has happened: the port listens, refuses, or cannot be had. */
  settled(): Promise<void> {
    return this.#settled
  }

  #listen(): void {
    const server = net.createServer((socket) => {
      if (server === this.#server) this.#take(socket)
      else socket.destroy()
    })
    this.#server = server
    const done = new Promise<void>((resolve) => {
      server.once('listening', () => {
        if (server === this.#server) this.#error = null
        else server.close()
        resolve()
      })
      server.once('close', resolve)
      server.on('error', (error) => {
        // A server that listens only tells of a connection that it could not accept.
        if (server === this.#server && !server.listening) this.#retryAfter(error)
        resolve()
      })
    })
    this.#settled = this.#settled.then(() => done)
    server.listen({ port: this.#port, host: '127.0.0.1', exclusive: true })
  }

  #retryAfter(error: Error): void {
    this.#error = error.message
    this.#retry = setTimeout(() => this.#listen(), RETRY_MS)
  }

  #take(socket: net.Socket): void {
    this.#connections.add(socket)
    socket.once('close', () => this.#connections.delete(socket))
    // A user who goes away without a word is no error of the front's.
    socket.on('error', () => socket.destroy())
    // What users send is not read by anybody: it must only flow, so that the end of a connection is seen.
    socket.resume()
    this.#admit(socket)
  }
}
