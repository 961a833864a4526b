import type { BrakeStatus } from '../../../domain/brake.ts'
import type { EventRecord, GroupStatus } from '../../client/answers.ts'
import type { Api } from '../../client/api.ts'
import type { ClusterAnswer } from '../../client/configuration-api.ts'
import { ProblemError } from '../../client/problem.ts'

/** What the page knows of all groups at a moment. It is replaced as a whole; what has not changed stays the same object. */
export interface Board {
  /** False until all groups have been read once. */
  isComplete: boolean
  clusters: readonly ClusterAnswer[]
  /** By `keyOf`. */
  groups: ReadonlyMap<string, GroupStatus>
  /** How many there are in all; known before they are. */
  groupCount: number
  brake: BrakeStatus | null
  /** Null: it is kept current. Else since when it is not, and why. */
  stale: { sinceMs: number; why: string } | null
}

export const keyOf = (cluster: string, group: string): string => `${cluster}/${group}`

/** From so many changed groups on all are read anew: a page of a list costs as much as a group. */
const MANY_GROUPS = 50
const AT_ONCE = 6
const FIRST_RETRY_MS = 500
const LAST_RETRY_MS = 10_000
/** A long poll waits 20 s at most. An answer that is later than this went to a computer that slept, or got lost. */
const SILENCE_MS = 30_000
const WATCH_MS = 2000
/** What changes by the clock alone (a node's silence before anybody judged it) is seen that often. */
const WHOLE_AGAIN_MS = 60_000

/** So many groups at most are looked at by the clock: with more of them the feed has enough to tell. */
const MOST_RESTLESS = 12

/** Somebody works on it, or users wait although a node is heard. */
function isRestless({ nodes, transition }: GroupStatus): boolean {
  const served = new Set(nodes.flatMap(({ serves }) => serves))
  return (
    transition !== null || (nodes.some(({ reachable }) => reachable) && nodes.some(({ node }) => !served.has(node)))
  )
}

interface BoardParts {
  api: Api
  now: () => number
  /** Every event, once, in their order. */
  onEvents: (events: EventRecord[]) => void
}

/**
 * Keeps what is known of all groups current: reads them once, and then what each event says has changed (long poll of
 * `/events`). After a loss of the network, or sleep, the cursor leads on from where it was.
 */
export class GroupBoard {
  readonly #parts: BoardParts
  #board: Board = { isComplete: false, clusters: [], groups: new Map(), groupCount: 0, brake: null, stale: null }
  readonly #listeners = new Set<() => void>()
  #poll: AbortController | null = null
  #wake: () => void = () => undefined
  #heardAtMs = 0
  #wholeAtMs = 0
  #isLooking = false

