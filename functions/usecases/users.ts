import { randomUUID } from 'node:crypto'
import type { Cluster, Refusal } from '../../domain/cluster.ts'
import type { UserBody } from '../../domain/contract/users.ts'
import type { Misplaced, UserCounts } from '../../domain/users.ts'
import { disturbances, hasAsked, placesFor } from '../../domain/users.ts'
import type { Clock } from '../adapters/clock.ts'
import type { ClusterStore } from '../adapters/cluster-store.ts'
import type { CountStore, Intent } from '../adapters/count-store.ts'
import type { GroupStore } from '../adapters/group-store.ts'
import type { User, UserStore } from '../adapters/user-store.ts'
import { ProblemError } from '../problem.ts'
import { pause } from './change-group.ts'
import { readCluster } from './configure.ts'
import { settle, usersByNode } from './user-counts.ts'
import type { SessionPorts } from './user-sessions.ts'

export interface UserPorts {
  clusters: ClusterStore
  groups: GroupStore
  users: UserStore
  counts: CountStore
  clock: Clock
}

export const TRIES = 10
/** Where so many come at once that the emptiest node is never the one that was seen, one of the emptiest will do. */
export const EXACT_TRIES = 6
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

export const busy = (user: string) =>
  new ProblemError(503, 'Busy', `User "${user}" or its node changes too quickly; try again.`)

/** A user who is to be there, and where. */
export interface Wanted extends UserBody {
  user: string
}

/** `elsewhere`: it is there already, and not where it was asked for; it stays there. */
export interface Put {
  user: User
  outcome: 'added' | 'exists' | 'elsewhere'
}

/** Adds a user [B24], or finds that it is there as it was asked for. */
export async function putUser(ports: UserPorts, name: string, user: string, asked: UserBody): Promise<User> {
  const [put] = await putUsers(ports, name, [{ ...asked, user }], ({ refused }) => problemOf(refused))
  const found = (put as Put).user
  if (put?.outcome !== 'elsewhere') return found
  throw new ProblemError(
    409,
    'UserElsewhere',
    `User "${found.user}" has its home on node "${found.home}": to give it another, move it.`,
    { homeNode: found.home },
  )
}

const problemOf = ({ status, code, detail }: Refusal): ProblemError => new ProblemError(status, code, detail)

/**
 * Adds users [B24], at most as many as one write of a count takes, or finds those that are there; answers in their order.
 * What is against a rule is refused before anything is changed, with the first that is wrong and all of them.
 */
export async function putUsers(
  ports: UserPorts,
  name: string,
  wanted: readonly Wanted[],
  refusal: (first: Misplaced, all: Misplaced[]) => ProblemError,
): Promise<Put[]> {
  const done = new Map<string, Put>()
  const left = () => wanted.filter(({ user }) => !done.has(user))
  for (let attempt = 0, undisturbed = false; attempt < TRIES; attempt++) {
    const cluster = await readCluster(ports.clusters, name)
    for (const put of await thoseThere(ports, cluster, left())) done.set(put.user.user, put)
    const missing = left()
    if (missing.length === 0) return inOrder()
    const counts = usersByNode(await ports.counts.ofCluster(name))
    const places = placesFor(cluster, counts, missing)
    if ('misplaced' in places) throw misplacedOf(places.misplaced)
    if (!undisturbed) await requireUndisturbed(ports, cluster)
    undisturbed = true
    const homes = missing.map((each, n) => ({ ...each, home: places.nodes[n] as string }))
    const added = await addAll(ports, cluster, homes, attempt < EXACT_TRIES ? counts : null)
    for (const user of added) done.set(user.user, { user, outcome: 'added' })
    if (left().length === 0) return inOrder()
    await pause(attempt)
  }
  throw busy(left()[0]?.user ?? '')

  function inOrder(): Put[] {
    return wanted.map(({ user }) => done.get(user) as Put)
  }

  function misplacedOf(misplaced: Misplaced[]): ProblemError {
    const places = new Map(wanted.map(({ user }, index) => [user, index]))
    const missing = left()
    const all = misplaced.map((each) => ({ ...each, index: places.get(missing[each.index]?.user ?? '') ?? 0 }))
    return refusal(all[0] as Misplaced, all)
  }
}

