/** Between two turns of the watch. */
const TURN_MS = 250
/** What a turn may be late without anybody being told: a busy host, the collection of garbage. */
const LATE_MS = 750

export interface StallParts {
  /** A clock that counts through suspend. */
  now: () => number
  /** This process stood still for so long. Comes before anything that it had in hand is acted upon. */
  onStall: (pausedMs: number) => void
}

/**
 * Finds out that this process stood still: stopped, suspended with its host, or stuck in its own work. The turns of a
 * short timer are compared with the clock. On waking, an answer may be handed over before that timer comes: so whoever is
 * about to act upon something calls `look` first.
 */
export class StallWatch {
  readonly #parts: StallParts
  #lastTurnMs: number
  readonly #timer: NodeJS.Timeout
  /** How often, and how long in all. */
  count = 0
  totalMs = 0

  constructor(parts: StallParts) {
    this.#parts = parts
    this.#lastTurnMs = parts.now()
    this.#timer = setInterval(() => this.look(), TURN_MS).unref()
  }

  look(): void {
    const nowMs = this.#parts.now()
    const pausedMs = nowMs - this.#lastTurnMs - TURN_MS
    this.#lastTurnMs = nowMs
    if (pausedMs < LATE_MS) return
    this.count += 1
    this.totalMs += pausedMs
    this.#parts.onStall(pausedMs)
  }

  close(): void {
    clearInterval(this.#timer)
  }
}
