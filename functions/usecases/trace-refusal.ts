import { shortHash } from '../../domain/draft.ts'
import type { HistoryEntry } from '../adapters/history-store.ts'

/** A heartbeat under an identity that is not the node's own. */
export interface RefusedHeartbeat {
  cluster: string
  group: string
  node: string
  /** The caller's ARN. */
  by: string
  detail: string
}

/** A misconfigured agent calls every few seconds, and is to be told of once in this time. */
export const ONCE_IN_MS = 600_000

/**
 * The entry of a refused heartbeat in the history of the group. Its id is the same for the same node and caller during
 * ten minutes, and names no version: the group's item is not touched, so that who is refused can disturb nobody.
 */
export function entryOfRefusal({ cluster, group, node, by, detail }: RefusedHeartbeat, nowMs: number): HistoryEntry {
  const since = String(nowMs - (nowMs % ONCE_IN_MS)).padStart(14, '0')
  return {
    id: `${since}-0-${Number.parseInt(shortHash(`${node}\n${by}`), 36)}`,
    cluster,
    group,
    at: new Date(nowMs).toISOString(),
    detailType: 'Request Refused',
    detail: { version: '1', cluster, group, by, request: { action: 'heartbeat', node }, detail },
  }
}

export interface TracePorts {
  /** Keeps the entry; false: it is kept already. */
  keepOnce: (entry: HistoryEntry) => Promise<boolean>
  publish: (entry: HistoryEntry) => Promise<void>
}

/** Leaves a trace of a refused heartbeat in the history and on the bus, unless there is one from a moment ago. */
export async function traceRefusal(ports: TracePorts, refused: RefusedHeartbeat, nowMs: number): Promise<void> {
  const entry = entryOfRefusal(refused, nowMs)
  if (await ports.keepOnce(entry)) await ports.publish(entry)
}
