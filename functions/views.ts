import type { Cluster } from '../domain/cluster.ts'
import { groupOfNode } from '../domain/cluster.ts'
import type { Group, NodeRecord } from '../domain/model.ts'
import { recommendedReLogin } from '../domain/re-login.ts'
import type { UserCounts } from '../domain/users.ts'
import { currentNodeOf } from '../domain/users.ts'
import type { HistoryEntry } from './adapters/history-store.ts'
import type { Sighting } from './adapters/sighting-store.ts'
import type { User } from './adapters/user-store.ts'
import { groupBodyOf, nodeOf } from './usecases/configure.ts'

/** A cluster as the API shows it; `version` is its configuration's. */
export const clusterView = ({ cluster, version, nodes, groups, pending: _, changes: __, ...body }: Cluster) => ({
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

/** How many users a node has, and which re-login limits fit the users whom it may have to take at once; null: none come. */
export const reLoginView = (cluster: Cluster, node: string, users: UserCounts) => ({
  users: users.get(node) ?? 0,
  recommendedReLogin: recommendedReLogin(cluster, node, users),
})

/** What the agent of a node that is in a group last reported; null: it has never reported. */
export const sightingOf = (services: string[], node: NodeRecord): Sighting | null =>
  node.lastAtMs === 0
    ? null
    : {
        atMs: node.lastAtMs,
        softwareVersion: node.softwareVersion,
        services: Object.fromEntries(services.map((name, index) => [name, node.services[index]?.state ?? 'unknown'])),
        database: node.services.at(-1)?.state ?? 'unknown',
      }

/** When a node was last heard, and what it said. */
export const sightingView = (seen: Sighting | null) => ({
  lastHeartbeatAt: seen && new Date(seen.atMs).toISOString(),
  reported: seen && {
    softwareVersion: seen.softwareVersion,
    criticalServices: seen.services,
    databaseService: seen.database,
  },
})

export const groupView = (cluster: Cluster, group: string) => ({
  cluster: cluster.cluster,
  group,
  ...groupBodyOf(cluster, group),
})

/** A user with its current node, from the item of its home's group, which is among these. */
export function userView(cluster: Cluster, groups: readonly Group[], { user, home, createdAtMs }: User) {
  const name = groupOfNode(cluster, home)
  const group = groups.find((each) => each.name === name)
  return {
    cluster: cluster.cluster,
    user,
    homeNode: home,
    currentNode: (group && currentNodeOf(group, home)?.node) ?? home,
    group: name ?? null,
    createdAt: new Date(createdAtMs).toISOString(),
  }
}

/** An entry as `GET /events` and `GET …/history` show it, in the manner of EventBridge. */
export const eventView = ({ id, at, detailType, detail }: HistoryEntry) => ({
  id,
  at,
  source: 'understudy',
  detailType,
  detail,
})
