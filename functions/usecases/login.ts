import type { Cluster } from '../../domain/cluster.ts'
import { groupOfNode, nodeIn } from '../../domain/cluster.ts'
import { loginAt, spreadSeconds } from '../../domain/login.ts'
import { comesAtOnce } from '../../domain/sessions.ts'
import type { Agents } from '../adapters/agents.ts'
import type { Clock } from '../adapters/clock.ts'
import type { ClusterStore } from '../adapters/cluster-store.ts'
import type { GroupStore } from '../adapters/group-store.ts'
import type { SessionStore } from '../adapters/session-store.ts'
import type { UserStore } from '../adapters/user-store.ts'
import { ProblemError } from '../problem.ts'
import type { Principals } from './callers.ts'
import { agentOf } from './callers.ts'
import { readCluster } from './configure.ts'
import { readUser } from './users.ts'

export interface LoginPorts {
  clusters: ClusterStore
  groups: GroupStore
  users: UserStore
  sessions: Pick<SessionStore, 'ofUser'>
  agents: Agents
  clock: Clock
}

/** Who wants to log in: the user, and with which of its clients, where that is said. */
export interface LoginAsked {
  user: string
  device?: string | undefined
}

/**
 * Which node a user logs in to, and how long to wait before it tries [B26]. A client that was in the foreground and
 * takes pushes does not wait: it goes on without interruption [B27].
 */
export async function loginOf(ports: LoginPorts, name: string, asked: LoginAsked, principals: Principals) {
  const { user } = asked
  const cluster = await readCluster(ports.clusters, name)
  // An agent asks for logins of its own cluster only.
  await agentOf(ports.agents, cluster, principals)
  const known = await readUser(ports, name, user)
  const { home } = known
  const { node, serving, crowded } = await whereTo(ports, cluster, home)
  const configured = nodeIn(cluster, node)
  if (!configured) throw homeless(user, home)
  const { lowerLimitSeconds, upperLimitSeconds } = configured.clientReLogin
  const limits = { lowerLimitSeconds, upperLimitSeconds }
  const waits = crowded(limits) && !comesAtOnce(await ports.sessions.ofUser(known), { ...asked, assignment: known.id })
  const waitSeconds = waits ? spreadSeconds(limits, Math.random()) : 0
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
