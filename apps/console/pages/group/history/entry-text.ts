import type { EventRecord } from '../../../../client/answers.ts'
import { eventWords } from '../../../../client/words/events.ts'
import { whyWords } from '../../../../client/words/why.ts'
import { callerName } from '../../../../client/words/words.ts'
import { ENTRY_KINDS, type EntryKind, kindOf } from './entry-kinds.ts'

const kept = new WeakMap<EventRecord, string>()

/** What an entry says; times in it are told as of its own day. */
export function wordsOf(entry: EventRecord): string {
  const words = kept.get(entry) ?? eventWords(entry, { nowMs: Date.parse(entry.at) })
  kept.set(entry, words)
  return words
}

/** Who asked for it: the whole name; null: nobody did, or it is not told. */
export function askedBy({ detail }: EventRecord): string | null {
  const { requestedBy } = (detail.transition ?? {}) as { requestedBy?: unknown }
  const by = detail.by ?? requestedBy
  return typeof by === 'string' && by !== '' && by !== 'understudy' ? by : null
}

const sought = new WeakMap<EventRecord, string>()

/** All words that an entry can be found by. */
function soughtOf(entry: EventRecord): string {
  const { detailType, detail } = entry
  const by = askedBy(entry)
  const text =
    sought.get(entry) ??
    [
      wordsOf(entry),
      detailType,
      ENTRY_KINDS[kindOf(entry)],
      by === null ? '' : `${callerName(by)} ${by}`,
      detail.rule === undefined ? '' : `rule ${detail.rule}`,
      typeof detail.why === 'string' ? whyWords(detail) : '',
    ]
      .join('\n')
      .toLowerCase()
  sought.set(entry, text)
  return text
}

/** Entries of these kinds (none: of all) in which every word stands. */
export function found(
  entries: readonly EventRecord[],
  text: string,
  kinds: readonly EntryKind[],
): readonly EventRecord[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0 && kinds.length === 0) return entries
  return entries.filter(
    (entry) =>
      (kinds.length === 0 || kinds.includes(kindOf(entry))) && words.every((word) => soughtOf(entry).includes(word)),
  )
}
