import { setTimeout as pause } from 'node:timers/promises'
import type { Log } from '../log.ts'
import type { Outcome, SuspendedSession } from './session-hook.ts'

/** A suspended session as the control plane lists it, as far as it is read here. */
export interface ListedSession extends Omit<SuspendedSession, 'messagesLost'> {
  pushEnabled: boolean
  lostMessages: { at: string } | null
}

export interface SessionPage {
  sessions: ListedSession[]
  cursor?: string
}

export interface RestoreWork {
  movedAtMs: number
  readPage: (cursor: string | null, signal: AbortSignal) => Promise<SessionPage>
  /** Runs the operator's command. */
  recreate: (sessions: SuspendedSession[]) => Promise<Outcome>
  batchSize: number
  atOnce: number
  tries: number
  log: Log
}

/** What came of one page, and where the next one begins; null: it was the last. */
export interface PageDone {
  restored: number
  failed: number
  lost: number
  next: string | null
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000
const pauseMs = (attempt: number): number =>
  Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt) * (0.5 + Math.random() / 2)

/**
 * Re-creates the suspended sessions of one home, page by page, and says after each page how far it is. The next page is on its
 * way while one is worked on. Ends early when the signal says so: it then throws the signal's reason.
 */
export async function* restorePages(
  work: RestoreWork,
  cursor: string | null,
  signal: AbortSignal,
): AsyncGenerator<PageDone> {
  let coming = nextPage(work, cursor, signal)
  for (;;) {
    const page = await coming
    const next = page.cursor ?? null
    if (next !== null) {
      coming = nextPage(work, next, signal)
      // It is awaited in its turn; until then its failing is nobody's.
      coming.catch(() => undefined)
    }
    const failed = await recreateAll(work, page.sessions.filter(({ pushEnabled }) => pushEnabled).map(toldOf), signal)
    const lost = page.sessions.filter(({ lostMessages }) => Date.parse(lostMessages?.at ?? '') === work.movedAtMs)
    const carried = page.sessions.filter(({ pushEnabled }) => pushEnabled).length
    yield { restored: carried - failed, failed, lost: lost.length, next }
    if (next === null) return
  }
}

const toldOf = ({
  user,
  device,
  platform,
  homeNode,
  lostMessages,
  subscriptions,
}: ListedSession): SuspendedSession => ({
  user,
  device,
  platform,
  homeNode,
  messagesLost: lostMessages !== null,
  subscriptions,
})

/** Asks until there is an answer: without the control plane nothing is known of the sessions, and they are not given up. */
async function nextPage({ readPage, log }: RestoreWork, cursor: string | null, signal: AbortSignal) {
  let saidWhy = ''
  for (let attempt = 0; ; attempt++) {
    try {
      return await readPage(cursor, signal)
    } catch (error) {
      signal.throwIfAborted()
      const why = (error as Error).message
      if (why !== saidWhy) log(`the sessions to re-create cannot be read, and are asked for again: ${why}`)
      saidWhy = why
      await pause(pauseMs(attempt), undefined, { signal })
    }
  }
}

/** How many have failed. */
async function recreateAll(work: RestoreWork, sessions: SuspendedSession[], signal: AbortSignal): Promise<number> {
  const batches = Array.from({ length: Math.ceil(sessions.length / work.batchSize) }, (_, place) =>
    sessions.slice(place * work.batchSize, (place + 1) * work.batchSize),
  )
  let failed = 0
  const lane = async () => {
    for (let batch = batches.shift(); batch; batch = batches.shift()) failed += await recreate(work, batch, signal)
  }
  const ends = await Promise.allSettled(Array.from({ length: work.atOnce }, lane))
  signal.throwIfAborted()
  const broken = ends.find((each) => each.status === 'rejected')
  if (broken) throw broken.reason
  return failed
}

const NAMED = 20

async function recreate(work: RestoreWork, batch: SuspendedSession[], signal: AbortSignal): Promise<number> {
  let left = batch
  let why = ''
  for (let attempt = 0; attempt < work.tries && left.length > 0; attempt++) {
    if (attempt > 0) await pause(pauseMs(attempt - 1), undefined, { signal })
    signal.throwIfAborted()
    const outcome = await work.recreate(left)
    left = outcome.failed
    why = outcome.why
  }
  if (left.length === 0) return 0
  const names = left.slice(0, NAMED).map(({ user, device }) => `${user}/${device}`)
  const others = left.length > NAMED ? ` and ${left.length - NAMED} more` : ''
  work.log(`sessions that could NOT be re-created: ${names.join(', ')}${others} (${why})`)
  return left.length
}
