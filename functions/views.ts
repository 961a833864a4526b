import type { Cluster } from '../domain/cluster.ts'
import { groupOfNode } from '../domain/cluster.ts'
import type { HistoryEntry } from './adapters/history-store.ts'
import { groupBodyOf, nodeOf } from './usecases/configure.ts'

/** A cluster as the API shows it; `version` is its configuration's. */
export const clusterView = ({ cluster, version, nodes, groups, pending: _, ...body }: Cluster) => ({
  cluster,
  version,
  ...body,
  nodes: Object.keys(nodes),
  groups: Object.keys(groups),
})

export const nodeView = (cluster: Cluster, node: string) => ({
  cluster: cluster.cluster,
  node,
  ...nodeOf(cluster, node),
  group: groupOfNode(cluster, node) ?? null,
})

export const groupView = (cluster: Cluster, group: string) => ({
  cluster: cluster.cluster,
  group,
  ...groupBodyOf(cluster, group),
})

/** An entry as `GET /events` and `GET …/history` show it, in the manner of EventBridge. */
export const eventView = ({ id, at, detailType, detail }: HistoryEntry) => ({
  id,
  at,
  source: 'understudy',
  detailType,
  detail,
})
