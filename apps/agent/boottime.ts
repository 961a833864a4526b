import os from 'node:os'

/** The readings that boottime is put together from, both in milliseconds. */
export interface ClockReadings {
  /** Counts through suspend, and is rounded down to the kernel's tick; never ahead of the truth. */
  uptimeMs(): number
  /** Precise and never backwards, but on Linux it stands still in a suspend. */
  monotonicMs(): number
}

const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6

/** Linux: `os.uptime()` is /proc/uptime, that is CLOCK_BOOTTIME in steps of 10 ms. */
const linuxReadings: ClockReadings = { uptimeMs: () => os.uptime() * 1000, monotonicMs }

/** Elsewhere uptime comes from the wall clock. macOS needs no correction: its hrtime counts through sleep. */
const plainReadings: ClockReadings = { uptimeMs: monotonicMs, monotonicMs }

/** Longer than two ticks of 10 ms: who waits that long has seen one. */
const TICK_WAIT_MS = 25
/** A gain that only a suspend explains, once the offset has been taken at a tick. */
const SUSPEND_MS = 1

/**
 * A clock for deadlines (protocol.md rules 13 and 21): milliseconds since boot, counting through suspend,
 * never backwards, and comparable between all processes of a host, as they read the same two kernel clocks.
 *
 * It is hrtime plus the largest (uptime - hrtime) seen. Uptime is read first, so a pause between the two
 * readings, like the rounding, can only make the difference too small: the clock is never ahead of CLOCK_BOOTTIME.
 * It is behind by well under 1 ms (the offset is taken at a tick of uptime), and for a moment after a suspend
 * shorter than 10 ms by up to 10 ms. A longer suspend is noticed by the first call after it. A call costs about
 * 6 microseconds; creation, and the first call after a suspend, wait up to 10 ms for a tick.
 */
export function createBoottime(
  readings: ClockReadings = process.platform === 'linux' ? linuxReadings : plainReadings,
): () => number {
  const observe = () => {
    const uptimeMs = readings.uptimeMs()
    const atMs = readings.monotonicMs()
    return { uptimeMs, atMs, offsetMs: uptimeMs - atMs }
  }

  const observeTick = () => {
    const first = observe()
    let seen = first
    while (seen.uptimeMs === first.uptimeMs && seen.atMs - first.atMs < TICK_WAIT_MS) seen = observe()
    return Math.max(first.offsetMs, seen.offsetMs)
  }

  let offsetMs = observeTick()
  return () => {
    const seen = observe()
    if (seen.offsetMs > offsetMs + SUSPEND_MS) {
      offsetMs = Math.max(seen.offsetMs, observeTick())
      return readings.monotonicMs() + offsetMs
    }
    offsetMs = Math.max(offsetMs, seen.offsetMs)
    return seen.atMs + offsetMs
  }
}

let clock: (() => number) | undefined

/** This process's own boottime, created at the first call. */
export function boottime(): number {
  clock ??= createBoottime()
  return clock()
}
