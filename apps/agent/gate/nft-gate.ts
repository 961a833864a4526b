import { randomInt } from 'node:crypto'
import { boottime } from '../boottime.ts'
import type { Log } from '../log.ts'
import type { Environment } from '../services/start-service.ts'
import { Turns } from '../turns.ts'
import { cutConnections } from './cut-connections.ts'
import type { Deadline, Gate, GateReading, WantedDoors } from './gate.ts'
import { NftRefusal, type NftSettings, nftBatch, nftTable } from './nft.ts'
import {
  addTicket,
  closeDoor,
  type GuardedPorts,
  type KernelDoor,
  type KernelTable,
  openDoor,
  readTable,
  rulesCount,
  rulesMark,
  setUp,
  TABLE,
  takeDoor,
  takeTicket,
} from './nft-table.ts'

export interface NftGateSettings {
  ports: GuardedPorts
  environment: Environment
  log: Log
  /** How nft is called, and ss. */
  command?: readonly string[]
  socketsCommand?: readonly string[]
  /** For one call of nft. */
  timeLimitMs?: number
}

const DEFAULT_TIME_LIMIT_MS = 2000
/** How long an opening may take from the thought to the kernel's deed; so much sooner the door may close. */
const TICKET_MS = 300
/** Under load a batch may come too late for its ticket, and the whole is thought through again. */
const ATTEMPTS = 3
/**
 * A kernel counts timeouts in its ticks, of up to 10 ms, rounds down, and older ones take 0 for "for ever". So nothing
 * is opened for less than this.
 */
const SHORTEST_MS = 100
/** By so much boottime() may be behind CLOCK_BOOTTIME (boottime.ts). */
const CLOCK_BEHIND_MS = 10
/** How often the clock is compared while a door is open: the kernel's timeouts stand still in a suspend of the host. */
const TICK_MS = 250

/**
 * The gate that is a table of the kernel's packet filter. A door is open while its set has elements, each with a timeout,
 * so that the kernel closes it, whatever becomes of the agent. Calls are carried out one after the other.
 */
