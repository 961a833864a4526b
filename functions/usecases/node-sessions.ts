import type { Cluster } from '../../domain/cluster.ts'
import { nodeIn } from '../../domain/cluster.ts'
import type { Group } from '../../domain/model.ts'
import type { Loss, Session } from '../../domain/sessions.ts'
import { lossOf } from '../../domain/sessions.ts'
import type { Spot } from '../adapters/session-places.ts'
import type { LostSession, SessionFilter } from '../adapters/session-store.ts'
import { ProblemError } from '../problem.ts'
import type { Principals } from './callers.ts'
import { agentOf } from './callers.ts'
import { readCluster } from './configure.ts'
import type { SessionPorts } from './sessions.ts'
import { groupOfHome } from './sessions.ts'
import type { Standing } from './subscriptions.ts'
import { standing } from './subscriptions.ts'

/** A page of the sessions of a node's users: those whose home it is, wherever they are served. */
export interface NodeCall {
  cluster: string
  node: string
  principals: Principals
  limit: number
  from: Spot | undefined
}

export interface NodeSessions {
  cluster: Cluster
  group: Group
  sessions: Session[]
  next: Spot | null
}

export async function sessionsOfNode(
  ports: SessionPorts,
  call: NodeCall,
  filter: SessionFilter,
): Promise<NodeSessions> {
  const { cluster, group, home } = await admitted(ports, call)
  const { entries, next } = await ports.sessions.ofHome(home, filter, call)
  const { nowMs } = ports.clock.read()
  return { cluster, group, sessions: entries.filter(({ expiresAtMs }) => nowMs < expiresAtMs), next }
}

/** Sessions for which messages were queued that a crash took [B27]: as they are, or were when that was kept. */
export async function lostSessionsOfNode(
  ports: SessionPorts,
  call: NodeCall,
): Promise<Omit<NodeSessions, 'sessions'> & { sessions: LostSession[] }> {
  const { cluster, group, home } = await admitted(ports, call)
  const { entries, next } = await ports.sessions.suspended(home, call)
  const lossIn = (entry: Session | LostSession): Loss | null => ('loss' in entry ? entry.loss : lossOf(group, entry))
  const sessions = entries.flatMap((entry) => {
    const loss = lossIn(entry)
    return loss ? [{ ...entry, loss }] : []
  })
  return { cluster, group, sessions, next }
}

/** The subscriptions of the users of these sessions, by user. */
export async function subscriptionsAt(
  ports: SessionPorts,
  { cluster, node }: NodeCall,
  { group, sessions }: NodeSessions,
): Promise<Map<string, Standing[]>> {
  const users = sessions.map(({ user }) => user)
  const all = await ports.subscriptions.ofUsers({ cluster, home: node }, users)
  const assignments = new Map(sessions.map(({ user, assignment }) => [user, assignment]))
  const own = all.filter(({ user, assignment }) => assignments.get(user) === assignment)
  const byUser = Map.groupBy(own, ({ user }) => user)
  return new Map([...byUser].map(([user, theirs]) => [user, standing(ports, group, theirs)]))
}

/** An agent reads its own node's sessions and its peer's; an operator whichever. */
async function admitted(ports: SessionPorts, { cluster: name, node, principals }: NodeCall) {
  const cluster = await readCluster(ports.clusters, name)
  if (!nodeIn(cluster, node)) {
    throw new ProblemError(404, 'NodeNotFound', `There is no node "${node}" in cluster "${name}".`)
  }
  const own = await agentOf(ports.agents, cluster, principals)
  const group = await groupOfHome(ports, cluster, node)
  if (own !== null && !group.nodes.some((each) => own.includes(each.name))) {
    throw new ProblemError(403, 'NotThisGroup', `This is the agent of no node in the group of node "${node}".`)
  }
  return { cluster, group, home: { cluster: name, home: node } }
}
