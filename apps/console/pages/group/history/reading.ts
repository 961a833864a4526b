import type { EventRecord } from '../../../../client/answers.ts'
import type { HistoryPage } from '../../../../client/api.ts'

/** What is read of a group's history: the newest, without a gap. */
export interface Reading {
  /** Newest first, as the API tells them. */
  entries: readonly EventRecord[]
  /** Where the older ones begin; null: there are none. */
  cursor: string | null
}

type ReadPage = (page: { limit: number; cursor?: string | undefined }) => Promise<HistoryPage>

const FIRST_PAGE = 200
const NEWS_PAGE = 50
const OLDER_PAGE = 500

/** Reads what is new: from the newest on until something is met that is known, so that no gap stays. */
export async function readNews(read: ReadPage, known: () => Reading | undefined): Promise<Reading> {
  const ids = new Set(known()?.entries.map(({ id }) => id))
  const found: EventRecord[] = []
  let cursor: string | undefined
  for (;;) {
    const page = await read({ limit: ids.size === 0 ? FIRST_PAGE : cursor ? OLDER_PAGE : NEWS_PAGE, cursor })
    found.push(...page.events)
    cursor = page.cursor
    const isMet = ids.size === 0 || page.events.some(({ id }) => ids.has(id))
    if (isMet || cursor === undefined) break
  }
  // Older entries may have been read meanwhile.
  const before = known()
  if (!before) return { entries: found, cursor: cursor ?? null }
  const isDeeper = (found.at(-1)?.id ?? '') < (before.entries.at(-1)?.id ?? '') && found.length > 0
  return { entries: merged(before.entries, found), cursor: isDeeper ? (cursor ?? null) : before.cursor }
}

/** Reads a page of what is older. */
export async function readOlder(read: ReadPage, known: () => Reading | undefined): Promise<Reading | undefined> {
  const cursor = known()?.cursor
  if (cursor == null) return known()
  const page = await read({ limit: OLDER_PAGE, cursor })
  const before = known()
  if (!before) return undefined
  return { entries: merged(before.entries, page.events), cursor: page.cursor ?? null }
}

/** Each entry once, newest first: an entry's id begins with its time. What was known stays the same object. */
function merged(known: readonly EventRecord[], found: readonly EventRecord[]): readonly EventRecord[] {
  const ids = new Set(known.map(({ id }) => id))
  const fresh = found.filter(({ id }) => !ids.has(id))
  if (fresh.length === 0) return known
  return [...known, ...fresh].sort((one, other) => (one.id < other.id ? 1 : one.id > other.id ? -1 : 0))
}
