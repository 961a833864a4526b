import type { Cluster } from '../../domain/cluster.ts'
import { groupOfNode } from '../../domain/cluster.ts'
import { decide } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import { acknowledge, setMaintenance } from '../../domain/maintenance.ts'
import type { Group, NodeIndex } from '../../domain/model.ts'
import type { GroupKey } from '../adapters/group-store.ts'
import { ProblemError } from '../problem.ts'
import { type ChangePorts, changeGroup } from './change-group.ts'
import { nodeOf } from './configure.ts'

export interface MaintenanceCall {
  enabled: boolean
  /** Needed to begin. */
  reason?: string | undefined
  /** ISO 8601; left out: until somebody ends it. */
  until?: string | undefined
}

/** Begins, changes or ends maintenance of the group, or of one of its nodes (behaviour reference, section 5). */
export function maintain(
  ports: ChangePorts,
  key: GroupKey & { node?: string },
  { enabled, reason = '', until }: MaintenanceCall,
  by: string,
): Promise<Group> {
  return looked(ports, key, (draft) => {
    const untilMs = until === undefined ? null : Date.parse(until)
    if (enabled && untilMs !== null && untilMs <= draft.nowMs) {
      throw new ProblemError(422, 'UntilHasPassed', `"until" is ${until}: it must lie in the future.`)
    }
    setMaintenance(draft, indexOf(draft.group, key.node), enabled ? { reason, untilMs } : null, by)
  })
}

/** Where a node is maintained: in its group. */
export function placeOfNode(cluster: Cluster, node: string): GroupKey & { node: string } {
  nodeOf(cluster, node)
  const group = groupOfNode(cluster, node)
  if (group !== undefined) return { cluster: cluster.cluster, group, node }
  throw new ProblemError(409, 'NodeInNoGroup', `Node "${node}" is in no group: nothing automatic happens to it anyway.`)
}

function indexOf(group: Group, node: string | undefined): NodeIndex | null {
  if (node === undefined) return null
  const index = group.nodes.findIndex(({ name }) => name === node)
  if (index === 0 || index === 1) return index
  throw new ProblemError(409, 'NodeInNoGroup', `Node "${node}" is not in group "${group.name}" any more.`)
}

/** On-call has seen what happened: what a cut-off has switched off is on again [B15] [B16]. */
export function acknowledgeIncidents(ports: ChangePorts, key: GroupKey, by: string): Promise<Group> {
  return looked(ports, key, (draft) => {
    if (acknowledge(draft, by)) return
    throw new ProblemError(
      409,
      'NothingToAcknowledge',
      `Group "${key.group}" has no incident that nobody has seen, and nothing is switched off. Nothing was changed.`,
    )
  })
}

/** What is held back no longer may happen at once. */
async function looked(ports: ChangePorts, key: GroupKey, change: (draft: Draft) => void): Promise<Group> {
  const changed = await changeGroup(ports, key, (draft) => {
    change(draft)
    decide(draft, { kind: 'look' })
  })
  return changed.group
}
