import { randomBytes } from 'node:crypto'
import dgram from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import net from 'node:net'
import type { Log } from '../log.ts'
import type { Ping, Pong } from './failsafe.ts'
import { type PeerKey, type PeerMessage, seal, unseal } from './peer-message.ts'

/** Who the peer is, as the control plane says it. */
export interface Peer {
  node: string
  address: string
  port: number
  /** The first seals; each opens. */
  keys: PeerKey[]
}

export interface PeerLinkOptions {
  node: string
  cluster: string
  incarnation: number
  listen: { address: string; port: number }
  /** The clock of deadlines. */
  now: () => number
  log: Log
}

/** What an agent makes of what the peer says. */
export interface PeerHandlers {
  /** Answers a ping. */
  onPing: (ping: Ping) => Pong
  onPong: (pong: Pong, sentAtMs: number) => void
}

export interface LinkReading {
  /** Since the peer was last heard. */
  heardMsAgo: number
  /** Of the last ping that was answered. */
  roundTripMs: number | null
}

/** Pings that may be under way; an answer to an older one is not waited for any more. */
const PINGS_KEPT = 8
const LOOK_UP_AGAIN_MS = 60_000

/**
 * The agents' own road to each other (protocol.md rules 16–18): datagrams on the service port, each sealed with a key
 * that only the two of them have. Loses and repeats what the network loses and repeats; says nothing to strangers.
 */
export class PeerLink {
  readonly #options: PeerLinkOptions
  readonly #socket: dgram.Socket
  readonly #nonce = randomBytes(16).toString('base64url')
  readonly #sentAtMs = new Map<number, number>()
  #handlers: PeerHandlers | undefined
  #peer: Peer | undefined
  #lastAsked: Ping | undefined
  #target: string | undefined
  #lookedUpMs = Number.NEGATIVE_INFINITY
  #peerNonce = ''
  #number = 0
  #lastPing: [incarnation: number, number: number] = [0, 0]
  #heardAtMs: number | null = null
  #roundTripMs: number | null = null
  readonly #measuring = new Set<(roundTripMs: number) => void>()

