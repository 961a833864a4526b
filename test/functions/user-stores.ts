import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTables } from '../../apps/stage/tables.ts'
import type { CountStore, Intent } from '../../functions/adapters/count-store.ts'
import { CLOSED_MS, createCountStore } from '../../functions/adapters/count-store.ts'
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
  const counted = (number: number, ...intents: Intent[]) => ({ node: 'alpha', users: number, intents })

  it('a user is counted from before it is there, and noted until it is', async () => {
    const key = aNode()
    expect(await store.ofCluster(key.cluster)).toEqual([])

    expect(await store.reserve(key, intent('one'), 1)).toBe(true)
    expect(await countOf(key.cluster)).toEqual(counted(1, intent('one')))
    expect(await store.keep(key, intent('one'))).toBe(true)
    expect(await countOf(key.cluster)).toEqual(counted(1))
    expect(await store.keep(key, intent('one'))).toBe(false)

    expect(await store.reserve(key, intent('two'), 1)).toBe(true)
    expect(await store.discount(key, intent('two'))).toBe(true)
    expect(await store.discount(key, intent('two'))).toBe(false)
    expect(await countOf(key.cluster)).toEqual(counted(1))
  })

  it('only as many as were seen are counted on', async () => {
    const key = aNode()
    expect(await store.reserve(key, intent('early'), 1, 1)).toBe(false)
    expect(await store.reserve(key, intent('one'), 1, 0)).toBe(true)
    expect(await store.reserve(key, intent('late'), 1, 0)).toBe(false)
    expect(await store.reserve(key, intent('two'), 1, 1)).toBe(true)
    await store.discount(key, intent('two'))
    await store.discount(key, intent('one'))
    expect(await store.reserve(key, intent('three'), 1, 0)).toBe(true)
    expect(await countOf(key.cluster)).toEqual(counted(1, intent('three')))
  })

  it('one at a time removes an assignment, and discounts it once', async () => {
    const key = aNode()
    await store.reserve(key, intent('one'), 1)
    const looking = intent('one', { step: 'looking', atMs: NOW + SECOND })
    const removing = { ...looking, step: 'removing' } as const

    // What adds it left its note, or is about to take it away.
    expect(await store.claim(key, looking)).toBe(true)
    expect(await store.keep(key, intent('one'))).toBe(false)
    expect(await store.claim(key, { ...looking, atMs: NOW + 2 * SECOND })).toBe(false)
    expect(await store.advance(key, looking, removing)).toBe(true)
    expect(await store.advance(key, looking, removing)).toBe(false)
    expect(await store.claim(key, looking)).toBe(false)
    expect(await store.keep(key, looking)).toBe(false)
    expect(await countOf(key.cluster)).toEqual(counted(1, removing))
    expect(await store.discount(key, removing)).toBe(true)
    expect(await store.discount(key, removing)).toBe(false)
    expect(await countOf(key.cluster)).toEqual(counted(0))
  })

  it('a node with users is not closed; a closed one is open to who read a later configuration', async () => {
    const key = aNode()
    await store.reserve(key, intent('one'), 4)
    expect(await store.close(key, 4, NOW)).toBe(false)
    await store.discount(key, intent('one'))

    expect(await store.close(key, 4, NOW)).toBe(true)
    for (const version of [3, 4]) expect(await store.reserve(key, intent('two'), version, 0)).toBe(false)
    expect(await store.reserve(key, intent('two'), 5, 0)).toBe(true)
  })

  it('a closing that nothing follows ends by itself', async () => {
    const key = aNode()
    expect(await store.close(key, 4, NOW)).toBe(true)
    expect(await store.reserve(key, intent('one', { atMs: NOW + CLOSED_MS }), 4)).toBe(false)
    expect(await store.reserve(key, intent('one', { atMs: NOW + CLOSED_MS + 1 }), 4)).toBe(true)
  })

  it('counts of a cluster are its own, and are no users', async () => {
    const key = aNode()
    await store.reserve(key, intent('one'), 1)
    await store.reserve({ ...key, node: 'beta' }, intent('two'), 1)
    await store.reserve({ cluster: `${key.cluster}-2`, node: 'alpha' }, intent('three'), 1)

    expect((await store.ofCluster(key.cluster)).map(({ node }) => node)).toEqual(['alpha', 'beta'])
    expect(await users.list({ cluster: key.cluster }, { limit: 9 })).toEqual({ users: [], more: false })
    expect(await users.list({ cluster: key.cluster, home: 'alpha' }, { limit: 9 })).toEqual({ users: [], more: false })
  })
}
