import { inBatches } from '../../../client/batches.ts'
import { patiently, pause } from '../../../client/patience.ts'
import { ProblemError } from '../../../client/problem.ts'
import type { BatchReport, UserApi } from '../../../client/user-api.ts'
import { type BadLine, createUserFileReader, type Places, type UserLine, wantedOf } from '../../../client/user-file.ts'
import type { Progress } from '../../../client/words/pace.ts'
import { LongRun } from '../../parts/long-run.ts'

/** A line that did not end as it was asked for. */
export interface Remark {
  line: number
  kind: 'bad' | 'refused' | 'elsewhere'
  user: string
  message: string
}

interface UploadView {
  phase: 'reading' | 'unreadable' | 'checked' | 'sending' | 'stopping' | 'stopped' | 'done'
  bytesRead: number
  users: number
  bad: number
  added: number
  existing: number
  elsewhere: number
  refused: number
  /** Of the sending. */
  progress: Progress
  /** What keeps it from going on for now. */
  trouble: string
  /** Why it cannot be read, or has stopped; null: because somebody wanted it. */
  error: unknown
}

interface UploadParts {
  file: Blob & { name: string }
  places: Places
  users: Pick<UserApi, 'addAll'>
  /** What is added is to be seen elsewhere on the page. */
  onEnd: () => void
}

/** Read by pieces so small that the page is drawn in between. */
const PIECE_BYTES = 16 * 1024
/** More than anybody's users: some other file was taken. */
const MOST_BYTES = 64 * 1024 * 1024
const LONGEST_TROUBLE_MS = 5 * 60_000

const NOTHING_DONE = { added: 0, existing: 0, elsewhere: 0, refused: 0 }

/**
 * Adds the users of a file: all of it is read and checked first, and nothing sent before one has seen what was found.
 * Broken off, it goes on with those who were not answered for; sent again, nobody is added twice.
 */
export class Upload extends LongRun<UploadView> {
  readonly #parts: UploadParts
  readonly #answered = new Set<number>()
  readonly #remarks: Remark[] = []
  /** Of those who were added. */
  readonly homes = new Map<string, number>()
  #users: readonly UserLine[] = []
  #stop = new AbortController()

  constructor(parts: UploadParts) {
    super({
      phase: 'reading',
      bytesRead: 0,
      users: 0,
      bad: 0,
      ...NOTHING_DONE,
      progress: { done: 0, all: 0, startedAtMs: 0 },
      trouble: '',
      error: null,
    })
    this.#parts = parts
  }

  get fileName(): string {
    return this.#parts.file.name
  }
  get bytes(): number {
    return this.#parts.file.size
  }
  /** In the order of the lines. */
  remarks(): Remark[] {
    return this.#remarks.toSorted((one, other) => one.line - other.line)
  }

  isUnderWay(): boolean {
    return ['sending', 'stopping'].includes(this.current().phase)
  }

  stop(): void {
    this.#stop.abort()
    if (this.current().phase === 'sending') this.show({ phase: 'stopping', trouble: '' })
  }

  async read(): Promise<void> {
    try {
      const { users, bad } = await this.#readAll()
      this.#users = users
      this.#remarks.push(...bad.map(badRemark))
      if (!this.#stop.signal.aborted) this.show({ phase: 'checked', users: users.length, bad: bad.length })
    } catch (error) {
      this.show({ phase: 'unreadable', error })
    }
  }

  async #readAll() {
    const { file, places } = this.#parts
    if (file.size > MOST_BYTES) throw new Error('The file is larger than 64 MB. Is it the right one? If so, split it.')
    const decoder = new TextDecoder('utf-8', { fatal: true })
    const reader = createUserFileReader(places)
    for (let at = 0; at < file.size && !this.#stop.signal.aborted; at += PIECE_BYTES) {
      const piece = await file.slice(at, at + PIECE_BYTES).arrayBuffer()
      reader.read(decode(decoder, piece))
      const { users, bad } = reader.found
      this.show({ bytesRead: at + piece.byteLength, users: users.length, bad: bad.length })
      await pause(0)
    }
    reader.read(decode(decoder))
    return reader.end()
  }

