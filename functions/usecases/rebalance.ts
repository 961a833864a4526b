import type { Cluster } from '../../domain/cluster.ts'
import type { RebalanceBody } from '../../domain/contract/users.ts'
import type { Rebalance } from '../../domain/rebalance.ts'
import { rebalanceOf } from '../../domain/rebalance.ts'
import { MOST_CLAIMS } from '../adapters/count-store.ts'
import type { User } from '../adapters/user-store.ts'
import { ProblemError } from '../problem.ts'
import { readCluster } from './configure.ts'
import type { MovePorts } from './move-users.ts'
import { rehome } from './move-users.ts'
import { usersByNode } from './user-counts.ts'
import { isLoggedIn } from './user-sessions.ts'
import { requireUndisturbed } from './users.ts'

/** A page ends after so many users or so long: the call is answered well before the function's time is up. */
const MOST_MOVED = 500
const PAGE_MS = 5000

/** Up to where the users of which node were looked at. */
export interface Place {
  node: string
  /** Left out: none of them was. */
  after?: string | undefined
}

export interface RebalancePage extends Rebalance {
  moved: number
  /** Stayed because they are logged in. */
  loggedIn: number
  /** Where the next page goes on; null: all were looked at. */
  next: Place | null
}

/**
 * One page of levelling a cluster's users: what is still to be done follows from the counts as they are, so that it may be
 * broken off and begun anew at any time.
 */
export async function rebalance(
  ports: MovePorts,
  name: string,
  { dryRun, logOut: mayLogOut }: RebalanceBody,
  from: Place | null,
): Promise<RebalancePage> {
  const cluster = await readCluster(ports.clusters, name)
  const first = await look(ports, cluster)
  if (dryRun) return { ...first, moved: 0, loggedIn: 0, next: null }
  await requireUndisturbed(ports, cluster, 'moved')
  const startedAtMs = ports.clock.read().monotonicMs
  const page: RebalancePage = { ...first, moved: 0, loggedIn: 0, next: from ?? { node: '' } }
  while (page.next && page.moved < MOST_MOVED && ports.clock.read().monotonicMs - startedAtMs < PAGE_MS) {
    const place = page.next
    const shift = page.moves.find((each) => each.from > place.node || (each.from === place.node && !isEnd(place)))
    if (!shift) page.next = null
    else {
      const done = await moveSome(ports, cluster, shift, place.node === shift.from ? place.after : undefined, mayLogOut)
      page.moved += done.moved
      page.loggedIn += done.loggedIn
      page.next = { node: shift.from, after: done.after }
      Object.assign(page, await look(ports, cluster))
    }
  }
  return page
}

/** After all names. */
const END = ''
const isEnd = ({ after }: Place): boolean => after === END

async function look({ counts }: MovePorts, cluster: Cluster): Promise<Rebalance> {
  const found = rebalanceOf(cluster, usersByNode(await counts.ofCluster(cluster.cluster)))
  if ('refused' in found) throw new ProblemError(found.refused.status, found.refused.code, found.refused.detail)
  return found
}

async function moveSome(
  ports: MovePorts,
  cluster: Cluster,
  { from, to, users: most }: Rebalance['moves'][number],
  after: string | undefined,
  mayLogOut: boolean,
) {
  const limit = Math.min(most, MOST_CLAIMS)
  const { users, more } = await ports.users.list({ cluster: cluster.cluster, home: from }, { limit, after })
  const are = await Promise.all(users.map((user) => isLoggedIn(ports, user)))
  const loggedIn = users.filter((_, n) => are[n])
  if (mayLogOut) await Promise.all(loggedIn.map((user) => ports.sessions.end(user)))
  const staying = mayLogOut ? [] : loggedIn
  const movable = users.filter((user) => !staying.includes(user))
  const moved = await rehomeWhoCan(ports, cluster, movable, to)
  return { moved, loggedIn: staying.length, after: more ? users.at(-1)?.user : END }
}

/** One by one, where somebody else is at one of them. */
async function rehomeWhoCan(ports: MovePorts, cluster: Cluster, users: User[], to: string): Promise<number> {
  const moved = (await rehome(ports, cluster, users, to)).length
  if (moved > 0) return moved
  let count = 0
  for (const user of users) count += (await rehome(ports, cluster, [user], to)).length
  return count
}
