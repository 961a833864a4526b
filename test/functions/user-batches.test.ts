import fc from 'fast-check'
import type { NodeState } from '../../domain/states.ts'
import { moveUser } from '../../functions/usecases/move-users.ts'
import { rebalance } from '../../functions/usecases/rebalance.ts'
import type { UserSessions } from '../../functions/usecases/user-sessions.ts'
import { putUser } from '../../functions/usecases/users.ts'
import { Api, expectStatus } from './api.ts'
import { aUserCluster } from './user-cluster.ts'
import { UserStand } from './user-stand.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

async function aCluster(groups: Record<string, string[]>, userAssignmentMode = 'balanced') {
  const made = await aUserCluster(api, groups, userAssignmentMode)
  return { ...made, batch: (users: object[], headers = {}) => api.post(`${made.path}/users/batch`, { users }, headers) }
}
let nodes = 0
const named = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => ({ user: `u${from + n}` }))

/** Brings a group into a state in which its users may be about to move. */
async function disturb(cluster: string, group: string, state: NodeState): Promise<void> {
  const found = await api.groups.read({ cluster, group })
  if (!found) throw new Error(`there is no group ${group}`)
  found.highAvailability = true
  for (const node of found.nodes) node.state = state
  await api.groups.commit(found, found.version)
}

describe('a batch of users [B24]', () => {
  it('is added evenly, and says where each user is', async () => {
    const { batch, counts } = await aCluster({ pair: ['a-1', 'a-2'], single: ['a-3'] })

    const { body } = await expectStatus(200, batch([{ user: 'Alice' }, ...named(0, 9), { user: 'bob', node: 'a-3' }]))

    expect(body).toMatchObject({ added: 11, existing: 0, elsewhere: 0 })
    expect(body.users[0]).toEqual({ user: 'alice', outcome: 'added', homeNode: 'a-1' })
    expect(body.users).toHaveLength(11)
    expect(await counts()).toEqual({ 'a-1': 4, 'a-2': 3, 'a-3': 4 })
  })

  it('that comes again is harmless: who is there is said to be, and not counted twice', async () => {
    const { batch, counts } = await aCluster({ pair: ['b-1', 'b-2'], single: ['b-3'] })
    await expectStatus(200, batch([...named(0, 5), { user: 'carol', node: 'b-1' }]))

    const { body } = await expectStatus(200, batch([...named(0, 6), { user: 'carol', group: 'single' }]))

    expect(body).toMatchObject({ added: 1, existing: 5, elsewhere: 1 })
    expect(body.users.at(-1)).toEqual({ user: 'carol', outcome: 'elsewhere', homeNode: 'b-1' })
    expect(Object.values(await counts()).reduce((sum, users) => sum + users)).toBe(7)
  })

  it('under an Idempotency-Key is answered the same, and added once', async () => {
    const { path, batch } = await aCluster({ single: ['k-1'] })
    const headers = { 'idempotency-key': 'batch-1' }
    const first = await expectStatus(200, batch(named(0, 3), headers))
    await expectStatus(204, api.delete(`${path}/users/u1`))

    expect((await expectStatus(200, batch(named(0, 3), headers))).body).toEqual(first.body)
    await expectStatus(404, api.get(`${path}/users/u1`))
    await expectStatus(422, batch(named(0, 2), headers))
  })

  it.each<[number, string, object[], string[]]>([
    [400, 'malformed names', [{ user: 'fine' }, { user: 'a b' }, { user: 'c@d' }], ['users.1.user', 'users.2.user']],
    [400, 'an unknown field', [{ user: 'fine', nodes: 'n-1' }], ['users.0.nodes']],
    [400, 'nobody', [], ['users']],
    [400, 'too many', named(0, 101), ['users']],
    [422, 'a user twice, in two spellings', [{ user: 'eve' }, { user: 'EVE' }], ['users.1.user']],
    [422, 'a node and a group', [{ user: 'fine', node: 'x', group: 'single' }], ['users.0.group']],
    [
      422,
      'unknown places',
      [{ user: 'fine' }, { user: 'x', node: 'y' }, { user: 'z', group: 'y' }],
      ['users.1', 'users.2'],
    ],
  ])('is refused whole, %i, with %s', async (status, _, users, paths) => {
    const { path, batch, counts } = await aCluster({ single: [`n-${++nodes}`] })
    const { body } = await expectStatus(status, batch(users))
    expect(body.errors.map((error: { path: string }) => error.path)).toEqual(paths)
    expect((await api.get(`${path}/users`)).body.users).toEqual([])
    expect(Object.values(await counts())).toEqual([0])
  })

  it('needs a place for each where the mode is none', async () => {
    const { batch } = await aCluster({ single: ['none-1'] }, 'none')
    expect((await expectStatus(422, batch([{ user: 'a', group: 'single' }, { user: 'b' }]))).body).toMatchObject({
      code: 'NothingAssigned',
      errors: [{ path: 'users.1' }],
    })
    await expectStatus(200, batch([{ user: 'a', group: 'single' }]))
  })

  it('[B25] is refused while a node is in another state, unless all are there', async () => {
    const { cluster, path, batch } = await aCluster({ pair: ['d-1', 'd-2'], single: ['d-3'] })
    await expectStatus(200, batch(named(0, 2)))
    await disturb(cluster, 'pair', 'Idle')

    const { body } = await expectStatus(409, batch(named(0, 4)))
    expect(body).toMatchObject({ code: 'ClusterDisturbed', detail: expect.stringContaining('d-1 is Idle') })
    expect((await api.get(`${path}/users`)).body.users).toHaveLength(2)
    expect((await expectStatus(200, batch(named(0, 2)))).body).toMatchObject({ existing: 2 })
  })

  const widthOf = (found: number[]) => Math.max(...found) - Math.min(...found)
  const sumOf = (found: number[]) => found.reduce((sum, users) => sum + users)

  it('keeps nodes within one user of each other, however many come at once', async () => {
    const { batch, counts } = await aCluster({ one: ['w-1', 'w-2'], two: ['w-3'] })
    const from = (start: number) => expectStatus(200, batch(named(start, start + 25)))
    await Promise.all([0, 25, 50, 75].map(from))

    const found = Object.values(await counts())
    expect(sumOf(found)).toBe(100)
    expect(widthOf(found)).toBeLessThanOrEqual(1)
  })

  it('adds once whom several name at once, and the next one evens out the places that were kept in vain', async () => {
    const { batch, counts } = await aCluster({ one: ['v-1', 'v-2'], two: ['v-3'] })
    const from = (start: number) => expectStatus(200, batch(named(start, start + 31)))
    await Promise.all([0, 20, 40, 60].map(from))
    expect(sumOf(Object.values(await counts()))).toBe(91)

    await expectStatus(200, batch(named(100, 190)))
    const found = Object.values(await counts())
    expect(sumOf(found)).toBe(181)
    expect(widthOf(found)).toBeLessThanOrEqual(1)
  })
})

