import type { Heartbeat, HeartbeatAnswer } from '../../../domain/contract/heartbeat.ts'
import type { Log } from '../log.ts'
import { Turns } from '../turns.ts'
import type { Restore } from './restore-file.ts'
import { readRestores, writeRestores } from './restore-file.ts'
import type { RestoreWork, SessionPage } from './restore-pages.ts'
import { restorePages } from './restore-pages.ts'
import type { Outcome, SuspendedSession } from './session-hook.ts'

export interface RestoresParts extends Pick<RestoreWork, 'batchSize' | 'atOnce' | 'tries'> {
  stateFolder: string
  readPage: (homeNode: string, cursor: string | null, signal: AbortSignal) => Promise<SessionPage>
  /** Runs the operator's command; null: there is none, and nothing is re-created. */
  recreate: ((homeNode: string, sessions: SuspendedSession[]) => Promise<Outcome>) | null
  log: Log
}

type Said = NonNullable<Heartbeat['sessions']>

interface Run {
  movedAtMs: number
  abort: AbortController
  ended: Promise<void>
}

/**
 * Re-creates the suspended sessions of users who have come to this node [B27], beside everything else: no door and no
 * heartbeat waits for it. How far it is stands in `sessions.json` of the state folder, so that the next agent goes on where
 * this one ended; and it is dropped when the users go elsewhere.
 */
export class Restores {
  readonly #parts: RestoresParts
  readonly #restores: Record<string, Restore>
  readonly #runs = new Map<string, Run>()
  readonly #turns = new Turns()
  #closed = false
  /** What the control plane has heard, by home node. */
  readonly #heard = new Map<string, string>()
  #outstanding: Said = []
  #onDone: () => void = () => undefined

  constructor(parts: RestoresParts) {
    this.#parts = parts
    this.#restores = readRestores(parts.stateFolder, parts.log)
  }

  /** Told when one is done, so that it is said at once. */
  onDone(tell: () => void): void {
    this.#onDone = tell
  }

  /** By home node. */
  get all(): Readonly<Record<string, Restore>> {
    return this.#restores
  }

  /** After an answer, whose doors are set: begins, goes on, or drops what is no longer this node's. */
  follow({ serve, moved = {} }: Pick<HeartbeatAnswer, 'serve' | 'moved'>): void {
    if (this.#parts.recreate === null || this.#closed) return
    for (const [homeNode, { movedAtMs, abort }] of this.#runs) {
      if (!serve.includes(homeNode) || moved[homeNode] !== movedAtMs) abort.abort()
    }
    for (const [homeNode, movedAtMs] of Object.entries(moved)) {
      if (!serve.includes(homeNode) || this.#isUnderWay(homeNode, movedAtMs)) continue
      const known = this.#restores[homeNode]
      if (known?.movedAtMs === movedAtMs && known.endedAtMs !== null) continue
      this.#begin(homeNode, movedAtMs)
    }
  }

  #isUnderWay(homeNode: string, movedAtMs: number): boolean {
    const run = this.#runs.get(homeNode)
    return run !== undefined && run.movedAtMs === movedAtMs && !run.abort.signal.aborted
  }

  /** What the next heartbeat says of it; nothing where the control plane has heard it. */
  report(): { sessions?: Said } {
    this.#outstanding = Object.entries(this.#restores)
      .map(([homeNode, { movedAtMs, restored, failed, lost, startedAtMs, endedAtMs }]) => ({
        homeNode,
        movedAtMs,
        ...{ restored, failed, lost },
        forMs: Math.max(0, (endedAtMs ?? Date.now()) - startedAtMs),
        done: endedAtMs !== null,
      }))
      .filter((said) => this.#heard.get(said.homeNode) !== textOf(said))
      .slice(0, 2)
    return this.#outstanding.length > 0 ? { sessions: this.#outstanding } : {}
  }

  /** The last report was answered. */
  heard(): void {
    for (const said of this.#outstanding) this.#heard.set(said.homeNode, textOf(said))
    this.#outstanding = []
  }

  /** Ends, to be gone on with by the next agent. */
  async close(): Promise<void> {
    this.#closed = true
    for (const { abort } of this.#runs.values()) abort.abort()
    await this.#turns.done()
  }

  #begin(homeNode: string, movedAtMs: number): void {
    const before = this.#runs.get(homeNode)
    const abort = new AbortController()
    const run: Run = { movedAtMs, abort, ended: Promise.resolve() }
    this.#runs.set(homeNode, run)
    run.ended = this.#run(homeNode, run, before?.ended).catch((error) => {
      const what = `re-creating the sessions of the users of ${homeNode}`
      if (abort.signal.aborted) return this.#parts.log(`${what} was dropped: they are not this node's any more`)
      this.#parts.log(`${what} has failed, and is tried again: ${(error as Error).message}`)
      // The next answer begins it again.
      this.#runs.delete(homeNode)
    })
  }

  async #run(homeNode: string, { movedAtMs, abort }: Run, earlier: Promise<void> | undefined): Promise<void> {
    const { recreate, readPage, log, batchSize, atOnce, tries } = this.#parts
    // What an earlier run still has in hand ends first, so that it does not come after what this one does.
    await earlier
    if (!recreate) return
    let restore = this.#take(homeNode, movedAtMs)
    const goesOn = restore.cursor === null ? '' : `, going on after ${restore.restored}`
    log(`re-creating the suspended sessions of the users of ${homeNode}${goesOn}`)
    const work: RestoreWork = {
      movedAtMs,
      readPage: (cursor, signal) => readPage(homeNode, cursor, signal),
      recreate: (sessions) => recreate(homeNode, sessions),
      ...{ batchSize, atOnce, tries, log },
    }
    for await (const { restored, failed, lost, next } of restorePages(work, restore.cursor, abort.signal)) {
      restore = {
        ...restore,
        restored: restore.restored + restored,
        failed: restore.failed + failed,
        lost: restore.lost + lost,
        cursor: next,
        endedAtMs: next === null ? Date.now() : null,
      }
      await this.#keep(homeNode, restore)
      abort.signal.throwIfAborted()
    }
    const seconds = (((restore.endedAtMs ?? 0) - restore.startedAtMs) / 1000).toFixed(1)
    const failures = restore.failed > 0 ? `, ${restore.failed} FAILED` : ''
    log(`sessions of the users of ${homeNode}: ${restore.restored} re-created${failures}, in ${seconds} s`)
    this.#runs.delete(homeNode)
    this.#onDone()
  }

  /** What is known of it, or a new one. */
  #take(homeNode: string, movedAtMs: number): Restore {
    const known = this.#restores[homeNode]
    if (known?.movedAtMs === movedAtMs) return known
    const counts = { restored: 0, failed: 0, lost: 0 }
    const restore = { movedAtMs, cursor: null, ...counts, startedAtMs: Date.now(), endedAtMs: null }
    this.#restores[homeNode] = restore
    return restore
  }

  /** Waits for the disk, so that never more than a page is done twice, and only what is kept is said. */
  #keep(homeNode: string, restore: Restore): Promise<void> {
    return this.#turns.take(async () => {
      await writeRestores(this.#parts.stateFolder, { ...this.#restores, [homeNode]: restore })
      this.#restores[homeNode] = restore
    })
  }
}

const textOf = ({ movedAtMs, restored, failed, lost, done }: Said[number]): string =>
  [movedAtMs, restored, failed, lost, done].join()
