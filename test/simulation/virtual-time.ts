import type { Timeline } from '../world/timeline.ts'
import type { Random } from './random.ts'

/**
 * Runs something while this process's own timers and chance are those of the simulation: the use cases, who wait a
 * moment when they collide, then wait in virtual time, for as long as the seed says.
 */
export async function underVirtualTime<Result>(
  timeline: Timeline,
  random: Random,
  work: () => Promise<Result>,
): Promise<Result> {
  const real = { setTimeout: globalThis.setTimeout, random: Math.random }
  const virtual = (act: () => void, ms = 0) => void timeline.sleep(ms).then(act)
  globalThis.setTimeout = virtual as unknown as typeof setTimeout
  Math.random = () => random.next()
  try {
    return await work()
  } finally {
    globalThis.setTimeout = real.setTimeout
    Math.random = real.random
  }
}
