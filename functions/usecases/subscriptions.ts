import type { SubscriptionBody } from '../../domain/contract/sessions.ts'
import type { Group } from '../../domain/model.ts'
import type { Subscription } from '../../domain/sessions.ts'
import { endsAtMs } from '../../domain/sessions.ts'
import type { User } from '../adapters/user-store.ts'
import { ProblemError } from '../problem.ts'
import { agentOf } from './callers.ts'
import type { SessionPorts, UserCall, Whereabouts } from './sessions.ts'
import { requireOnNode, whereaboutsOf } from './sessions.ts'

/** A subscription, and when it ends. */
export interface Standing {
  presentity: string
  endsAtMs: number
}

/** The user's server has subscribed to somebody's presence for a while [B29], or goes on with it. */
export async function putSubscription(
  ports: SessionPorts,
  { cluster, user, presentity, principals }: UserCall & { presentity: string },
  { expiresInSeconds }: SubscriptionBody,
): Promise<Standing> {
  const where = await whereaboutsOf(ports, cluster, user)
  await requireOnNode(ports, where, principals, { elseOperator: false })
  const { nowMs } = ports.clock.read()
  const lastsMs = expiresInSeconds * 1000
  const { user: name, home, id: assignment } = where.user
  await ports.subscriptions.put({ cluster, user: name, assignment, home, presentity, putAtMs: nowMs, lastsMs })
  return { presentity, endsAtMs: nowMs + lastsMs }
}

/** The subscription is over; it need not be known. */
export async function endSubscription(ports: SessionPorts, call: UserCall & { presentity: string }): Promise<void> {
  const where = await whereaboutsOf(ports, call.cluster, call.user)
  await requireOnNode(ports, where, call.principals, { elseOperator: true })
  await ports.subscriptions.remove({ ...where.user, presentity: call.presentity })
}

/** Who asks is an operator, or the agent of a node in the group of the user's home. */
export async function subscriptionsOf(ports: SessionPorts, call: UserCall): Promise<Standing[]> {
  const where = await whereaboutsOf(ports, call.cluster, call.user)
  await requireInGroup(ports, where, call)
  return subscriptionsFor(ports, where)
}

/** Those of the user itself, and not of an earlier one of its name. */
export async function subscriptionsFor(ports: SessionPorts, { user, group }: Whereabouts): Promise<Standing[]> {
  const all = await ports.subscriptions.ofUser(user)
  return standing(
    ports,
    group,
    all.filter(({ assignment }) => assignment === user.id),
  )
}

async function requireInGroup(ports: SessionPorts, { cluster, group, user }: Whereabouts, { principals }: UserCall) {
  const own = await agentOf(ports.agents, cluster, principals)
  if (own === null || group.nodes.some(({ name }) => own.includes(name))) return
  throw new ProblemError(403, 'NotThisGroup', `This is the agent of no node in the group of user "${user.user}".`)
}

/** Those that have not ended. */
export function standing({ clock }: Pick<SessionPorts, 'clock'>, group: Group, all: Subscription[]): Standing[] {
  const { nowMs } = clock.read()
  return all
    .map((each) => ({ presentity: each.presentity, endsAtMs: endsAtMs(group, each) }))
    .filter((each) => nowMs < each.endsAtMs)
}

/**
 * Takes the subscriptions of a user along to its new home, each with its whole time anew [B29]; call it when the user has
 * its new home. A crash in between leaves some behind, and a second call finds them there.
 */
export async function carrySubscriptions(
  ports: Pick<SessionPorts, 'subscriptions' | 'clock'>,
  user: Pick<User, 'cluster' | 'user' | 'home' | 'id'>,
  from: { home: string; group: Group },
): Promise<void> {
  const { nowMs } = ports.clock.read()
  for (const each of await ports.subscriptions.ofUser({ ...user, home: from.home })) {
    if (nowMs < endsAtMs(from.group, each)) {
      await ports.subscriptions.put({ ...each, assignment: user.id, home: user.home, putAtMs: nowMs })
    }
    if (user.home !== from.home) await ports.subscriptions.remove(each)
  }
}

/** Forgets all subscriptions of a user that is deleted. */
export async function dropSubscriptions(
  { subscriptions }: Pick<SessionPorts, 'subscriptions'>,
  user: Pick<User, 'cluster' | 'user' | 'home'>,
): Promise<void> {
  for (const each of await subscriptions.ofUser(user)) await subscriptions.remove(each)
}
