import { createHash } from 'node:crypto'
import type { HistoryEntry, HistoryStore } from '../adapters/history-store.ts'
import { hourOf } from '../adapters/history-store.ts'
import { badCursor, LAST_TIME_MS } from '../query-parameters.ts'

/**
 * How far a reader of the feed looks back. An entry is seen a little after it was kept (an index lags, clocks differ),
 * so that a later one may have been read before.
 */
const WINDOW_MS = 5000
/** How far another Lambda's clock may be ahead of this one's. */
const CLOCKS_DIFFER_MS = 60_000
const HOUR_MS = 3_600_000
/** The cursor leads on from there, in both cases. */
const HOURS_PER_CALL = 48
const ENTRIES_PER_CALL = 500
/** What a cursor in a URL has room for. Above that the window is narrowed to the newest. */
const MOST_SEEN = 600

/** A reader's place in the feed: where the next look begins, and what it has seen from there on, with its time. */
interface Place {
  fromMs: number
  seen: Map<string, number>
}

/** The feed from a cursor on; without one from `sinceMs` on. */
export type From = { cursor: string } | { sinceMs: number }

/**
 * Entries of all groups, in the order in which they were kept, and the cursor that leads on: each entry once, whatever
 * changes meanwhile. `caughtUp`: there was nothing more.
 */
export async function eventsAfter(
  history: HistoryStore,
  nowMs: number,
  from: From,
): Promise<{ entries: HistoryEntry[]; cursor: string; caughtUp: boolean }> {
  const start: Place = 'cursor' in from ? decode(from.cursor) : startAt(Math.max(from.sinceMs, nowMs - history.keptMs))
  const seen = new Map(start.seen)
  const entries: HistoryEntry[] = []
  let after = iso(start.fromMs)
  let readToMs = start.fromMs
  let hours = 0
  while (hours < HOURS_PER_CALL && entries.length < ENTRIES_PER_CALL && !isAhead(after, nowMs)) {
    const page = await history.feed(hourOf(after), after)
    for (const { entry, keptAtMs } of page.entries) {
      const name = nameOf(entry)
      if (!seen.has(name)) entries.push(entry)
      seen.set(name, keptAtMs)
    }
    const last = page.entries.at(-1)
    if (page.more && last) {
      after = last.place
      readToMs = last.keptAtMs
    } else {
      readToMs = (Math.floor(Date.parse(after.slice(0, 24)) / HOUR_MS) + 1) * HOUR_MS
      after = iso(readToMs)
      hours += 1
    }
  }
  const fromMs = Math.max(start.fromMs, Math.min(readToMs, nowMs - WINDOW_MS))
  return { entries, cursor: encode(narrowed({ fromMs, seen })), caughtUp: isAhead(after, nowMs) }
}

const startAt = (fromMs: number): Place => ({ fromMs, seen: new Map() })
const iso = (atMs: number): string => new Date(atMs).toISOString()
const isAhead = (place: string, nowMs: number): boolean => hourOf(place) > hourOf(iso(nowMs + CLOCKS_DIFFER_MS))

const NAME_BYTES = 6
const nameOf = ({ cluster, group, id }: HistoryEntry): string =>
  createHash('sha256').update(`${cluster}/${group}/${id}`).digest().subarray(0, NAME_BYTES).toString('hex')

/** Forgets what stands before the place, and what there is no room for: the look then begins after it. */
function narrowed({ fromMs, seen }: Place): Place {
  const times = [...seen.values()].filter((atMs) => atMs >= fromMs).sort((one, other) => other - one)
  const tooMuch = times[MOST_SEEN]
  const beginMs = tooMuch === undefined ? fromMs : tooMuch + 1
  return { fromMs: beginMs, seen: new Map([...seen].filter(([, atMs]) => atMs >= beginMs)) }
}

const PREFIX = 'e1.'
const TIME_BYTES = 6
const OFFSET_BYTES = 2
const MOST_OFFSET_MS = 2 ** (8 * OFFSET_BYTES) - 1

/** Six bytes of time, then for each entry seen six of its name and two of how much later it was kept. */
function encode({ fromMs, seen }: Place): string {
  const time = Buffer.alloc(TIME_BYTES)
  time.writeUIntBE(fromMs, 0, TIME_BYTES)
  const each = [...seen].map(([name, atMs]) => {
    const offset = Buffer.alloc(OFFSET_BYTES)
    offset.writeUIntBE(Math.min(MOST_OFFSET_MS, atMs - fromMs), 0, OFFSET_BYTES)
    return Buffer.concat([Buffer.from(name, 'hex'), offset])
  })
  return PREFIX + Buffer.concat([time, ...each]).toString('base64url')
}

function decode(cursor: string): Place {
  const bytes = Buffer.from(cursor.slice(PREFIX.length), 'base64url')
  const size = NAME_BYTES + OFFSET_BYTES
  const isOurs = cursor.startsWith(PREFIX) && bytes.length >= TIME_BYTES && (bytes.length - TIME_BYTES) % size === 0
  if (!isOurs) throw badCursor()
  const fromMs = bytes.readUIntBE(0, TIME_BYTES)
  if (fromMs > LAST_TIME_MS) throw badCursor()
  const seen = new Map<string, number>()
  for (let at = TIME_BYTES; at < bytes.length; at += size) {
    const name = bytes.subarray(at, at + NAME_BYTES).toString('hex')
    seen.set(name, fromMs + bytes.readUIntBE(at + NAME_BYTES, OFFSET_BYTES))
  }
  return { fromMs, seen }
}
