/** What one look at a service gave. */
export interface Look {
  good: boolean
  /** Known, not merely probed: its process is gone, or systemd says that it ended. Then there is nothing to count. */
  sure: boolean
  /** On boottime, when the look began and when it ended. */
  beganMs: number
  endedMs: number
}

/** How many equal looks in a row it takes. */
export interface Counts {
  rise: number
  fall: number
}

/** What a row of looks comes to: a value, changed only by the functions below. */
export interface Health {
  good: boolean
  /** On boottime: when it began to be good or ceased to be. */
  sinceMs: number
  /** The latest equal looks. */
  row: { good: boolean; length: number; sinceMs: number }
}

/** The first look decides alone: a new agent must not report a service as failed that has been running all along. */
export const firstHealth = (look: Look): Health => ({
  good: look.good,
  sinceMs: momentOf(look),
  row: { good: look.good, length: 1, sinceMs: momentOf(look) },
})

/**
 * Counts a look. It takes `rise` good ones in a row to be good and `fall` bad ones to be bad, but since when that is so
 * is never put off by the counting: it is since the *first* of the row. So the Critical Service Delay [B11] runs from
 * the first bad probe, and a high `fall` costs no user any time; it only keeps a single wrong answer from counting.
 */
export function nextHealth(health: Health, look: Look, { rise, fall }: Counts): Health {
  const continues = health.row.good === look.good
  const row = continues
    ? { ...health.row, length: health.row.length + 1 }
    : { good: look.good, length: 1, sinceMs: momentOf(look) }
  const turns = look.good !== health.good && (look.sure || row.length >= (look.good ? rise : fall))
  return turns ? { good: look.good, sinceMs: row.sinceMs, row } : { ...health, row }
}

/** The service was started anew: whatever was counted belongs to its earlier run, and that it was good has ended. */
export function inNewRun(health: Health, beganMs: number): Health {
  const row = { good: false, length: 0, sinceMs: beganMs }
  return health.good ? { good: false, sinceMs: beganMs, row } : { ...health, row }
}

/** A probe that hangs until its time limit has been without an answer since it began; a good one is known at its end. */
const momentOf = ({ good, beganMs, endedMs }: Look): number => (good ? endedMs : beganMs)
