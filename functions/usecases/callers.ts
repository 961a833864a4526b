import type { Cluster } from '../../domain/cluster.ts'
import type { Agents } from '../adapters/agents.ts'
import { ProblemError } from '../problem.ts'

/** Who asks: the ARNs under which the caller may be registered as the principal of a node. */
export type Principals = readonly string[]

/**
 * Of which nodes of this cluster the caller is the agent; null: it is nobody's agent, and so an operator whom IAM let in.
 * The agent of another cluster is refused.
 */
export async function agentOf(agents: Agents, cluster: Cluster, principals: Principals): Promise<string[] | null> {
  const own = Object.keys(cluster.nodes).filter((node) => principals.includes(cluster.nodes[node]?.principal ?? ''))
  if (own.length > 0) return own
  if (!(await agents.include(principals))) return null
  throw new ProblemError(403, 'NotThisCluster', `This identity is not the principal of a node of "${cluster.cluster}".`)
}