describe('a move [B30]', () => {
  it('gives the user another home, and both nodes the right count', async () => {
    const { path, batch, counts } = await aCluster({ one: ['m-1', 'm-2'], two: ['m-3'] })
    await expectStatus(200, batch([{ user: 'alice', node: 'm-1' }]))
    const move = (body: object, user = 'alice') => api.post(`${path}/users/${user}/move`, body)

    const { body } = await expectStatus(200, move({ group: 'two' }))

    expect(body).toMatchObject({ user: 'alice', homeNode: 'm-3', currentNode: 'm-3', group: 'two' })
    expect((await expectStatus(200, move({ group: 'two' }))).body).toEqual(body)
    expect(await counts()).toEqual({ 'm-1': 0, 'm-2': 0, 'm-3': 1 })
    expect((await expectStatus(200, move({ node: 'm-2', logOut: true }))).body.homeNode).toBe('m-2')
    expect((await expectStatus(200, api.get(`${path}/users?node=m-2`))).body.users).toHaveLength(1)
    expect((await expectStatus(200, api.post(`${path}/users/alice/logout`, {}))).body.sessions).toBe(0)

    expect((await expectStatus(422, move({ group: 'nowhere' }))).body.code).toBe('GroupUnknown')
    expect((await expectStatus(422, move({}))).body.errors).toEqual([
      { path: 'group', message: 'must be named, or a node' },
    ])
    await expectStatus(404, move({ group: 'one' }, 'nobody'))
    await expectStatus(404, api.post(`${path}/users/nobody/logout`, {}))
  })

  it('leads away from a pair whose nodes are disturbed, and not to one', async () => {
    const { cluster, path, batch } = await aCluster({ one: ['x-1', 'x-2'], two: ['x-3'] })
    await expectStatus(
      200,
      batch([
        { user: 'alice', node: 'x-1' },
        { user: 'bob', node: 'x-3' },
      ]),
    )
    await disturb(cluster, 'one', 'RunningInFailedMode')

    const { body } = await expectStatus(409, api.post(`${path}/users/bob/move`, { group: 'one' }))
    expect(body).toMatchObject({
      code: 'GroupDisturbed',
      detail: expect.stringContaining('x-1 is RunningInFailedMode'),
    })
    await expectStatus(200, api.post(`${path}/users/alice/move`, { group: 'two' }))
  })
})

