import type { EventRecord } from '../../apps/client/answers.ts'
import { entryOf } from '../../functions/adapters/history-store.ts'
import type { From } from '../../functions/usecases/follow.ts'
import { eventsAfter } from '../../functions/usecases/follow.ts'
import { Api, expectStatus } from './api.ts'

let api: Api
const GROUPS = Array.from({ length: 8 }, (_, place) => `g${place}`)

beforeAll(async () => {
  api = await Api.start()
  await api.configure('c', Object.fromEntries(GROUPS.map((group) => [group, [`node-${group}`]])))
})
afterAll(() => api.end())

const HOUR_MS = 3_600_000
const timeOf = (atMs: number) => new Date(atMs).toISOString()

interface Feed {
  events: EventRecord[]
  cursor: string
}
async function feed(query: Record<string, string | number>): Promise<Feed> {
  const { body } = await expectStatus(200, api.get(`/events?${new URLSearchParams(query as Record<string, string>)}`))
  return body
}

/** Follows the feed until as many events have come, and once more; the cursor never outgrows a URL. */
async function follow(from: string, wanted: number): Promise<{ events: EventRecord[]; cursor: string }> {
  const events: EventRecord[] = []
  for (let cursor = from; ; ) {
    const page = await feed({ cursor, wait: events.length < wanted ? 10 : 0 })
    expect(page.cursor.length).toBeLessThan(7000)
    events.push(...page.events)
    cursor = page.cursor
    if (page.events.length === 0) return { events, cursor }
  }
}

/** A command that the state refuses: the cheapest change that a group's history keeps. */
const refuse = (group: string) =>
  expectStatus(409, api.post(`/clusters/c/groups/${group}/failover`, { node: `node-${group}` }))

const nameOf = ({ id, detail }: EventRecord): string => `${detail.group}/${id}`

/** Something that happened then, kept now. */
const entry = (atMs: number, number: number) =>
  entryOf({
    kind: 'event',
    id: `${String(atMs).padStart(14, '0')}-1-${number}`,
    atMs,
    detailType: 'Command Result',
    detail: { version: '1', cluster: 'c', group: 'g0' },
  })

