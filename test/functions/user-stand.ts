import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import type { TableNames } from '../../apps/stage/tables.ts'
import { createTables } from '../../apps/stage/tables.ts'
import type { NodeConfiguration } from '../../domain/cluster.ts'
import { createClusterStore } from '../../functions/adapters/cluster-store.ts'
import { createCountStore } from '../../functions/adapters/count-store.ts'
import { createGroupStore } from '../../functions/adapters/group-store.ts'
import { createSessionStore } from '../../functions/adapters/session-store.ts'
import { createSubscriptionStore } from '../../functions/adapters/subscription-store.ts'
import { createUserStore } from '../../functions/adapters/user-store.ts'
import { keptSessions } from '../../functions/usecases/kept-sessions.ts'
import type { MovePorts } from '../../functions/usecases/move-users.ts'
import { aCluster, NOW } from '../domain/situation.ts'
import type { Database } from './databases.ts'
import { startDynalite } from './databases.ts'

/** Users over real stores, with a clock that the test moves, and ways to break down and to come between each other. */
export class UserStand {
  readonly #database: Database
  readonly #table: string
  readonly ports: MovePorts
  nowMs = NOW
  #clusters = 0

  private constructor(database: Database, tables: TableNames) {
    const { client } = database
    this.#database = database
    this.#table = tables.users
    const stores = {
      clusters: createClusterStore(client, tables.clusters),
      groups: createGroupStore(client, tables.groups),
      users: createUserStore(client, tables.users),
      sessions: createSessionStore(client, tables.sessions),
      subscriptions: createSubscriptionStore(client, tables.sessions),
      clock: { read: () => ({ nowMs: this.nowMs, monotonicMs: this.nowMs }) },
    }
    this.ports = { ...stores, counts: createCountStore(client, tables.users), sessions: keptSessions(stores) }
  }

  static async start(): Promise<UserStand> {
    const database = await startDynalite()
    return new UserStand(database, await createTables(database.client, 'users-'))
  }
  end = () => this.#database.end()

  /** A pair of nodes, alpha and beta, and beside it one alone, gamma. */
  async newCluster(): Promise<string> {
    this.nowMs = NOW
    const name = `c${++this.#clusters}`
    const cluster = aCluster()
    const { alpha } = cluster.nodes
    const nodes = { ...cluster.nodes, gamma: alpha as NodeConfiguration }
    const groups = { ...cluster.groups, single: { description: '', nodes: ['gamma'] } }
    await this.ports.clusters.commit({ ...cluster, cluster: name, nodes, groups }, 0)
    return name
  }

  /** The stores of users and counts, each of whose calls goes through this. */
  through(around: <Result>(work: () => Promise<Result>) => Promise<Result>): MovePorts {
    const wrapped = <Store extends object>(store: Store): Store =>
      new Proxy(store, {
        get(target, name) {
          const call = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
          // All users are read in one go: nothing comes in between that could be told apart.
          return name === 'all' ? call : (...args: unknown[]) => around(() => call(...args))
        },
      })
    return { ...this.ports, users: wrapped(this.ports.users), counts: wrapped(this.ports.counts) }
  }

  /** Ports that break down in their call of that number, before or after it has taken effect; `calls` counts them. */
  crashing(at: number, after: boolean) {
    const seen = { calls: 0 }
    const ports = this.through(async (work) => {
      const isIt = seen.calls++ === at
      if (isIt && !after) throw new Crash()
      const result = await work()
      if (isIt) throw new Crash()
      return result
    })
    return { seen, ports }
  }

  /** Makes a count wrong, as a restore of half a table would. */
  async miscount(cluster: string, node: string, users: number): Promise<void> {
    const key = { cluster: { S: `${cluster}//nodes` }, user: { S: node } }
    const written = {
      UpdateExpression: 'SET #users = :users',
      ExpressionAttributeNames: { '#users': 'users' },
      ExpressionAttributeValues: { ':users': { N: `${users}` } },
    }
    await this.#database.client.send(new UpdateItemCommand({ TableName: this.#table, Key: key, ...written }))
  }

  async counted(cluster: string): Promise<Record<string, number>> {
    const counts = await this.ports.counts.ofCluster(cluster)
    return { ...NOBODY, ...Object.fromEntries(counts.map(({ node, users }) => [node, users])) }
  }
  /** What is noted beside the counts. */
  async notes(cluster: string): Promise<unknown[]> {
    const counts = await this.ports.counts.ofCluster(cluster)
    return counts.flatMap(({ intents, endings, recount }) => [...intents, ...endings, ...(recount ? [recount] : [])])
  }
  async really(cluster: string): Promise<Record<string, number>> {
    const found: Record<string, number> = { ...NOBODY }
    for await (const { home } of this.ports.users.all(cluster)) found[home] = (found[home] ?? 0) + 1
    return found
  }
  async expectCountsToBeRight(cluster: string): Promise<void> {
    expect(await this.counted(cluster)).toEqual(await this.really(cluster))
  }
}

const NOBODY = { alpha: 0, beta: 0, gamma: 0 }
export class Crash extends Error {}

/**
 * Lets the calls of several callers through one at a time: the next is picked when each caller has come to a call or to
 * its end. So every order of their calls can be had.
 */
export function inTurns(stand: UserStand, callers: number, picks: readonly number[]) {
  const waiting: (() => void)[] = []
  let atWork = callers
  let turn = 0
  const next = () => {
    if (waiting.length === 0 || waiting.length < atWork) return
    const pick = picks[turn++ % picks.length] ?? 0
    waiting.splice(pick % waiting.length, 1)[0]?.()
  }
  const made = stand.through(async (work) => {
    await new Promise<void>((go) => {
      waiting.push(go)
      next()
    })
    return work()
  })
  const end = () => {
    atWork -= 1
    next()
  }
  return { ports: made, end }
}
