import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTables } from '../../apps/stage/tables.ts'
import type { ClusterStore } from '../../functions/adapters/cluster-store.ts'
import { createClusterStore } from '../../functions/adapters/cluster-store.ts'
import type { FeedEntry, HistoryEntry, HistoryStore } from '../../functions/adapters/history-store.ts'
import { createHistoryStore, entryOf, hourOf } from '../../functions/adapters/history-store.ts'
import { createRequestStore } from '../../functions/adapters/request-store.ts'
import { createSightingStore } from '../../functions/adapters/sighting-store.ts'
import { aCluster, NOW, SECOND } from '../domain/situation.ts'

/** What every store of clusters must do. */
export function describeClusterStore(client: () => DynamoDBClient): void {
  let store: ClusterStore

  beforeAll(async () => {
    const { clusters } = await createTables(client(), 'clusters-')
    store = createClusterStore(client(), clusters)
  })

  it('a cluster is written once where nothing stands, and then under its version', async () => {
    const cluster = { ...aCluster(), cluster: 'one' }
    expect(await store.read('one')).toBeNull()

    expect(await store.commit(cluster, 0)).toBe(true)
    expect(await store.commit(cluster, 0)).toBe(false)
    expect(await store.commit({ ...cluster, pending: ['pair'] }, 1)).toBe(true)
    expect(await store.commit({ ...cluster, pending: ['other'] }, 1)).toBe(false)

    expect(await store.read('one')).toEqual({ ...cluster, pending: ['pair'], version: 2 })
  })

  it('a cluster is removed under its version', async () => {
    await store.commit({ ...aCluster(), cluster: 'two' }, 0)

    expect(await store.remove('two', 7)).toBe(false)
    expect(await store.read('two')).not.toBeNull()
    expect(await store.remove('two', 1)).toBe(true)
    expect(await store.read('two')).toBeNull()
    expect(await store.remove('two', 1)).toBe(false)
  })

  it('all are listed, over several pages of DynamoDB, and from any of them on', async () => {
    const [group] = Object.values(aCluster().groups)
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, n) => [`g${n}`, { ...group, description: '~'.repeat(1000) }]),
    ) as ReturnType<typeof aCluster>['groups']
    const names = ['p', 'q', 'r', 's', 't', 'u', 'v']
    await Promise.all(names.map((name) => store.commit({ ...aCluster(), cluster: name, groups: many }, 0)))
    const listed = async (after?: string) => {
      const found: string[] = []
      for await (const { cluster } of store.all(after)) found.push(cluster)
      return found
    }

    const all = await listed()
    expect(all).toEqual(expect.arrayContaining(names))
    for (const [place, name] of all.entries()) expect(await listed(name)).toEqual(all.slice(place + 1))
  })
}