  /** Sends those who were not answered for yet. */
  async send(): Promise<void> {
    this.#stop = new AbortController()
    const { signal } = this.#stop
    const left = this.#users.filter(({ line }) => !this.#answered.has(line))
    const doneBefore = this.#answered.size
    const progress = { done: doneBefore, all: this.#users.length, startedAtMs: Date.now(), doneBefore }
    this.show({ phase: 'sending', trouble: '', error: null, progress })
    try {
      await inBatches(left, (batch) => this.#sendBatch(batch, signal), signal)
      this.show({ phase: this.#answered.size === this.#users.length ? 'done' : 'stopped', trouble: '' })
    } catch (error) {
      this.show({ phase: 'stopped', trouble: '', error: signal.aborted ? null : error })
    }
    this.#parts.onEnd()
  }

  /** Those whom a rule forbids are noted, and the others of the batch sent without them. */
  async #sendBatch(batch: UserLine[], signal: AbortSignal): Promise<void> {
    const tell = (trouble: string) => {
      if (!signal.aborted && trouble !== this.current().trouble) this.show({ trouble })
    }
    const send = () => this.#parts.users.addAll(batch.map(wantedOf))
    try {
      this.#note(batch, await patiently(send, tell, signal, LONGEST_TROUBLE_MS))
    } catch (error) {
      const refused = refusedOf(batch, error)
      if (refused.length === 0) throw error
      this.#noteRefused(refused)
      const others = batch.filter(({ line }) => !this.#answered.has(line))
      if (others.length > 0 && !signal.aborted) await this.#sendBatch(others, signal)
    }
  }

  #note(batch: UserLine[], report: BatchReport): void {
    const { added, existing, elsewhere } = this.current()
    for (const [index, { outcome, homeNode }] of report.users.entries()) {
      const asked = batch[index]
      if (!asked) continue
      this.#answered.add(asked.line)
      if (outcome === 'elsewhere') this.#remarks.push(elsewhereRemark(asked, homeNode))
      if (outcome === 'added') this.homes.set(homeNode, (this.homes.get(homeNode) ?? 0) + 1)
    }
    this.show({
      added: added + report.added,
      existing: existing + report.existing,
      elsewhere: elsewhere + report.elsewhere,
      progress: this.#progress(),
    })
  }

  #noteRefused(refused: { asked: UserLine; message: string }[]): void {
    for (const { asked, message } of refused) {
      this.#answered.add(asked.line)
      this.#remarks.push({ line: asked.line, kind: 'refused', user: asked.user, message })
    }
    this.show({ refused: this.current().refused + refused.length, progress: this.#progress() })
  }

  #progress = (): Progress => ({ ...this.current().progress, done: this.#answered.size })
}

function decode(decoder: InstanceType<typeof TextDecoder>, piece?: ArrayBuffer): string {
  try {
    return piece ? decoder.decode(piece, { stream: true }) : decoder.decode()
  } catch {
    throw new Error('The file is not text in UTF-8. From a spreadsheet, save it as “CSV UTF-8”.')
  }
}

/** What the API names as wrong of a batch; none: it is refused for another reason, or because nobody is assigned at all. */
function refusedOf(batch: UserLine[], error: unknown): { asked: UserLine; message: string }[] {
  if (!(error instanceof ProblemError) || error.status !== 422) return []
  const named = new Map<UserLine, string>()
  for (const { path, message } of error.problem.errors ?? []) {
    const asked = batch[Number(/^users\.(\d+)/.exec(path)?.[1] ?? -1)]
    if (asked) named.set(asked, message)
  }
  const isNobodyAssigned = error.problem.code === 'NothingAssigned' && named.size === batch.length
  return isNobodyAssigned ? [] : [...named].map(([asked, message]) => ({ asked, message }))
}

const badRemark = ({ line, message }: BadLine): Remark => ({ line, kind: 'bad', user: '', message })

const elsewhereRemark = ({ line, user, node, group }: UserLine, homeNode: string): Remark => ({
  line,
  kind: 'elsewhere',
  user,
  message: `has its home on ${homeNode}, and stayed there; asked for was ${node ?? group}`,
})
