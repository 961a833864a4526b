import net from 'node:net'
import type { Log } from '../log.ts'
import type { Peer } from '../peer/peer-link.ts'
import { ListeningPort } from './listening-port.ts'
import {
  BETWEEN_MS,
  MOST_BYTES,
  newChallenge,
  requestOf,
  sealLine,
  TRANSFER_LIMIT_MS,
  type TransferParties,
} from './peer-transfer.ts'

export interface TransferServerOptions extends TransferParties {
  address: string
  log: Log
  betweenMs?: number
}

/** Strangers hold no connection for long, and not many. */
const HELLO_LIMIT_MS = 2000
const MOST_CONNECTIONS = 4
const LONGEST_HELLO_BYTES = 1024

/**
 * Receives the bytes by which the peer measures the line: TCP on the number of the service port, beside the datagrams of
 * the peer link. It says a challenge, takes bytes only from who seals it with the pair's key, and says how many came and
 * in which time.
 */
export class TransferServer {
  readonly #options: TransferServerOptions
  readonly #port: ListeningPort<net.Server>
  #peer: Peer | undefined
  #lastMs = Number.NEGATIVE_INFINITY

  constructor(options: TransferServerOptions) {
    this.#options = options
    const { address, log } = options
    this.#port = new ListeningPort({
      name: 'the wan-check port (TCP)',
      address,
      make: () => this.#make(),
      end: (server) => server.close(),
      log,
    })
  }

  /** Who may send, and on which port it is heard; without a peer nobody is. */
  follow(peer: Peer | undefined, port: number): void {
    this.#peer = peer
    void this.#port.follow(peer === undefined ? undefined : port)
  }

  get port(): number | null {
    return this.#port.port
  }

  close(): void {
    void this.#port.follow(undefined)
  }

  #make(): net.Server {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => void this.#serve(socket))
    server.maxConnections = MOST_CONNECTIONS
    return server
  }

  async #serve(socket: net.Socket): Promise<void> {
    socket.on('error', () => socket.destroy())
    const limit = setTimeout(() => socket.destroy(), HELLO_LIMIT_MS)
    const challenge = newChallenge()
    socket.write(`${challenge}\n`)
    const hello = await firstLine(socket)
    clearTimeout(limit)
    const peer = this.#peer
    const { node, cluster, betweenMs = BETWEEN_MS } = this.#options
    const asked = hello && peer ? requestOf(hello.line, peer, { node, cluster }, challenge) : null
    if (!hello || !peer || !asked) return void socket.destroy()
    const waitMs = this.#lastMs + betweenMs - performance.now()
    if (waitMs > 0) return void socket.end(`later ${Math.ceil(waitMs / 1000)}\n`)
    this.#lastMs = performance.now()
    socket.write('go\n')
    const { bytes, durationMs } = await received(socket, hello.rest)
    this.#lastMs = performance.now()
    if (socket.destroyed) return
    socket.end(sealLine({ kind: 'measured', from: node, to: peer.node, cluster, challenge, bytes, durationMs }, peer))
  }
}

/** Null: the connection ended before, or what came is too long for a line of ours. */
function firstLine(socket: net.Socket): Promise<{ line: string; rest: number } | null> {
  const { promise, resolve } = Promise.withResolvers<{ line: string; rest: number } | null>()
  let seen = Buffer.alloc(0)
  const look = (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk])
    const end = seen.indexOf(0x0a)
    if (end < 0 && seen.length <= LONGEST_HELLO_BYTES) return
    socket.off('data', look)
    resolve(end < 0 ? null : { line: seen.subarray(0, end).toString(), rest: seen.length - end - 1 })
  }
  socket.on('data', look)
  socket.once('close', () => resolve(null))
  return promise
}

/** Counts until the sender has ended, or past a bound, where it is cut. */
function received(socket: net.Socket, before: number): Promise<{ bytes: number; durationMs: number }> {
  const { promise, resolve } = Promise.withResolvers<{ bytes: number; durationMs: number }>()
  let [bytes, firstMs, lastMs] = [before, performance.now(), performance.now()]
  let isFirst = before === 0
  const limit = setTimeout(() => socket.destroy(), TRANSFER_LIMIT_MS)
  socket.on('data', (chunk: Buffer) => {
    lastMs = performance.now()
    if (isFirst) firstMs = lastMs
    isFirst = false
    bytes += chunk.length
    if (bytes > MOST_BYTES) socket.destroy()
  })
  const end = () => {
    clearTimeout(limit)
    resolve({ bytes, durationMs: lastMs - firstMs })
  }
  socket.once('end', end)
  socket.once('close', end)
  return promise
}
