import { rebalanceOf } from '../../../../domain/rebalance.ts'
import type { ClusterAnswer, NodeAnswer } from '../../../client/configuration-api.ts'
import type { RecountReport } from '../../../client/user-api.ts'
import { number, userCount } from '../../../client/words/pace.ts'
import type { GroupNodes } from './places.ts'

export interface NodeShare {
  node: string
  /** Null: in none, and so no users are assigned to it. */
  group: string | null
  users: number
  /** Null: the cluster assigns nobody by itself, or the node takes nobody. */
  fairShare: number | null
}

/** The users of each node, and what it would have if all were assigned anew. */
export function sharesOf(
  cluster: ClusterAnswer,
  groups: readonly GroupNodes[],
  nodes: readonly NodeAnswer[],
): NodeShare[] {
  const counts = new Map(nodes.map(({ node, users }) => [node, users]))
  const { cluster: name, enterpriseParameters } = cluster
  const members = Object.fromEntries(groups.map(({ group, nodes: those }) => [group, { nodes: those }]))
  const level = rebalanceOf({ cluster: name, enterpriseParameters, groups: members }, counts)
  const fair = new Map('refused' in level ? [] : level.nodes.map(({ node, fairShare }) => [node, fairShare]))
  return nodes.map(({ node, group, users }) => ({ node, group, users, fairShare: fair.get(node) ?? null }))
}

/** What a recount found. */
export function recountSentence({ users, nodes }: RecountReport): string {
  const wrong = nodes.filter(({ users: found, counted }) => found !== counted)
  const said = wrong.map(({ node, users: found, counted }) => `${node} has ${number(found)}, not ${number(counted)}`)
  return `${userCount(users)}. ${said.length === 0 ? 'All counts were right.' : `Put right: ${said.join('; ')}.`}`
}
