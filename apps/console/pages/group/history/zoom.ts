/** A piece of time. */
export interface Window {
  fromMs: number
  toMs: number
}

/** What one has chosen to see: everything, or a span that ends at a moment, or at now (null) and goes along with it. */
export type Zoom = 'all' | { spanMs: number; endMs: number | null }

/** What there is to see. */
export interface Extent {
  /** The oldest that is read. */
  beginMs: number
  nowMs: number
}

const SHORTEST_MS = 1000
const LONGEST_MS = 2 * 365 * 86_400_000
/** A little of the future, so that the newest does not stick to the edge. */
const AHEAD = 0.03
const LEAST_ALL_MS = 60_000

export function windowOf(zoom: Zoom, { beginMs, nowMs }: Extent): Window {
  if (zoom === 'all') {
    const spanMs = Math.max(LEAST_ALL_MS, (nowMs - beginMs) * (1 + AHEAD))
    return { fromMs: Math.min(beginMs, nowMs - LEAST_ALL_MS) - spanMs * AHEAD, toMs: nowMs + spanMs * AHEAD }
  }
  const toMs = zoom.endMs ?? nowMs + zoom.spanMs * AHEAD
  return { fromMs: toMs - zoom.spanMs, toMs }
}

/** The same the other way round: a window that reaches now stays with it. */
export function zoomOf({ fromMs, toMs }: Window, { nowMs }: Extent): Zoom {
  const spanMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, toMs - fromMs))
  const isLive = toMs >= nowMs
  return { spanMs, endMs: isLive ? null : toMs }
}

/** Wider (factor above 1) or closer, while a moment stays where it is; at now, now does. */
export function zoomedBy(zoom: Zoom, factor: number, aroundMs: number | null, extent: Extent): Zoom {
  const { fromMs, toMs } = windowOf(zoom, extent)
  const spanMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (toMs - fromMs) * factor))
  const isLive = zoom === 'all' || zoom.endMs === null
  if (aroundMs === null && isLive) return { spanMs, endMs: null }
  const centreMs = aroundMs ?? (fromMs + toMs) / 2
  const share = (toMs - centreMs) / (toMs - fromMs)
  const endMs = centreMs + share * spanMs
  return zoomOf({ fromMs: endMs - spanMs, toMs: endMs }, extent)
}

/** To the past (negative) or the future, by a share of what is seen; not beyond now. */
export function pannedBy(zoom: Zoom, share: number, extent: Extent): Zoom {
  const { fromMs, toMs } = windowOf(zoom, extent)
  const byMs = (toMs - fromMs) * share
  return zoomOf({ fromMs: fromMs + byMs, toMs: toMs + byMs }, extent)
}

const MARGIN = 0.12

/** So that all of it is seen, with something around it. */
export function around({ fromMs, toMs }: Window, extent: Extent): Zoom {
  const marginMs = Math.max(SHORTEST_MS, (toMs - fromMs) * MARGIN)
  return zoomOf({ fromMs: fromMs - marginMs, toMs: toMs + marginMs }, extent)
}

/** With the same span, so that a moment is seen; as it was where it is seen already. */
export function reaching(zoom: Zoom, atMs: number, extent: Extent): Zoom {
  const { fromMs, toMs } = windowOf(zoom, extent)
  if (fromMs <= atMs && atMs <= toMs) return zoom
  const beginMs = atMs - (toMs - fromMs) * MARGIN
  return zoomOf({ fromMs: beginMs, toMs: beginMs + toMs - fromMs }, extent)
}

export const lastHours = (hours: number): Zoom => ({ spanMs: hours * 3_600_000, endMs: null })