async function thoseThere({ users }: UserPorts, cluster: Cluster, wanted: readonly Wanted[]): Promise<Put[]> {
  const found = await users.readSome(
    cluster.cluster,
    wanted.map(({ user }) => user),
  )
  return wanted.flatMap((asked) => {
    const user = found.get(asked.user)
    return user ? [{ user, outcome: hasAsked(cluster, user.home, asked) ? 'exists' : 'elsewhere' } as const] : []
  })
}

/** [B25], from the groups as they stand now. A failover that begins after this is tolerated. */
export async function requireUndisturbed(
  { groups }: Pick<UserPorts, 'groups'>,
  cluster: Cluster,
  what: 'added' | 'moved' = 'added',
): Promise<void> {
  const found = disturbances(cluster, await groups.listOf(cluster.cluster))
  if (found.length === 0) return
  const states = found.map(({ node, state }) => `${node} is ${state}`).join(', ')
  throw new ProblemError(
    409,
    'ClusterDisturbed',
    `Users are ${what} only while each node of cluster "${cluster.cluster}" is Normal or Initializing: ${states}. ` +
      'Nothing was changed; try again when the nodes are Normal again.',
    { state: found },
  )
}

type Homed = Wanted & { home: string }

/**
 * Counted, then added, then no longer noted; answers those who were added. Left out are those whom somebody else has added,
 * and those of a node that others were quicker at: `seen` names the counts that must still stand there. A crash in
 * between leaves the notes, and counts that are too high until the sweeper has looked (`settleLeftOvers`).
 */
async function addAll(ports: UserPorts, { cluster, version }: Cluster, wanted: Homed[], seen: UserCounts | null) {
  const atMs = ports.clock.read().nowMs
  const users = wanted.map(({ user, home }) => ({ cluster, user, home, id: randomUUID(), createdAtMs: atMs }))
  const intentOf = ({ id, user }: User): Intent => ({ id, user, step: 'adding', atMs })
  const byHome = Map.groupBy(users, ({ home }) => home)
  const reserved: string[] = []
  // One after the other, in one order for all: of two who want the same nodes one comes first at all of them.
  for (const [home, those] of [...byHome].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const asNamed = wanted.every(({ home: of, node }) => of !== home || node !== undefined)
    const exactly = seen && !asNamed ? (seen.get(home) ?? 0) : undefined
    const counted = await ports.counts.reserve({ cluster, node: home }, those.map(intentOf), version, exactly)
    if (!counted) break
    reserved.push(home)
  }
  const added = await Promise.all(
    reserved.map(async (home) => {
      const those = byHome.get(home) ?? []
      requireInTime(ports, intentOf(those[0] as User))
      const isNew = await Promise.all(those.map((user) => ports.users.add(user)))
      const there = those.filter((_, n) => isNew[n])
      const gone = those.filter((_, n) => !isNew[n])
      await settle(ports, { cluster, node: home }, { there: there.map(intentOf), gone: gone.map(intentOf) })
      return there
    }),
  )
  return added.flat()
}

export function requireInTime({ clock }: Pick<UserPorts, 'clock'>, { user, atMs }: Intent): void {
  if (clock.read().nowMs - atMs >= LATE_MS) throw busy(user)
}

/**
 * Removes a user. Its assignment is seen to be there once nobody else can remove it: so that it is discounted once,
 * however many try.
 */
export async function deleteUser(ports: UserPorts & SessionPorts, name: string, user: string): Promise<void> {
  await readCluster(ports.clusters, name)
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const known = await readUser(ports, name, user)
    const key = { cluster: name, node: known.home }
    const looking: Intent = { id: known.id, user, step: 'looking', atMs: ports.clock.read().nowMs }
    const removing: Intent = { ...looking, step: 'removing' }
    if (await ports.counts.claim(key, [looking])) {
      const isThere = (await ports.users.read(known))?.id === known.id
      if (isThere && (await ports.counts.advance(key, [looking]))) {
        requireInTime(ports, removing)
        await ports.users.remove(known)
        await ports.counts.settle(key, { gone: [removing] })
        await ports.sessions.removed(known)
        return
      }
      await ports.counts.settle(key, isThere ? { there: [looking] } : { missed: [looking] })
    }
    await pause(attempt)
  }
  throw busy(user)
}
