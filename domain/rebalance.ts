import type { Cluster, Grouping, Refusal } from './cluster.ts'
import { groupOfNode } from './cluster.ts'
import type { UserCounts } from './users.ts'

/** How many users a node has, and how many it would have if all were assigned anew. */
export interface Share {
  node: string
  group: string
  users: number
  fairShare: number
}

export interface Shift {
  from: string
  to: string
  users: number
}

export interface Rebalance {
  nodes: Share[]
  /** What brings each node to its fair share; none: nodes are within one user of each other. */
  moves: Shift[]
}

/**
 * What would level the users of a cluster by its mode of assignment [B24]: over all nodes that are in a group or, in
 * active-standby, over the first nodes of the groups, whose second nodes are then empty. As few move as can be.
 */
export function rebalanceOf(
  cluster: Pick<Cluster, 'cluster' | 'enterpriseParameters'> & Grouping,
  counts: UserCounts,
): Rebalance | { refused: Refusal } {
  const mode = cluster.enterpriseParameters.userAssignmentMode
  if (mode === 'none') {
    const detail =
      `Cluster "${cluster.cluster}" assigns no users by itself (userAssignmentMode is none), so that no share is fair: ` +
      'move users one by one.'
    return { refused: { status: 422, code: 'NothingAssigned', detail } }
  }
  const members = Object.values(cluster.groups).flatMap(({ nodes }) => nodes)
  const firsts = Object.values(cluster.groups).flatMap(({ nodes }) => nodes.slice(0, 1))
  const nodes = fairShares(members, mode === 'active-standby' ? firsts : members, counts)
  return {
    nodes: nodes.map((each) => ({ ...each, group: groupOfNode(cluster, each.node) ?? '' })),
    moves: movesOf(nodes),
  }
}

type Load = Omit<Share, 'group'>

/** One user more has its place where most users are already: so they stay. */
function fairShares(members: string[], takers: string[], counts: UserCounts): Load[] {
  const usersOf = (node: string): number => counts.get(node) ?? 0
  const total = members.reduce((sum, node) => sum + usersOf(node), 0)
  const fullestFirst = [...takers].sort((one, other) => usersOf(other) - usersOf(one) || (one < other ? -1 : 1))
  const least = Math.floor(total / Math.max(1, takers.length))
  const shares = new Map(fullestFirst.map((node, n) => [node, least + (n < total % takers.length ? 1 : 0)]))
  return [...members].sort().map((node) => ({ node, users: usersOf(node), fairShare: shares.get(node) ?? 0 }))
}

function movesOf(nodes: Load[]): Shift[] {
  const moves: Shift[] = []
  const lacking = nodes.map(({ node, users, fairShare }) => ({ node, lacks: Math.max(0, fairShare - users) }))
  for (const { node, users, fairShare } of nodes) {
    let left = users - fairShare
    for (const taker of lacking) {
      const taken = Math.min(left, taker.lacks)
      if (taken <= 0) continue
      moves.push({ from: node, to: taker.node, users: taken })
      taker.lacks -= taken
      left -= taken
    }
  }
  return moves
}