describe('a rebalance', () => {
  it('says what it would do, does it page by page, and then has nothing to do', async () => {
    const { path, batch, counts } = await aCluster({ one: ['r-1', 'r-2'], two: ['r-3'] })
    const users = named(0, 70).map((user, n) => ({ ...user, node: n < 65 ? 'r-1' : 'r-3' }))
    await expectStatus(200, batch(users))
    const call = async (body: object) => (await expectStatus(200, api.post(`${path}/users/rebalance`, body))).body

    const dry = await call({ dryRun: true })
    expect(dry).toMatchObject({
      moves: [
        { from: 'r-1', to: 'r-2', users: 23 },
        { from: 'r-1', to: 'r-3', users: 18 },
      ],
      moved: 0,
    })
    expect(dry.nodes[0]).toEqual({ node: 'r-1', group: 'one', users: 65, fairShare: 24 })
    expect(await counts()).toEqual({ 'r-1': 65, 'r-2': 0, 'r-3': 5 })

    expect(await call({})).toMatchObject({ moved: 41, loggedIn: 0, moves: [] })
    expect(await counts()).toEqual({ 'r-1': 24, 'r-2': 23, 'r-3': 23 })
    expect(await call({})).toMatchObject({ moved: 0, moves: [] })
    for (const cursor of ['', 'x', Buffer.from('["r-1"]').toString('base64url')]) {
      await expectStatus(400, api.post(`${path}/users/rebalance`, { cursor }))
    }
  })

  it('is refused while a node is disturbed, and where nobody is assigned', async () => {
    const { cluster, path, batch } = await aCluster({ one: ['q-1', 'q-2'] })
    await expectStatus(
      200,
      batch([
        { user: 'a', node: 'q-1' },
        { user: 'b', node: 'q-1' },
      ]),
    )
    await disturb(cluster, 'one', 'TakingOver')
    expect((await expectStatus(409, api.post(`${path}/users/rebalance`, {}))).body.detail).toContain(
      'Users are moved only',
    )
    await expectStatus(200, api.patch(`${path}/enterprise-parameters`, { userAssignmentMode: 'none' }))
    expect((await expectStatus(422, api.post(`${path}/users/rebalance`, {}))).body.code).toBe('NothingAssigned')
  })
})

describe('a recount', () => {
  it('finds the number of users from the users', async () => {
    const { cluster, path, batch, counts } = await aCluster({ one: ['o-1', 'o-2'] })
    await expectStatus(200, batch(named(0, 7)))
    const wrong = (node: string, users: number) =>
      api.putItem('understudy-users', {
        cluster: { S: `${cluster}//nodes` },
        user: { S: node },
        users: { N: `${users}` },
      })
    await wrong('o-1', 1)
    await wrong('o-2', 90)

    const { body } = await expectStatus(200, api.post(`${path}/users/recount`, {}))

    expect(body).toEqual({
      users: 7,
      nodes: [
        { node: 'o-1', users: 4, counted: 1 },
        { node: 'o-2', users: 3, counted: 90 },
      ],
    })
    expect(await counts()).toEqual({ 'o-1': 4, 'o-2': 3 })
    await expectStatus(204, api.delete(`${path}/users/u0`))
    expect(await counts()).toEqual({ 'o-1': 3, 'o-2': 3 })
  })
})

describe('users who are logged in [B30]', () => {
  let stand: UserStand
  beforeAll(async () => {
    stand = await UserStand.start()
  })
  afterAll(() => stand.end())

  /** The sessions of users, as a list. */
  const sessionsOf = (users: Set<string>): UserSessions => ({
    ofUser: async ({ user }) => (users.has(user) ? [{ device: 'phone' }] : []),
    end: async ({ user }) => (users.delete(user) ? 1 : 0),
    moved: async () => undefined,
    removed: async () => undefined,
  })

  it('do not move, unless they are logged out first', async () => {
    const cluster = await stand.newCluster()
    const loggedIn = new Set(['alice'])
    const ports = { ...stand.ports, sessions: sessionsOf(loggedIn) }
    await putUser(ports, cluster, 'alice', { node: 'alpha' })

    await expect(moveUser(ports, cluster, 'alice', { group: 'single', logOut: false })).rejects.toMatchObject({
      status: 409,
      code: 'UserLoggedIn',
    })
    expect(await stand.really(cluster)).toMatchObject({ alpha: 1, gamma: 0 })
    expect(await moveUser(ports, cluster, 'alice', { group: 'single', logOut: true })).toMatchObject({ home: 'gamma' })
    expect([...loggedIn]).toEqual([])
    await stand.expectCountsToBeRight(cluster)
  })

  it('stay at a rebalance, which levels what it can', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 12 }),
        fc.nat({ max: 12 }),
        fc.boolean(),
        async (users, staying, mayLogOut) => {
          const cluster = await stand.newCluster()
          const names = Array.from({ length: users }, (_, n) => `u${n}`)
          const loggedIn = new Set(names.slice(0, staying))
          const ports = { ...stand.ports, sessions: sessionsOf(loggedIn) }
          for (const name of names) await putUser(ports, cluster, name, { node: 'alpha' })
          const stayed = loggedIn.size

          const page = await rebalance(ports, cluster, { dryRun: false, logOut: mayLogOut }, null)

          const left = await stand.counted(cluster)
          const fair = Math.ceil(users / 3)
          expect(page.next).toBeNull()
          expect(left.alpha).toBe(mayLogOut ? fair : Math.max(fair, stayed))
          expect(page.moved).toBe(users - (left.alpha as number))
          if (!mayLogOut) expect(loggedIn.size).toBe(stayed)
          await stand.expectCountsToBeRight(cluster)
        },
      ),
      { numRuns: 20 },
    )
  })
})
