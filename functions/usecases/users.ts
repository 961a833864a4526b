import { randomUUID } from 'node:crypto'
import type { Cluster } from '../../domain/cluster.ts'
import type { UserBody } from '../../domain/contract/users.ts'
import { disturbances, hasAsked, placeFor } from '../../domain/users.ts'
import type { Clock } from '../adapters/clock.ts'
import type { ClusterStore } from '../adapters/cluster-store.ts'
import type { CountStore, Intent } from '../adapters/count-store.ts'
import type { GroupStore } from '../adapters/group-store.ts'
import type { User, UserStore } from '../adapters/user-store.ts'
import { ProblemError } from '../problem.ts'
import { pause } from './change-group.ts'
import { readCluster } from './configure.ts'
import { usersByNode } from './user-counts.ts'

export interface UserPorts {
  clusters: ClusterStore
  groups: GroupStore
  users: UserStore
  counts: CountStore
  clock: Clock
}

const TRIES = 10
/** Where so many come at once that the emptiest node is never the one that was seen, one of the emptiest will do. */
const EXACT_TRIES = 6
/**
 * Whoever finds itself later than this leaves the rest to the sweeper, which comes in after a longer time: the two are
 * never at the same user (`LEFT_OVER_MS` in user-counts.ts).
 */
const LATE_MS = 10_000

export async function readUser({ users }: Pick<UserPorts, 'users'>, cluster: string, user: string): Promise<User> {
  const found = await users.read({ cluster, user })
  if (found) return found
  throw new ProblemError(404, 'UserNotFound', `There is no user "${user}" in cluster "${cluster}".`)
}

const busy = (user: string) =>
  new ProblemError(503, 'Busy', `User "${user}" or its node changes too quickly; try again.`)

/** Adds a user [B24], or finds that it is there as it was asked for. */
export async function putUser(ports: UserPorts, name: string, user: string, asked: UserBody): Promise<User> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const cluster = await readCluster(ports.clusters, name)
    const known = await ports.users.read({ cluster: name, user })
    if (known) return asItIs(cluster, known, asked)
    const counts = usersByNode(await ports.counts.ofCluster(name))
    const place = placeFor(cluster, counts, asked)
    if ('refused' in place) throw new ProblemError(place.refused.status, place.refused.code, place.refused.detail)
    await requireUndisturbed(ports, cluster)
    const exactly = asked.node === undefined && attempt < EXACT_TRIES
    const seen = exactly ? (counts.get(place.node) ?? 0) : undefined
    const added = await add(ports, cluster, { user, home: place.node }, seen)
    if (added) return added
    await pause(attempt)
  }
  throw busy(user)
}

function asItIs(cluster: Cluster, known: User, asked: UserBody): User {
  if (hasAsked(cluster, known.home, asked)) return known
  throw new ProblemError(
    409,
    'UserElsewhere',
    `User "${known.user}" has its home on node "${known.home}": to give it another, delete the user and put it again.`,
    { homeNode: known.home },
  )
}

/** [B25], from the groups as they stand now. A failover that begins after this is tolerated. */
async function requireUndisturbed({ groups }: UserPorts, cluster: Cluster): Promise<void> {
  const found = disturbances(cluster, await groups.listOf(cluster.cluster))
  if (found.length === 0) return
  const states = found.map(({ node, state }) => `${node} is ${state}`).join(', ')
  throw new ProblemError(
    409,
    'ClusterDisturbed',
    `Users are added only while each node of cluster "${cluster.cluster}" is Normal or Initializing: ${states}. ` +
      'Nothing was changed; add the user when the nodes are Normal again.',
    { state: found },
  )
}

/**
 * Counted, then added, then no longer noted; null: somebody else was first, and nothing has changed. A crash in between
 * leaves the note, and a count that is one too high until the sweeper has looked (`settleLeftOvers`).
 */
async function add(
  ports: UserPorts,
  { cluster, version }: Cluster,
  { user, home }: Pick<User, 'user' | 'home'>,
  seen: number | undefined,
): Promise<User | null> {
  const atMs = ports.clock.read().nowMs
  const key = { cluster, node: home }
  const added: User = { cluster, user, home, id: randomUUID(), createdAtMs: atMs }
  const intent: Intent = { id: added.id, user, step: 'adding', atMs }
  if (!(await ports.counts.reserve(key, intent, version, seen))) return null
  requireInTime(ports, intent)
  const isNew = await ports.users.add(added)
  await (isNew ? ports.counts.keep(key, intent) : ports.counts.discount(key, intent))
  return isNew ? added : null
}

function requireInTime({ clock }: UserPorts, { user, atMs }: Intent): void {
  if (clock.read().nowMs - atMs >= LATE_MS) throw busy(user)
}

/**
 * Removes a user. Its assignment is seen to be there once nobody else can remove it: so that it is discounted once,
 * however many try.
 */
export async function deleteUser(ports: UserPorts, name: string, user: string): Promise<void> {
  await readCluster(ports.clusters, name)
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const known = await readUser(ports, name, user)
    const key = { cluster: name, node: known.home }
    const looking: Intent = { id: known.id, user, step: 'looking', atMs: ports.clock.read().nowMs }
    const removing: Intent = { ...looking, step: 'removing' }
    if (await ports.counts.claim(key, looking)) {
      const still = await ports.users.read(known)
      if (still?.id === known.id && (await ports.counts.advance(key, looking, removing))) {
        requireInTime(ports, removing)
        await ports.users.remove(known)
        await ports.counts.discount(key, removing)
        return
      }
      await ports.counts.keep(key, looking)
    }
    await pause(attempt)
  }
  throw busy(user)
}