export class NftGate implements Gate {
  readonly kind = 'nftables'
  readonly #settings: NftGateSettings
  readonly #nft: NftSettings
  readonly #turns = new Turns()
  /** As last read; undefined: not yet. */
  #last: KernelTable | undefined
  /** The rules as this agent has last seen or made them. */
  #standing: Rules | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(settings: NftGateSettings) {
    const { command = ['nft'], timeLimitMs = DEFAULT_TIME_LIMIT_MS, environment } = settings
    this.#settings = settings
    this.#nft = { command, timeLimitMs, environment }
  }

  read(): Promise<GateReading> {
    return this.#turns.take(() => this.#reading())
  }

  set(wanted: WantedDoors): Promise<GateReading> {
    return this.#turns.take(() => this.#set(wanted))
  }

  extend(later: Record<string, number>): Promise<GateReading> {
    return this.#turns.take(() => this.#extend(later))
  }

  close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    return this.#turns.done()
  }

  async #set(wanted: WantedDoors): Promise<GateReading> {
    const asked = Object.entries(wanted).filter((entry): entry is [string, Deadline] => entry[1] !== null)
    const strangers = asked.map(([home]) => home).filter((home) => !this.#hasAddresses(home))
    const open = asked.filter(([home]) => !strangers.includes(home))
    const { homes, problem } = await this.#prepare(open.map(([home]) => home))
    const closings = homes.filter((home) => !open.some(([other]) => other === home)).map(closeDoor)
    if (open.length === 0) await this.#batch(closings)
    else await this.#open(open, closings)
    const reading = await this.#reading()
    return { ...reading, problem: reading.problem ?? problem ?? strangersProblem(strangers) }
  }

  /** What is to be closed is closed with the making of the ticket, so that it never waits for what is to be opened. */
  async #open(wanted: [string, Deadline][], closings: string[]): Promise<void> {
    await this.#withTicket(closings, (nowMs) =>
      wanted.flatMap(([home, deadline]) => [closeDoor(home), ...this.#opening(home, deadline, nowMs)]),
    )
  }

  async #extend(later: Record<string, number>): Promise<GateReading> {
    const { doors } = await this.#table()
    for (const [home, deadlineMs] of Object.entries(later)) {
      const door = doors.get(home)
      if (door === undefined || door.deadline === 'unleased' || door.deadline >= deadlineMs) continue
      await this.#extendOne(home, door, deadlineMs)
    }
    return await this.#reading()
  }

  /** A door that lapses meanwhile makes the batch fail; that it then is closed is what the reading says. */
  async #extendOne(home: string, door: KernelDoor, deadlineMs: number): Promise<void> {
    try {
      await this.#withTicket([], (nowMs) => {
        const opening = this.#opening(home, deadlineMs, nowMs)
        return opening.length === 0 ? [] : [takeDoor(home, door), ...opening]
      })
    } catch (error) {
      if (!(error instanceof NftRefusal)) throw error
    }
  }

  /**
   * Rule 22: timeouts are relative, so a batch that came late would open a door beyond its deadline. The clock is read
   * after the ticket was made and the batch needs the ticket, so it is carried out within `TICKET_MS` of that reading.
   */
  async #withTicket(first: string[], batchAt: (nowMs: number) => string[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const ticket = randomInt(1, 2 ** 32)
      await this.#batch([...first, addTicket(ticket, TICKET_MS)])
      try {
        return await this.#batch([takeTicket(ticket), ...batchAt(boottime())])
      } catch (error) {
        if (!(error instanceof NftRefusal) || attempt === ATTEMPTS) throw error
      }
    }
  }

  /** Nothing where the deadline is too near. */
  #opening(home: string, deadline: Deadline, nowMs: number): string[] {
    if (deadline === 'unleased') return [openDoor(home, this.#settings.ports, null)]
    const timeoutMs = Math.floor(deadline - nowMs - CLOCK_BEHIND_MS - TICKET_MS)
    if (timeoutMs < SHORTEST_MS) return []
    return [openDoor(home, this.#settings.ports, { timeoutMs, deadlineMs: Math.floor(deadline) })]
  }

  async #batch(lines: string[]): Promise<void> {
    if (lines.length > 0) await nftBatch(this.#nft, lines)
  }

  async #reading(): Promise<GateReading> {
    const { problem } = await this.#prepare([])
    const { doors } = this.#last as KernelTable
    const deadlines = Object.fromEntries([...doors].map(([home, { deadline }]) => [home, deadline]))
    return { open: [...doors.keys()], deadlines, problem }
  }

  /** Sees to it that the table stands, with a door for each of these; what is open in it stays open. */
  async #prepare(wanted: string[]): Promise<{ homes: string[]; problem: string | null }> {
    const { ports, log } = this.#settings
    const { homes: known, rules } = await this.#table()
    const homes = [...new Set([...known, ...Object.keys(ports.addresses ?? {}), ...wanted])].sort()
    const standing = { mark: rulesMark(ports, homes), count: rulesCount(ports, homes) }
    const earlier = this.#standing
    this.#standing = standing
    if (isSame(rules, standing)) return { homes, problem: null }
    await this.#batch(setUp(ports, homes))
    await this.#table()
    if (earlier === undefined || isSame(rules, earlier)) return { homes, problem: null }
    const problem = `somebody changed the table ${TABLE}: until now the client ports may have been open to everybody`
    log(`the gate: ${problem}`)
    return { homes, problem }
  }

  /** Reads the kernel's table, and closes what a suspend of the host has kept open past its deadline. */
  async #table(): Promise<KernelTable> {
    const before = this.#last
    const said = await nftTable(this.#nft, TABLE)
    const nowMs = boottime()
    const table = said === undefined ? NO_TABLE : readTable(said, nowMs)
    const overdue = [...table.doors].filter(([, { deadline }]) => deadline !== 'unleased' && deadline <= nowMs)
    await this.#batch(overdue.map(([home]) => closeDoor(home)))
    for (const [home] of overdue) table.doors.delete(home)
    this.#last = table
    this.#watchClock()
    const gone = [...(before?.doors.keys() ?? [])].filter((home) => !table.doors.has(home))
    if (gone.length > 0) await this.#cut(gone)
    return table
  }

  #watchClock(): void {
    clearTimeout(this.#timer)
    const deadlines = [...(this.#last?.doors.values() ?? [])].map(({ deadline }) => deadline)
    const nearest = Math.min(...deadlines.filter((deadline) => typeof deadline === 'number'))
    if (this.#closed || !Number.isFinite(nearest)) return
    const look = () => {
      if (boottime() < nearest) this.#watchClock()
      else void this.read().catch((error: Error) => this.#settings.log(`the gate cannot be read: ${error.message}`))
    }
    this.#timer = setTimeout(look, Math.min(TICK_MS, Math.max(0, nearest - boottime()))).unref()
  }

  /** Nothing passes any more; this makes both ends notice at once, where nobody sends. */
  async #cut(homes: string[]): Promise<void> {
    const { ports, environment, log, socketsCommand: command = ['ss'] } = this.#settings
    const isShared = ports.addresses === undefined && (this.#last?.doors.size ?? 0) > 0
    if (isShared) return
    const addresses = homes.flatMap((home) => ports.addresses?.[home] ?? [])
    const problem = await cutConnections({ command, environment, ports: ports.tcp, addresses })
    if (problem !== null) log(`idle connections are cut only when somebody sends: ${problem}`)
  }

  #hasAddresses(home: string): boolean {
    const { addresses } = this.#settings.ports
    return addresses === undefined || (addresses[home] ?? []).length > 0
  }
}

type Rules = KernelTable['rules']
const isSame = (one: Rules, other: Rules): boolean => one.mark === other.mark && one.count === other.count

const NO_TABLE: KernelTable = { doors: new Map(), homes: [], rules: { mark: undefined, count: 0 } }

const strangersProblem = (homes: string[]): string | null =>
  homes.length === 0 ? null : `gate.addresses has no address for the users of ${homes.join(', ')}, so they stay out`
