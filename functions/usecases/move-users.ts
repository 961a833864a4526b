import { randomUUID } from 'node:crypto'
import type { Cluster } from '../../domain/cluster.ts'
import { groupOfNode } from '../../domain/cluster.ts'
import type { MoveBody } from '../../domain/contract/users.ts'
import { disturbances, hasAsked, placeFor } from '../../domain/users.ts'
import type { CountKey, Intent } from '../adapters/count-store.ts'
import type { User } from '../adapters/user-store.ts'
import { ProblemError } from '../problem.ts'
import { pause } from './change-group.ts'
import { readCluster } from './configure.ts'
import { settle, usersByNode } from './user-counts.ts'
import type { SessionPorts } from './user-sessions.ts'
import { isLoggedIn } from './user-sessions.ts'
import type { UserPorts } from './users.ts'
import { busy, EXACT_TRIES, readUser, requireInTime, TRIES } from './users.ts'

export type MovePorts = UserPorts & SessionPorts

/** Gives a user a home on another node or in another group, while it is logged out [B30]. */
export async function moveUser(ports: MovePorts, name: string, user: string, asked: MoveBody): Promise<User> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const cluster = await readCluster(ports.clusters, name)
    const known = await readUser(ports, name, user)
    if (hasAsked(cluster, known.home, asked)) return known
    const counts = usersByNode(await ports.counts.ofCluster(name))
    const place = placeFor(cluster, counts, asked)
    if ('refused' in place) throw new ProblemError(place.refused.status, place.refused.code, place.refused.detail)
    await requireCalm(ports, cluster, place.node)
    await requireLoggedOut(ports, known, asked.logOut)
    const exactly = asked.node === undefined && attempt < EXACT_TRIES
    const seen = exactly ? (counts.get(place.node) ?? 0) : undefined
    const [moved] = await rehome(ports, cluster, [known], place.node, seen)
    if (moved) return moved
    await pause(attempt)
  }
  throw busy(user)
}

/** Nobody moves to nodes whose own users may be about to move [B25]. Away from such nodes everybody may. */
async function requireCalm({ groups }: MovePorts, cluster: Cluster, node: string): Promise<void> {
  const group = groupOfNode(cluster, node) ?? ''
  const found = await groups.read({ cluster: cluster.cluster, group })
  const disturbed = disturbances(cluster, found ? [found] : [])
  if (disturbed.length === 0) return
  const states = disturbed.map(({ node: of, state }) => `${of} is ${state}`).join(', ')
  throw new ProblemError(
    409,
    'GroupDisturbed',
    `Users move only to a group whose nodes are Normal or Initializing, and of group "${group}" ${states}. Nothing was changed.`,
    { state: disturbed },
  )
}

async function requireLoggedOut(ports: MovePorts, user: User, mayLogOut: boolean): Promise<void> {
  if (!(await isLoggedIn(ports, user))) return
  if (!mayLogOut) {
    throw new ProblemError(
      409,
      'UserLoggedIn',
      `User "${user.user}" is logged in, and others would see its presence as it was: move it when it has logged out, or ` +
        'ask with logOut to log it out first.',
    )
  }
  await ports.sessions.end(user)
}

/**
 * Gives users of one home another one; answers those who have it. Left out are those whom somebody else takes away; with
 * `seen` all of them, where other than so many users are counted there now. Counted there, moved, then counted no more at
 * their old home: what a crash leaves noted on either side says whom the sweeper has to look at, and no count is too low.
 */
export async function rehome(
  ports: MovePorts,
  { cluster, version }: Cluster,
  users: readonly User[],
  to: string,
  seen?: number,
): Promise<User[]> {
  const [first] = users
  if (!first) return []
  const old = { cluster, node: first.home }
  const next = { cluster, node: to }
  const atMs = ports.clock.read().nowMs
  const there = await takeOut(ports, old, users, atMs)
  if (there.length === 0) return []
  const removing = there.map((user) => intentOf('removing', user, atMs))
  const moved = there.map((user) => ({ ...user, home: to, id: randomUUID() }))
  const adding = moved.map((user) => intentOf('adding', user, atMs))
  if (!(await ports.counts.reserve(next, adding, version, seen))) {
    await settle(ports, old, { there: removing })
    return []
  }
  requireInTime(ports, adding[0] as Intent)
  const done = await Promise.all(there.map((user, n) => ports.users.rehome(user, moved[n] as User)))
  const ofThose = <Of>(list: readonly Of[], hasMoved: boolean): Of[] => list.filter((_, n) => done[n] === hasMoved)
  await settle(ports, next, { there: ofThose(adding, true), gone: ofThose(adding, false) })
  await settle(ports, old, { gone: ofThose(removing, true), there: ofThose(removing, false) })
  // Who logged in since it was looked for did so at the old home, where nobody finds it any more.
  await Promise.all(there.map(async (from, n) => done[n] && ports.sessions.moved(from, moved[n] as User)))
  return ofThose(moved, true)
}

const intentOf = (step: Intent['step'], { id, user }: User, atMs: number): Intent => ({ id, user, step, atMs })

/** Notes users who are about to leave their home; answers those who are there and whom nobody else takes away. */
async function takeOut(ports: MovePorts, old: CountKey, users: readonly User[], atMs: number): Promise<User[]> {
  const looking = (those: readonly User[]) => those.map((user) => intentOf('looking', user, atMs))
  if (!(await ports.counts.claim(old, looking(users)))) return []
  const there = await thoseStillThere(ports, old.cluster, users)
  await settle(ports, old, { missed: looking(users.filter((user) => !there.includes(user))) })
  if (there.length === 0 || (await ports.counts.advance(old, looking(there)))) return there
  await settle(ports, old, { there: looking(there) })
  return []
}

async function thoseStillThere({ users }: MovePorts, cluster: string, those: readonly User[]): Promise<User[]> {
  const found = await users.readSome(
    cluster,
    those.map(({ user }) => user),
  )
  return those.filter(({ user, id }) => found.get(user)?.id === id)
}
