import type { GroupFact, Occurrence } from './facts.ts'
import type { CutOffKind, Group, Maintenance } from './model.ts'

/** At most this many automatic fallbacks of a group in 24 hours [B15]. */
const AUTOMATIC_FALLBACKS_PER_DAY = 3
const DAY_MS = 86_400_000
/** At most this many automatic moves of a group in an hour because a service or the database failed [B16]. */
const SERVICE_MOVES_PER_HOUR = 3
const HOUR_MS = 3_600_000

const isInForce = (maintenance: Maintenance | null, nowMs: number): boolean =>
  maintenance !== null && (maintenance.untilMs === null || nowMs < maintenance.untilMs)

/** Somebody works on the group, or on one of its nodes: nothing automatic happens. */
export const isInMaintenance = (group: Group, nowMs: number): boolean =>
  [group, ...group.nodes].some(({ maintenance }) => isInForce(maintenance, nowMs))

export const isCutOff = ({ cutOffs }: Group, kind: CutOffKind): boolean => cutOffs.some(({ what }) => what === kind)

const lately = (timesMs: number[], nowMs: number, spanMs: number): number =>
  timesMs.filter((atMs) => nowMs - atMs < spanMs).length

/** What holds automatic actions back, and what would bring a cut-off about. */
export function restraints(group: Group, nowMs: number, occurrence: Occurrence): GroupFact[] {
  const facts: GroupFact[] = []
  if (!isInMaintenance(group, nowMs)) facts.push('automatic')
  if (occurrence.kind === 'heartbeat' && occurrence.brake !== undefined) facts.push('braked')
  const { settings, automaticFallbacksAtMs, serviceMovesAtMs } = group
  if (settings.automaticFallbackEnabled && !isCutOff(group, 'automaticFallback')) facts.push('automaticFallback')
  if (lately(automaticFallbacksAtMs, nowMs, DAY_MS) >= AUTOMATIC_FALLBACKS_PER_DAY) facts.push('fallbacksUsedUp')
  if (!isCutOff(group, 'serviceFailover')) facts.push('serviceFailover')
  if (lately(serviceMovesAtMs, nowMs, HOUR_MS) >= SERVICE_MOVES_PER_HOUR) facts.push('serviceMovesUsedUp')
  return facts
}
