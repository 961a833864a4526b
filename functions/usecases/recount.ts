import { randomUUID } from 'node:crypto'
import type { Count, CountKey, Intent } from '../adapters/count-store.ts'
import { ProblemError } from '../problem.ts'
import { pause } from './change-group.ts'
import { readCluster } from './configure.ts'
import type { UserPorts } from './users.ts'
import { TRIES } from './users.ts'

export interface Recounted {
  node: string
  users: number
  /** What had been counted until then. */
  counted: number
}

/** Reading takes a second for some 60,000 users of DynamoDB's; whoever is not through by then has to say so. */
const MOST_MS = 12_000

/** By the home of assignments: their ids. */
type Assignments = Map<string, Set<string>>

/**
 * Counts the users of a cluster from the users themselves, while others go on adding, moving and removing them. From before
 * the users are read until the count is set, each change leaves a trace of how it ended in the count's item: an assignment
 * without a trace was there all the while or was not, so reading found out; of the others the traces say it. What is found
 * is set only if nothing was written since the traces were read.
 */
export async function recount(ports: UserPorts, name: string): Promise<Recounted[]> {
  const cluster = await readCluster(ports.clusters, name)
  const { nowMs: atMs, monotonicMs } = ports.clock.read()
  const id = randomUUID()
  const marked = new Set<string>()
  let nodes = [...Object.keys(cluster.nodes), ...(await ports.counts.ofCluster(name)).map(({ node }) => node)]
  for (;;) {
    for (const node of nodes.filter((each) => !marked.has(each))) {
      await ports.counts.beginRecount({ cluster: name, node }, { id, atMs })
      marked.add(node)
    }
    const found = await assignmentsOf(ports, name, monotonicMs + MOST_MS)
    // Homes that nobody knows any more, after a restore, say: they are counted, too, from their own reading.
    nodes = [...found.keys()]
    if (nodes.some((node) => !marked.has(node))) continue
    return correctAll(ports, name, { id, atMs, marked: [...marked].sort(), found })
  }
}

async function assignmentsOf({ users, clock }: UserPorts, cluster: string, untilMs: number): Promise<Assignments> {
  const found: Assignments = new Map()
  for await (const { home, id } of users.all(cluster)) {
    const ids = found.get(home) ?? new Set()
    found.set(home, ids.add(id))
    if (clock.read().monotonicMs < untilMs) continue
    const detail = `The users of cluster "${cluster}" could not be read within ${MOST_MS / 1000} seconds; nothing was changed.`
    throw new ProblemError(503, 'TooSlow', detail)
  }
  return found
}

interface Reading {
  id: string
  atMs: number
  marked: string[]
  found: Assignments
}

async function correctAll(ports: UserPorts, cluster: string, { id, marked, found }: Reading): Promise<Recounted[]> {
  const corrected: Recounted[] = []
  for (const node of marked) corrected.push(await correct(ports, { cluster, node }, id, found.get(node) ?? new Set()))
  return corrected
}

async function correct(ports: UserPorts, key: CountKey, id: string, ids: ReadonlySet<string>): Promise<Recounted> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const read = (await ports.counts.ofCluster(key.cluster)).find(({ node }) => node === key.node)
    if (read?.recount?.id !== id) throw interrupted(key)
    const users = await usersOf(ports, key, read, ids)
    if (await ports.counts.endRecount(key, read, users)) {
      await ports.counts.forget(key, read.endings)
      return { node: key.node, users, counted: read.users }
    }
    await pause(attempt)
  }
  throw interrupted(key)
}

const interrupted = ({ node }: CountKey) =>
  new ProblemError(
    503,
    'Busy',
    `The users of node "${node}" change too quickly to be counted, or somebody else counts them; try again.`,
  )

/** What the count's item has to say: who is about to be added is counted already, who is being removed still is. */
async function usersOf(ports: UserPorts, { cluster, node }: CountKey, read: Count, ids: ReadonlySet<string>) {
  const traced = new Set([...read.intents, ...read.endings].map((each) => each.id))
  const untouched = [...ids].filter((id) => !traced.has(id)).length
  const ended = read.endings.filter(({ isThere }) => isThere).length
  // Whoever looks has not seen yet whether its user is there; while it looks, nobody else removes it.
  const isCounted = async ({ id, user, step }: Intent): Promise<boolean> => {
    if (step !== 'looking') return true
    const found = await ports.users.read({ cluster, user })
    return found?.id === id && found.home === node
  }
  const intended = await Promise.all(read.intents.map(isCounted))
  return untouched + ended + intended.filter(Boolean).length
}
