import { readFileSync } from 'node:fs'
import type net from 'node:net'
import { type Deadline, Doors, greeting } from './front-doors.ts'
import { FrontListener } from './front-listener.ts'
import type { FrontReading, FrontRequest } from './front-protocol.ts'

/** How often the clock is compared at least, while a door is open. */
const TICK_MS = 50

export interface DoorkeeperSettings {
  node: string
  /** Where users log in. */
  port: number
  bootIdFile: string
  /** The clock of the deadlines: boottime, milliseconds. */
  now: () => number
}

/**
 * Makes a front's port and connections agree with its doors. A door closes at most a timer's lateness after its
 * deadline, normally below 10 ms. After a pause of the process or a suspend of the host nobody is greeted before the
 * clock was read; who was connected is cut at once after a pause, and within `TICK_MS` after a suspend, in which
 * timers stand still.
 */
export class Doorkeeper {
  readonly #settings: DoorkeeperSettings
  readonly #doors = new Doors()
  readonly #listener: FrontListener
  #bootId: string
  /** What the users that are connected were told; undefined: nobody is let in. */
  #line: string | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(settings: DoorkeeperSettings) {
    this.#settings = settings
    this.#bootId = readFileSync(settings.bootIdFile, 'utf8').trim()
    this.#listener = new FrontListener(settings.port, (socket) => this.#admit(socket))
  }

  /** Carries a request of the control port out; the answer is true when it is given. */
  async serve(request: FrontRequest): Promise<FrontReading> {
    this.#checkBoot()
    if ('bootId' in request && request.bootId !== this.#bootId) {
      throw new Error(`the deadlines are for boot ${request.bootId}, and this is boot ${this.#bootId}`)
    }
    if ('set' in request) this.#doors.replace(request.set.doors)
    if ('extend' in request) this.#doors.extend(request.extend.doors, this.#settings.now())
    this.#enforce()
    await this.#listener.settled()
    return this.#reading()
  }

  #reading(): FrontReading {
    const open = this.#enforce()
    return {
      open: [...open.keys()],
      deadlines: Object.fromEntries(open),
      clockMs: this.#settings.now(),
      listenError: this.#listener.error,
      connections: this.#listener.connections,
    }
  }

  #admit(socket: net.Socket): void {
    this.#enforce()
    if (this.#line !== undefined && !socket.destroyed) socket.write(this.#line)
  }

  /** Answers the doors that are open. */
  #enforce(): Map<string, Deadline> {
    const nowMs = this.#settings.now()
    const open = this.#doors.openAt(nowMs)
    const earlier = this.#line
    this.#line = greeting(this.#settings.node, open.keys())
    if (this.#line === undefined) {
      this.#listener.close()
    } else {
      if (this.#line !== earlier) this.#listener.cut()
      this.#listener.open()
    }
    this.#comeBack(nowMs, open)
    return open
  }

  #comeBack(nowMs: number, open: Map<string, Deadline>): void {
    clearTimeout(this.#timer)
    if (open.size === 0) return
    const lapses = [...open.values()].map((deadline) => (deadline === 'unleased' ? TICK_MS : deadline - nowMs))
    const inMs = Math.min(TICK_MS, ...lapses)
    this.#timer = setTimeout(() => {
      this.#checkBoot()
      this.#enforce()
    }, inMs)
  }

  /** Deadlines are void on another boot. A process can live to see one as a checkpoint, or in a demo. */
  #checkBoot(): void {
    const bootId = this.#bootIdNow()
    if (bootId === this.#bootId) return
    this.#bootId = bootId
    this.#doors.replace({})
  }

  /** A file that cannot be read just now (out of file descriptors, for one) says nothing of another boot. */
  #bootIdNow(): string {
    try {
      return readFileSync(this.#settings.bootIdFile, 'utf8').trim()
    } catch {
      return this.#bootId
    }
  }
}
