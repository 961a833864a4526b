import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTables } from '../../apps/stage/tables.ts'
import type { Session, Subscription } from '../../domain/sessions.ts'
import { type Spot, shardOf } from '../../functions/adapters/session-places.ts'
import type { SessionFilter, SessionStore } from '../../functions/adapters/session-store.ts'
import { createSessionStore } from '../../functions/adapters/session-store.ts'
import type { SubscriptionStore } from '../../functions/adapters/subscription-store.ts'
import { createSubscriptionStore } from '../../functions/adapters/subscription-store.ts'
import { HOUR, NOW } from '../domain/situation.ts'

const aSession = (different: Partial<Session> = {}): Session => ({
  cluster: 'c',
  user: 'alice',
  assignment: 'id',
  home: 'alpha',
  device: 'phone',
  platform: 'ios',
  mode: 'background',
  pushEnabled: true,
  node: 'alpha',
  putAtMs: NOW,
  expiresAtMs: NOW + HOUR,
  ...different,
})

/** What every store of sessions must do. */
export function describeSessionStore(client: () => DynamoDBClient): void {
  let store: SessionStore

  beforeAll(async () => {
    const { sessions } = await createTables(client(), 'sessions-')
    store = createSessionStore(client(), sessions)
  })

  it('a session is kept, put anew, found by its user and removed', async () => {
    const user = { cluster: 'one', user: 'o\\27hara|müller', home: 'alpha' }
    const phone = aSession(user)
    const desktop = aSession({ ...user, device: 'desktop', mode: 'foreground' })
    expect(await store.read(phone)).toBeNull()
    await store.put(aSession({ ...phone, platform: 'other' }))
    await store.put(phone)
    await store.put(desktop)
    for (const name of [`${user.user}!`, `${user.user}x`]) await store.put(aSession({ ...user, user: name }))
    await store.put({ ...phone, home: 'beta' })

    expect(await store.read(phone)).toEqual(phone)
    expect(await store.ofUser(user)).toEqual([desktop, phone])
    await store.remove(phone)
    await store.remove(phone)
    expect(await store.ofUser(user)).toEqual([desktop])
  })

  /** All pages, and how long each was. */
  async function pages(home: string, filter: SessionFilter, limit: number) {
    const found: Session[] = []
    let from: Spot | null | undefined
    while (from !== null) {
      const page = await store.ofHome({ cluster: 'list', home }, filter, { limit, from })
      expect(page.entries.length).toBeLessThanOrEqual(limit)
      found.push(...page.entries)
      from = page.next
    }
    return found.map(({ user, device }) => `${user}/${device}`).sort()
  }

  it('those of a home are read page by page, each once, by what they are', async () => {
    const users = Array.from({ length: 40 }, (_, number) => `u${number}`)
    expect(new Set(users.map(shardOf)).size).toBeGreaterThan(10)
    for (const user of users) {
      await store.put(aSession({ cluster: 'list', user }))
      await store.put(aSession({ cluster: 'list', user, device: 'tablet', pushEnabled: false }))
      await store.put(aSession({ cluster: 'list', user, device: 'desktop', mode: 'foreground' }))
    }
    await store.put(aSession({ cluster: 'list', home: 'beta' }))
    const named = (...devices: string[]) => users.flatMap((user) => devices.map((device) => `${user}/${device}`)).sort()

    for (const limit of [1, 7, 1000]) {
      expect(await pages('alpha', {}, limit)).toEqual(named('phone', 'tablet', 'desktop'))
      expect(await pages('alpha', { mode: 'background' }, limit)).toEqual(named('phone', 'tablet'))
      expect(await pages('alpha', { mode: 'background', pushEnabled: true }, limit)).toEqual(named('phone'))
    }
    expect(await pages('beta', {}, 7)).toEqual(['alice/phone'])
    expect(await pages('nobody', {}, 7)).toEqual([])
  })

  it('what was lost is kept beside the session, and read with the suspended ones', async () => {
    const home = { cluster: 'lost', home: 'alpha' }
    const session = aSession(home)
    await store.put(session)
    const lost = { ...session, loss: { node: 'alpha', atMs: NOW } }
    await store.keepLost(lost)
    await store.put(aSession({ ...home, user: 'bob', mode: 'foreground' }))

    expect((await store.suspended(home, { limit: 9 })).entries).toEqual([lost, session])
    expect(await store.ofUser(session)).toEqual([session])
    const first = await store.suspended(home, { limit: 1 })
    expect(first.entries).toEqual([lost])
    expect((await store.suspended(home, { limit: 1, from: first.next ?? undefined })).entries).toEqual([session])
  })
}

/** What every store of subscriptions must do. */
export function describeSubscriptionStore(client: () => DynamoDBClient): void {
  let store: SubscriptionStore

  beforeAll(async () => {
    const { sessions } = await createTables(client(), 'subscriptions-')
    store = createSubscriptionStore(client(), sessions)
  })

  const of = { cluster: 'c', home: 'alpha' }
  const to = (user: string, presentity: string): Subscription => ({
    ...of,
    user,
    assignment: 'id',
    presentity,
    putAtMs: NOW,
    lastsMs: HOUR,
  })

  it('is kept, found by its user and removed', async () => {
    const [bob, carol] = [to('alice', 'bob@example.com'), to('alice', 'sip:carol')]
    for (const each of [bob, carol, to('alice!', 'dave')]) await store.put(each)
    expect(await store.ofUser(bob)).toEqual([bob, carol])
    await store.remove(bob)
    await store.remove(bob)
    expect(await store.ofUser(bob)).toEqual([carol])
  })

  it('is found with those of many users', async () => {
    const users = ['a', 'a!', 'a0', 'b', ...Array.from({ length: 40 }, (_, number) => `u${number}`), 'é']
    const all = users.map((user) => ({ ...to(user, 'bob'), home: 'many' }))
    for (const each of all) await store.put(each)
    const found = await store.ofUsers({ cluster: 'c', home: 'many' }, [...users, 'a', 'somebody else'])
    expect(found.map(({ user }) => user).sort()).toEqual([...users].sort())
    expect(await store.ofUsers(of, [])).toEqual([])
  })
}
