import { ProblemError } from '../client/problem.ts'
import type { Log } from './log.ts'

/** How the road to the control plane is at this moment. */
export interface ContactReading {
  /** Null: nothing was answered and nothing has failed yet. */
  connected: boolean | null
  /** Since it has been so, on boottime. */
  sinceMs: number
  /** Why there is no contact; null where there is. */
  why: string | null
  /** The control plane answers, and refuses: it is there, and this node is the one that has no part in it. */
  isRefused: boolean
  /** What the host's clock is ahead of the control plane's, in seconds; negative: behind. Null: it has not said it. */
  clockAheadSeconds: number | null
}

/** The answer's own clock is given in whole seconds, and an answer takes its time. */
const CLOCK_IS_OFF_SECONDS = 5
/** Reasons change with every endpoint that is tried, and some have the time in them. */
const REASON_AGAIN_MS = 60_000

/** Keeps what is known of the road to the control plane, and says its turns in the log, each once. */
export class Contact {
  readonly #log: Log
  readonly #now: () => number
  #connected: boolean | null = null
  #sinceMs: number
  #why: string | null = null
  #saidWhy = ''
  #saidWhyAtMs = 0
  #isRefused = false
  #aheadSeconds: number | null = null
  #saidClock = false

  constructor(log: Log, now: () => number) {
    this.#log = log
    this.#now = now
    this.#sinceMs = now()
  }

  /** An answer was taken. */
  answered(group: string | undefined): void {
    if (this.#connected !== true) {
      this.#log(`connected: group ${group ?? '(none yet)'}`)
      this.#sinceMs = this.#now()
    }
    this.#connected = true
    this.#why = null
    this.#isRefused = false
  }

  /** No answer came, or a refusal. */
  failed(error: unknown): void {
    const why = (error as Error).message
    const nowMs = this.#now()
    const isNew = this.#connected !== false
    if (isNew) this.#sinceMs = nowMs
    if (isNew || (why !== this.#saidWhy && nowMs - this.#saidWhyAtMs >= REASON_AGAIN_MS)) {
      this.#log(`${isNew ? '' : 'still '}not connected: ${why}`)
      this.#saidWhy = why
      this.#saidWhyAtMs = nowMs
    }
    this.#connected = false
    this.#why = why
    this.#isRefused = error instanceof ProblemError && error.status < 500
  }

  /** `date`: of an answer's header, also of a refusal, as a wrong clock is refused. The wall clock is the host's. */
  noteClock(date: string | null, sentAtMs: number, receivedAtMs: number): void {
    const answeredMs = Date.parse(date ?? '')
    if (Number.isNaN(answeredMs)) return
    // The header names the second that has begun; half of one is the best guess.
    const ahead = Math.round((sentAtMs + (receivedAtMs - sentAtMs) / 2 - answeredMs - 500) / 1000)
    this.#aheadSeconds = ahead
    const isOff = Math.abs(ahead) > CLOCK_IS_OFF_SECONDS
    if (isOff && !this.#saidClock)
      this.#log(`${clockWords(ahead)}: set it, and let it be kept (chrony, systemd-timesyncd)`)
    this.#saidClock = isOff
  }

  get reading(): ContactReading {
    const clock = this.#saidClock && this.#aheadSeconds !== null ? `; ${clockWords(this.#aheadSeconds)}` : ''
    return {
      connected: this.#connected,
      sinceMs: this.#sinceMs,
      why: this.#why === null ? null : this.#why + clock,
      isRefused: this.#isRefused,
      clockAheadSeconds: this.#aheadSeconds,
    }
  }
}

/** AWS refuses what is signed by a clock that is more than five minutes off. */
export const clockWords = (aheadSeconds: number): string =>
  `the host's clock is ${Math.abs(aheadSeconds)} s ${aheadSeconds < 0 ? 'behind' : 'ahead of'} the control plane's`
