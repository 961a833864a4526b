import { readFileSync } from 'node:fs'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { Heartbeat } from '../../domain/contract/heartbeat.ts'
import type { Effect, Group, NodeIndex } from '../../domain/model.ts'
import { createClusterStore } from '../../functions/adapters/cluster-store.ts'
import { createGroupStore } from '../../functions/adapters/group-store.ts'
import { createHistoryStore, entryOf } from '../../functions/adapters/history-store.ts'
import type { HeartbeatPorts } from '../../functions/usecases/accept-heartbeat.ts'
import { acceptHeartbeat } from '../../functions/usecases/accept-heartbeat.ts'
import * as changing from '../../functions/usecases/change-group.ts'
import { sweep } from '../../functions/usecases/sweep.ts'
import { HOUR, heartbeatOf } from '../domain/situation.ts'
import type { Database } from './databases.ts'
import { startDynalite } from './databases.ts'
import { nodeAt } from './steady.ts'

type Item = Record<string, AttributeValue>
const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`./fixtures/release-0.1.0/${name}.json`, import.meta.url), 'utf8'))

let database: Database
beforeAll(async () => {
  database = await startDynalite()
})
afterAll(() => database?.end())

const TABLES = { groups: 'understudy-groups', clusters: 'understudy-clusters', history: 'understudy-history' }
const groups = () => createGroupStore(database.client, TABLES.groups)
const put = (table: keyof typeof TABLES, Item: Item) =>
  database.client.send(new PutItemCommand({ TableName: TABLES[table], Item }))

/** The group of a fixture, as the release left it; it is called by the name of its cluster here. */
async function given(name: string, different: Item = {}) {
  const item = { ...(fixture(name) as Item), ...different }
  await put('groups', item)
  const key = { cluster: item.cluster?.S as string, group: item.group?.S as string }
  const read = async () => (await groups().read(key)) as Group
  const stored = async () => {
    const Key = { cluster: { S: key.cluster }, group: { S: key.group } }
    return (await database.client.send(new GetItemCommand({ TableName: TABLES.groups, Key }))).Item
  }
  return { item, key, read, stored }
}

/** This version, an agent's interval after the release wrote its last heartbeat; what it would carry out. */
function today(nowMs: number) {
  const effects: Effect[] = []
  const ports: HeartbeatPorts = {
    groups: groups(),
    clock: { read: () => ({ nowMs, monotonicMs: nowMs }) },
    dispatch: async () => async (_, due) => void effects.push(...due),
    groupOf: async () => 'pair',
    recordAlone: async () => undefined,
    changeGroup: async () => changing,
  }
  const beat = (group: Group, index: NodeIndex, change: Partial<Heartbeat> = {}) => {
    const { name: node, principal, softwareVersion } = nodeAt(group, index)
    const running = { state: 'running' as const, forMs: HOUR }
    const services = Object.fromEntries(group.services.map((name) => [name, running]))
    const heartbeat = heartbeatOf(group, index, { softwareVersion, services, database: running, ...change })
    return acceptHeartbeat(ports, { cluster: group.cluster, node, caller: '', principals: [principal], heartbeat })
  }
  return { ports, effects, beat }
}
const INTERVAL_MS = 15_000
const later = (group: Group) => Math.max(...group.nodes.map(({ lastAtMs }) => lastAtMs)) + INTERVAL_MS

