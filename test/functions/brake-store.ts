import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { createTables } from '../../apps/stage/tables.ts'
import type { Brake, BrakeChange, BrakeIntent } from '../../domain/brake.ts'
import { ordered } from '../../domain/brake.ts'
import type { BrakeStore } from '../../functions/adapters/brake-store.ts'
import { createBrakeStore, entryOfBrake } from '../../functions/adapters/brake-store.ts'
import type { HistoryStore } from '../../functions/adapters/history-store.ts'
import { createHistoryStore } from '../../functions/adapters/history-store.ts'
import { NOW, SECOND } from '../domain/situation.ts'

/** What every store of the fleet brake must do. */
export function describeBrakeStore(client: () => DynamoDBClient): void {
  let tables = 0
  let histories: HistoryStore
  let store: BrakeStore

  beforeEach(async () => {
    const { brake = '', history = '' } = await createTables(client(), `brake-${++tables}-`)
    store = createBrakeStore(client(), brake)
    histories = createHistoryStore(client(), { table: history, keptDays: 36_500 })
  })

  const intent = (group: string, more: Partial<BrakeIntent> = {}): BrakeIntent => ({
    ...{ cluster: 'c', group, node: 'alpha', silentSinceMs: NOW - 60 * SECOND, atMs: NOW, timeoutMs: 60 * SECOND },
    ...more,
  })
  const change = (brake: Brake, order: Parameters<typeof ordered>[2], atMs = NOW) =>
    ordered(brake, [], order, 'operator', atMs) as BrakeChange

  it('where nothing was ever written it does not hold, and has the numbers of the behaviour reference', async () => {
    expect(await store.read()).toEqual({
      ...{ version: 0, hold: null, release: null, counted: null, leastGroups: 5, leastPercent: 30, outbox: [] },
    })
    expect(await store.intents()).toEqual([])
  })

  it('of several who change the same brake one wins, and what it told stays until it is struck off', async () => {
    const both = change(await store.read(), { holds: true, reason: 'a drill', leastGroups: 9 })
    const other = change(await store.read(), { leastPercent: 50 })
    const won = await Promise.all([store.commit(both), store.commit(other), store.commit(both)])
    expect(won.filter((each) => each)).toHaveLength(1)

    const [winner] = won[1] ? [other] : [both]
    const found = await store.read()
    const byId = (brake: Brake) => brake.outbox.map(({ id }) => id).sort()
    expect(found).toEqual({ ...winner.brake, outbox: expect.arrayContaining(winner.events) })
    expect(byId(found)).toEqual(winner.events.map(({ id }) => id))

    for (const event of winner.events) await store.strikeOff(event)
    expect(await store.read()).toEqual({ ...winner.brake, outbox: [] })
    expect(await store.commit(winner)).toBe(false)
    const next = change(await store.read(), { leastGroups: 7 })
    expect(await store.commit(next)).toBe(true)
    expect(await store.read()).toMatchObject({ version: 2, leastGroups: 7, outbox: next.events })
  })

  it('is counted for without a change: who has read it before still wins', async () => {
    const hold = change(await store.read(), { holds: true, reason: 'a drill' })
    expect(await store.count(12, NOW)).toMatchObject({ version: 0, counted: { groups: 12, atMs: NOW }, hold: null })
    expect(await store.commit(hold)).toBe(true)
    expect(await store.count(13, NOW + SECOND)).toEqual({
      ...hold.brake,
      counted: { groups: 13, atMs: NOW + SECOND },
      outbox: hold.events,
    })
  })

  it('keeps the last intent of each group', async () => {
    const long = 'x'.repeat(128)
    const names = Array.from({ length: 25 }, (_, place) => `g${place}`)
    await Promise.all(names.map((name) => store.note(intent(name))))
    await store.note(intent('g3', { atMs: NOW + SECOND, node: 'beta' }))
    await store.note(intent('g3', { cluster: long, group: long, node: long }))

    const found = await store.intents()
    expect(found).toHaveLength(26)
    expect(found).toEqual(
      expect.arrayContaining([
        intent('g2'),
        intent('g3', { atMs: NOW + SECOND, node: 'beta' }),
        intent('g3', { cluster: long, group: long, node: long }),
      ]),
    )
  })

  it('its events are in the feed of all groups, and in no history of one', async () => {
    const hold = change(await store.read(), { holds: true, reason: 'a drill' })
    const sinceMs = Date.now()
    await histories.append(hold.events.map(entryOfBrake))

    const from = new Date(sinceMs - 1).toISOString()
    const { entries } = await histories.feed(from.slice(0, 13), from)
    expect(entries.map(({ entry }) => [entry.detailType, entry.detail])).toEqual(
      hold.events.map(({ detailType, detail }) => [detailType, detail]),
    )
    expect((await histories.ofGroup({ cluster: 'c', group: 'brake' }, { limit: 9 })).entries).toEqual([])
  })
}
