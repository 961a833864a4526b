import { NODE_STATES, stateLabel, stateMeaning } from '../../../../../domain/states.ts'
import { measured } from '../../../../client/words/time.ts'
import type { Bar } from './lanes.ts'
import { entriesOf, type Item } from './picture.ts'

/** What is needed to tell of an item. */
export interface Teller {
  time: (atMs: number) => string
  /** What an entry says; undefined: it is not read. */
  words: (entry: string) => string | undefined
}

export interface Telling {
  title: string
  lines: string[]
}

const MOST_LINES = 5

/** What an item of the picture is, for whoever points at it or comes to it by the keyboard. */
export function tellingOf(item: Item, teller: Teller): Telling {
  const [bar, ...otherBars] = item.bars
  if (bar && otherBars.length === 0) return tellingOfBar(bar, teller)
  const count = item.bars.length + item.marks.length
  const moments = [...item.bars.map(({ fromMs }) => fromMs), ...item.marks.map(({ atMs }) => atMs)]
  const [first = 0, last = 0] = [Math.min(...moments), Math.max(...moments)]
  const when = first === last ? teller.time(first) : `${teller.time(first)} – ${teller.time(last)}`
  const words = entriesOf(item).flatMap((entry) => teller.words(entry) ?? [])
  if (count === 1) return { title: words[0] ?? '', lines: [when] }
  const rest = words.length - MOST_LINES
  const isOfOne = bar && otherBars.every(({ about }) => about === bar.about)
  const named = isOfOne ? `${bar.about}: ${count} changes` : bar ? `${count} beside each other` : `${count} entries`
  return { title: named, lines: [when, ...words.slice(0, MOST_LINES), ...(rest > 0 ? [`and ${rest} more`] : [])] }
}

function tellingOfBar({ about, label, fromMs, toMs, entry }: Bar, { time, words }: Teller): Telling {
  const lasted =
    toMs === null ? `since ${time(fromMs)}` : `${time(fromMs)} – ${time(toMs)}, for ${measured(toMs - fromMs)}`
  const state = NODE_STATES.find((each) => stateLabel(each) === label)
  const meaning = state ? [stateMeaning(state)] : []
  const began = entry === null ? undefined : words(entry)
  return { title: `${about}: ${label}`, lines: [lasted, ...meaning, ...(began ? [`It began with: ${began}`] : [])] }
}
