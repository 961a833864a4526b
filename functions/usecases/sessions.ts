import type { Cluster } from '../../domain/cluster.ts'
import { groupOfNode, nodeIn } from '../../domain/cluster.ts'
import type { SessionBody } from '../../domain/contract/sessions.ts'
import type { Group } from '../../domain/model.ts'
import type { Session } from '../../domain/sessions.ts'
import { lossOf, placeOf } from '../../domain/sessions.ts'
import { currentNodeOf } from '../../domain/users.ts'
import type { Agents } from '../adapters/agents.ts'
import type { Clock } from '../adapters/clock.ts'
import type { ClusterStore } from '../adapters/cluster-store.ts'
import type { GroupStore } from '../adapters/group-store.ts'
import type { SessionStore } from '../adapters/session-store.ts'
import type { SubscriptionStore } from '../adapters/subscription-store.ts'
import type { User, UserStore } from '../adapters/user-store.ts'
import { ProblemError } from '../problem.ts'
import type { Principals } from './callers.ts'
import { agentOf } from './callers.ts'
import { readCluster } from './configure.ts'
import { readUser } from './users.ts'

export interface SessionPorts {
  clusters: ClusterStore
  groups: GroupStore
  users: UserStore
  sessions: SessionStore
  subscriptions: SubscriptionStore
  agents: Agents
  clock: Clock
}

/** Whose session or subscription is meant, and who asks. */
export interface UserCall {
  cluster: string
  user: string
  principals: Principals
}

/** A user, the group of its home, and the node that serves it or, while it moves, gets it. */
export interface Whereabouts {
  cluster: Cluster
  user: User
  group: Group
  current: string
}

export async function whereaboutsOf(
  ports: Pick<SessionPorts, 'clusters' | 'groups' | 'users'>,
  name: string,
  userName: string,
): Promise<Whereabouts> {
  const [cluster, user] = await Promise.all([readCluster(ports.clusters, name), readUser(ports, name, userName)])
  const group = await groupOfHome(ports, cluster, user.home)
  return { cluster, user, group, current: currentNodeOf(group, user.home)?.node ?? user.home }
}

export async function groupOfHome({ groups }: Pick<SessionPorts, 'groups'>, cluster: Cluster, home: string) {
  const group = groupOfNode(cluster, home)
  const found = group === undefined ? null : await groups.read({ cluster: cluster.cluster, group })
  if (found) return found
  throw new ProblemError(
    409,
    'HomeInNoGroup',
    `Node "${home}" is in no group, and so serves nobody: put it into a group.`,
  )
}

/** Only the agent of the node that the user is on, which knows; `elseOperator`: or an operator. */
export async function requireOnNode(
  { agents }: Pick<SessionPorts, 'agents'>,
  { cluster, user, current }: Whereabouts,
  principals: Principals,
  { elseOperator }: { elseOperator: boolean },
): Promise<void> {
  const own = await agentOf(agents, cluster, principals)
  if (own === null && elseOperator) return
  if (own === null) {
    const detail = `Only the agent of node "${current}", which user "${user.user}" is on, may say this.`
    throw new ProblemError(403, 'NotAnAgent', detail, { node: current })
  }
  if (own.includes(current)) return
  throw new ProblemError(
    409,
    'UserOnOtherNode',
    `User "${user.user}" is on node "${current}", and this is the agent of ${own.join(', ')}. Nothing was changed.`,
    { node: current, hostName: nodeIn(cluster, current)?.hostName },
  )
}

/** Whoever overwrites or ends a session that a crash concerned keeps that first: so it can be asked for afterwards. */
async function keepLoss({ sessions }: Pick<SessionPorts, 'sessions'>, group: Group, session: Session): Promise<void> {
  const loss = lossOf(group, session)
  if (loss) await sessions.keepLost({ ...session, loss })
}

/** The agent of the user's node says that a client of the user is there, and how. */
export async function putSession(
  ports: SessionPorts,
  { cluster, user: name, device, principals }: UserCall & { device: string },
  { platform, mode, pushEnabled, expiresInSeconds }: SessionBody,
): Promise<Whereabouts & { session: Session }> {
  const where = await whereaboutsOf(ports, cluster, name)
  await requireOnNode(ports, where, principals, { elseOperator: false })
  const { user, group, current } = where
  const { nowMs } = ports.clock.read()
  const session: Session = {
    cluster,
    user: user.user,
    assignment: user.id,
    home: user.home,
    device,
    platform,
    mode,
    pushEnabled,
    node: current,
    putAtMs: nowMs,
    expiresAtMs: nowMs + expiresInSeconds * 1000,
  }
  const before = await ports.sessions.read(session)
  if (before) await keepLoss(ports, group, before)
  await ports.sessions.put(session)
  await requireSameHome(ports, session)
  return { ...where, session }
}

/**
 * Somebody may have moved the user meanwhile, having seen no session. Whoever moves looks for sessions before and after,
 * and whoever puts one looks for the user after: one of the two sees the other.
 */
async function requireSameHome(ports: SessionPorts, session: Session): Promise<void> {
  const now = await ports.users.read(session)
  if (now?.id === session.assignment && now.home === session.home) return
  await ports.sessions.remove(session)
  throw new ProblemError(409, 'UserMoved', `User "${session.user}" was moved or deleted meanwhile: nothing was kept.`)
}

/** A client of the user has logged out, or its session is over; it need not be known. */
export async function endSession(ports: SessionPorts, call: UserCall & { device: string }): Promise<void> {
  const where = await whereaboutsOf(ports, call.cluster, call.user)
  await requireOnNode(ports, where, call.principals, { elseOperator: true })
  const known = await ports.sessions.read({ ...where.user, device: call.device })
  if (known) await end(ports, where.group, known)
}

async function end(ports: Pick<SessionPorts, 'sessions'>, group: Group, session: Session): Promise<void> {
  await keepLoss(ports, group, session)
  await ports.sessions.remove(session)
}

type UserSessionPorts = Pick<SessionPorts, 'sessions' | 'clock'>

/**
 * With which clients is the user logged in? Strongly read, from where they stand now: a session that ended when its user
 * moved to another node of the pair counts for nothing, nor does one of an earlier user of that name.
 */
export async function sessionsOf(ports: UserSessionPorts, user: User, group: Group): Promise<Session[]> {
  const { nowMs } = ports.clock.read()
  const all = await ports.sessions.ofUser(user)
  return all.filter((each) => each.assignment === user.id && placeOf(group, each, nowMs) !== null)
}

/** Ends all sessions of the user here, also those that were over already; answers those with which it was logged in. */
export async function logOut(ports: UserSessionPorts, user: User, group: Group): Promise<Session[]> {
  const loggedIn = await sessionsOf(ports, user, group)
  for (const session of await ports.sessions.ofUser(user)) await end(ports, group, session)
  return loggedIn
}
