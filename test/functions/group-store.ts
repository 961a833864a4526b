import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import fc from 'fast-check'
import { createTables } from '../../apps/stage/tables.ts'
import { draftOf } from '../../domain/decide.ts'
import { absorb } from '../../domain/heartbeat.ts'
import type { Effect, Group } from '../../domain/model.ts'
import { okAgeMs } from '../../domain/settings.ts'
import type { GroupStore } from '../../functions/adapters/group-store.ts'
import { createGroupStore } from '../../functions/adapters/group-store.ts'
import { aGroup, INTERVAL, NOW } from '../domain/situation.ts'
import type { Arrival, Difference } from './steady.ts'
import { anyArrival, differing, nodeAt, steadyArrival } from './steady.ts'

const GAP = okAgeMs(aGroup().settings)
const keyOf = ({ cluster, name }: Group) => ({ cluster, group: name })
const effect = (id: string, text = ''): Effect => ({ kind: 'token', id, atMs: NOW, token: text, outcome: 'done' })

const { group: GROUP, heartbeat: HEARTBEAT } = steadyArrival('any')
const [FIRST = ''] = GROUP.services
const without = { ...HEARTBEAT.services }
delete without[FIRST]
const down = { state: 'failed', forMs: 1 } as const

/** Each breaks one clause of the condition, and nothing else. */
const NOT_STEADY: [string, Difference][] = [
  ['has the sequence of the last one', { heartbeat: { sequence: HEARTBEAT.sequence - 1 } }],
  ['has an earlier sequence', { heartbeat: { sequence: 1 } }],
  ['is of an earlier incarnation', { heartbeat: { incarnation: HEARTBEAT.incarnation - 1 } }],
  ['is of a new incarnation', { heartbeat: { incarnation: HEARTBEAT.incarnation + 1 } }],
  ['is of another boot', { heartbeat: { bootId: 'boot-2' } }],
  ['says that a service failed', { heartbeat: { services: { ...HEARTBEAT.services, [FIRST]: down } } }],
  ['says that the database failed', { heartbeat: { database: down } }],
  ['leaves a service out', { heartbeat: { services: without } }],
  ['reports another service instead', { heartbeat: { services: { ...without, Other: HEARTBEAT.database } } }],
  [
    'reports another service besides',
    { heartbeat: { services: { ...HEARTBEAT.services, Other: HEARTBEAT.database } } },
  ],
  ['says that its door is closed', { heartbeat: { gate: { open: [], kind: 'front' } } }],
  ["says that its peer's door is open, too", { heartbeat: { gate: { open: ['alpha', 'beta'], kind: 'front' } } }],
  ['has another software version', { heartbeat: { softwareVersion: '15.0' } }],
  ['has another state of replication', { heartbeat: { replicationSetup: 3 } }],
  ['is a good-bye', { heartbeat: { leaving: 'shutdown' } }],
  ['comes after a gap in which a heartbeat was lost', { nowMs: NOW - INTERVAL + GAP }],
  ['is the first that is ok', { node: { lastOkAtMs: 0 } }],
  ['is read on a clock that is behind', { nowMs: NOW - INTERVAL - 1 }],
  ["is not the principal's", { principals: ['somebody', 'somebody else'] }],
  ['knows another epoch', { heartbeat: { epoch: HEARTBEAT.epoch - 1 } }],
  ['reaches a group of a new epoch', { group: { epoch: GROUP.epoch + 1 } }],
  ['knows an epoch that its node has not acknowledged', { node: { acknowledgedEpoch: GROUP.epoch - 1 } }],
  [
    'has heard nothing for longer than an interval and the time for an answer',
    { heartbeat: { answeredMsAgo: 26_500.1 } },
  ],
  ['has never heard an answer', { heartbeat: { answeredMsAgo: undefined } }],
  ['comes while a set moves', { peer: { set: { owner: 1, moving: { to: 0, untilMs: NOW, released: false } } } }],
]

