/** A reading of the clock, from which it can be said later whether it still holds. */
export interface Reading {
  nowMs: number
  monotonicMs: number
}
export interface Clock {
  read(): Reading
}

export const systemClock: Clock = { read: () => ({ nowMs: Date.now(), monotonicMs: performance.now() }) }

const LATE_MS = 1000
const JUMP_MS = 100

/**
 * The gap guard (design, Safety): an invocation that finds itself late, or its clock jumped, since a reading observes
 * and does not judge.
 */
export function mayJudge(clock: Clock, reading: Reading): boolean {
  const later = clock.read()
  const passedMs = later.monotonicMs - reading.monotonicMs
  return passedMs < LATE_MS && Math.abs(later.nowMs - reading.nowMs - passedMs) < JUMP_MS
}
