import type { Draft } from './draft.ts'
import { publish } from './draft.ts'
import type { Group, Maintenance, NodeIndex } from './model.ts'

const isOver = ({ maintenance }: { maintenance: Maintenance | null }, nowMs: number): boolean =>
  maintenance?.untilMs != null && nowMs >= maintenance.untilMs

/** Maintenance of the group or of a node has come to the time when it ends by itself. */
export const isMaintenanceOver = (group: Group, nowMs: number): boolean =>
  [group, ...group.nodes].some((each) => isOver(each, nowMs))

const iso = (atMs: number): string => new Date(atMs).toISOString()

export const maintenanceView = (maintenance: Maintenance | null) =>
  maintenance && {
    reason: maintenance.reason,
    by: maintenance.by,
    since: iso(maintenance.sinceMs),
    until: maintenance.untilMs === null ? null : iso(maintenance.untilMs),
  }

/**
 * Begins, changes or ends maintenance of the group or, where one is named, of a node; it tells a change. What it was
 * begun for, and since when, stays when only its end is moved.
 */
export function setMaintenance(
  draft: Draft,
  node: NodeIndex | null,
  wanted: { reason: string; untilMs: number | null } | null,
  by: string,
): void {
  const { group, nowMs } = draft
  const place = (node === null ? undefined : group.nodes[node]) ?? group
  const before = place.maintenance
  if (wanted === null ? before === null : before?.reason === wanted.reason && before.untilMs === wanted.untilMs) return
  place.maintenance = wanted && { ...wanted, by, sinceMs: before?.sinceMs ?? nowMs }
  publish(draft, 'Maintenance State Change', {
    enabled: wanted !== null,
    ...(node === null ? {} : { node: group.nodes[node]?.name }),
    ...(maintenanceView(place.maintenance) ?? maintenanceView(before)),
    by,
  })
}

/** Ends what was to end by now. */
export function endMaintenance(draft: Draft): void {
  const { group, nowMs } = draft
  if (isOver(group, nowMs)) setMaintenance(draft, null, null, 'understudy')
  for (const node of [0, 1] as const) {
    const record = group.nodes[node]
    if (record && isOver(record, nowMs)) setMaintenance(draft, node, null, 'understudy')
  }
}

/**
 * On-call has seen what happened: what a cut-off has switched off is on again, and counts anew [B15] [B16]. Answers
 * false, and changes nothing, where there is nothing to acknowledge.
 */
export function acknowledge(draft: Draft, by: string): boolean {
  const { group } = draft
  const unseen = group.incidents.filter(({ acknowledgedBy }) => acknowledgedBy === undefined)
  if (unseen.length === 0 && group.cutOffs.length === 0) return false
  const switchedOn = group.cutOffs.map(({ what }) => what)
  for (const incident of unseen) incident.acknowledgedBy = by
  group.cutOffs = []
  if (switchedOn.includes('automaticFallback')) group.automaticFallbacksAtMs = []
  if (switchedOn.includes('serviceFailover')) group.serviceMovesAtMs = []
  publish(draft, 'Incident Acknowledged', { by, incidents: unseen.map(({ id, kind }) => ({ id, kind })), switchedOn })
  return true
}
