import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTables } from '../../apps/stage/tables.ts'
import type { Count, CountStore, Intent } from '../../functions/adapters/count-store.ts'
import {
  CLOSED_MS,
  createCountStore,
  MOST_CLAIMS,
  MOST_ENDINGS,
  MOST_INTENTS,
} from '../../functions/adapters/count-store.ts'
import type { User, UserStore } from '../../functions/adapters/user-store.ts'
import { createUserStore } from '../../functions/adapters/user-store.ts'
import { NOW, SECOND } from '../domain/situation.ts'

/** What every store of users must do. */
export function describeUserStore(client: () => DynamoDBClient): void {
  let store: UserStore

  beforeAll(async () => {
    const { users } = await createTables(client(), 'users-')
    store = createUserStore(client(), users)
  })

  const aUser = (cluster: string, user: string, different: Partial<User> = {}): User => ({
    cluster,
    user,
    home: 'alpha',
    id: `id-of-${user}`,
    createdAtMs: NOW,
    ...different,
  })

  it('a user is kept once, and removed as the one that was seen', async () => {
    const user = aUser('one', 'o\\27hara|müller|__proto__')
    expect(await store.read(user)).toBeNull()

    expect(await store.add(user)).toBe(true)
    expect(await store.add({ ...user, id: 'another', home: 'beta' })).toBe(false)
    expect(await store.read({ cluster: 'one', user: user.user })).toEqual(user)
    expect(await store.read({ cluster: 'other', user: user.user })).toBeNull()

    expect(await store.remove({ ...user, id: 'another' })).toBe(false)
    expect(await store.read(user)).toEqual(user)
    expect(await store.remove(user)).toBe(true)
    expect(await store.remove(user)).toBe(false)
    expect(await store.read(user)).toBeNull()
  })

  it('several are read at once, each of them who is there', async () => {
    const names = Array.from({ length: 100 }, (_, n) => `u${n}`)
    for (const name of names.slice(0, 60)) await store.add(aUser('some', name))
    const found = await store.readSome('some', names)
    expect([...found.keys()].sort()).toEqual(names.slice(0, 60).sort())
    expect(found.get('u7')).toEqual(aUser('some', 'u7'))
    expect((await store.readSome('other', names)).size).toBe(0)
  })

  it('the one that was seen gets another home, and all are found there', async () => {
    const user = aUser('move', 'alice')
    await store.add(user)
    await store.add(aUser('move', 'bob'))
    expect(await store.rehome({ ...user, id: 'another' }, { home: 'beta', id: 'next' })).toBe(false)
    expect(await store.rehome(user, { home: 'beta', id: 'next' })).toBe(true)
    expect(await store.rehome(user, { home: 'gamma', id: 'last' })).toBe(false)
    const moved = { ...user, home: 'beta', id: 'next' }
    expect(await store.read(user)).toEqual(moved)
    expect((await store.list({ cluster: 'move', home: 'beta' }, { limit: 9 })).users).toEqual([moved])
    expect(await Array.fromAsync(store.all('move'))).toEqual([moved, aUser('move', 'bob')])
  })

  it('are listed in order, page by page, all of a cluster or those of one home', async () => {
    const names = ['a', 'b', 'c', 'd', 'é']
    const all = names.map((name, n) => aUser('list', name, { home: n % 2 === 0 ? 'even' : 'odd' }))
    for (const user of all.toReversed()) await store.add(user)
    await store.add(aUser('list-2', 'c', { home: 'even' }))

    expect(await store.list({ cluster: 'list' }, { limit: 5 })).toEqual({ users: all, more: false })
    expect(await store.list({ cluster: 'list' }, { limit: 4 })).toEqual({ users: all.slice(0, 4), more: true })
    expect(await store.list({ cluster: 'list' }, { limit: 4, after: 'bb' })).toEqual({
      users: all.slice(2),
      more: false,
    })
    const even = [all[0], all[2], all[4]]
    const of = { cluster: 'list', home: 'even' }
    expect(await store.list(of, { limit: 9 })).toEqual({ users: even, more: false })
    expect(await store.list(of, { limit: 1, after: 'a' })).toEqual({ users: [all[2]], more: true })
    expect(await store.list({ cluster: 'list', home: 'nobody' }, { limit: 9 })).toEqual({ users: [], more: false })
  })
}

