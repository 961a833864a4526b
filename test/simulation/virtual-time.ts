import type { Timeline } from '../world/timeline.ts'
import type { Random } from './random.ts'

/**
 * Runs something while this process's own timers and chance are those of the simulation: the use cases, who wait a
 * moment when they collide, then wait in virtual time, for as long as the seed says. Plain data is copied by hand, which
 * is several times as fast.
 */
export async function underVirtualTime<Result>(
  timeline: Timeline,
  random: Random,
  work: () => Promise<Result>,
): Promise<Result> {
  const real = { setTimeout, structuredClone, random: Math.random }
  const virtual = (act: () => void, ms = 0) => void timeline.sleep(ms).then(act)
  globalThis.setTimeout = virtual as unknown as typeof setTimeout
  globalThis.structuredClone = copy
  Math.random = () => random.next()
  try {
    return await work()
  } finally {
    globalThis.setTimeout = real.setTimeout
    globalThis.structuredClone = real.structuredClone
    Math.random = real.random
  }
}

function copy<Value>(value: Value): Value {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return value.map(copy) as Value
  const copied: Record<string, unknown> = {}
  for (const key in value) copied[key] = copy(value[key])
  return copied as Value
}
