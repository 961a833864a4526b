import { groupOfNode } from '../../domain/cluster.ts'
import type { Group } from '../../domain/model.ts'
import type { User } from '../adapters/user-store.ts'
import type { SessionPorts } from './sessions.ts'
import { logOut, sessionsOf } from './sessions.ts'
import { carrySubscriptions, dropSubscriptions } from './subscriptions.ts'
import type { UserSessions } from './user-sessions.ts'

type KeptPorts = Pick<SessionPorts, 'clusters' | 'groups' | 'sessions' | 'subscriptions' | 'clock'>

/** The sessions and subscriptions that the agents keep, for whoever moves and removes users [B29] [B30]. */
export function keptSessions(ports: KeptPorts): UserSessions {
  /** Of a home that is in no group nothing is kept. */
  async function groupOf({ cluster, home }: User): Promise<Group | null> {
    const found = await ports.clusters.read(cluster)
    const group = found ? groupOfNode(found, home) : undefined
    return group === undefined ? null : ports.groups.read({ cluster, group })
  }
  const end = async (user: User, group: Group | null) => (group ? (await logOut(ports, user, group)).length : 0)
  return {
    async ofUser(user) {
      const group = await groupOf(user)
      return group ? sessionsOf(ports, user, group) : []
    },
    end: async (user) => end(user, await groupOf(user)),
    async moved(from, to) {
      const group = await groupOf(from)
      await end(from, group)
      if (group) await carrySubscriptions(ports, to, { home: from.home, group })
    },
    async removed(user) {
      await end(user, await groupOf(user))
      await dropSubscriptions(ports, user)
    },
  }
}
