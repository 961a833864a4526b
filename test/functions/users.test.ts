import type { User } from '../../functions/adapters/user-store.ts'
import { Api, expectStatus } from './api.ts'
import { aUserCluster } from './user-cluster.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

const aCluster = (groups: Record<string, string[]>, userAssignmentMode?: string) =>
  aUserCluster(api, groups, userAssignmentMode)

describe('a user', () => {
  it('is added, found, listed and deleted', async () => {
    const { cluster, path, put, counts } = await aCluster({ g: ['u-a'] })

    const { body } = await expectStatus(200, put('Alice'))

    const alice = {
      cluster,
      user: 'alice',
      homeNode: 'u-a',
      currentNode: 'u-a',
      group: 'g',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
    }
    expect(body).toEqual(alice)
    expect((await expectStatus(200, api.get(`${path}/users/ALICE`))).body).toEqual(body)
    expect((await expectStatus(200, api.get(`${path}/users`))).body).toEqual({ users: [body] })
    expect(await counts()).toEqual({ 'u-a': 1 })
    await expectStatus(204, api.delete(`${path}/users/aLiCe`))
    await expectStatus(404, api.get(`${path}/users/alice`))
    expect((await expectStatus(404, api.delete(`${path}/users/alice`))).body.code).toBe('UserNotFound')
    expect(await counts()).toEqual({ 'u-a': 0 })
  })

  it('that is there already stays as it is, and moves nowhere', async () => {
    const { put, counts } = await aCluster({ g: ['s-a', 's-b'], h: ['s-c'] })
    const { body } = await expectStatus(200, put('alice', { node: 's-b' }))

    for (const asked of [undefined, {}, { node: 's-b' }, { group: 'g' }]) {
      expect((await expectStatus(200, put('alice', asked))).body).toEqual(body)
    }
    for (const asked of [{ node: 's-a' }, { group: 'h' }]) {
      const refused = await expectStatus(409, put('alice', asked))
      expect(refused.body).toMatchObject({
        code: 'UserElsewhere',
        homeNode: 's-b',
        detail: expect.stringContaining('move it'),
      })
    }
    expect(await counts()).toEqual({ 's-a': 0, 's-b': 1, 's-c': 0 })
  })

  it.each(['+4930123456', 'o\\27hara', 'müller', 'a!$*()+,;=~_-^`{|}', '__proto__', 'x'.repeat(128)])(
    'may be called %s',
    async (name) => {
      const { path, put, counts } = await aCluster({ g: ['n-a'] })
      expect((await expectStatus(200, put(name))).body.user).toBe(name)
      expect((await expectStatus(200, api.get(`${path}/users/${encodeURIComponent(name)}`))).body.user).toBe(name)
      await expectStatus(204, api.delete(`${path}/users/${encodeURIComponent(name)}`))
      expect(await counts()).toEqual({ 'n-a': 0 })
    },
  )

  it.each(['a@b', 'a b', '💥', 'a:b', 'x'.repeat(129)])('cannot be called %s', async (name) => {
    const { path, put } = await aCluster({ g: ['i-a'] })
    const { body } = await expectStatus(400, put(name))
    expect(body.errors).toEqual([{ path: 'user', message: expect.any(String) }])
    await expectStatus(404, api.get(`${path}/users/${encodeURIComponent(name)}`))
    await expectStatus(404, api.delete(`${path}/users/${encodeURIComponent(name)}`))
  })

  it('is added once under an Idempotency-Key, and not where the request is malformed', async () => {
    const { path, put } = await aCluster({ g: ['k-a', 'k-b'] })
    const headers = { 'idempotency-key': 'user-1' }
    const first = await expectStatus(200, put('alice', {}, headers))
    await expectStatus(204, api.delete(`${path}/users/alice`))

    expect((await expectStatus(200, put('alice', {}, headers))).body).toEqual(first.body)
    await expectStatus(404, api.get(`${path}/users/alice`))

    expect((await expectStatus(422, put('bob', { node: 'k-a', group: 'g' }))).body.code).toBe('RuleBroken')
    await expectStatus(400, put('bob', { nodes: ['k-a'] }))
    await expectStatus(404, api.get(`${path}/users/bob`))
    await expectStatus(404, api.put('/clusters/nowhere/users/bob', {}))
    await expectStatus(404, api.get('/clusters/nowhere/users/bob'))
    await expectStatus(404, api.get('/clusters/nowhere/users'))
    await expectStatus(404, api.delete('/clusters/nowhere/users/bob'))
  })
})

