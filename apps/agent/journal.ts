import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as z from 'zod'
import { withLock } from './lock.ts'
import type { HandedOver } from './peer/failsafe.ts'
import { identify, isAlive, processIdentity } from './services/process.ts'
import { readStateFile, writeStateFile } from './state-file.ts'
import { Turns } from './turns.ts'

/** A command of the control plane, as far as this agent has got with it. */
const commandEntry = z.object({
  id: z.string(),
  /** `started` with no agent at work: the agent died in it, and it has to be carried out again (it is idempotent). */
  state: z.enum(['started', 'done', 'failed']),
  output: z.string(),
  durationMs: z.number(),
})
export type CommandEntry = z.infer<typeof commandEntry>

const operatorOrder = z.object({
  kind: z.enum(['fence', 'serve']),
  /** ISO 8601. */
  at: z.string(),
  /** Of `serve`: home nodes whose doors were forced open. */
  doors: z.array(z.string()),
  despitePromise: z.boolean().optional(),
})
/** What an operator ordered on the node itself, and that lasts. */
export type OperatorOrder = z.infer<typeof operatorOrder>

const pastOrder = operatorOrder.extend({ endedAt: z.string(), why: z.string() })
export type PastOrder = z.infer<typeof pastOrder>

const terms = z.object({
  serve: z.array(z.string()),
  leaseMs: z.number().nullable(),
  settings: z.object({
    keepAliveIntervalMs: z.number(),
    keepAliveTimeoutMs: z.number(),
    servicePort: z.number(),
    adminRpcPort: z.number(),
    criticalServices: z.array(z.string()),
    peer: z
      .object({
        node: z.string(),
        address: z.string(),
        keys: z.array(z.object({ id: z.string(), secret: z.string() })).optional(),
      })
      .optional(),
  }),
})

const journalFile = z.object({
  incarnation: z.int().positive(),
  bootId: z.string(),
  /** Who has the journal open: there is one agent to a node. */
  agent: processIdentity,
  /** As last learned from the control plane: the group, where the node is in one, and the membership epoch. */
  membership: z.object({
    group: z.string().optional(),
    epoch: z.int(),
    /** P as it was last in force: what was promised to the peer is over so long after the last promise (rule 19). */
    promiseMs: z.number().optional(),
    peer: z.string().optional(),
    /** What the last answer laid down, for an agent that starts while the control plane is out of reach. */
    terms: terms.optional(),
  }),
  /** What the agent of this boot had promised when it ended in good order; the next one takes it out. */
  handedOver: z
    .object({
      noOpenMs: z.record(z.string(), z.number()),
      assumed: z.object({ untilMs: z.number(), except: z.array(z.string()) }),
      promisedMs: z.record(z.string(), z.number()).default({}),
    })
    .optional(),
  /** The last ones, oldest first. */
  commands: z.array(commandEntry),
  order: operatorOrder.nullable().default(null),
  /** The last ones that are over, oldest first. */
  pastOrders: z.array(pastOrder).default([]),
})
type JournalFile = z.infer<typeof journalFile>
export type Membership = JournalFile['membership']

const COMMANDS_KEPT = 50
const ORDERS_KEPT = 10

/**
 * What an agent must remember across its restarts, in `journal.json` of its state folder. Every change is on the disk
 * when its promise is kept.
 *
 * The incarnation orders the agents of a node (protocol.md rule 1): it grows by one at each opening, before it is used.
 * The first one is taken from the wall clock, in seconds, so that a node whose state folder was lost does not fall
 * behind its own past, which the control plane would refuse for ever.
 */
export class Journal {
  readonly #file: string
  #content: JournalFile
  readonly #turns = new Turns()
  /** The boot in which the journal was open before; null at the first start. */
  readonly previousBootId: string | null
  /** What the agent before this one had promised, if it ended in good order; it counts once. */
  readonly inherited: HandedOver | null

  private constructor(file: string, content: JournalFile, previousBootId: string | null, inherited: HandedOver | null) {
    this.#file = file
    this.#content = content
    this.previousBootId = previousBootId
    this.inherited = inherited
  }