/** What every store of histories must do. */
export function describeHistoryStore(client: () => DynamoDBClient): void {
  let store: HistoryStore

  beforeAll(async () => {
    const { history } = await createTables(client(), 'history-')
    store = createHistoryStore(client(), { table: history, keptDays: 36_500 })
  })

  const entry = (group: string, secondsLater: number, detail: Record<string, unknown> = {}): HistoryEntry => {
    const atMs = NOW + secondsLater * SECOND
    const id = `${String(atMs).padStart(14, '0')}-7-01`
    return entryOf({
      kind: 'event',
      id,
      atMs,
      detailType: 'Command Result',
      detail: { version: '1', cluster: 'c', group, ...detail },
    })
  }
  const large = { output: '~'.repeat(100_000) }
  const of = (group: string) => ({ cluster: 'c', group })

  it('keeps what happened, whole, and knows no group in which nothing has', async () => {
    const detail = {
      transition: { id: 't', from: 'alpha' },
      rule: 12,
      nodes: [{ node: 'alpha' }, null],
      left: undefined,
    }
    await store.append([entry('whole', 0, detail)])

    const { left: _, ...kept } = detail
    expect(await store.ofGroup(of('whole'), { limit: 10 })).toEqual({
      entries: [{ ...entry('whole', 0), detail: { version: '1', cluster: 'c', group: 'whole', ...kept } }],
      more: false,
    })
    expect(await store.ofGroup(of('nothing'), { limit: 10 })).toEqual({ entries: [], more: false })
  })

  it('tells it newest first, page by page', async () => {
    const all = [0, 1, 2, 3, 4, 5].map((later) => entry('pages', later))
    await store.append(all)
    await store.append([entry('pages-of-another', 9)])

    const first = await store.ofGroup(of('pages'), { limit: 4 })
    expect(first).toEqual({ entries: [all[5], all[4], all[3], all[2]], more: true })
    const beyond = first.entries.at(-1)?.id
    expect(await store.ofGroup(of('pages'), { limit: 4, beyond })).toEqual({ entries: [all[1], all[0]], more: false })
    expect(await store.ofGroup(of('pages'), { limit: 2, beyond })).toEqual({ entries: [all[1], all[0]], more: false })
  })

  it('tells it oldest first where that is asked for', async () => {
    const all = [0, 1, 2].map((later) => entry('forward', later))
    await store.append(all)
    const sinceMs = NOW + SECOND

    const first = await store.ofGroup(of('forward'), { limit: 2, oldestFirst: true })
    expect(first).toEqual({ entries: [all[0], all[1]], more: true })
    const beyond = all[1]?.id
    const further = await store.ofGroup(of('forward'), { limit: 2, oldestFirst: true, beyond, sinceMs })
    expect(further).toEqual({ entries: [all[2]], more: false })
  })

  it('tells nothing of what is over, also where nobody deletes it', async () => {
    const ends = createHistoryStore(client(), { table: 'history-history', keptDays: 1 })
    await ends.append([entry('over', 0)])
    const recent = {
      ...entry('over', 0),
      id: `${String(Date.now()).padStart(14, '0')}-7-01`,
      at: new Date().toISOString(),
    }
    await ends.append([recent])

    expect(await ends.ofGroup(of('over'), { limit: 9 })).toEqual({ entries: [recent], more: false })
    const { entries } = await ends.feed(hourOf(recent.at), hourOf(recent.at))
    expect(entries.filter(({ entry: { group } }) => group === 'over').map(({ entry: { id } }) => id)).toEqual([
      recent.id,
    ])
  })

  it('tells it since a time, that time included', async () => {
    const all = [0, 1, 2, 3].map((later) => entry('since', later))
    await store.append(all)
    const sinceMs = NOW + 2 * SECOND

    expect(await store.ofGroup(of('since'), { limit: 10, sinceMs })).toEqual({ entries: [all[3], all[2]], more: false })
    expect(await store.ofGroup(of('since'), { limit: 1, sinceMs })).toEqual({ entries: [all[3]], more: true })
    const beyond = all[2]?.id
    expect(await store.ofGroup(of('since'), { limit: 9, sinceMs, beyond })).toEqual({ entries: [], more: false })
    expect(await store.ofGroup(of('since'), { limit: 9, sinceMs, beyond: all[0]?.id })).toMatchObject({ entries: [] })
  })

  it('gives a full page also where DynamoDB does not', async () => {
    const all = Array.from({ length: 15 }, (_, later) => entry('large', later, large))
    await store.append(all)

    const page = await store.ofGroup(of('large'), { limit: 14 })
    expect(page.entries.map(({ id }) => id)).toEqual(
      all
        .slice(1)
        .reverse()
        .map(({ id }) => id),
    )
    expect(page.more).toBe(true)
  })

  /** What was kept since then, page by page. */
  async function fed(sinceMs: number): Promise<FeedEntry[]> {
    const found: FeedEntry[] = []
    const hours = new Set([sinceMs, Date.now()].map((atMs) => hourOf(new Date(atMs).toISOString())))
    for (const hour of hours) {
      for (let after = new Date(sinceMs).toISOString(); ; ) {
        const page = await store.feed(hour, after)
        found.push(...page.entries)
        after = page.entries.at(-1)?.place ?? after
        if (!page.more) break
      }
    }
    return found
  }

  it('feeds what all groups lived through in the order in which it was kept', async () => {
    const sinceMs = Date.now()
    const all = [entry('late', 100), entry('early', 0), entry('late', 50)]
    for (const each of all) {
      await store.append([each])
      const kept = Date.now()
      while (Date.now() === kept) await store.ofGroup(of('late'), { limit: 1 })
    }

    const found = await fed(sinceMs)
    expect(found.map((each) => each.entry)).toEqual(all)
    for (const { keptAtMs } of found) expect(keptAtMs).toBeGreaterThanOrEqual(sinceMs)
  })

  it('keeps the same thing once, where it stood first, although it is told again', async () => {
    const sinceMs = Date.now()
    const [one, two] = [entry('twice', 0), entry('twice', 1)]
    await store.append([one, one])
    const before = await fed(sinceMs)
    await store.append([one, two])

    expect((await store.ofGroup(of('twice'), { limit: 10 })).entries).toEqual([two, one])
    const after = await fed(sinceMs)
    expect(after[0]).toEqual(before[0])
    expect(after.map((each) => each.entry)).toEqual([one, two])
  })

  it('feeds everything also over several pages of DynamoDB', async () => {
    const sinceMs = Date.now()
    await store.append(Array.from({ length: 15 }, (_, later) => entry('fed', later, large)))

    expect((await store.feed(hourOf(new Date(sinceMs).toISOString()), new Date(sinceMs).toISOString())).more).toBe(true)
    expect(await fed(sinceMs)).toHaveLength(15)
  })
}

/** What every store of answers, and of what was heard of nodes without a group, must do. */
export function describeMemories(client: () => DynamoDBClient): void {
  it('an answer is remembered under its key', async () => {
    const { requests } = await createTables(client(), 'requests-')
    const store = createRequestStore(client(), requests)
    const answer = { requestHash: 'h', statusCode: 202, headers: { etag: '"3"' }, body: '{"é":""}' }
    await store.remember('one', answer)
    await store.remember('empty', { ...answer, headers: {}, body: '' })

    expect(await store.find('one')).toEqual(answer)
    expect(await store.find('empty')).toEqual({ ...answer, headers: {}, body: '' })
    expect(await store.find('other')).toBeNull()
  })

  it('the last that was heard of a node counts, and it is in no history', async () => {
    const { history } = await createTables(client(), 'sightings-')
    const store = createSightingStore(client(), history)
    const key = { cluster: 'c', node: 'alpha' }
    const sighting = {
      atMs: NOW,
      softwareVersion: '',
      services: { 'SIP Proxy': 'failed' },
      database: 'running',
    } as const
    expect(await store.find(key)).toBeNull()

    await store.record(key, { ...sighting, services: {} })
    await store.record(key, { ...sighting, atMs: NOW + SECOND })

    expect(await store.find(key)).toEqual({ ...sighting, atMs: NOW + SECOND })
    expect(await store.find({ ...key, node: 'beta' })).toBeNull()
    const group = { cluster: 'c', group: 'alpha' }
    expect(
      await createHistoryStore(client(), { table: history, keptDays: 36_500 }).ofGroup(group, { limit: 9 }),
    ).toMatchObject({ entries: [] })
  })
}
