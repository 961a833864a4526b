import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'

/** One question to a front: a new connection, and whose users it was greeted to serve (nobody: it was refused). */
export interface Ask {
  front: string
  /** Before the connection was begun, and after the answer had come: on the watcher's clock. */
  askedMs: number
  answeredMs: number
  serves: string[]
}

/** When a front certainly served a home node's users: from the answer to the first question to the last question. */
interface Served {
  front: string
  fromMs: number
  untilMs: number
}

const ASK_EVERY_MS = 20
const ANSWER_LIMIT_MS = 500

/**
 * The times at which each front certainly served the users of `home`. An answer shows that its front served at some
 * moment between the question and the answer; that it served between two such answers in a row is taken for granted,
 * as nothing opens, closes and opens a door again within the 20 ms between two questions.
 */
function servedTimes(asks: readonly Ask[], home: string): Served[] {
  const times: Served[] = []
  const current = new Map<string, Served>()
  for (const { front, askedMs, answeredMs, serves } of asks) {
    const open = current.get(front)
    if (!serves.includes(home)) {
      current.delete(front)
    } else if (open) {
      open.untilMs = Math.max(open.untilMs, askedMs)
    } else {
      // After its end, until a second answer says more: a single answer is no stretch of time.
      const begun = { front, fromMs: answeredMs, untilMs: askedMs }
      current.set(front, begun)
      times.push(begun)
    }
  }
  return times
}

/** Where two fronts certainly served the users of `home` at the same moment. `asks` are in the order of their answers. */
export function servedTwice(asks: readonly Ask[], home: string): string[] {
  const times = servedTimes(asks, home)
  return times.flatMap((one, index) =>
    times.slice(index + 1).flatMap((other) => {
      const fromMs = Math.max(one.fromMs, other.fromMs)
      const untilMs = Math.min(one.untilMs, other.untilMs)
      if (one.front === other.front || fromMs > untilMs) return []
      return [`${one.front} and ${other.front} both served ${home} for at least ${Math.round(untilMs - fromMs)} ms`]
    }),
  )
}

/** A user who stays: the connection is cut when what he was told is not true any more. */
interface Held {
  socket: net.Socket
  serves: string[]
}

export interface Cut {
  front: string
  serves: string[]
  atMs: number
}

/**
 * Asks every front every 20 ms whom it serves, and keeps a user's connection to each. When a front begins to serve a
 * set, the others are asked at once, and their users' connections are looked at: so two fronts that both serve a set
 * for 20 ms and the time of two answers are caught, and only what is certain is called so.
 */
export class DoorWatcher {
  cuts: Cut[] = []
  #asks: Ask[] = []
  readonly #ports: Record<string, number>
  readonly #askEveryMs: number
  readonly #held = new Map<string, Held>()
  #caught: string[] = []
  readonly #last = new Map<string, string[]>()
  #loops: Promise<void>[] = []
  #watching = false

  /** `ports`: of each front, by its node. Who watches many pairs at once asks less often. */
  constructor(ports: Record<string, number>, askEveryMs = ASK_EVERY_MS) {
    this.#ports = ports
    this.#askEveryMs = askEveryMs
  }

  start(): void {
    this.#watching = true
    this.#loops = Object.keys(this.#ports).map((front) => this.#watch(front))
  }

  async stop(): Promise<void> {
    this.#watching = false
    await Promise.all(this.#loops)
    for (const { socket } of this.#held.values()) socket.destroy()
  }

  /** Begins a new record; what the fronts said last is still known. */
  forget(): void {
    this.cuts = []
    this.#asks = []
    this.#caught = []
  }

  /** What must never be: two fronts that serve the same users at the same moment. */
  servedTwice(): string[] {
    return [...this.#caught, ...Object.keys(this.#ports).flatMap((home) => servedTwice(this.#asks, home))]
  }

  /** Whom a front serves, as it said last. */
  serves(front: string): string[] {
    return this.#last.get(front) ?? []
  }

  /** When a front had certainly begun to serve a set. */
  firstServedMs(front: string, home: string, sinceMs = 0): number | undefined {
    return this.#servedAsks(front, home).find(({ askedMs }) => askedMs >= sinceMs)?.answeredMs
  }

  /** When a front had certainly not ceased to serve a set. */
  lastServedMs(front: string, home: string): number | undefined {
    return this.#servedAsks(front, home).at(-1)?.askedMs
  }

  #servedAsks(front: string, home: string): Ask[] {
    return this.#asks.filter((ask) => ask.front === front && ask.serves.includes(home))
  }

  async #watch(front: string): Promise<void> {
    while (this.#watching) {
      const { askedMs } = await this.#ask(front)
      await pauseUntil(askedMs + this.#askEveryMs)
    }
  }

  async #ask(front: string): Promise<Ask> {
    const askedMs = performance.now()
    const { socket, serves } = await greetingOf(this.#ports[front] ?? 0)
    const ask = { front, askedMs, answeredMs: performance.now(), serves }
    this.#asks.push(ask)
    const before = this.#last.get(front) ?? []
    this.#last.set(front, serves)
    if (serves.length > 0 && !this.#held.has(front) && this.#watching) this.#hold(front, socket, serves)
    else socket.destroy()
    const begun = serves.filter((home) => !before.includes(home))
    if (begun.length > 0) await this.#lookAtOthers(front, begun)
    return ask
  }

  #hold(front: string, socket: net.Socket, serves: string[]): void {
    this.#held.set(front, { socket, serves })
    socket.once('close', () => {
      this.#held.delete(front)
      if (this.#watching) this.cuts.push({ front, serves, atMs: performance.now() })
    })
  }

  /** A connection that was cut before is known to be cut after a turn of the event loop, however late that comes. */
  async #lookAtOthers(front: string, begun: string[]): Promise<void> {
    const others = Object.keys(this.#ports).filter((other) => other !== front)
    await turn()
    await turn()
    for (const other of others) {
      const still = this.#held.get(other)?.serves.filter((home) => begun.includes(home)) ?? []
      for (const home of still) this.#caught.push(`${front} serves ${home}, and a user of ${home} is still on ${other}`)
    }
    for (const other of others) await this.#ask(other)
  }
}

const pauseUntil = (atMs: number) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())))

/** Connects, and waits for the greeting (api.md, last part) or the end of the connection. */
function greetingOf(port: number): Promise<{ socket: net.Socket; serves: string[] }> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: '127.0.0.1', port })
    let text = ''
    const done = () => {
      clearTimeout(limit)
      const [, homes] = /^\S+ serves (.+)\n/.exec(text) ?? []
      resolve({ socket, serves: homes?.split(' ') ?? [] })
    }
    const limit = setTimeout(done, ANSWER_LIMIT_MS)
    socket.setEncoding('utf8')
    socket.on('data', (data) => {
      text += data
      if (text.includes('\n')) done()
    })
    socket.on('error', () => socket.destroy())
    socket.once('close', done)
  })
}
