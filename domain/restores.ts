import type { Heartbeat } from './contract/heartbeat.ts'
import type { Draft } from './draft.ts'
import { publish } from './draft.ts'
import type { Group, NodeIndex } from './model.ts'

/**
 * Takes what an agent says of the sessions that it re-creates after users came to it [B27]. It counts for the move that it
 * followed, and while its node has those users: what comes later is of a past that nobody asks about.
 */
export function takeRestores(draft: Draft, index: NodeIndex, { sessions = [] }: Heartbeat): void {
  const { group, nowMs } = draft
  for (const { homeNode, movedAtMs, restored, failed, lost, forMs, done } of sessions) {
    const home = group.nodes.find(({ name }) => name === homeNode)
    if (!home || home.set.owner !== index || home.movedAtMs !== movedAtMs) continue
    if (home.restore && home.restore.endedAtMs !== null) continue
    const startedAtMs = home.restore?.startedAtMs ?? Math.round(nowMs - forMs)
    home.restore = { restored, failed, lost, startedAtMs, endedAtMs: done ? nowMs : null }
    if (!done || restored + failed + lost === 0) continue
    const node = group.nodes[index]?.name
    publish(draft, 'Sessions Restored', { node, homeNode, restored, failed, lost, durationMs: Math.round(forMs) })
  }
}

const iso = (atMs: number): string => new Date(atMs).toISOString()

/** How far the sessions of users who last came to another node are re-created there, for each such home. */
export const restoresOf = ({ nodes }: Group) =>
  nodes.flatMap(({ name, set, restore }) =>
    restore
      ? [
          {
            homeNode: name,
            node: nodes[set.owner]?.name ?? '',
            restored: restore.restored,
            failed: restore.failed,
            lost: restore.lost,
            startedAt: iso(restore.startedAtMs),
            endedAt: restore.endedAtMs === null ? null : iso(restore.endedAtMs),
          },
        ]
      : [],
  )

/** When the users of these homes last came to who serves them now; nothing of those that never moved. */
export function movesOf({ nodes }: Group, sets: readonly NodeIndex[]): { moved?: Record<string, number> } {
  const moved = sets.flatMap((set) => {
    const { name = '', movedAtMs } = nodes[set] ?? {}
    return movedAtMs === undefined ? [] : [[name, movedAtMs] as const]
  })
  return moved.length > 0 ? { moved: Object.fromEntries(moved) } : {}
}
