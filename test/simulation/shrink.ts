import type { FaultTrace, Phase } from './faults.ts'
import { play } from './group-run.ts'
import type { InvariantName } from './invariants.ts'

export interface ShrinkLimits {
  mostPlays: number
  mostMs: number
}

export const SHRINK_LIMITS: ShrinkLimits = { mostPlays: 400, mostMs: 60_000 }

/**
 * The smallest trace that was found in which the same invariant still does not hold: without phases, faults and other
 * parameters that it does not need, and with shorter spans (delta debugging). `trace` must break it.
 */
export async function shrink(
  trace: FaultTrace,
  invariant: InvariantName,
  { mostPlays, mostMs }: ShrinkLimits = SHRINK_LIMITS,
): Promise<FaultTrace> {
  const endsAtMs = performance.now() + mostMs
  let plays = 0
  let best = trace
  const still = async (smaller: FaultTrace): Promise<boolean> => {
    if (plays >= mostPlays || performance.now() > endsAtMs) return false
    plays += 1
    const { broken } = await play(smaller)
    if (broken?.invariant !== invariant) return false
    best = smaller
    return true
  }
  await without(best.phases, (phases) => still({ ...best, phases }))
  for (let place = 0; place < best.phases.length; place++) {
    const faults = best.phases[place]?.faults ?? []
    await without(faults, (fewer) => still(withPhase(best, place, { faults: fewer })))
  }
  await still({ ...best, parameters: {} })
  await shorten(() => best, still)
  return best
}

const withPhase = (trace: FaultTrace, place: number, change: Partial<Phase>): FaultTrace => ({
  ...trace,
  phases: trace.phases.map((phase, index) => (index === place ? { ...phase, ...change } : phase)),
})

/** Leaves out chunks, large ones first, as long as `still` says that what is left will do. */
async function without<Item>(all: readonly Item[], still: (fewer: Item[]) => Promise<boolean>): Promise<void> {
  let items = [...all]
  for (let size = items.length; size >= 1; size = Math.floor(size / 2)) {
    for (let begin = Math.max(0, items.length - size); ; begin -= size) {
      const fewer = [...items.slice(0, Math.max(0, begin)), ...items.slice(Math.max(0, begin) + size)]
      if (fewer.length < items.length && (await still(fewer))) items = fewer
      if (begin <= 0) break
    }
  }
}

/** Takes cues away, halves how long things last, and ends each phase with its last fault. */
async function shorten(current: () => FaultTrace, still: (trace: FaultTrace) => Promise<boolean>): Promise<void> {
  for (let place = 0; place < current().phases.length; place++) {
    const phase = () => current().phases[place] as Phase
    for (let index = 0; index < phase().faults.length; index++) {
      for (let isShorter = true; isShorter; ) isShorter = await halve(current(), place, index, still)
    }
    for (let isShorter = true; isShorter; ) {
      const lastsMs = Math.round(phase().lastsMs / 2)
      isShorter = lastsMs > 1000 && (await still(withPhase(current(), place, { lastsMs })))
    }
  }
}

async function halve(
  trace: FaultTrace,
  place: number,
  index: number,
  still: (trace: FaultTrace) => Promise<boolean>,
): Promise<boolean> {
  const { faults } = trace.phases[place] as Phase
  const fault = faults[index]
  if (!fault || !('forMs' in fault) || fault.forMs < 200) return false
  const shorter = { ...fault, forMs: Math.round(fault.forMs / 2) }
  return still(withPhase(trace, place, { faults: faults.map((each) => (each === fault ? shorter : each)) }))
}
