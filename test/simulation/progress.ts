import type { WriteStream } from 'node:tty'
import { createLogUpdate } from 'log-update'
import { Coverage } from './coverage.ts'
import type { GroupReport } from './group-thread.ts'

const LIVE_MS = 250
const LINE_MS = 5000
const HOUR_MS = 3_600_000

/** How far a simulation is: a live line on a terminal, otherwise a line every few seconds. */
export class Progress {
  readonly coverage = new Coverage()
  #groups = 0
  #simulatedMs = 0
  #processorMs = 0
  #shownAtMs = performance.now()
  readonly #beganAtMs = performance.now()
  readonly #out: WriteStream
  readonly #live: ReturnType<typeof createLogUpdate> | null
  readonly #planned: number

  constructor(out: WriteStream, planned: number) {
    this.#out = out
    this.#planned = planned
    this.#live = out.isTTY ? createLogUpdate(out) : null
  }

  take(report: GroupReport): void {
    this.#groups += 1
    this.#simulatedMs += report.simulatedMs
    this.#processorMs += report.processorMs
    this.coverage.add(report.coverage)
    const nowMs = performance.now()
    if (nowMs - this.#shownAtMs < (this.#live ? LIVE_MS : LINE_MS)) return
    this.#shownAtMs = nowMs
    if (this.#live) this.#live(this.#line())
    else this.#out.write(`${this.#line()}\n`)
  }

  get groupHours(): number {
    return this.#simulatedMs / HOUR_MS
  }

  end(): void {
    this.#live?.clear()
    const seconds = (performance.now() - this.#beganAtMs) / 1000
    this.#out.write(`${this.#line()}\n`)
    for (const line of this.coverage.lines()) this.#out.write(`${line}\n`)
    const perCore = (1000 * this.groupHours) / Math.max(1, this.#processorMs)
    this.#out.write(
      `${this.groupHours.toFixed(0)} group-hours in ${seconds.toFixed(1)} s: ${(this.groupHours / seconds).toFixed(1)} a second, ` +
        `${perCore.toFixed(1)} a second of one core\n`,
    )
  }

  #line(): string {
    const { faultCount, transitions } = this.coverage
    const rate = this.groupHours / ((performance.now() - this.#beganAtMs) / 1000)
    return (
      `${this.#groups} of ${this.#planned} groups, ${this.groupHours.toFixed(0)} group-hours, ${rate.toFixed(1)} a second; ` +
      `${faultCount} faults, ${transitions} transitions`
    )
  }
}