  constructor(parts: BoardParts) {
    this.#parts = parts
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  readonly current = (): Board => this.#board

  /** Begins; answers how to end it. */
  start(): () => void {
    const stop = new AbortController()
    this.#heardAtMs = this.#parts.now()
    void this.#follow(stop.signal)
    const watch = setInterval(() => this.#watch(stop.signal), WATCH_MS)
    stop.signal.addEventListener('abort', () => clearInterval(watch))
    return () => stop.abort()
  }

  /** The network is back, or the computer awake: whatever waits is asked anew. */
  readonly resume = (): void => {
    this.#poll?.abort()
    this.#wake()
  }

  /** The network is gone, by the browser's own word. */
  readonly lose = (why: string): void => {
    this.#noteLoss(why)
    this.#poll?.abort()
  }

  /** Reads one group now, whatever the events say. Throws what the API refused; a group that is gone leaves the board. */
  async refresh(cluster: string, group: string): Promise<void> {
    const status = await this.#read(cluster, group)
    this.#put([[keyOf(cluster, group), status]])
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let cursor: string | undefined
    let retryMs = FIRST_RETRY_MS
    while (!signal.aborted) {
      const poll = new AbortController()
      this.#poll = poll
      const either = AbortSignal.any([signal, poll.signal])
      try {
        if (cursor === undefined) {
          // The place in the feed comes first: what changes while the groups are read is read again.
          const start = await this.#parts.api.nextEvents({ wait: 0 }, either)
          await this.#readAll(either)
          cursor = start.cursor
        } else {
          // While the page is old it does not wait for news: any answer tells that the control plane is back.
          const place = this.#board.stale ? { cursor, wait: 0 } : { cursor }
          const page = await this.#parts.api.nextEvents(place, either)
          await this.#take(page.events, either)
          cursor = page.cursor
        }
        this.#noteContact()
        retryMs = FIRST_RETRY_MS
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof ProblemError && error.problem.code === 'BadCursor') cursor = undefined
        if (!poll.signal.aborted) {
          this.#noteLoss(error instanceof Error ? error.message : String(error))
          await this.#rest(retryMs, signal)
          retryMs = Math.min(2 * retryMs, LAST_RETRY_MS)
        }
      }
    }
  }

  #rest(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      const end = () => {
        clearTimeout(timer)
        resolve()
      }
      this.#wake = end
      signal.addEventListener('abort', end, { once: true })
    })
  }

  #watch(signal: AbortSignal): void {
    const nowMs = this.#parts.now()
    if (!this.#board.stale) void this.#readRestless(signal)
    if (nowMs - this.#heardAtMs > SILENCE_MS) {
      this.#noteLoss('no answer came')
      this.#heardAtMs = nowMs
      this.resume()
    }
  }

  #noteContact(): void {
    this.#heardAtMs = this.#parts.now()
    if (this.#board.stale) this.#change({ stale: null })
  }

  #noteLoss(why: string): void {
    const sinceMs = this.#board.stale?.sinceMs ?? this.#heardAtMs
    if (this.#board.stale?.why !== why) this.#change({ stale: { sinceMs, why } })
  }

  async #take(events: EventRecord[], signal: AbortSignal): Promise<void> {
    if (events.length === 0 && this.#parts.now() - this.#wholeAtMs < WHOLE_AGAIN_MS) return
    const places = new Map<string, [cluster: string, group: string]>()
    let isWhole = this.#parts.now() - this.#wholeAtMs >= WHOLE_AGAIN_MS
    for (const { detailType, detail } of events) {
      const { cluster, group } = detail
      if (typeof cluster === 'string' && typeof group === 'string') places.set(keyOf(cluster, group), [cluster, group])
      else isWhole = true
      // Groups and nodes may have come or gone.
      if (detailType === 'Configuration Change') isWhole = true
    }
    if (isWhole || places.size > MANY_GROUPS) await this.#readAll(signal)
    else await this.#readSome([...places], signal)
    if (events.length > 0) this.#parts.onEvents(events)
  }

  async #readSome(places: [key: string, [cluster: string, group: string]][], signal: AbortSignal): Promise<void> {
    for (let at = 0; at < places.length; at += AT_ONCE) {
      const some = places.slice(at, at + AT_ONCE)
      const read = some.map(
        async ([key, [cluster, group]]): Promise<[string, GroupStatus | null]> => [
          key,
          await this.#read(cluster, group, signal),
        ],
      )
      this.#put(await Promise.all(read))
    }
  }

  /** A door opens, and a lease lapses, without an event: groups that are not at rest are looked at by the clock, too. */
  async #readRestless(signal: AbortSignal): Promise<void> {
    const restless = [...this.#board.groups].filter(([, status]) => isRestless(status)).slice(0, MOST_RESTLESS)
    if (restless.length === 0 || this.#isLooking) return
    this.#isLooking = true
    const places = restless.map(([key, { cluster, group }]): [string, [string, string]] => [key, [cluster, group]])
    // Whether the API can be reached, the feed tells.
    await this.#readSome(places, signal).catch(() => undefined)
    this.#isLooking = false
  }

  /** Null: there is none of that name any more. */
  #read(cluster: string, group: string, signal?: AbortSignal): Promise<GroupStatus | null> {
    return this.#parts.api
      .inCluster(cluster)
      .group(group, signal)
      .catch((error: unknown) => {
        if (error instanceof ProblemError && error.status === 404) return null
        throw error
      })
  }

  /** All groups of all clusters. The first time they are shown as they come; later the whole is replaced at once. */
  async #readAll(signal: AbortSignal): Promise<void> {
    const { api } = this.#parts
    const [clusters, brake] = await Promise.all([api.clusters(signal), api.brake(signal)])
    const groupCount = clusters.reduce((sum, { groups }) => sum + groups.length, 0)
    if (!this.#board.isComplete) this.#change({ clusters, brake, groupCount })
    const groups = new Map<string, GroupStatus>()
    for (const { cluster } of clusters) {
      for await (const page of api.inCluster(cluster).groupPages(signal)) {
        for (const status of page) groups.set(keyOf(cluster, status.group), this.#sameOr(status))
        if (!this.#board.isComplete) this.#change({ groups: new Map(groups) })
      }
    }
    this.#wholeAtMs = this.#parts.now()
    this.#change({ clusters, brake, groupCount: groups.size, groups, isComplete: true })
  }

  /** What has not changed stays the same object, so that nothing is drawn anew. */
  #sameOr(status: GroupStatus): GroupStatus {
    const before = this.#board.groups.get(keyOf(status.cluster, status.group))
    return before && JSON.stringify(before) === JSON.stringify(status) ? before : status
  }

  #put(read: [key: string, status: GroupStatus | null][]): void {
    const groups = new Map(this.#board.groups)
    for (const [key, status] of read) {
      if (status) groups.set(key, this.#sameOr(status))
      else groups.delete(key)
    }
    this.#change({ groups, groupCount: Math.max(groups.size, this.#board.isComplete ? 0 : this.#board.groupCount) })
  }

  #change(change: Partial<Board>): void {
    this.#board = { ...this.#board, ...change }
    for (const listener of this.#listeners) listener()
  }
}
