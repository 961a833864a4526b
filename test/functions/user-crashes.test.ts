import fc from 'fast-check'
import { createTables } from '../../apps/stage/tables.ts'
import { createClusterStore } from '../../functions/adapters/cluster-store.ts'
import { createCountStore } from '../../functions/adapters/count-store.ts'
import { createGroupStore } from '../../functions/adapters/group-store.ts'
import { createUserStore } from '../../functions/adapters/user-store.ts'
import { ProblemError } from '../../functions/problem.ts'
import { LEFT_OVER_MS, settleLeftOvers } from '../../functions/usecases/user-counts.ts'
import type { UserPorts } from '../../functions/usecases/users.ts'
import { deleteUser, putUser } from '../../functions/usecases/users.ts'
import { aCluster, NOW } from '../domain/situation.ts'
import type { Database } from './databases.ts'
import { startDynalite } from './databases.ts'

let database: Database
let ports: UserPorts
let nowMs = NOW
const clock = { read: () => ({ nowMs, monotonicMs: nowMs }) }

beforeAll(async () => {
  database = await startDynalite()
  const { client } = database
  const tables = await createTables(client, 'crashes-')
  ports = {
    clusters: createClusterStore(client, tables.clusters),
    groups: createGroupStore(client, tables.groups),
    users: createUserStore(client, tables.users),
    counts: createCountStore(client, tables.users),
    clock,
  }
})
afterAll(() => database.end())

let clusters = 0
async function newCluster(): Promise<string> {
  nowMs = NOW
  const cluster = `c${++clusters}`
  await ports.clusters.commit({ ...aCluster(), cluster }, 0)
  return cluster
}

/** The stores of users and counts, each of whose calls goes through this. */
function through(around: <Result>(work: () => Promise<Result>) => Promise<Result>): UserPorts {
  const wrapped = <Store extends object>(store: Store): Store =>
    new Proxy(store, {
      get(target, name) {
        const call = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
        return (...args: unknown[]) => around(() => call(...args))
      },
    })
  return { ...ports, users: wrapped(ports.users), counts: wrapped(ports.counts) }
}

class Crash extends Error {}

/** Ports that break down in their call of that number, before or after it has taken effect; `calls` counts them. */
function crashing(at: number, after: boolean) {
  const seen = { calls: 0 }
  const made = through(async (work) => {
    const isIt = seen.calls++ === at
    if (isIt && !after) throw new Crash()
    const result = await work()
    if (isIt) throw new Crash()
    return result
  })
  return { seen, ports: made }
}

const counted = async (cluster: string) =>
  Object.fromEntries((await ports.counts.ofCluster(cluster)).map(({ node, users }) => [node, users]))
const intentsOf = async (cluster: string) => (await ports.counts.ofCluster(cluster)).flatMap(({ intents }) => intents)

async function really(cluster: string) {
  const found = { alpha: 0, beta: 0 } as Record<string, number>
  for (const { home } of (await ports.users.list({ cluster }, { limit: 100 })).users)
    found[home] = (found[home] ?? 0) + 1
  return found
}

async function expectCountsToBeRight(cluster: string): Promise<void> {
  expect({ alpha: 0, beta: 0, ...(await counted(cluster)) }).toEqual(await really(cluster))
}

describe.each([
  ['adding', (made: UserPorts, cluster: string) => putUser(made, cluster, 'alice', {})],
  ['adding who is there', (made: UserPorts, cluster: string) => putUser(made, cluster, 'bob', {})],
  ['deleting', (made: UserPorts, cluster: string) => deleteUser(made, cluster, 'bob')],
])('a crash while %s a user', (_, act) => {
  it.each([
    ['before', false],
    ['after', true],
  ])('%s any of its calls never counts too few, and is settled by the sweeper', async (__, after) => {
    for (let at = 0, over = false; !over; at++) {
      const cluster = await newCluster()
      for (const user of ['bob', 'carol', 'dave']) await putUser(ports, cluster, user, {})
      const crashed = crashing(at, after)
      const outcome = await act(crashed.ports, cluster).then(
        () => 'done',
        (error: unknown) => error,
      )
      over = crashed.seen.calls <= at
      if (over) expect(outcome).toBe('done')
      else expect(outcome).toBeInstanceOf(Crash)

      const [found, truth] = [await counted(cluster), await really(cluster)]
      for (const node of ['alpha', 'beta']) expect(found[node]).toBeGreaterThanOrEqual(truth[node] as number)
      nowMs += LEFT_OVER_MS
      await settleLeftOvers(ports, cluster)

      await expectCountsToBeRight(cluster)
      expect(await intentsOf(cluster)).toEqual([])
      expect(at).toBeLessThan(20)
    }
  })
})

it('whoever finds itself late leaves the user to the sweeper', async () => {
  const cluster = await newCluster()
  const slow = through(async (work) => {
    const result = await work()
    nowMs += 6000
    return result
  })
  await expect(putUser({ ...slow, users: ports.users }, cluster, 'alice', { node: 'alpha' })).resolves.toBeTruthy()
  const slower = through(async (work) => {
    const result = await work()
    nowMs += 10_000
    return result
  })
  await expect(putUser(slower, cluster, 'bob', {})).rejects.toMatchObject({ code: 'Busy', status: 503 })
  await expect(deleteUser(slower, cluster, 'alice')).rejects.toMatchObject({ code: 'Busy' })
  expect(await really(cluster)).toEqual({ alpha: 1, beta: 0 })
  nowMs += LEFT_OVER_MS
  await settleLeftOvers(ports, cluster)
  await expectCountsToBeRight(cluster)
})

/**
 * Lets the calls of several callers through one at a time: the next is picked when each caller has come to a call or to
 * its end. So every order of their calls can be had.
 */
function inTurns(callers: number, picks: readonly number[]) {
  const waiting: (() => void)[] = []
  let atWork = callers
  let turn = 0
  const next = () => {
    if (waiting.length === 0 || waiting.length < atWork) return
    const pick = picks[turn++ % picks.length] ?? 0
    waiting.splice(pick % waiting.length, 1)[0]?.()
  }
  const made = through(async (work) => {
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

it('however calls about the same users come between each other, who is there is counted once', async () => {
  const call = fc.record({
    act: fc.constantFrom('put', 'put there', 'delete' as const),
    user: fc.constantFrom('alice', 'alice', 'bob'),
  })
  const picks = fc.array(fc.nat({ max: 11 }), { minLength: 12, maxLength: 40, size: 'max' })
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 2, maxLength: 4, size: 'max' }), picks, async (calls, order) => {
      const cluster = await newCluster()
      await putUser(ports, cluster, 'alice', {})
      const turns = inTurns(calls.length, order)
      const outcomes = calls.map(async ({ act, user }) => {
        const asked = act === 'put there' ? { node: 'beta' } : {}
        const work =
          act === 'delete' ? deleteUser(turns.ports, cluster, user) : putUser(turns.ports, cluster, user, asked)
        const outcome = await work.then(
          () => 'done',
          (error: unknown) => error,
        )
        turns.end()
        return outcome
      })
      for (const outcome of await Promise.all(outcomes)) {
        if (outcome !== 'done') expect(outcome).toBeInstanceOf(ProblemError)
      }
      await expectCountsToBeRight(cluster)
      expect(await intentsOf(cluster)).toEqual([])
    }),
    { numRuns: 200 },
  )
})