describe('what release 0.1.0 wrote', () => {
  it('of a steady pair goes on with the next heartbeat, and then with one write each', async () => {
    const { read } = await given('steady-group')
    const before = await read()
    expect(before).toMatchObject({ highAvailability: true, transition: null, outbox: [], incidents: [] })
    expect(before.nodes.map(({ name, state, open }) => ({ name, state, open }))).toEqual([
      { name: 'alpha', state: 'Normal', open: [0] },
      { name: 'beta', state: 'Normal', open: [1] },
    ])

    // What an agent says may be kept in other words today, so that the first heartbeat is looked at; but nothing happens.
    const first = today(later(before))
    await first.beat(before, 0)
    expect(first.effects).toEqual([])
    const nowMs = later(await read())
    const { ports, beat } = today(nowMs)
    ports.changeGroup = () => Promise.reject(new Error('nothing is to be looked at'))
    const answer = await beat(await read(), 0)

    expect(answer).toMatchObject({ state: 'Normal', serve: ['alpha'], leaseMs: 55_000, epoch: before.epoch })
    const after = await read()
    expect(after.version).toBe(before.version + 2)
    expect(nodeAt(after, 0)).toMatchObject({
      lastAtMs: nowMs,
      lastOkAtMs: nowMs,
      sequence: nodeAt(before, 0).sequence + 2,
    })
    expect(nodeAt(after, 1)).toEqual(nodeAt(before, 1))
  })

  it.each(['steady-group', 'earlier-timeout-group', 'failover-group'])(
    'of %s is the same when it is written again',
    async (name) => {
      const { read } = await given(name)
      const before = await read()

      expect(await groups().commit(before, before.version)).toBe(true)

      expect(await read()).toEqual({ ...before, version: before.version + 1 })
    },
  )

  it.each([
    ['while the item says so', {}, 'Normal'],
    ['and no longer', { b: undefined }, 'FailingOver'],
  ])('of a timeout that was made shorter binds leases to the longer one, %s', async (_, different, state) => {
    const { read } = await given('earlier-timeout-group', different as unknown as Item)
    const before = await read()
    expect(before.settings.keepAliveTimeoutMs).toBe(50_000)

    // Beta's heartbeats come on; alpha's have ended, for more than the shorter timeout and less than the longer one.
    const nowMs = nodeAt(before, 0).lastAtMs + 55_000
    for (let atMs = later(before) - 10_000; atMs < nowMs; atMs += 10_000) await today(atMs).beat(await read(), 1)
    await today(nowMs).beat(await read(), 1)

    expect(nodeAt(await read(), 0).state).toBe(state)
  })

  it('of a failover leads on: to the take-over, its token, and its end', async () => {
    const { read } = await given('failover-group')
    const before = await read()
    expect(before.transition).toMatchObject({
      kind: 'failover',
      phase: 'running',
      tokens: { 'Release::1': expect.any(String) },
    })
    expect(before.commands).toEqual([expect.objectContaining({ node: 0, kind: 'stopServices', result: null })])
    expect(nodeAt(before, 0).set.moving).toMatchObject({ to: 1, released: false })
    expect(before.outbox.map(({ kind }) => kind)).toEqual(['event', 'event'])

    const first = today(later(before))
    const told = await first.beat(before, 0, { gate: { open: [], kind: 'front' } })
    expect(told.commands).toEqual([expect.objectContaining({ kind: 'stopServices' })])
    const { token } = { token: before.transition?.tokens['Release::1'] }
    expect(first.effects).toContainEqual(expect.objectContaining({ kind: 'token', token, outcome: 'done' }))

    const second = today(later(await read()))
    const answer = await second.beat(await read(), 1)
    const [takeOver] = answer.commands
    expect(takeOver).toMatchObject({ kind: 'takeOver' })
    const results = (id = '') => [{ id, ok: true, output: '', durationMs: 1 }]
    const third = today(later(await read()))
    const done = await third.beat(await read(), 1, { commandResults: results(takeOver?.id) })
    expect(done.serve).toEqual(expect.arrayContaining(['alpha', 'beta']))
    await today(later(await read())).beat(await read(), 0, { commandResults: results(told.commands[0]?.id) })

    const after = await read()
    expect(after.nodes.map(({ state }) => state)).toEqual(['Idle', 'RunningInBackupMode'])
    expect(after.transition).toBeNull()
  })

  it('of a failover is swept: the events that it left are carried out, and stand beside its history', async () => {
    const { key, read } = await given('failover-group')
    const before = await read()
    await put('clusters', fixture('failover-cluster'))
    for (const item of fixture('failover-history') as Item[]) await put('history', item)
    const history = createHistoryStore(database.client, { table: TABLES.history, keptDays: 36_500 })
    const earlier = (await history.ofGroup(key, { limit: 500 })).entries

    const { ports, effects } = today(later(before))
    const clusters = createClusterStore(database.client, TABLES.clusters)
    const workflows = { send: async () => ({ status: 'RUNNING' }) } as never
    const arnOf = (machine: string) => `a:stateMachine:${machine}`
    expect(await sweep({ ...ports, clusters, workflows, arnOf })).toMatchObject({ failed: 0 })

    const left = effects.filter((effect) => effect.kind === 'event' && before.outbox.some(({ id }) => id === effect.id))
    expect(left).toEqual(before.outbox)
    await history.append(left.filter((effect) => effect.kind === 'event').map(entryOf))
    const { entries } = await history.ofGroup(key, { limit: 500 })
    expect(entries).toEqual(earlier)
    expect(entries.map(({ detailType, detail }) => `${detailType} ${detail.rule ?? ''}`)).toContain(
      'Group State Change 200',
    )
    for (const { detail } of entries) expect(detail).toMatchObject({ version: '1', ...key })
  })

  it('of a cluster is read, and written again under the next version', async () => {
    const clusters = createClusterStore(database.client, TABLES.clusters)
    await put('clusters', fixture('steady-cluster'))
    const before = await clusters.read('steady')
    expect(before).toMatchObject({ groups: { pair: { nodes: ['alpha', 'beta'] } }, pending: [] })
    if (!before) return

    expect(await clusters.commit(before, before.version)).toBe(true)

    expect(await clusters.read('steady')).toEqual({ ...before, version: before.version + 1 })
  })
})

describe('what a later release wrote', () => {
  it.each(['steady', 'unusual'])('of a group is refused to a %s heartbeat, and stays as it is', async (how) => {
    const { read, stored } = await given('steady-group')
    const group = await read()
    const { item } = await given('steady-group', { f: { N: '2' }, something: { S: 'new' } })

    const beaten = today(later(group)).beat(group, 0, how === 'steady' ? {} : { softwareVersion: '16.0' })

    await expect(beaten).rejects.toThrow('the item of group pair has format 2, not 1')
    expect(await stored()).toEqual(item)
  })

  it('of a cluster is refused, and stays as it is', async () => {
    const item = { ...fixture('steady-cluster'), cluster: { S: 'later' }, format: { N: '2' } }
    await put('clusters', item)
    const clusters = createClusterStore(database.client, TABLES.clusters)

    await expect(clusters.read('later')).rejects.toThrow('the item of cluster later has format 2, not 1')
  })
})
