import type { Lane } from '../../../apps/console/pages/group/history/lanes.ts'
import { entriesOf, itemsOf, nearest, tickText } from '../../../apps/console/pages/group/history/picture.ts'
import { tellingOf } from '../../../apps/console/pages/group/history/telling.ts'
import {
  around,
  lastHours,
  pannedBy,
  reaching,
  windowOf,
  type Zoom,
  zoomedBy,
} from '../../../apps/console/pages/group/history/zoom.ts'

const HOUR_MS = 3_600_000
const extent = { beginMs: 0, nowMs: 100 * HOUR_MS }
const later = { ...extent, nowMs: 101 * HOUR_MS }

describe('looking at a time', () => {
  it('goes along with now while its right edge is there', () => {
    const before = windowOf(lastHours(1), extent)
    const after = windowOf(lastHours(1), later)
    expect(after.toMs - before.toMs).toBe(HOUR_MS)
    expect(before.toMs).toBeGreaterThan(extent.nowMs)
  })

  it('stays where it is in the past, and comes back to now when it is moved there', () => {
    const past = pannedBy(lastHours(1), -3, extent)
    expect(windowOf(past, later)).toEqual(windowOf(past, extent))
    expect(pannedBy(past, 5, extent)).toEqual(lastHours(1))
  })

  it('zooms around the moment that one points at', () => {
    const zoom: Zoom = { spanMs: 10 * HOUR_MS, endMs: 60 * HOUR_MS }
    const { fromMs, toMs } = windowOf(zoomedBy(zoom, 0.5, 52 * HOUR_MS, extent), extent)
    expect([fromMs, toMs]).toEqual([51 * HOUR_MS, 56 * HOUR_MS])
  })

  it('stays at now when it is zoomed by a key there', () => {
    expect(zoomedBy(lastHours(4), 0.5, null, extent)).toEqual(lastHours(2))
  })

  it('neither closes to nothing nor opens for ever', () => {
    let zoom: Zoom = lastHours(1)
    for (let times = 0; times < 100; times++) zoom = zoomedBy(zoom, 0.5, null, extent)
    expect(windowOf(zoom, extent).toMs - windowOf(zoom, extent).fromMs).toBe(1000)
    for (let times = 0; times < 100; times++) zoom = zoomedBy(zoom, 2, null, extent)
    expect(windowOf(zoom, extent).toMs - windowOf(zoom, extent).fromMs).toBe(2 * 365 * 24 * HOUR_MS)
  })

  it('goes back to where a long state began, and no further than that', () => {
    const { fromMs, toMs } = windowOf(reaching(lastHours(1), 20 * HOUR_MS, extent), extent)
    expect(toMs - fromMs).toBe(HOUR_MS)
    expect(fromMs).toBeLessThan(20 * HOUR_MS)
    expect(toMs).toBeGreaterThan(20 * HOUR_MS)
    expect(reaching(lastHours(1), extent.nowMs - 1000, extent)).toEqual(lastHours(1))
  })

  it('shows all of an incident with something around it', () => {
    const { fromMs, toMs } = windowOf(around({ fromMs: 10 * HOUR_MS, toMs: 11 * HOUR_MS }, extent), extent)
    expect(fromMs).toBeLessThan(10 * HOUR_MS)
    expect(toMs).toBeGreaterThan(11 * HOUR_MS)
  })
})

const lane = (changes: number, everyMs: number): Lane => ({
  id: 'node alpha',
  name: 'alpha',
  bars: Array.from({ length: changes }, (_, index) => ({
    key: `${index}`,
    fromMs: index * everyMs,
    toMs: (index + 1) * everyMs,
    tone: index === 7 ? ('bad' as const) : ('good' as const),
    pattern: 0,
    label: 'Normal',
    about: 'alpha',
    entry: `e${index}`,
  })),
  marks: Array.from({ length: changes }, (_, index) => ({
    entry: `m${index}`,
    atMs: index * everyMs,
    kind: 'service' as const,
    tone: index === 7 ? ('bad' as const) : ('good' as const),
  })),
})
const told = { time: (atMs: number) => `${atMs}`, words: (entry: string) => `words of ${entry}` }

describe('what is drawn', () => {
  it('is only what is in view', () => {
    const items = itemsOf(lane(1000, 1000), { fromMs: 10_000, toMs: 19_500 }, 950, 1_000_000)
    expect(items.filter(({ bars }) => bars.length > 0).length).toBeLessThanOrEqual(11)
    expect(items.flatMap(({ marks }) => marks).map(({ entry }) => entry)).toEqual(
      Array.from({ length: 10 }, (_, index) => `m${index + 10}`),
    )
    expect(Math.max(...items.map(({ x, width }) => x + width))).toBeLessThanOrEqual(950)
  })

  it('is merged where there is no room: ten thousand entries are a few things, and the worst shows', () => {
    const items = itemsOf(lane(10_000, 1000), { fromMs: 0, toMs: 10_000_000 }, 900, 10_000_000)
    expect(items.length).toBeLessThan(100)
    expect(items.flatMap(({ marks }) => marks)).toHaveLength(10_000)
    expect(items.flatMap(({ bars }) => bars)).toHaveLength(10_000)
    expect(items.find((item) => entriesOf(item).includes('m7'))?.tone).toBe('bad')
    expect(items.find((item) => entriesOf(item).includes('e7'))?.tone).toBe('bad')
  })

  it('shows what goes on until now, and no further', () => {
    const [first] = lane(1, 1000).bars
    if (!first) throw new Error('there is one')
    const open = { ...lane(0, 1), bars: [{ ...first, toMs: null }] }
    expect(itemsOf(open, { fromMs: 0, toMs: 1000 }, 100, 500)).toMatchObject([{ x: 0, width: 50 }])
  })

  it('is told one by one, and several together by their number', () => {
    const one = itemsOf(lane(1, 60_000), { fromMs: 0, toMs: 60_000 }, 900, 60_000)
    expect(one.map((item) => tellingOf(item, told).title)).toEqual(['alpha: Normal', 'words of m0'])
    expect(tellingOf(one[0] as (typeof one)[0], told).lines[0]).toBe('0 – 60000, for 1 min')
    const many = itemsOf(lane(50, 1), { fromMs: 0, toMs: 1000 }, 20, 60_000)
    expect(many.map((item) => tellingOf(item, told).title)).toEqual(['alpha: 50 changes', '50 entries'])
  })

  it('is reached from another lane by what is nearest', () => {
    const items = itemsOf(lane(3, 1000), { fromMs: 0, toMs: 3000 }, 900, 3000)
    expect(nearest(items, 450)?.x).toBe(300)
    expect(nearest([], 1)).toBeUndefined()
  })

  it('has times that are as exact as one looks', () => {
    const atMs = Date.UTC(2026, 10, 23, 9, 5, 7, 250)
    expect(tickText(atMs, 250, 'UTC')).toBe('09:05:07.250')
    expect(tickText(atMs, 5000, 'UTC')).toBe('09:05:07')
    expect(tickText(atMs, 3_600_000, 'Europe/Berlin')).toBe('10:05')
    expect(tickText(Date.UTC(2026, 10, 23), 3_600_000, 'UTC')).toBe('23 Nov')
    expect(tickText(atMs, 86_400_000, 'UTC')).toBe('23 Nov')
  })
})
