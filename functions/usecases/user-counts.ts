import type { Cluster } from '../../domain/cluster.ts'
import type { UserCounts } from '../../domain/users.ts'
import type { Clock } from '../adapters/clock.ts'
import type { Count, CountKey, CountStore, Intent, Outcome } from '../adapters/count-store.ts'
import type { UserStore } from '../adapters/user-store.ts'
import { ProblemError } from '../problem.ts'

export interface CountPorts {
  counts: CountStore
  clock: Clock
}

export const usersByNode = (counts: Count[]): UserCounts => new Map(counts.map(({ node, users }) => [node, users]))

/** Intents that stand longer were left by somebody who crashed: no function that notes them may run for so long. */
export const LEFT_OVER_MS = 20_000

/** Settles several at once or, where somebody has taken one of them over, the others. */
export async function settle({ counts }: Pick<CountPorts, 'counts'>, key: CountKey, outcome: Outcome): Promise<void> {
  const { there = [], gone = [], missed = [] } = outcome
  const one = [
    ...there.map((intent) => ({ there: [intent] })),
    ...gone.map((intent) => ({ gone: [intent] })),
    ...missed.map((intent) => ({ missed: [intent] })),
  ]
  if (one.length === 0 || (await counts.settle(key, outcome)) || one.length === 1) return
  for (const each of one) await counts.settle(key, each)
}

/** Looks at what crashes left: who is there stays counted, who is not is counted no more. */
export async function settleLeftOvers(
  { counts, clock, users }: CountPorts & { users: UserStore },
  cluster: string,
): Promise<void> {
  const { nowMs } = clock.read()
  const outcomeOf = async (intent: Intent): Promise<Outcome> => {
    const { id, user, step } = intent
    const isThere = (await users.read({ cluster, user }))?.id === id
    return isThere ? { there: [intent] } : step === 'looking' ? { missed: [intent] } : { gone: [intent] }
  }
  for (const count of await counts.ofCluster(cluster)) {
    const key = { cluster, node: count.node }
    await endOldRecount(counts, key, count, nowMs)
    for (const intent of count.intents.filter(({ atMs }) => nowMs - atMs >= LEFT_OVER_MS)) {
      await counts.settle(key, await outcomeOf(intent))
    }
  }
}

/** A recount that crashed stands no longer, and what was kept for it is not needed any more. */
async function endOldRecount(counts: CountStore, key: CountKey, read: Count, nowMs: number): Promise<void> {
  if (read.recount && nowMs - read.recount.atMs < LEFT_OVER_MS) return
  if (read.recount && !(await counts.endRecount(key, read))) return
  await counts.forget(key, read.endings)
}

/**
 * Nodes are about to leave their group, in the version of the configuration after this one: refused while they have
 * users [B1], and from now on closed to whoever still knows them as members.
 */
export async function requireNoUsers({ counts, clock }: CountPorts, cluster: Cluster, nodes: string[]): Promise<void> {
  const { nowMs } = clock.read()
  const name = cluster.cluster
  await refuseWhereUsers(counts, name, nodes)
  for (const node of nodes) {
    const closed = await counts.close({ cluster: name, node }, cluster.version, nowMs)
    if (!closed) await refuseWhereUsers(counts, name, nodes)
    if (!closed) throw new ProblemError(503, 'Busy', `The users of node "${node}" change too quickly; try again.`)
  }
}

async function refuseWhereUsers(counts: CountStore, cluster: string, nodes: string[]): Promise<void> {
  const users = usersByNode(await counts.ofCluster(cluster))
  const found = nodes.map((node) => ({ node, users: users.get(node) ?? 0 })).filter((each) => each.users > 0)
  if (found.length === 0) return
  const texts = found.map(({ node, users: number }) => `${node} has ${number} user${number === 1 ? '' : 's'}`)
  throw new ProblemError(
    409,
    'NodeHasUsers',
    `A node leaves its group only without users, and ${texts.join(', ')}: delete them, or put them on another node, first.`,
    { users: Object.fromEntries(found.map(({ node, users: number }) => [node, number])) },
  )
}
