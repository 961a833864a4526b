import fc from 'fast-check'
import type { User } from '../../functions/adapters/user-store.ts'
import { ProblemError } from '../../functions/problem.ts'
import { type MovePorts, moveUser } from '../../functions/usecases/move-users.ts'
import { rebalance } from '../../functions/usecases/rebalance.ts'
import { recount } from '../../functions/usecases/recount.ts'
import { LEFT_OVER_MS, settleLeftOvers } from '../../functions/usecases/user-counts.ts'
import type { Wanted } from '../../functions/usecases/users.ts'
import { deleteUser, putUser, putUsers } from '../../functions/usecases/users.ts'
import { Crash, inTurns, UserStand } from './user-stand.ts'

let stand: UserStand
beforeAll(async () => {
  stand = await UserStand.start()
})
afterAll(() => stand.end())

const refused = () => new ProblemError(422, 'Refused', 'It is refused.')
const putAll = (made: MovePorts, cluster: string, users: Wanted[]) => putUsers(made, cluster, users, refused)
const asked = (...users: string[]): Wanted[] => users.map((user) => ({ user }))

describe.each<[string, (made: MovePorts, cluster: string) => Promise<unknown>]>([
  ['adding a user', (made, cluster) => putUser(made, cluster, 'alice', {})],
  ['adding a user who is there', (made, cluster) => putUser(made, cluster, 'bob', {})],
  ['adding users of whom some are there', (made, cluster) => putAll(made, cluster, asked('x', 'bob', 'y', 'z', 'v'))],
  ['deleting a user', (made, cluster) => deleteUser(made, cluster, 'bob')],
  ['moving a user', (made, cluster) => moveUser(made, cluster, 'bob', { group: 'single', logOut: false })],
  ['rebalancing', (made, cluster) => rebalance(made, cluster, { dryRun: false, logOut: false }, null)],
  ['counting anew', (made, cluster) => recount(made, cluster)],
])('a crash while %s', (_, act) => {
  it.each([
    ['before', false],
    ['after', true],
  ])('%s any of its calls never counts too few, and is settled by the sweeper', async (__, after) => {
    for (let at = 0, over = false; !over; at++) {
      const cluster = await stand.newCluster()
      await putAll(
        stand.ports,
        cluster,
        ['bob', 'carol', 'dave', 'erin'].map((user) => ({ user, node: 'alpha' })),
      )
      const crashed = stand.crashing(at, after)
      const outcome = await act(crashed.ports, cluster).then(
        () => 'done',
        (error: unknown) => error,
      )
      over = crashed.seen.calls <= at
      if (over) expect(outcome).toBe('done')
      else expect(outcome).toBeInstanceOf(Crash)

      const [found, truth] = [await stand.counted(cluster), await stand.really(cluster)]
      for (const node of ['alpha', 'beta', 'gamma']) {
        expect(found[node]).toBeGreaterThanOrEqual(truth[node] as number)
      }
      stand.nowMs += LEFT_OVER_MS
      await settleLeftOvers(stand.ports, cluster)

      await stand.expectCountsToBeRight(cluster)
      expect(await stand.notes(cluster)).toEqual([])
      await act(stand.ports, cluster).catch((error) => expect(error).toMatchObject({ code: 'UserNotFound' }))
      await stand.expectCountsToBeRight(cluster)
      expect(at).toBeLessThan(60)
    }
  })
})

it('whoever finds itself late leaves the user to the sweeper', async () => {
  const cluster = await stand.newCluster()
  const slow = stand.through(async (work) => {
    const result = await work()
    stand.nowMs += 6000
    return result
  })
  await expect(
    putUser({ ...slow, users: stand.ports.users }, cluster, 'alice', { node: 'alpha' }),
  ).resolves.toBeTruthy()
  const slower = stand.through(async (work) => {
    const result = await work()
    stand.nowMs += 10_000
    return result
  })
  await expect(putUser(slower, cluster, 'bob', {})).rejects.toMatchObject({ code: 'Busy', status: 503 })
  await expect(deleteUser(slower, cluster, 'alice')).rejects.toMatchObject({ code: 'Busy' })
  expect(await stand.really(cluster)).toEqual({ alpha: 1, beta: 0, gamma: 0 })
  stand.nowMs += LEFT_OVER_MS
  await settleLeftOvers(stand.ports, cluster)
  await stand.expectCountsToBeRight(cluster)
})

/** What somebody asks for about a user. */
const ACTS: Record<string, (made: MovePorts, cluster: string, user: string) => Promise<unknown>> = {
  put: (made, cluster, user) => putUser(made, cluster, user, {}),
  'put there': (made, cluster, user) => putUser(made, cluster, user, { node: 'beta' }),
  'put with others': (made, cluster, user) => putAll(made, cluster, asked(user, 'carol')),
  move: (made, cluster, user) => moveUser(made, cluster, user, { group: 'single', logOut: false }),
  'move within': (made, cluster, user) => moveUser(made, cluster, user, { node: 'beta', logOut: false }),
  rebalance: (made, cluster) => rebalance(made, cluster, { dryRun: false, logOut: false }, null),
  delete: (made, cluster, user) => deleteUser(made, cluster, user),
  recount: (made, cluster) => recount(made, cluster),
}

