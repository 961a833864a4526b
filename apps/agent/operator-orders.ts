import { ProblemError } from '../client/problem.ts'
import type { ContactReading } from './contact.ts'
import { type AgentCore, type Doors, noOpenMs, noteOrder } from './core.ts'
import type { Journal, OperatorOrder } from './journal.ts'
import type { Log } from './log.ts'

export interface OrderParts {
  core: AgentCore
  journal: Journal
  /** Sets the gate's doors and answers which are open then; throws where the gate does not obey. */
  setDoors: (doors: Doors) => Promise<string[]>
  /** The answer to the request that is under way counts no more, and a fresh heartbeat is sent. */
  interrupt: () => void
  contact: () => ContactReading
  now: () => number
  log: Log
}

/** How it went, in words for the operator. `refused`: nothing was done. */
export interface OrderOutcome {
  result: 'done' | 'failed' | 'refused'
  said: string
}

export interface ServeRequest {
  /** The peer's users, too. */
  all: boolean
  /** Also a door that is promised to the peer. */
  despitePromise: boolean
}

/** How long a door that was forced open stays open without a heartbeat that has failed anew. */
const LEAST_FORCED_MS = 30_000
const FORCED_INTERVALS = 4
/** Of what the control plane takes. */
const LONGEST_WHY = 300

/**
 * What an operator ordered on the node itself, kept in the journal until it ends: `fence` keeps every door closed;
 * `serve` opens doors without a lease on the day when the control plane is gone. A forced door still has a deadline, which
 * moves on each time when a heartbeat has failed again: an agent that dies, hangs or is paused leaves no door open, and
 * one that wakes asks the control plane first.
 */
export class OperatorOrders {
  readonly #parts: OrderParts

  constructor(parts: OrderParts) {
    this.#parts = parts
  }

  get current(): OperatorOrder | null {
    return this.#parts.journal.order
  }

  /** Of the agent that starts, before its first heartbeat. A forced door opens again when that has failed. */
  async restore(): Promise<void> {
    const { core, journal, setDoors, log } = this.#parts
    const { order } = journal
    if (order?.kind === 'fence') {
      log('FENCED by an operator: every door stays closed until `understudy-agent release`')
      core.fenced = true
      core.doors = {}
      await setDoors({}).catch((error: Error) => log(`the gate does not obey the fence: ${error.message}`))
    }
    if (order?.kind === 'serve') {
      const isSameBoot = journal.previousBootId === journal.bootId
      if (!isSameBoot) return await this.#end('the host has booted')
      log(`FORCED: ${order.doors.join(', ')} served without a lease, by an operator's order`)
      core.forced = order.doors
    }
  }

  /** Closes every door and keeps it closed. */
  async fence(): Promise<OrderOutcome> {
    const { core, journal, setDoors, interrupt, log } = this.#parts
    core.fenced = true
    core.forced = []
    core.doors = {}
    interrupt()
    log('FENCED by an operator: every door is closed until `understudy-agent release`')
    const closing = setDoors({})
    const at = new Date().toISOString()
    const keeping = journal.keepOrder({ kind: 'fence', at, doors: [] })
    noteOrder(core, { kind: 'fence', at, doors: [] })
    const [closed, kept] = await Promise.allSettled([closing, keeping])
    interrupt()
    if (kept.status === 'rejected') return failed(`the fence is not remembered: ${kept.reason.message}`)
    if (closed.status === 'rejected') return failed(`the gate does not obey: ${closed.reason.message}`)
    if (closed.value.length > 0) return failed(`the gate still has open: ${closed.value.join(', ')}`)
    return done('every door is closed, and stays so until `understudy-agent release`')
  }

  /** Ends a fence, and a forced serving. */
  async release(): Promise<OrderOutcome> {
    const { core, interrupt } = this.#parts
    const { current } = this
    if (!current) return done('there was nothing to release')
    const forced = core.forced
    core.fenced = false
    core.forced = []
    await this.#end('released by an operator')
    if (current.kind === 'fence') {
      interrupt()
      return done('released: a door opens when the control plane grants it')
    }
    try {
      await this.#close(forced)
    } catch (error) {
      return failed(`the gate does not obey: ${(error as Error).message}`)
    } finally {
      interrupt()
    }
    return done(`released: ${forced.join(', ')} is closed`)
  }

