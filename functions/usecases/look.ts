import type { Group } from '../../domain/model.ts'
import type { ClusterStore } from '../adapters/cluster-store.ts'
import type { GroupKey, GroupStore } from '../adapters/group-store.ts'
import type { HistoryEntry, HistoryStore } from '../adapters/history-store.ts'
import { hourOf } from '../adapters/history-store.ts'
import { ProblemError } from '../problem.ts'

export interface LookPorts {
  clusters: ClusterStore
  groups: GroupStore
  history: HistoryStore
}

export async function readGroup(groups: GroupStore, key: GroupKey): Promise<Group> {
  const group = await groups.read(key)
  if (group) return group
  throw new ProblemError(404, 'GroupNotFound', `There is no group "${key.group}" in cluster "${key.cluster}".`)
}

interface TransitionDetail {
  status: string
  why: string
  rule: number
  transition: { id: string; kind: string; trigger: string; from: string; to: string; requestedBy: string }
  durationMs: number
}

const DEEPEST = 1000

/** One transition as its history tells it: what happened between its beginning and its end [B32]. */
export async function transitionOf(history: HistoryStore, key: GroupKey, id: string) {
  const entries = (await history.ofGroup(key, { limit: DEEPEST })).reverse()
  const own = entries.filter(
    ({ detailType, detail }) =>
      detailType === 'Transition State Change' && (detail as unknown as TransitionDetail).transition.id === id,
  )
  const [first, last] = [own[0], own.at(-1)]
  if (!first || !last) {
    throw new ProblemError(404, 'TransitionNotFound', `Group "${key.group}" has no transition "${id}" in its history.`)
  }
  const { transition, status, why, rule } = last.detail as unknown as TransitionDetail
  const over = !['WAITING', 'RUNNING'].includes(status)
  const steps = entries
    .filter(({ id: entry }) => entry >= first.id && (!over || entry <= last.id))
    .map(({ at, detailType, detail }) => ({ at, what: detailType, detail }))
  return { ...transition, status, why, rule, startedAt: first.at, ...(over ? { endedAt: last.at } : {}), steps }
}

/**
 * A place in the feed of all groups' events. Entries can appear a little after later ones (they are kept after their
 * commit, by many Lambdas), so a reader looks back over a window and leaves out what it has seen.
 */
interface Cursor {
  /** The newest entry's time that was seen, ISO 8601. */
  at: string
  /** Ids seen within the window. */
  seen: string[]
}

const WINDOW_MS = 5000

const encode = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url')

function decode(text: string): Cursor {
  try {
    const cursor = JSON.parse(Buffer.from(text, 'base64url').toString()) as Cursor
    if (!Number.isNaN(Date.parse(cursor.at)) && Array.isArray(cursor.seen)) return cursor
  } catch {
    // Not a cursor of ours: said below.
  }
  throw new ProblemError(400, 'BadCursor', 'The cursor is not one that this API gave.')
}

const HOUR_MS = 3_600_000
/** At most this many hours are gone through in one call; the cursor leads on from there. */
const HOURS_PER_CALL = 48

const idOf = (entry: HistoryEntry): string => `${entry.cluster}/${entry.group}/${entry.id}`

/** Events after the cursor, oldest first, and the next cursor. Without a cursor: from `since`, else from now on. */
export async function eventsAfter(
  history: HistoryStore,
  nowMs: number,
  from: { cursor?: string | undefined; since?: string | undefined },
): Promise<{ entries: HistoryEntry[]; cursor: string }> {
  const cursor = from.cursor === undefined ? { at: startAt(from.since, nowMs), seen: [] } : decode(from.cursor)
  const windowStart = (at: string) => new Date(Date.parse(at) - WINDOW_MS).toISOString()
  const fresh = from.cursor === undefined
  let after = fresh ? cursor.at : windowStart(cursor.at)
  const seen = new Set(cursor.seen)
  const found: HistoryEntry[] = []
  const last = hourOf(new Date(nowMs + HOUR_MS).toISOString())
  for (let hours = 0; hours < HOURS_PER_CALL && hourOf(after) <= last; hours++) {
    const entries = await history.feed(hourOf(after), after)
    found.push(...entries.map(({ entry }) => entry).filter((entry) => !seen.has(idOf(entry))))
    after = new Date((Math.floor(Date.parse(after) / HOUR_MS) + 1) * HOUR_MS).toISOString()
  }
  const reached = new Date(Math.min(nowMs, Date.parse(after))).toISOString()
  const at = [cursor.at, reached, ...found.map((entry) => entry.at)].sort().at(-1) ?? cursor.at
  const edge = windowStart(at)
  const kept = [...cursor.seen, ...found.map(idOf)].filter((id) => timeOf(id) >= edge)
  return { entries: found, cursor: encode({ at, seen: kept }) }
}

/** An entry's id begins with its time in ms. */
const timeOf = (id: string): string => new Date(Number(id.split('/').at(-1)?.split('-')[0] ?? 0)).toISOString()

function startAt(since: string | undefined, nowMs: number): string {
  if (since === undefined) return new Date(nowMs).toISOString()
  const at = Date.parse(since)
  if (Number.isNaN(at)) {
    throw new ProblemError(400, 'BadSince', 'since must be a time in ISO 8601, like 2026-01-31T12:00:00Z.')
  }
  return new Date(at).toISOString()
}
