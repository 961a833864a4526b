import type { WriteStream } from 'node:tty'
import { createLogUpdate } from 'log-update'

const LIVE_MS = 250
const LINE_MS = 5000

/** How far a comparison is: a live line on a terminal, otherwise a line every few seconds. */
export class Progress {
  readonly #out: WriteStream
  readonly #live: ReturnType<typeof createLogUpdate> | null
  readonly #plannedHours: number
  readonly #beganAtMs = performance.now()
  #shownAtMs = performance.now()
  #hours = 0

  constructor(out: WriteStream, plannedHours: number) {
    this.#out = out
    this.#live = out.isTTY ? createLogUpdate(out) : null
    this.#plannedHours = plannedHours
  }

  take(hours: number): void {
    this.#hours += hours
    const nowMs = performance.now()
    if (nowMs - this.#shownAtMs < (this.#live ? LIVE_MS : LINE_MS)) return
    this.#shownAtMs = nowMs
    if (this.#live) this.#live(this.#line())
    else this.#out.write(`${this.#line()}\n`)
  }

  end(): void {
    this.#live?.clear()
    this.#out.write(`${this.#line()}\n`)
  }

  #line(): string {
    const seconds = (performance.now() - this.#beganAtMs) / 1000
    return `${this.#hours} of ${this.#plannedHours} group-hours, each by both systems, in ${seconds.toFixed(0)} s`
  }
}