  private constructor(options: PeerLinkOptions, socket: dgram.Socket) {
    this.#options = options
    this.#socket = socket
    socket.on('message', (datagram, { address, port }) => this.#receive(datagram, address, port))
    socket.on('error', (error) => options.log(`the peer link: ${error.message}`))
  }

  /** Throws, with the port, where it is taken. */
  static async open(options: PeerLinkOptions): Promise<PeerLink> {
    const { address, port } = options.listen
    const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4')
    socket.bind({ address, port, exclusive: true })
    try {
      await once(socket, 'listening')
    } catch (error) {
      throw new Error(`the peer link cannot listen on ${address} port ${port} (UDP): ${(error as Error).message}`)
    }
    return new PeerLink(options, socket)
  }

  serve(handlers: PeerHandlers): void {
    this.#handlers = handlers
  }

  get port(): number {
    return this.#socket.address().port
  }

  /** Who is on the other side from now on; undefined: nobody is spoken to or heard. */
  follow(peer: Peer | undefined): void {
    const before = this.#peer
    this.#peer = peer
    if (peer?.node === before?.node && peer?.address === before?.address) return
    this.#target = undefined
    this.#lookedUpMs = Number.NEGATIVE_INFINITY
    this.#peerNonce = ''
    this.#lastPing = [0, 0]
    this.#heardAtMs = null
    this.#roundTripMs = null
  }

  /** Asks the peer for promises. */
  ping(asked: Ping): void {
    const { now, incarnation } = this.#options
    this.#lastAsked = asked
    this.#lookUp()
    if (!this.#peer || this.#target === undefined) return
    this.#number += 1
    this.#sentAtMs.set(this.#number, now())
    this.#sentAtMs.delete(this.#number - PINGS_KEPT)
    this.#send({ kind: 'ping', nonce: this.#peerNonce, incarnation, number: this.#number, ...asked })
  }

  /** Null: the peer has not been heard. */
  reading(): LinkReading | null {
    if (this.#heardAtMs === null) return null
    return { heardMsAgo: Math.max(0, this.#options.now() - this.#heardAtMs), roundTripMs: this.#roundTripMs }
  }

  /** The way there and back of the next ping that is answered; null: none is, within the limit. */
  nextRoundTripMs(limitMs: number): Promise<number | null> {
    const { promise, resolve } = Promise.withResolvers<number | null>()
    const timer = setTimeout(() => resolve(null), limitMs)
    this.#measuring.add(resolve)
    return promise.finally(() => {
      clearTimeout(timer)
      this.#measuring.delete(resolve)
    })
  }

  close(): void {
    this.#socket.close()
  }

  /** Beside the pings, so that a name server that does not answer delays none. */
  #lookUp(): void {
    const peer = this.#peer
    const { now, log } = this.#options
    if (!peer || now() - this.#lookedUpMs < LOOK_UP_AGAIN_MS) return
    this.#lookedUpMs = now()
    const family = this.#socket.address().family === 'IPv6' ? 6 : 4
    lookup(peer.address, { family }).then(
      ({ address }) => {
        if (this.#peer?.address === peer.address) this.#target = address
      },
      (error: Error) => {
        if (this.#target === undefined) this.#lookedUpMs = Number.NEGATIVE_INFINITY
        log(`the peer's address ${peer.address} cannot be looked up: ${error.message}`)
      },
    )
  }

  #send(message: Unaddressed, port = this.#peer?.port, address = this.#target): void {
    const key = this.#peer?.keys[0]
    if (!this.#peer || !key || port === undefined || address === undefined) return
    const { node: from, cluster } = this.#options
    const sealed = seal({ ...message, from, to: this.#peer.node, cluster } as PeerMessage, key)
    // What cannot be sent is lost, as on any network: the next ping is sent soon.
    this.#socket.send(sealed, port, address, () => undefined)
  }

  #receive(datagram: Buffer, address: string, port: number): void {
    const peer = this.#peer
    const message = peer && unseal(datagram, peer.keys)
    const { node, cluster } = this.#options
    if (!message || message.cluster !== cluster || message.to !== node || message.from !== peer.node) return
    if (message.kind === 'hello') this.#takeHello(message)
    else if (message.kind === 'pong') this.#takePong(message)
    else this.#takePing(message, address, port)
  }

  #takeHello({ nonce }: Extract<PeerMessage, { kind: 'hello' }>): void {
    const isNew = nonce !== this.#peerNonce
    this.#peerNonce = nonce
    // The peer is in a new life, and promises nothing before it is asked with its nonce.
    if (isNew && this.#lastAsked) this.ping(this.#lastAsked)
  }

  #takePing(ping: Extract<PeerMessage, { kind: 'ping' }>, address: string, port: number): void {
    if (ping.nonce !== this.#nonce) {
      this.#send({ kind: 'hello', nonce: this.#nonce }, port, address)
      return
    }
    const { incarnation, number } = ping
    const [lastIncarnation, lastNumber] = this.#lastPing
    const isNewer = incarnation > lastIncarnation || (incarnation === lastIncarnation && number > lastNumber)
    if (!isNewer) return
    this.#lastPing = [incarnation, number]
    this.#heardAtMs = this.#options.now()
    if (!this.#handlers) return
    const { promised, failsafeMs } = this.#handlers.onPing({ epoch: ping.epoch, open: ping.open })
    this.#send({ kind: 'pong', incarnation, number, promised, failsafeMs }, port, address)
  }

  #takePong({ incarnation, number, promised, failsafeMs }: Extract<PeerMessage, { kind: 'pong' }>): void {
    const sentAtMs = this.#sentAtMs.get(number)
    if (incarnation !== this.#options.incarnation || sentAtMs === undefined) return
    this.#sentAtMs.delete(number)
    const nowMs = this.#options.now()
    this.#heardAtMs = nowMs
    this.#roundTripMs = nowMs - sentAtMs
    for (const tell of this.#measuring) tell(this.#roundTripMs)
    this.#handlers?.onPong({ promised, failsafeMs }, sentAtMs)
  }
}

type Unaddressed = PeerMessage extends infer Each
  ? Each extends PeerMessage
    ? Omit<Each, keyof Envelope>
    : never
  : never
type Envelope = Pick<PeerMessage, 'from' | 'to' | 'cluster'>