/** What every store of groups must do. */
export function describeGroupStore(client: () => DynamoDBClient): void {
  let store: GroupStore
  let count = 0
  const fresh = () => `pair-${++count}`

  beforeAll(async () => {
    const { groups } = await createTables(client(), 'groups-')
    store = createGroupStore(client(), groups)
  })

  const accept = ({ group, heartbeat, principals, nowMs }: Arrival) =>
    store.acceptSteady(keyOf(group), 'alpha', heartbeat, principals, nowMs)
  async function arriving(arrival: Arrival): Promise<Group> {
    const { version } = arrival.group
    expect(await store.commit({ ...arrival.group, version: 0 }, 0)).toBe(true)
    const written = (await store.read(keyOf(arrival.group))) as Group
    expect({ ...written, version }).toEqual(arrival.group)
    return written
  }

  describe('a steady heartbeat', () => {
    it('is accepted: the answer is what stands there now, and only times, sequence and version are new', async () => {
      const arrival = steadyArrival(fresh())
      const before = await arriving(arrival)

      const image = await accept(arrival)

      const [node, peer] = before.nodes
      const heard = { ...nodeAt(before, 0), sequence: (node?.sequence ?? 0) + 1, lastAtMs: NOW, lastOkAtMs: NOW }
      expect(image).toEqual({ ...before, version: before.version + 1, nodes: [heard, peer] })
      expect(await store.read(keyOf(before))).toEqual(image)
    })

    it('is accepted just before the gap is of any consequence, with the oldest answer, from the second of two principals', async () => {
      const { principals } = steadyArrival('any')
      const arrival = differing(steadyArrival(fresh()), {
        nowMs: NOW - INTERVAL + GAP - 1,
        heartbeat: { answeredMsAgo: 26_500 },
        principals: ['a session', ...principals],
      })
      await arriving(arrival)

      expect(await accept(arrival)).toMatchObject({ nodes: [{ lastOkAtMs: arrival.nowMs }, {}] })
    })

    it('is followed by the next one, whose gap is counted from it', async () => {
      const arrival = steadyArrival(fresh())
      await arriving(arrival)
      for (const [count, later] of [0, GAP - 1, 2 * GAP - 2].entries()) {
        const sequence = arrival.heartbeat.sequence + count
        const next = differing(arrival, { nowMs: NOW + later, heartbeat: { sequence } })
        expect(await accept(next)).toMatchObject({ nodes: [{ sequence }, {}] })
      }
    })

    it.each(NOT_STEADY)('is not one, and changes nothing, when it %s', async (_, difference) => {
      const arrival = differing(steadyArrival(fresh()), difference)
      const before = await arriving(arrival)

      expect(await accept(arrival)).toBeNull()
      expect(await store.read(keyOf(before))).toEqual(before)
    })

    it('is not accepted for a node or a group that is not there', async () => {
      const arrival = steadyArrival(fresh())
      expect(await accept(arrival)).toBeNull()
      expect(await store.read(keyOf(arrival.group))).toBeNull()

      await arriving(arrival)
      const { heartbeat, principals } = arrival
      expect(await store.acceptSteady(keyOf(arrival.group), 'gamma', heartbeat, principals, NOW)).toBeNull()
    })

    it('leaves the group as the domain would have, whatever it says', async () => {
      let accepted = 0
      await fc.assert(
        fc.asyncProperty(anyArrival, async (any) => {
          const arrival = differing(any, { group: { name: fresh() } })
          const before = await arriving(arrival)

          const image = await accept(arrival)

          if (image) {
            accepted += 1
            const draft = draftOf(before, arrival.nowMs)
            absorb(draft, 0, arrival.heartbeat)
            expect(image).toEqual({ ...draft.group, version: before.version + 1 })
          }
          expect(await store.read(keyOf(before))).toEqual(image ?? before)
        }),
        { numRuns: 80 },
      )
      expect(accepted).toBeGreaterThan(10)
    })
  })

  describe('a decision', () => {
    const stored = async () => {
      const group = { ...aGroup(), name: fresh(), version: 0 }
      await store.commit(group, 0)
      return { ...group, version: 1 }
    }

    it('is written under the version that it was taken upon, as the next one', async () => {
      const group = await stored()

      expect(await store.commit({ ...group, silenceTold: true }, 1)).toBe(true)
      expect(await store.read(keyOf(group))).toEqual({ ...group, silenceTold: true, version: 2 })
    })

    it('is not written when a heartbeat came first, or another decision', async () => {
      const arrival = steadyArrival(fresh())
      const group = await arriving(arrival)
      const image = await accept(arrival)

      expect(await store.commit({ ...group, silenceTold: true }, group.version)).toBe(false)
      expect(await store.read(keyOf(group))).toEqual(image)

      const both = [image, image].map((each) => store.commit(each as Group, group.version + 1))
      expect((await Promise.all(both)).sort()).toEqual([false, true])
    })

    it('begins with version 0 only where nothing stands', async () => {
      const group = await stored()

      expect(await store.commit({ ...group, silenceTold: true }, 0)).toBe(false)
      expect(await store.read(keyOf(group))).toEqual(group)
      expect(await store.commit({ ...group, name: fresh() }, 3)).toBe(false)
    })
  })

  describe('the outbox', () => {
    const outboxOf = async (group: Group) => (await store.read(keyOf(group)))?.outbox.map(({ id }) => id)

    it('loses what was carried out, and the version grows, so that no older image is written over it', async () => {
      const group = { ...aGroup(), name: fresh(), outbox: [effect('1'), effect('2'), effect('3')] }
      await store.commit(group, 0)

      await store.strikeOff(keyOf(group), ['1', '3', 'unknown'])

      expect(await outboxOf(group)).toEqual(['2'])
      expect(await store.commit(group, 1)).toBe(false)
      await store.strikeOff(keyOf(group), ['2'])
      expect(await outboxOf(group)).toEqual([])
    })

    it('may be empty or gone', async () => {
      const group = { ...aGroup(), name: fresh() }
      await store.strikeOff(keyOf(group), ['1'])
      expect(await store.read(keyOf(group))).toBeNull()

      await store.commit(group, 0)
      await store.strikeOff(keyOf(group), [])
      await store.strikeOff(keyOf(group), ['1'])
      expect(await store.read(keyOf(group))).toMatchObject({ version: 1, outbox: [] })
    })
  })

  it('a group is removed under its version', async () => {
    const group = { ...aGroup(), name: fresh() }
    await store.commit(group, 0)

    expect(await store.remove(keyOf(group), 2)).toBe(false)
    expect(await store.read(keyOf(group))).not.toBeNull()
    expect(await store.remove(keyOf(group), 1)).toBe(true)
    expect(await store.read(keyOf(group))).toBeNull()
  })

  it('lists the groups of a cluster, and all of them, over several pages of DynamoDB', async () => {
    const big = (cluster: string, name: string) => ({
      ...aGroup(),
      cluster,
      name,
      outbox: [effect('1', '~'.repeat(2e5))],
    })
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    await Promise.all(names.map((name) => store.commit(big('large', name), 0)))
    await store.commit(big('other', 'x'), 0)

    expect((await store.listOf('large')).map(({ name }) => name)).toEqual(names)
    expect(await store.listOf('unknown')).toEqual([])
    const all: string[] = []
    for await (const { cluster, name } of store.all()) all.push(`${cluster}/${name}`)
    expect(all).toEqual(expect.arrayContaining([...names.map((name) => `large/${name}`), 'other/x']))
  })
}