describe('[B24] users are assigned', () => {
  it('evenly over all nodes of the cluster, in the mode balanced', async () => {
    const { path, home, counts } = await aCluster({ pair: ['b-a', 'b-b'], single: ['b-c'] })
    const homes: string[] = []
    for (let n = 0; n < 7; n++) homes.push(await home(`u${n}`))
    expect(homes).toEqual(['b-a', 'b-b', 'b-c', 'b-a', 'b-b', 'b-c', 'b-a'])

    await expectStatus(204, api.delete(`${path}/users/u1`))
    expect(await home('next')).toBe('b-b')
    expect(await counts()).toEqual({ 'b-a': 3, 'b-b': 2, 'b-c': 2 })
    expect(await home('in-pair', { group: 'pair' })).toBe('b-b')
    expect(await home('named', { node: 'b-a' })).toBe('b-a')
  })

  it('to the first node of the group with the fewest, in the mode active-standby', async () => {
    const { home, counts } = await aCluster({ one: ['a-a', 'a-b'], two: ['a-c', 'a-d'] }, 'active-standby')
    const homes: string[] = []
    for (let n = 0; n < 3; n++) homes.push(await home(`u${n}`))
    expect(homes).toEqual(['a-a', 'a-c', 'a-a'])
    expect(await home('on-standby', { node: 'a-d' })).toBe('a-d')
    expect(await counts()).toEqual({ 'a-a': 2, 'a-b': 0, 'a-c': 1, 'a-d': 1 })
  })

  it('only as named, in the mode none', async () => {
    const { path, put, home } = await aCluster({ one: ['o-a', 'o-b'] }, 'none')
    const { body } = await expectStatus(422, put('alice'))
    expect(body).toMatchObject({ code: 'NothingAssigned', detail: expect.stringContaining('name a node or a group') })
    await expectStatus(404, api.get(`${path}/users/alice`))
    expect(await home('alice', { group: 'one' })).toBe('o-a')
    expect(await home('bob', { group: 'one' })).toBe('o-b')
  })

  it('[B1] to no node that is in no group', async () => {
    const { path, put } = await aCluster({ one: ['x-a'] })
    await expectStatus(204, api.delete(`${path}/groups/one`))
    expect((await expectStatus(422, put('alice', { node: 'x-a' }))).body.code).toBe('NodeInNoGroup')
    expect((await expectStatus(409, put('alice'))).body.code).toBe('NoNode')
    await expectStatus(200, api.put(`${path}/groups/two`, { nodes: ['x-a'] }))
    await expectStatus(200, put('alice'))
  })

  it('each once, and counted, however many come at once', async () => {
    const { path, put, counts } = await aCluster({ one: ['m-a', 'm-b'], two: ['m-c'] })
    const names = Array.from({ length: 24 }, (_, n) => `u${n}`)

    const answers = await Promise.all([...names, ...names].map((name) => put(name)))

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    const users: { homeNode: string }[] = (await api.get(`${path}/users`)).body.users
    expect(users).toHaveLength(24)
    const homes = users.map(({ homeNode }) => homeNode)
    const found = await counts()
    for (const node of ['m-a', 'm-b', 'm-c']) {
      expect(found[node]).toBe(homes.filter((home) => home === node).length)
      expect(found[node]).toBeGreaterThanOrEqual(6)
    }
    const deleted = await Promise.all([...names, ...names].map((name) => api.delete(`${path}/users/${name}`)))
    for (const { status } of deleted) expect([204, 404, 503]).toContain(status)
    expect(deleted.filter(({ status }) => status === 204)).toHaveLength(24)
    expect(await counts()).toEqual({ 'm-a': 0, 'm-b': 0, 'm-c': 0 })
  })
})