  /** Opens doors without a lease. The caller has made sure that nobody else serves these users. */
  async serve({ all, despitePromise }: ServeRequest): Promise<OrderOutcome> {
    const { core, journal, contact, now, log } = this.#parts
    const reach = contact()
    if (core.fenced) return refused('this node is fenced: release it first')
    if (reach.connected === null) return refused('the control plane has not been asked yet: try again in a moment')
    if (reach.connected) return refused('the control plane answers, and decides who serves: ask it')
    if (reach.isRefused) return refused(`the control plane answers, and refuses this node: ${reach.why}`)
    const silentMs = core.heardSentAtMs === null ? Number.POSITIVE_INFINITY : now() - core.heardSentAtMs
    const timeoutMs = core.terms?.settings.keepAliveTimeoutMs ?? 0
    if (silentMs < timeoutMs) return refused(this.#stillThere(silentMs, timeoutMs))
    const peer = core.terms?.settings.peer?.node ?? journal.membership.peer
    if (all && peer === undefined) return refused('the peer is not known, so its door cannot be opened')
    const doors = [core.node, ...(all && peer !== undefined ? [peer] : [])]
    const promised = doors.filter((home) => !core.open.includes(home) && now() < noOpenMs(core, home))
    if (promised.length > 0 && !despitePromise) return refused(this.#promiseWords(promised))
    core.forced = doors
    const at = new Date().toISOString()
    await journal.keepOrder({ kind: 'serve', at, doors, despitePromise })
    noteOrder(core, { kind: 'serve', at, doors })
    if (core.forced !== doors)
      return refused('overtaken: the control plane has answered meanwhile, or another order came')
    log(`FORCED: ${doors.join(', ')} served without a lease, by an operator's order`)
    try {
      const open = await this.#open()
      const closed = doors.filter((home) => !open.includes(home))
      if (closed.length > 0) return failed(`the gate keeps closed: ${closed.join(', ')}`)
    } catch (error) {
      return failed(`the gate does not obey: ${(error as Error).message}`)
    }
    return done(`serves ${doors.join(', ')} without a lease, until \`understudy-agent release\` or the next answer`)
  }

  /** The control plane has answered: it grants or it does not, and what was forced is over. */
  async heard(): Promise<void> {
    if (this.current?.kind !== 'serve') return
    this.#parts.core.forced = []
    await this.#end('the control plane answers')
  }

  /** A heartbeat has failed. Forced doors stay open for that, unless the control plane itself has refused it. */
  async unheard(error: unknown): Promise<void> {
    const { core, log } = this.#parts
    if (core.forced.length === 0) return
    try {
      if (!isRefusal(error)) return void (await this.#open())
      const forced = core.forced
      core.forced = []
      await this.#close(forced)
      await this.#end(`the control plane answers: ${(error as Error).message}`)
    } catch (problem) {
      log(`the gate does not obey: ${(problem as Error).message}`)
    }
  }

  #open(): Promise<string[]> {
    const { core, now, setDoors } = this.#parts
    const nowMs = now()
    const intervalMs = core.terms?.settings.keepAliveIntervalMs ?? 0
    const untilMs = nowMs + Math.max(LEAST_FORCED_MS, FORCED_INTERVALS * intervalMs)
    const despitePromise = this.current?.despitePromise === true
    const may = core.forced.filter(
      (home) => despitePromise || core.open.includes(home) || nowMs >= noOpenMs(core, home),
    )
    core.doors = { ...this.#standing(), ...Object.fromEntries(may.map((home) => [home, untilMs])) }
    return setDoors(core.doors)
  }

  #close(homes: string[]): Promise<string[]> {
    const { core, setDoors } = this.#parts
    core.doors = Object.fromEntries(Object.entries(this.#standing()).filter(([home]) => !homes.includes(home)))
    return setDoors(core.doors)
  }

  /** Doors that are held for another reason: a lease that has not lapsed. */
  #standing(): Doors {
    const { core, now } = this.#parts
    const nowMs = now()
    return Object.fromEntries(Object.entries(core.doors).filter(([, until]) => until === 'unleased' || nowMs < until))
  }

  /** A disk that cannot be written to ends no order, and no answer's taking either: it is said. */
  async #end(why: string): Promise<void> {
    const { core, journal, log } = this.#parts
    log(`the operator's order (${this.current?.kind}) is over: ${why}`)
    const endedAt = new Date().toISOString()
    if (this.current) {
      const { kind, at, doors } = this.current
      noteOrder(core, { kind, at, doors, endedAt, why: why.slice(0, LONGEST_WHY) })
    }
    const tell = ({ message }: Error) => log(`the next agent will take the order up again: ${message}`)
    await journal.endOrder(endedAt, why).catch(tell)
  }

  /** One lost heartbeat is no lost control plane, and until then the node's own lease goes on. */
  #stillThere(silentMs: number, timeoutMs: number): string {
    const [silent, timeout] = [silentMs, timeoutMs].map((ms) => Math.floor(ms / 1000))
    return `the control plane answered ${silent} s ago: only when it has been silent for ${timeout} s can it be taken for gone`
  }

  #promiseWords(homes: string[]): string {
    const { core, now } = this.#parts
    const longestMs = Math.max(...homes.map((home) => noOpenMs(core, home) - now()))
    return `${homes.join(', ')} may be promised to the peer, for ${Math.ceil(longestMs / 1000)} s yet: wait, or say --despite-promise`
  }
}

/** An answer of the control plane's own: what stands before it has no codes of ours. */
const isRefusal = (error: unknown): boolean =>
  error instanceof ProblemError && error.status < 500 && error.problem.code !== undefined

const done = (said: string): OrderOutcome => ({ result: 'done', said })
const failed = (said: string): OrderOutcome => ({ result: 'failed', said })
const refused = (said: string): OrderOutcome => ({ result: 'refused', said })
