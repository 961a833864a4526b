import type { Cluster, Refusal } from './cluster.ts'
import { groupIn, groupOfNode, nodeIn } from './cluster.ts'
import type { UserBody } from './contract/users.ts'
import type { Group, NodeIndex } from './model.ts'
import type { NodeState, Reason } from './states.ts'

/** How many users have their home on each node; a node that is not named has none. */
export type UserCounts = ReadonlyMap<string, number>

const usersOn = (counts: UserCounts, nodes: readonly string[]): number =>
  nodes.reduce((sum, node) => sum + (counts.get(node) ?? 0), 0)

/** The first, in the order of their names, of those that have the fewest users. */
function leastLoaded(names: string[], usersOf: (name: string) => number): string | undefined {
  const [first, ...others] = [...names].sort()
  if (first === undefined) return undefined
  return others.reduce((least, name) => (usersOf(name) < usersOf(least) ? name : least), first)
}

const refuse = (status: Refusal['status'], code: string, detail: string): { refused: Refusal } => ({
  refused: { status, code, detail },
})

/** The home of a new user [B24], or why there is none. A node that is in no group takes no users [B1]. */
export function placeFor(
  cluster: Cluster,
  counts: UserCounts,
  { node, group }: UserBody,
): { node: string } | { refused: Refusal } {
  if (node !== undefined) return namedNode(cluster, node)
  if (group !== undefined && !groupIn(cluster, group)) {
    return refuse(422, 'GroupUnknown', `Group "${group}" is not in cluster "${cluster.cluster}".`)
  }
  const mode = cluster.enterpriseParameters.userAssignmentMode
  if (mode === 'none' && group === undefined) {
    const detail = `Cluster "${cluster.cluster}" assigns no users by itself (userAssignmentMode is none): name a node or a group.`
    return refuse(422, 'NothingAssigned', detail)
  }
  const groups = group === undefined ? Object.keys(cluster.groups) : [group]
  const place = mode === 'active-standby' ? firstNode(cluster, counts, groups) : emptiest(cluster, counts, groups)
  if (place !== undefined) return { node: place }
  return refuse(409, 'NoNode', `No node of cluster "${cluster.cluster}" is in a group: put one into a group first.`)
}

/** What is wrong with one of several users that are to be added. */
export interface Misplaced {
  index: number
  refused: Refusal
}

/**
 * The homes of several new users, each placed as if those before it were there already: so nodes stay within one user of
 * each other. Or all that is wrong.
 */
export function placesFor(
  cluster: Cluster,
  counts: UserCounts,
  asked: readonly UserBody[],
): { nodes: string[] } | { misplaced: Misplaced[] } {
  const counted = new Map(counts)
  const misplaced: Misplaced[] = []
  const nodes = asked.map((each, index) => {
    const place = placeFor(cluster, counted, each)
    if ('refused' in place) misplaced.push({ index, refused: place.refused })
    const { node } = { node: '', ...place }
    counted.set(node, (counted.get(node) ?? 0) + 1)
    return node
  })
  return misplaced.length > 0 ? { misplaced } : { nodes }
}

function namedNode(cluster: Cluster, node: string): { node: string } | { refused: Refusal } {
  if (!nodeIn(cluster, node)) {
    return refuse(422, 'NodeUnknown', `Node "${node}" is not in cluster "${cluster.cluster}".`)
  }
  if (groupOfNode(cluster, node) !== undefined) return { node }
  return refuse(422, 'NodeInNoGroup', `Node "${node}" is in no group, and takes no users: put it into a group first.`)
}

const nodesOf = (cluster: Cluster, group: string): string[] => groupIn(cluster, group)?.nodes ?? []

function emptiest(cluster: Cluster, counts: UserCounts, groups: string[]): string | undefined {
  const nodes = groups.flatMap((group) => nodesOf(cluster, group))
  return leastLoaded(nodes, (node) => usersOn(counts, [node]))
}

function firstNode(cluster: Cluster, counts: UserCounts, groups: string[]): string | undefined {
  const group = leastLoaded(groups, (name) => usersOn(counts, nodesOf(cluster, name)))
  return group === undefined ? undefined : nodesOf(cluster, group)[0]
}

/** Does a user who lives there have what is asked for now? Whoever asks for nothing in particular is content. */
export const hasAsked = (cluster: Cluster, home: string, { node, group }: UserBody): boolean =>
  node === undefined ? group === undefined || nodesOf(cluster, group).includes(home) : node === home

export interface Disturbance {
  group: string
  node: string
  state: NodeState
  reason: Reason
}

/**
 * What keeps users from being added [B25]: each node in a state other than Normal or Initializing. The nodes of a group
 * without high availability have no such state: they serve their own users all the time.
 */
export const disturbances = (cluster: Cluster, groups: readonly Group[]): Disturbance[] =>
  groups
    .filter(({ name, highAvailability }) => highAvailability && groupIn(cluster, name))
    .flatMap(({ name, nodes }) =>
      nodes
        .filter(({ state }) => state !== 'Normal' && state !== 'Initializing')
        .map(({ name: node, state, reason }) => ({ group: name, node, state, reason })),
    )

const setOf = (group: Group, home: string): NodeIndex | null => {
  const index = group.nodes.findIndex(({ name }) => name === home)
  return index === 0 || index === 1 ? index : null
}

/** Who serves the users of that home node or, while they move, who gets them; null: the node is not in this group. */
export function currentNodeOf(group: Group, home: string): { index: NodeIndex; node: string } | null {
  const set = setOf(group, home)
  const record = set === null ? undefined : group.nodes[set]?.set
  if (!record) return null
  const index = record.moving?.to ?? record.owner
  return { index, node: group.nodes[index]?.name ?? home }
}