type Call = { act: string; user: string }
const aCall = fc.record({
  act: fc.constantFrom(...Object.keys(ACTS)),
  user: fc.constantFrom('alice', 'alice', 'bob'),
})
const anOrder = fc.array(fc.nat({ max: 11 }), { minLength: 12, maxLength: 40, size: 'max' })

/** Carries calls out that come between each other; answers how each of them ended. */
async function together(cluster: string, calls: Call[], order: number[]): Promise<unknown[]> {
  const turns = inTurns(stand, calls.length, order)
  const outcomes = await Promise.all(
    calls.map(async ({ act, user }) => {
      const outcome = await (ACTS[act] as (typeof ACTS)[string])(turns.ports, cluster, user).then(
        () => 'done',
        (error: unknown) => error,
      )
      turns.end()
      return outcome
    }),
  )
  for (const outcome of outcomes) if (outcome !== 'done') expect(outcome).toBeInstanceOf(ProblemError)
  stand.nowMs += LEFT_OVER_MS
  await settleLeftOvers(stand.ports, cluster)
  expect(await stand.notes(cluster)).toEqual([])
  return outcomes
}

describe('calls that come between each other', () => {
  it('about the same users: who is there is counted once', async () => {
    const calls = fc.array(aCall, { minLength: 2, maxLength: 4, size: 'max' })
    await fc.assert(
      fc.asyncProperty(calls, anOrder, async (made, order) => {
        const cluster = await stand.newCluster()
        await putUser(stand.ports, cluster, 'alice', {})
        await together(cluster, made, order)
        await stand.expectCountsToBeRight(cluster)
      }),
      { numRuns: 100 },
    )
  })

  it('and a recount, from counts that are wrong: they are right after it', async () => {
    const calls = fc.array(aCall, { minLength: 1, maxLength: 3, size: 'max' })
    await fc.assert(
      fc.asyncProperty(calls, anOrder, fc.nat({ max: 9 }), async (made, order, wrong) => {
        const cluster = await stand.newCluster()
        await putAll(stand.ports, cluster, asked('alice', 'dave'))
        for (const [n, node] of ['alpha', 'beta', 'gamma'].entries())
          await stand.miscount(cluster, node, 10 + wrong + n)
        const [recounted] = await together(cluster, [{ act: 'recount', user: '' }, ...made], order)
        if (recounted !== 'done') expect(recounted).toMatchObject({ code: 'Busy' })
        else await stand.expectCountsToBeRight(cluster)
      }),
      { numRuns: 100 },
    )
  })
})

describe('a recount, and somebody who looks for a user that had gone before', () => {
  /** A cluster whose only user is gone, and ports whose reading of all users is followed by this. */
  async function afterReading(work: (cluster: string, gone: User) => Promise<unknown>) {
    const cluster = await stand.newCluster()
    const gone = await putUser(stand.ports, cluster, 'alice', { node: 'alpha' })
    await deleteUser(stand.ports, cluster, 'alice')
    async function* all(name: string) {
      yield* stand.ports.users.all(name)
      await work(name, gone)
    }
    return { cluster, gone, ports: { ...stand.ports, users: { ...stand.ports.users, all } } }
  }
  const key = ({ cluster, home }: User) => ({ cluster, node: home })

  it('and is still looking: it is not counted', async () => {
    const { cluster, ports } = await afterReading((_, gone) =>
      stand.ports.counts.claim(key(gone), [{ id: gone.id, user: 'alice', step: 'looking', atMs: stand.nowMs }]),
    )
    expect(await recount(ports, cluster)).toContainEqual({ node: 'alpha', users: 0, counted: 0 })
  })

  it('and has found it gone: it is not counted', async () => {
    const { cluster, ports } = await afterReading(async (name, gone) => {
      const reads = [gone]
      const read: MovePorts['users']['read'] = async (of) => reads.shift() ?? stand.ports.users.read(of)
      const late = { ...stand.ports, users: { ...stand.ports.users, read } }
      await expect(deleteUser(late, name, 'alice')).rejects.toMatchObject({ code: 'UserNotFound' })
    })
    expect(await recount(ports, cluster)).toContainEqual({ node: 'alpha', users: 0, counted: 0 })
    expect(await stand.notes(cluster)).toEqual([])
  })

  it('and crashed: the sweeper says that it is not there', async () => {
    const { cluster, ports } = await afterReading(async (name, gone) => {
      const atMs = stand.nowMs - LEFT_OVER_MS
      await stand.ports.counts.claim(key(gone), [{ id: gone.id, user: 'alice', step: 'looking', atMs }])
      await settleLeftOvers(stand.ports, name)
    })
    expect(await recount(ports, cluster)).toContainEqual({ node: 'alpha', users: 0, counted: 0 })
  })
})
