import type { Cluster } from '../../domain/cluster.ts'
import { groupOfNode, nodeIn } from '../../domain/cluster.ts'
import { loginAt, spreadSeconds } from '../../domain/login.ts'
import type { Agents } from '../adapters/agents.ts'
import type { Clock } from '../adapters/clock.ts'
import type { ClusterStore } from '../adapters/cluster-store.ts'
import type { GroupStore } from '../adapters/group-store.ts'
import type { UserStore } from '../adapters/user-store.ts'
import { ProblemError } from '../problem.ts'
import { readCluster } from './configure.ts'
import { readUser } from './users.ts'

export interface LoginPorts {
  clusters: ClusterStore
  groups: GroupStore
  users: UserStore
  agents: Agents
  clock: Clock
}

/** Who asks: the ARNs under which the caller may be registered as the principal of a node. */
export type Principals = readonly string[]

/** Which node a user logs in to, and how long to wait before it tries [B26]. */
export async function loginOf(ports: LoginPorts, name: string, user: string, principals: Principals) {
  const cluster = await readCluster(ports.clusters, name)
  await requireOwnCluster(ports, cluster, principals)
  const { home } = await readUser(ports, name, user)
  const { node, serving, crowded } = await whereTo(ports, cluster, home)
  const configured = nodeIn(cluster, node)
  if (!configured) throw homeless(user, home)
  const { lowerLimitSeconds, upperLimitSeconds } = configured.clientReLogin
  const limits = { lowerLimitSeconds, upperLimitSeconds }
  const waitSeconds = crowded(limits) ? spreadSeconds(limits, Math.random()) : 0
  return { node, hostName: configured.hostName, homeNode: home, serving, reLogin: { waitSeconds, ...limits } }

  async function whereTo({ groups, clock }: LoginPorts, of: Cluster, homeNode: string) {
    const group = groupOfNode(of, homeNode)
    if (group === undefined) throw homeless(user, homeNode)
    const found = await groups.read({ cluster: of.cluster, group })
    const login = found && loginAt(found, homeNode, clock.read().nowMs)
    // The group is about to be brought over to this configuration: until then its nodes serve their own users.
    return login ?? { node: homeNode, serving: true, crowded: () => false }
  }
}

const homeless = (user: string, home: string) =>
  new ProblemError(
    409,
    'HomeInNoGroup',
    `The home of user "${user}", node "${home}", is in no group, and so serves nobody: put it into a group.`,
  )

/** An agent asks for logins of its own cluster only. */
async function requireOwnCluster({ agents }: LoginPorts, cluster: Cluster, principals: Principals): Promise<void> {
  if (Object.values(cluster.nodes).some(({ principal }) => principals.includes(principal))) return
  if (!(await agents.include(principals))) return
  throw new ProblemError(403, 'NotThisCluster', `This identity is not the principal of a node of "${cluster.cluster}".`)
}
