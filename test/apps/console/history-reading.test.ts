import type { EventRecord } from '../../../apps/client/answers.ts'
import { found } from '../../../apps/console/pages/group/history/entry-text.ts'
import { type Reading, readNews, readOlder } from '../../../apps/console/pages/group/history/reading.ts'
import { historyOf } from '../cli/incidents.ts'

const entry = (number: number): EventRecord => ({
  id: `${String(number).padStart(14, '0')}-1-0`,
  at: new Date(number).toISOString(),
  source: 'understudy',
  detailType: 'Command Result',
  detail: {},
})

/** A group's history as the API has it, which grows. */
function aHistory(count: number) {
  const all = Array.from({ length: count }, (_, index) => entry(index + 1))
  let known: Reading | undefined
  const read = async ({ limit, cursor }: { limit: number; cursor?: string | undefined }) => {
    const newest = all.toReversed().filter(({ id }) => cursor === undefined || id < cursor)
    const events = newest.slice(0, limit)
    return newest.length > limit ? { events, cursor: events.at(-1)?.id ?? '' } : { events }
  }
  return {
    happen: (more: number) => all.push(...Array.from({ length: more }, (_, index) => entry(all.length + index + 1))),
    news: async () => (known = await readNews(read, () => known)),
    older: async () => (known = await readOlder(read, () => known)),
    ids: () => known?.entries.map(({ id }) => Number(id.slice(0, 14))),
    isComplete: () => known?.cursor === null,
    whileReading: (between: () => Promise<unknown>) => async () =>
      readNews(
        async (page) => {
          const answer = await read(page)
          await between()
          return answer
        },
        () => known,
      ).then((reading) => (known = reading)),
  }
}
const downFrom = (count: number) => Array.from({ length: count }, (_, index) => count - index)

describe('reading a history', () => {
  it('begins with the newest, and goes back page by page to the beginning', async () => {
    const history = aHistory(900)
    await history.news()
    expect(history.ids()).toEqual(downFrom(900).slice(0, 200))
    expect(history.isComplete()).toBe(false)
    await history.older()
    await history.older()
    expect(history.ids()).toEqual(downFrom(900))
    expect(history.isComplete()).toBe(true)
    await history.older()
    expect(history.ids()).toEqual(downFrom(900))
  })

  it('adds what is new without a gap, however much it is, and keeps where the older ones begin', async () => {
    const history = aHistory(300)
    await history.news()
    history.happen(3)
    await history.news()
    expect(history.ids()).toEqual(downFrom(303).slice(0, 203))
    history.happen(800)
    await history.news()
    const read = history.ids() ?? []
    expect(read.length).toBeGreaterThanOrEqual(1003)
    expect(read).toEqual(downFrom(1103).slice(0, read.length))
    await history.older()
    expect(history.ids()).toEqual(downFrom(1103))
  })

  it('loses nothing when older entries come while news are read', async () => {
    const history = aHistory(300)
    await history.news()
    history.happen(2)
    await history.whileReading(history.older)()
    expect(history.ids()).toEqual(downFrom(302))
    expect(history.isComplete()).toBe(true)
  })

  it('of a group to which nothing has happened is complete at once', async () => {
    const history = aHistory(0)
    await history.news()
    expect(history.ids()).toEqual([])
    expect(history.isComplete()).toBe(true)
  })
})

describe('finding an entry', () => {
  it('goes by words, rules, names, and kinds', async () => {
    const entries = await historyOf('pair alpha beta', 'failover alpha', 'run 1m')
    expect(found(entries, '', [])).toBe(entries)
    expect(found(entries, 'RULE 340', [])).toMatchObject([{ detail: { rule: 340 } }])
    expect(found(entries, 'operator failover', ['command'])).toHaveLength(1)
    expect(found(entries, 'no such thing', [])).toEqual([])
    const kinds = found(entries, '', ['incident']).map(({ detailType }) => detailType)
    expect(new Set(kinds)).toEqual(new Set(['Incident State Change']))
  })
})
