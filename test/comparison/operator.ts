import { startFailed } from '../simulation/inflict.ts'
import { type Host, SERVICES } from '../world/host.ts'
import type { Timeline } from '../world/timeline.ts'

const MINUTE_MS = 60_000
/** How long a pair is away from Normal before somebody looks, and how long he then gives what he asked for. */
const NOTICED_AFTER_MS = 10 * MINUTE_MS
const AGAIN_AFTER_MS = 5 * MINUTE_MS

/** A pair as its operators see it. */
export interface Kept {
  hosts: readonly Host[]
  /** Both nodes are Normal. */
  isHome: () => boolean
  /** It will go home by itself. */
  waitsForFallback: () => boolean
  /** Asks for a fallback, or else for a recovery, if the pair says that it is possible now; true: it was accepted. */
  bringHome: () => Promise<boolean>
}

/**
 * Operators who do for either system what the field recommends: they start failed services, and ask for a fallback, or
 * for a recovery in failed mode.
 */
export function operate(timeline: Timeline, pair: Kept, onIntervention: () => void): void {
  let actsAtMs = Number.POSITIVE_INFINITY
  const look = async () => {
    timeline.after(MINUTE_MS, look)
    const isFine = pair.isHome() || pair.waitsForFallback()
    actsAtMs = isFine ? Number.POSITIVE_INFINITY : Math.min(actsAtMs, timeline.nowMs + NOTICED_AFTER_MS)
    if (timeline.nowMs < actsAtMs) return
    for (const host of pair.hosts) for (const service of SERVICES) startFailed(host, service)
    if (!(await pair.bringHome())) return
    onIntervention()
    actsAtMs = timeline.nowMs + AGAIN_AFTER_MS
  }
  timeline.after(MINUTE_MS, look)
}