describe('the list of users', () => {
  it('is paged in the order of names, of the cluster or of one node', async () => {
    const { path, put } = await aCluster({ pair: ['l-a', 'l-b'] })
    const names = ['a', 'b|', 'c', 'ä', 'z+1'].sort()
    for (const name of names) await expectStatus(200, put(name))
    const pages = async (query: string) => {
      const found: string[][] = []
      for (let cursor: string | undefined; ; ) {
        const more = cursor === undefined ? '' : `&cursor=${cursor}`
        const { body } = await expectStatus(200, api.get(`${path}/users?limit=2${query}${more}`))
        found.push(body.users.map(({ user }: { user: string }) => user))
        cursor = body.cursor
        if (cursor === undefined) return found
      }
    }

    expect(await pages('')).toEqual([names.slice(0, 2), names.slice(2, 4), names.slice(4)])
    const ofNodes = [await pages('&node=l-a'), await pages('&node=l-b')]
    expect(ofNodes.map((found) => found.flat().length)).toEqual([3, 2])
    expect(ofNodes.flat(2).sort()).toEqual(names)
    expect((await expectStatus(404, api.get(`${path}/users?node=nowhere`))).body.code).toBe('NodeNotFound')
    for (const cursor of ['', '%20', 'YSBi', 'YQ==']) {
      expect((await expectStatus(400, api.get(`${path}/users?cursor=${cursor}`))).body.code).toBe('BadCursor')
    }
    for (const limit of ['0', '1001']) await expectStatus(400, api.get(`${path}/users?limit=${limit}`))
  })
})

describe('[B1] a node with users', () => {
  it('stays in its group, until its users are deleted', async () => {
    const { cluster, path, put, home } = await aCluster({ g: ['d-a', 'd-b'] })
    for (const user of ['u1', 'u2', 'u3']) await home(user)

    const shrunk = await expectStatus(409, api.put(`${path}/groups/g`, { nodes: ['d-a'] }))
    expect(shrunk.body).toMatchObject({ code: 'NodeHasUsers', users: { 'd-b': 1 } })
    expect(shrunk.body.detail).toContain('d-b has 1 user:')
    const gone = await expectStatus(409, api.delete(`${path}/groups/g`))
    expect(gone.body).toMatchObject({ code: 'NodeHasUsers', users: { 'd-a': 2, 'd-b': 1 } })
    expect((await expectStatus(409, api.delete(`${path}/nodes/d-a`))).body.code).toBe('NodeInGroup')
    expect((await expectStatus(409, api.delete(path))).body.code).toBe('ClusterHasNodes')
    await expectStatus(200, api.put(`${path}/groups/g`, { nodes: ['d-b', 'd-a'], description: 'in another order' }))
    await expectStatus(200, put('u4'))

    for (const user of ['u1', 'u2', 'u3', 'u4']) await expectStatus(204, api.delete(`${path}/users/${user}`))
    await expectStatus(204, api.delete(`${path}/groups/g`))
    for (const node of ['d-a', 'd-b']) await expectStatus(204, api.delete(`${path}/nodes/${node}`))
    await expectStatus(204, api.delete(path))
    await expectStatus(404, api.get(`/clusters/${cluster}/users`))
  })

  it('that leaves is closed to whoever still knows it as a member', async () => {
    const { cluster, path, put } = await aCluster({ g: ['e-a', 'e-b'] })
    const { version } = (await api.get(path)).body
    await expectStatus(200, api.put(`${path}/groups/g`, { nodes: ['e-a'] }))

    const intent = { id: 'late', user: 'late', step: 'adding', atMs: Date.now() } as const
    expect(await api.counts.reserve({ cluster, node: 'e-b' }, [intent], version)).toBe(false)

    await expectStatus(200, api.put(`${path}/groups/g`, { nodes: ['e-a', 'e-b'] }))
    expect((await expectStatus(200, put('alice', { node: 'e-b' }))).body.homeNode).toBe('e-b')
  })
})