describe('GET /events', () => {
  it('begins now, and leads on from there', async () => {
    await refuse('g0')
    const start = await feed({})
    expect(start.events).toEqual([])

    await refuse('g1')

    const { events, cursor } = await feed({ cursor: start.cursor })
    expect(events).toEqual([
      {
        id: expect.stringMatching(/^\d{14}-\d+-\d\d$/),
        at: expect.stringMatching(/^\d{4}-.*Z$/),
        source: 'understudy',
        detailType: 'Request Refused',
        detail: expect.objectContaining({ version: '1', cluster: 'c', group: 'g1', by: expect.any(String) }),
      },
    ])
    expect((await feed({ cursor })).events).toEqual([])
    expect((await feed({ cursor: start.cursor })).events).toEqual(events)
  })

  it('misses nothing and repeats nothing while many groups change, and agrees with their histories', async () => {
    const rounds = 12
    const { cursor } = await feed({})
    const followers = [1, 2].map(() => follow(cursor, GROUPS.length * rounds))
    await Promise.all(
      GROUPS.map(async (group) => {
        for (let round = 0; round < rounds; round++) await refuse(group)
      }),
    )

    for (const { events } of await Promise.all(followers)) {
      const names = events.map(nameOf)
      expect(new Set(names).size).toBe(names.length)
      expect(names).toHaveLength(GROUPS.length * rounds)
      for (const group of GROUPS) {
        const { body } = await api.get(`/clusters/c/groups/${group}/history?limit=${rounds}`)
        expect(events.filter(({ detail }) => detail.group === group)).toEqual(body.events.toReversed())
      }
    }
  })

  it('waits for something to happen, and says it at once', async () => {
    const { cursor } = await feed({})
    const beganMs = performance.now()
    const waiting = feed({ cursor, wait: 20 })
    await refuse('g2')

    expect((await waiting).events).toHaveLength(1)
    expect(performance.now() - beganMs).toBeLessThan(5000)
  })

  it('answers nothing when nothing has happened for as long as it was to wait', async () => {
    const { cursor } = await feed({})
    const beganMs = performance.now()

    expect((await feed({ cursor, wait: 1 })).events).toEqual([])

    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(1000)
  })

  it('tells what was kept late, although it happened before what has been told', async () => {
    await refuse('g3')
    const { cursor } = await feed({ since: timeOf(Date.now() - HOUR_MS) })
    const late = entry(Date.now() - 10 * 60_000, 10)
    await api.history.append([late])

    const { events } = await follow(cursor, 1)

    expect(events.map(({ id, at }) => ({ id, at }))).toEqual([{ id: late.id, at: late.at }])
  })

  it('tells a flood whole, in pages, while it comes and an hour later', async () => {
    const { cursor } = await feed({})
    const atMs = Date.now()
    const flood = Array.from({ length: 1300 }, (_, number) => entry(atMs, 10 + number))
    for (let at = 0; at < flood.length; at += 100) await api.history.append(flood.slice(at, at + 100))

    const first = await feed({ cursor })
    expect(first.events.length).toBeLessThan(flood.length)
    const { events } = await follow(cursor, flood.length)

    const ids = flood.map(({ id }) => id).sort()
    expect(events.map(({ id }) => id).sort()).toEqual(ids)

    const found: string[] = []
    for (let from: From = { sinceMs: atMs }; ; ) {
      const page = await eventsAfter(api.history, Date.now() + HOUR_MS, from)
      found.push(...page.entries.map(({ id }) => id))
      if (page.caughtUp) break
      from = { cursor: page.cursor }
    }
    expect(found.sort()).toEqual(ids)
  })

  it('begins at a time in the past, however long ago', async () => {
    const atMs = Date.now()
    await refuse('g4')

    const recent = await feed({ since: timeOf(atMs) })
    expect(recent.events.map(({ detail }) => detail.group)).toEqual(['g4'])

    const start = await feed({ since: timeOf(atMs - 100 * HOUR_MS) })
    const { events } = await follow(start.cursor, 1)
    expect([...start.events, ...events].map(nameOf)).toContain(nameOf(recent.events[0] as EventRecord))
  })

  it.each([
    ['cursor=nonsense', 'BadCursor', 'not one that this API gave'],
    ['cursor=', 'BadCursor', 'not one that this API gave'],
    ['cursor=e1.AAAAAAAAAA', 'BadCursor', 'not one that this API gave'],
    ['since=yesterday', 'BadSince', 'must be a time in ISO 8601, like 2026-'],
    ['since=1', 'BadSince', 'must be a time in ISO 8601'],
    // In UTC it is in the year 10000.
    ['since=9999-12-31T23:59:59-01:00', 'BadSince', 'must be a time in ISO 8601'],
    [`cursor=e1.${Buffer.alloc(6, 255).toString('base64url')}`, 'BadCursor', 'not one that this API gave'],
    ['wait=21', 'BadParameter', 'wait must be a whole number from 0 to 20'],
    ['wait=-1', 'BadParameter', 'wait must be'],
    ['wait=soon', 'BadParameter', 'not "soon"'],
  ])('is not to be asked with %s', async (query, code, detail) => {
    const { body } = await expectStatus(400, api.get(`/events?${query}`))
    expect(body).toMatchObject({ code, detail: expect.stringContaining(detail) })
  })
})

describe('the history of a group', () => {
  const path = '/clusters/c/groups/g7/history'
  const history = async (query = '') => (await expectStatus(200, api.get(`${path}${query}`))).body

  it('is newest first, page by page, and since a time', async () => {
    for (let count = 0; count < 5; count++) await refuse('g7')
    const { events } = await history()
    expect(events.length).toBeGreaterThanOrEqual(5)
    expect(events.map(nameOf)).toEqual(events.map(nameOf).sort().reverse())

    const found: EventRecord[] = []
    for (let cursor = ''; ; ) {
      const page = await history(`?limit=2${cursor}`)
      expect(page.events.length).toBeLessThanOrEqual(2)
      found.push(...page.events)
      if (page.cursor === undefined) break
      cursor = `&cursor=${page.cursor}`
    }
    expect(found).toEqual(events)

    const { at } = events[2]
    expect((await history(`?since=${at}`)).events).toEqual(events.filter((event: EventRecord) => event.at >= at))
    expect((await history(`?since=${timeOf(Date.now() + HOUR_MS)}`)).events).toEqual([])
  })

  it.each(['?limit=0', '?limit=501', '?cursor=nonsense', '?since=then'])(
    'is not to be asked with %s',
    async (query) => {
      await expectStatus(400, api.get(`${path}${query}`))
    },
  )

  it('is of a group that is there, and knows its transitions only', async () => {
    await expectStatus(404, api.get('/clusters/c/groups/none/history'))
    await expectStatus(404, api.get('/clusters/none/groups/g7/history'))
    const { body } = await expectStatus(404, api.get('/clusters/c/groups/g7/transitions/none'))
    expect(body.code).toBe('TransitionNotFound')
  })
})