/** What every store of counts must do. */
export function describeCountStore(client: () => DynamoDBClient): void {
  let store: CountStore
  let users: UserStore

  beforeAll(async () => {
    const tables = await createTables(client(), 'counts-')
    store = createCountStore(client(), tables.users)
    users = createUserStore(client(), tables.users)
  })

  const intent = (id: string, different: Partial<Intent> = {}): Intent => ({
    id,
    user: `|user|of ${id}`,
    step: 'adding',
    atMs: NOW,
    ...different,
  })
  const countOf = async (cluster: string, node = 'alpha') =>
    (await store.ofCluster(cluster)).find((count) => count.node === node)
  let clusters = 0
  const aNode = () => ({ cluster: `c${++clusters}`, node: 'alpha' })
  const counted = (users: number, ...intents: Intent[]) => expect.objectContaining({ node: 'alpha', users, intents })

  it('a user is counted from before it is there, and noted until it is', async () => {
    const key = aNode()
    expect(await store.ofCluster(key.cluster)).toEqual([])

    expect(await store.reserve(key, [intent('one')], 1)).toBe(true)
    expect(await countOf(key.cluster)).toEqual(counted(1, intent('one')))
    expect(await store.settle(key, { there: [intent('one')] })).toBe(true)
    expect(await countOf(key.cluster)).toEqual(counted(1))
    expect(await store.settle(key, { there: [intent('one')] })).toBe(false)

    expect(await store.reserve(key, [intent('two')], 1)).toBe(true)
    expect(await store.settle(key, { gone: [intent('two')] })).toBe(true)
    expect(await store.settle(key, { gone: [intent('two')] })).toBe(false)
    expect(await countOf(key.cluster)).toEqual(counted(1))
  })

  it('only as many as were seen are counted on', async () => {
    const key = aNode()
    expect(await store.reserve(key, [intent('early')], 1, 1)).toBe(false)
    expect(await store.reserve(key, [intent('one')], 1, 0)).toBe(true)
    expect(await store.reserve(key, [intent('late')], 1, 0)).toBe(false)
    expect(await store.reserve(key, [intent('two')], 1, 1)).toBe(true)
    await store.settle(key, { gone: [intent('two')] })
    await store.settle(key, { gone: [intent('one')] })
    expect(await store.reserve(key, [intent('three')], 1, 0)).toBe(true)
    expect(await countOf(key.cluster)).toEqual(counted(1, intent('three')))
  })

  it('one at a time removes an assignment, and discounts it once', async () => {
    const key = aNode()
    await store.reserve(key, [intent('one')], 1)
    const looking = intent('one', { step: 'looking', atMs: NOW + SECOND })
    const removing = { ...looking, step: 'removing' } as const

    // What adds it left its note, or is about to take it away.
    expect(await store.claim(key, [looking])).toBe(true)
    expect(await store.settle(key, { there: [intent('one')] })).toBe(false)
    expect(await store.claim(key, [{ ...looking, atMs: NOW + 2 * SECOND }])).toBe(false)
    expect(await store.advance(key, [looking])).toBe(true)
    expect(await store.advance(key, [looking])).toBe(false)
    expect(await store.claim(key, [looking])).toBe(false)
    expect(await store.settle(key, { there: [looking] })).toBe(false)
    expect(await countOf(key.cluster)).toEqual(counted(1, removing))
    expect(await store.settle(key, { gone: [removing] })).toBe(true)
    expect(await store.settle(key, { gone: [removing] })).toBe(false)
    expect(await countOf(key.cluster)).toEqual(counted(0))
  })

  it('as many as one write takes are noted and settled together, or none of them', async () => {
    const key = aNode()
    const hundred = Array.from({ length: MOST_INTENTS }, (_, n) => intent(`n${n}`))
    const claims = hundred.slice(0, MOST_CLAIMS).map((each) => ({ ...each, step: 'looking' as const }))
    expect(await store.reserve(key, hundred, 1, 0)).toBe(true)
    expect(await store.claim(key, claims.slice(0, 1))).toBe(true)
    expect(await store.claim(key, claims)).toBe(false)
    expect(await store.settle(key, { there: hundred })).toBe(false)
    expect(await store.claim(key, claims.slice(1))).toBe(true)
    expect(await store.advance(key, claims)).toBe(true)
    const removing = claims.map((each) => ({ ...each, step: 'removing' as const }))
    expect(await store.settle(key, { there: hundred.slice(MOST_CLAIMS), gone: removing })).toBe(true)
    expect(await countOf(key.cluster)).toEqual(counted(MOST_INTENTS - MOST_CLAIMS))
  })

  it('while a recount stands, what ends leaves a trace, and only what was read is corrected', async () => {
    const key = aNode()
    const read = async () => (await countOf(key.cluster)) as Count
    await store.reserve(key, [intent('one'), intent('two'), intent('three')], 1)
    await store.beginRecount(key, { id: 'r', atMs: NOW })
    await store.settle(key, { there: [intent('one')], gone: [intent('two')] })
    const before = await read()
    expect(before).toMatchObject({
      users: 2,
      intents: [intent('three')],
      endings: [
        { id: 'one', isThere: true },
        { id: 'two', isThere: false },
      ],
      recount: { id: 'r', atMs: NOW },
    })
    // Who is gone is nobody's any more; who is there may be taken away.
    expect(await store.claim(key, [intent('two', { step: 'looking' })])).toBe(false)
    expect(await store.claim(key, [intent('one', { step: 'looking' })])).toBe(true)
    expect(await store.endRecount(key, before, 7)).toBe(false)
    expect(await store.settle(key, { missed: [intent('one', { step: 'looking' })] })).toBe(true)
    expect((await read()).endings).toContainEqual({ id: 'one', isThere: false })

    expect(await store.endRecount(key, await read(), 7)).toBe(true)
    await store.forget(key, (await read()).endings)
    expect(await read()).toMatchObject({ users: 7, intents: [intent('three')], endings: [], recount: null })
    expect(await store.endRecount(key, await read(), 9)).toBe(false)
  })

  it('a recount is given up where more ends than the item has room for', async () => {
    const key = aNode()
    await store.beginRecount(key, { id: 'r', atMs: NOW })
    for (let batch = 0; batch <= MOST_ENDINGS / MOST_INTENTS; batch++) {
      const intents = Array.from({ length: MOST_INTENTS }, (_, n) => intent(`${batch}-${n}`))
      expect(await store.reserve(key, intents, 1)).toBe(true)
      expect(await store.settle(key, { there: intents })).toBe(true)
    }
    const left = (await countOf(key.cluster)) as Count
    expect(left).toMatchObject({ recount: null, users: MOST_ENDINGS + MOST_INTENTS, intents: [] })
    expect(left.endings).toHaveLength(MOST_ENDINGS)
    await store.forget(key, left.endings)
    expect((await countOf(key.cluster))?.endings).toEqual([])
  })

  it('a node with users is not closed; a closed one is open to who read a later configuration', async () => {
    const key = aNode()
    await store.reserve(key, [intent('one')], 4)
    expect(await store.close(key, 4, NOW)).toBe(false)
    await store.settle(key, { gone: [intent('one')] })

    expect(await store.close(key, 4, NOW)).toBe(true)
    for (const version of [3, 4]) expect(await store.reserve(key, [intent('two')], version, 0)).toBe(false)
    expect(await store.reserve(key, [intent('two')], 5, 0)).toBe(true)
  })

  it('a closing that nothing follows ends by itself', async () => {
    const key = aNode()
    expect(await store.close(key, 4, NOW)).toBe(true)
    expect(await store.reserve(key, [intent('one', { atMs: NOW + CLOSED_MS })], 4)).toBe(false)
    expect(await store.reserve(key, [intent('one', { atMs: NOW + CLOSED_MS + 1 })], 4)).toBe(true)
  })

  it('counts of a cluster are its own, and are no users', async () => {
    const key = aNode()
    await store.reserve(key, [intent('one')], 1)
    await store.reserve({ ...key, node: 'beta' }, [intent('two')], 1)
    await store.reserve({ cluster: `${key.cluster}-2`, node: 'alpha' }, [intent('three')], 1)

    expect((await store.ofCluster(key.cluster)).map(({ node }) => node)).toEqual(['alpha', 'beta'])
    expect(await users.list({ cluster: key.cluster }, { limit: 9 })).toEqual({ users: [], more: false })
    expect(await users.list({ cluster: key.cluster, home: 'alpha' }, { limit: 9 })).toEqual({ users: [], more: false })
  })
}