describe('what a crash left', () => {
  const LONG_AGO = Date.now() - 60_000

  it('half added or half removed, the sweeper settles, and what is at work it leaves alone', async () => {
    const { cluster, home, counts } = await aCluster({ g: ['w-a'] })
    for (const user of ['added', 'removed', 'kept', 'looked']) await home(user)
    const key = { cluster, node: 'w-a' }
    const user = async (name: string) => (await api.users.read({ cluster, user: name })) as User
    const old = async (name: string, step: 'adding' | 'looking' | 'removing', atMs = LONG_AGO) => ({
      id: (await user(name)).id,
      user: name,
      step,
      atMs,
    })
    const reserve = (name: string, atMs: number) =>
      api.counts.reserve(key, [{ id: `id-${name}`, user: name, step: 'adding', atMs }], 1000)
    // Before the user was written; by somebody who is at work; with a user of that name who is another.
    expect([
      await reserve('never', LONG_AGO),
      await reserve('soon', Date.now()),
      await reserve('added', LONG_AGO),
    ]).toEqual([true, true, true])
    // After the user was written.
    expect(await api.counts.claim(key, [await old('added', 'adding')])).toBe(true)
    // Before and after the user was removed, and before that was begun.
    const removed = await old('removed', 'removing')
    expect(await api.counts.claim(key, [removed])).toBe(true)
    expect(await api.users.remove(await user('removed'))).toBe(true)
    expect(await api.counts.claim(key, [await old('kept', 'removing')])).toBe(true)
    expect(await api.counts.claim(key, [await old('looked', 'looking')])).toBe(true)
    expect(await counts()).toEqual({ 'w-a': 7 })

    await api.sweep()

    expect(await counts()).toEqual({ 'w-a': 4 })
    const [count] = await api.counts.ofCluster(cluster)
    expect(count?.intents.map(({ user: of }) => of)).toEqual(['soon'])
    await api.sweep()
    expect(await counts()).toEqual({ 'w-a': 4 })
  })

  it('keeps nobody from adding and deleting the user', async () => {
    const { cluster, path, home, put, counts } = await aCluster({ g: ['v-a'] })
    const key = { cluster, node: 'v-a' }
    await api.counts.reserve(key, [{ id: 'crashed', user: 'alice', step: 'adding', atMs: LONG_AGO }], 1000)
    expect(await home('alice')).toBe('v-a')
    const { id } = (await api.users.read({ cluster, user: 'alice' })) as User
    // Its adding was not struck off.
    await api.counts.claim(key, [{ id, user: 'alice', step: 'adding', atMs: Date.now() }])

    await expectStatus(204, api.delete(`${path}/users/alice`))
    await expectStatus(200, put('alice'))
    await api.sweep()
    expect(await counts()).toEqual({ 'v-a': 1 })
  })

  it('while somebody deletes a user, nobody else does', async () => {
    const { cluster, path, home } = await aCluster({ g: ['z-a'] })
    await home('alice')
    const { id } = (await api.users.read({ cluster, user: 'alice' })) as User
    await api.counts.claim({ cluster, node: 'z-a' }, [{ id, user: 'alice', step: 'removing', atMs: Date.now() }])
    const { onError } = api.told
    api.told.onError = () => undefined

    const { headers, body } = await expectStatus(503, api.delete(`${path}/users/alice`))

    api.told.onError = onError
    expect(body.code).toBe('Busy')
    expect(headers['retry-after']).toBe('1')
    await expectStatus(200, api.get(`${path}/users/alice`))
  })
})
