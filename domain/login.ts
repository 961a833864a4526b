import { grants } from './heartbeat.ts'
import type { Group, NodeIndex, NodeRecord } from './model.ts'
import { boundTimeoutMs } from './model.ts'
import { currentNodeOf } from './users.ts'

/** Home nodes whose users a node serves: their doors are granted, said to be open, and under a lease that holds. */
export function servedSets(group: Group, index: NodeIndex, nowMs: number): NodeIndex[] {
  const node = group.nodes[index] as NodeRecord
  const leaseHolds = !group.highAvailability || nowMs < node.lastAtMs + boundTimeoutMs(group, nowMs)
  return leaseHolds ? node.open.filter((set) => grants(group, index).includes(set)) : []
}

export interface ReLoginLimits {
  lowerLimitSeconds: number
  upperLimitSeconds: number
}

/** Where a user logs in [B26]. */
export interface Login {
  node: string
  /** Somebody serves the user now: the node's door is open. */
  serving: boolean
  /** Many users come at once: each is to wait a while of its own. */
  crowded: (limits: ReLoginLimits) => boolean
}

/**
 * The node that a user of that home is to try; null: the home is not in this group. There always is one, also while
 * nobody serves: the node that gets the users, or has them as soon as it can. Users come at once right after they have
 * moved, while they move, and when a node begins to serve again that nobody could log in to.
 */
export function loginAt(group: Group, home: string, nowMs: number): Login | null {
  const current = currentNodeOf(group, home)
  const record = group.nodes.find(({ name }) => name === home)
  if (!current || !record) return null
  const set = group.nodes.indexOf(record) as NodeIndex
  const { index, node } = current
  const serving = !group.highAvailability || servedSets(group, index, nowMs).includes(set)
  const movedMsAgo = record.movedAtMs === undefined ? Number.POSITIVE_INFINITY : nowMs - record.movedAtMs
  return { node, serving, crowded: ({ upperLimitSeconds }) => !serving || movedMsAgo < upperLimitSeconds * 1000 }
}

/** A wait between the limits, `chance` being drawn evenly from 0 to 1. */
export function spreadSeconds({ lowerLimitSeconds, upperLimitSeconds }: ReLoginLimits, chance: number): number {
  const seconds = lowerLimitSeconds + chance * (upperLimitSeconds - lowerLimitSeconds)
  return Math.min(upperLimitSeconds, Math.max(lowerLimitSeconds, Math.round(seconds * 10) / 10))
}
