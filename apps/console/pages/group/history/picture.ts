import type { Tone } from '../../../../client/words/words.ts'
import { worst } from './entry-kinds.ts'
import type { Bar, Lane, Mark } from './lanes.ts'
import type { Window } from './zoom.ts'

/** Something that is drawn: a bar, a mark, or several that are too close to each other to be seen alone. */
export interface Item {
  key: string
  lane: string
  /** From the left edge of the picture. */
  x: number
  width: number
  tone: Tone
  bars: Bar[]
  marks: Mark[]
}

/** Narrower bars beside each other are one, up to a width at which one still sees where much happened. */
const NARROWEST = 4
const WIDEST_MERGED = 24
/** As much room a mark needs. */
const MARK_WIDTH = 22

/** What of a lane is drawn in a window that is so many pixels wide: its bars, then its marks, each from left to right. */
export function itemsOf(lane: Lane, window: Window, width: number, nowMs: number): Item[] {
  const xOf = (ms: number) => ((ms - window.fromMs) / (window.toMs - window.fromMs)) * width
  return [...barItems(lane, window, width, nowMs, xOf), ...markItems(lane, window, xOf)]
}

function barItems({ id, bars }: Lane, window: Window, width: number, nowMs: number, xOf: (ms: number) => number) {
  const items: Item[] = []
  for (const bar of bars) {
    const toMs = bar.toMs ?? Math.max(nowMs, bar.fromMs)
    if (toMs < window.fromMs || bar.fromMs > window.toMs) continue
    const x = Math.max(0, xOf(bar.fromMs))
    const end = Math.min(width, xOf(toMs))
    const last = items.at(-1)
    const isTiny = end - x < NARROWEST
    if (last && isTiny && isNarrow(last) && last.width < WIDEST_MERGED && x - (last.x + last.width) < 1) {
      last.width = Math.max(last.width, end - last.x)
      last.bars.push(bar)
      last.tone = worst([last.tone, bar.tone])
    } else {
      items.push({ key: `${id} ${bar.key}`, lane: id, x, width: end - x, tone: bar.tone, bars: [bar], marks: [] })
    }
  }
  return items
}

const isNarrow = ({ width, bars }: Item): boolean => bars.length > 1 || width < NARROWEST

function markItems({ id, marks }: Lane, { fromMs, toMs }: Window, xOf: (ms: number) => number): Item[] {
  const items: Item[] = []
  let first = 0
  for (const mark of marks) {
    if (mark.atMs < fromMs || mark.atMs > toMs) continue
    const x = xOf(mark.atMs)
    const last = items.at(-1)
    if (last && x - first < MARK_WIDTH) {
      last.marks.push(mark)
      last.x = (first + x) / 2
      last.tone = worst([last.tone, mark.tone])
    } else {
      first = x
      items.push({ key: `${id} ${mark.entry}`, lane: id, x, width: 0, tone: mark.tone, bars: [], marks: [mark] })
    }
  }
  return items
}

/** The entries that an item stands for, each once, oldest first. */
export const entriesOf = ({ bars, marks }: Item): string[] => {
  const entries = [...bars, ...marks].flatMap(({ entry }) => (entry === null ? [] : [entry]))
  return [...new Set(entries)]
}

/** The item in another lane that is nearest; for the keyboard. */
export function nearest(items: readonly Item[], x: number): Item | undefined {
  const distance = (item: Item) => Math.max(0, item.x - x, x - (item.x + item.width))
  return items.reduce<Item | undefined>(
    (best, item) => (best === undefined || distance(item) < distance(best) ? item : best),
    undefined,
  )
}

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** What stands at a tick: as exact as the ticks are close; a new day says which. */
export function tickText(atMs: number, everyMs: number, timeZone: string): string {
  const date = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' }).format(atMs)
  if (everyMs >= DAY_MS) return date
  const withSeconds = everyMs < MINUTE_MS
  const time = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds ? { second: '2-digit' } : {}),
    ...(everyMs < 1000 ? { fractionalSecondDigits: 3 } : {}),
  }).format(atMs)
  return time === '00:00' || time === '00:00:00' ? date : time
}