  /** Throws where another agent has it open, or the file is damaged; the message says what to do. */
  static async open(stateFolder: string, bootId: string): Promise<Journal> {
    await mkdir(stateFolder, { recursive: true })
    const file = path.join(stateFolder, 'journal.json')
    return withLock(`${file}.lock`, async () => {
      const before = readJournal(file)
      refuseSecondAgent(file, before)
      const agent = identify(process.pid)
      if (agent === undefined) throw new Error('the system does not say when this process started')
      const journal = new Journal(
        file,
        {
          incarnation: before === undefined ? Math.floor(Date.now() / 1000) : before.incarnation + 1,
          bootId,
          agent,
          membership: before?.membership ?? { epoch: 0 },
          commands: before?.commands ?? [],
          order: before?.order ?? null,
          pastOrders: before?.pastOrders ?? [],
        },
        before?.bootId ?? null,
        // The boot clock, which it is told in, began anew with the boot.
        before?.bootId === bootId ? (before.handedOver ?? null) : null,
      )
      await journal.#write()
      return journal
    })
  }

  get incarnation(): number {
    return this.#content.incarnation
  }

  get bootId(): string {
    return this.#content.bootId
  }

  get order(): OperatorOrder | null {
    return this.#content.order
  }

  get pastOrders(): readonly PastOrder[] {
    return this.#content.pastOrders
  }

  get membership(): Membership {
    return this.#content.membership
  }

  get commands(): readonly CommandEntry[] {
    return this.#content.commands
  }

  command(id: string): CommandEntry | undefined {
    return this.#content.commands.find((entry) => entry.id === id)
  }

  /** Nothing is written where nothing is new. */
  async learnMembership(membership: Membership): Promise<void> {
    if (!isDeepStrictEqual(membership, this.#content.membership)) await this.#change({ membership })
  }

  keepOrder(order: OperatorOrder): Promise<void> {
    return this.#change({ order })
  }

  /** Keeps what the order was, and why it is over. */
  endOrder(endedAt: string, why: string): Promise<void> {
    const { order, pastOrders } = this.#content
    if (!order) return Promise.resolve()
    return this.#change({ order: null, pastOrders: [...pastOrders, { ...order, endedAt, why }].slice(-ORDERS_KEPT) })
  }

  /** The last thing that an agent does which ends in good order: from then on it promises nothing. */
  handOver(handedOver: HandedOver): Promise<void> {
    return this.#change({ handedOver })
  }

  /** Before the first effect of a command. */
  commandStarted(id: string): Promise<void> {
    return this.#record({ id, state: 'started', output: '', durationMs: 0 })
  }

  /** Before its result is reported. */
  commandEnded(id: string, result: { ok: boolean; output: string; durationMs: number }): Promise<void> {
    const { ok, output, durationMs } = result
    return this.#record({ id, state: ok ? 'done' : 'failed', output, durationMs })
  }

  #record(entry: CommandEntry): Promise<void> {
    const others = this.#content.commands.filter(({ id }) => id !== entry.id)
    return this.#change({ commands: [...others, entry].slice(-COMMANDS_KEPT) })
  }

  #change(change: Partial<JournalFile>): Promise<void> {
    this.#content = { ...this.#content, ...change }
    return this.#write()
  }

  /** One write after the other; each writes what is in force when its turn comes. */
  #write(): Promise<void> {
    return this.#turns.take(() => writeStateFile(this.#file, this.#content))
  }
}

const readJournal = (file: string): JournalFile | undefined =>
  readStateFile(
    file,
    journalFile,
    ', and without it the agent does not know its incarnation. Put back the last good copy with "incarnation" raised ' +
      "above any that was used since; or, if this host's clock is right, move the file away: the agent then counts on " +
      'from the clock and has forgotten which commands it carried out',
  )

function refuseSecondAgent(file: string, before: JournalFile | undefined): void {
  if (before === undefined || before.agent.pid === process.pid || !isAlive(before.agent)) return
  throw new Error(`an agent already runs with ${file}: process ${before.agent.pid}. End it first`)
}
