import type { HeartbeatAnswer } from '../../../domain/contract/heartbeat.ts'
import { type PeerTimes, peerTimesOf } from '../../../domain/settings.ts'
import type { AgentCore } from '../core.ts'
import type { Log } from '../log.ts'
import { askAgainMs, asksFor, extend, type Ping, type Pong, promise } from './failsafe.ts'
import type { LinkReading, Peer, PeerLink } from './peer-link.ts'

export interface FailsafeParts {
  core: AgentCore
  /** Opens this agent's end of the peer link on a port. */
  openLink: (port: number) => Promise<PeerLink>
  /** Where the ends of the link are, where that is not the service port and, of the peer, its host name. */
  ports: { own?: number | undefined; peer?: number | undefined; peerAddress?: string | undefined }
  now: () => number
  /** Doors that are open may stay so for longer. */
  onExtended: (doors: Record<string, number>) => void
  /** Something is to be said to the control plane sooner than was thought. */
  onUrgent: () => void
  log: Log
}

/** A port that is taken is tried again after so long. */
const OPEN_AGAIN_MS = 30_000
/** A ping that is measured and not answered by then is lost. */
const LOST_MS = 1000

/**
 * Keeps what is open open while the control plane is out of reach, as long as the peer promises it, and promises the
 * same to the peer (protocol.md rules 16–18).
 */
export class FailsafeLoop {
  readonly #parts: FailsafeParts
  #times: PeerTimes | undefined
  #link: PeerLink | undefined
  #port: number | undefined
  #triedAtMs = Number.NEGATIVE_INFINITY
  #peer: Peer | undefined
  #timer: NodeJS.Timeout | undefined
  #stopped = false

  constructor(parts: FailsafeParts) {
    this.#parts = parts
  }

  /** The control plane says who the peer is, and how long things last. Answers the peer. */
  learn({ settings }: Pick<HeartbeatAnswer, 'settings'>): Peer | undefined {
    const { ports } = this.#parts
    const { peer, keepAliveTimeoutMs, servicePort } = settings
    const earlier = this.#times?.pingIntervalMs
    this.#times = peerTimesOf(keepAliveTimeoutMs)
    const keys = peer?.keys ?? []
    const isPaired = peer !== undefined && keys.length > 0
    this.#peer = isPaired
      ? { node: peer.node, address: ports.peerAddress ?? peer.address, port: ports.peer ?? servicePort, keys }
      : undefined
    this.#link?.follow(this.#peer)
    if (isPaired) void this.#open(ports.own ?? servicePort)
    if (this.#timer === undefined || earlier !== this.#times.pingIntervalMs) this.#beat()
    return this.#peer
  }

  /** Pings so often, one after the other, and answers how long each took there and back; a lost one is left out. */
  async roundTripsMs(count: number): Promise<number[]> {
    const taken: number[] = []
    for (let tries = 0; tries < count; tries++) {
      const link = this.#link
      if (!link) break
      const { core, now } = this.#parts
      const answered = link.nextRoundTripMs(LOST_MS)
      link.ping({ epoch: core.epoch, open: asksFor(core, now()) })
      const roundTripMs = await answered
      if (roundTripMs !== null) taken.push(roundTripMs)
    }
    return taken
  }

  /** Null: the peer has not been heard. */
  reading(): LinkReading | null {
    return this.#link?.reading() ?? null
  }

  /** From now on nothing is promised any more. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#link?.close()
    this.#link = undefined
  }

  async #open(port: number): Promise<void> {
    const { now, openLink, log } = this.#parts
    if (this.#port === port && (this.#link || now() - this.#triedAtMs < OPEN_AGAIN_MS)) return
    this.#link?.close()
    this.#link = undefined
    this.#port = port
    this.#triedAtMs = now()
    try {
      const link = await openLink(port)
      if (this.#stopped || this.#port !== port) return link.close()
      this.#link = link
      link.serve({
        onPing: (ping) => this.#onPing(ping),
        onPong: (pong, sentAtMs) => this.#onPong(pong, sentAtMs),
      })
      link.follow(this.#peer)
    } catch (error) {
      log((error as Error).message)
    }
  }

  #beat(): void {
    clearTimeout(this.#timer)
    if (this.#stopped || !this.#times) return
    const { core, now } = this.#parts
    const open = asksFor(core, now())
    const inMs = open.length > 0 ? askAgainMs(this.#times) : this.#times.pingIntervalMs
    this.#timer = setTimeout(() => this.#beat(), inMs)
    this.#link?.ping({ epoch: core.epoch, open })
  }

  /** A ping is answered: the next one has time. */
  #beatAgainAt(sentAtMs: number): void {
    if (this.#stopped || !this.#times) return
    clearTimeout(this.#timer)
    const inMs = sentAtMs + this.#times.pingIntervalMs - this.#parts.now()
    this.#timer = setTimeout(() => this.#beat(), Math.max(0, inMs))
  }

  #onPing(ping: Ping): Pong {
    const { core, now, onUrgent } = this.#parts
    if (!this.#times || this.#stopped) return { promised: [], failsafeMs: 0 }
    const promised = promise(core, ping, this.#times.promiseMs, now())
    if (core.urgent) onUrgent()
    return { promised, failsafeMs: this.#times.failsafeMs }
  }

  #onPong(pong: Pong, sentAtMs: number): void {
    const { core, now, onExtended } = this.#parts
    this.#beatAgainAt(sentAtMs)
    const doors = extend(core, pong, sentAtMs, now())
    if (!doors) return
    const later = Object.entries(doors).filter((each): each is [string, number] => each[1] !== 'unleased')
    onExtended(Object.fromEntries(later))
  }
}
