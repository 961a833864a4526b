import { boottime } from '../boottime.ts'
import { runCommand } from '../command.ts'
import type { Log } from '../log.ts'
import type { Environment } from '../services/start-service.ts'
import { Turns } from '../turns.ts'
import { type Deadline, type Gate, GateError, type GateReading, type WantedDoors } from './gate.ts'
import { GateRecord } from './gate-record.ts'

export interface CommandsGateSettings {
  node: string
  /** The operator's own; agent.example.yaml says what each is told and has to do. */
  open: string[]
  close: string[]
  status: string[]
  extend?: string[] | undefined
  timeLimitMs: number
  /** Whether doors are said to close by themselves, outside the agent. */
  closesByItself: boolean
  environment: Environment
  stateFolder: string
  bootId: string
  log: Log
}

/** Nothing is opened for less. */
const SHORTEST_MS = 100
/** Until a door that has to be closed, and could not be, is closed again. */
const CLOSE_AGAIN_MS = 1000

/** What the status command says: the doors that are open and, where they close by themselves, in how many ms. */
type Status = Map<string, number | null>

/**
 * The gate that is the operator's own commands. Where its doors do not close by themselves, the agent closes them in good
 * time before their deadlines, which is only as good as the agent is: rule 21 calls this no gate, and so its kind says.
 */
export class CommandsGate implements Gate {
  readonly kind: string
  readonly #settings: CommandsGateSettings
  /** Deadlines that were asked for; they outlive the agent, and are void on another boot. */
  readonly #record: GateRecord
  readonly #turns = new Turns()
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(settings: CommandsGateSettings) {
    this.kind = settings.closesByItself ? 'commands' : 'commands-unenforced'
    this.#settings = settings
    this.#record = new GateRecord(settings)
  }

  read(): Promise<GateReading> {
    return this.#turns.take(() => this.#reading([]))
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
    const open = Object.entries(wanted).filter((entry): entry is [string, Deadline] => entry[1] !== null)
    const isWanted = (home: string) => open.some(([other]) => other === home)
    const problems: string[] = []
    const gone = [...(await this.#status()).keys()].filter((home) => !isWanted(home))
    for (const home of gone) problems.push(...(await this.#run('close', home, null)))
    // Before a door opens, so that an agent that dies in between leaves no open door without a deadline.
    await this.#record.replace(Object.fromEntries(open))
    for (const [home, deadline] of open) problems.push(...(await this.#open('open', home, deadline)))
    return await this.#reading(problems)
  }

  async #extend(later: Record<string, number>): Promise<GateReading> {
    const { extend } = this.#settings
    const { doors } = await this.#enforced()
    const problems: string[] = []
    for (const [home, deadlineMs] of Object.entries(later)) {
      const deadline = this.#record.deadlines[home]
      if (!doors.has(home) || typeof deadline !== 'number' || deadline >= deadlineMs) continue
      await this.#record.replace({ ...this.#record.deadlines, [home]: deadlineMs })
      if (extend !== undefined) problems.push(...(await this.#open('extend', home, deadlineMs)))
    }
    return await this.#reading(problems)
  }

  /** A command that ends after the deadline may have opened the door for whole hours: it is closed at once. */
  async #open(verb: 'open' | 'extend', home: string, deadline: Deadline): Promise<string[]> {
    if (typeof deadline === 'number' && deadline - boottime() < SHORTEST_MS) return this.#run('close', home, null)
    const problems = await this.#run(verb, home, deadline)
    const isLate = typeof deadline === 'number' && boottime() >= deadline
    return isLate ? [...problems, ...(await this.#run('close', home, null))] : problems
  }

  async #run(verb: 'open' | 'close' | 'extend', home: string, deadline: Deadline | null): Promise<string[]> {
    const { node, timeLimitMs, environment } = this.#settings
    const command = this.#settings[verb] ?? []
    const inMs = typeof deadline === 'number' ? Math.floor(deadline - boottime()) : null
    const told = {
      UNDERSTUDY_NODE: node,
      UNDERSTUDY_HOME_NODE: home,
      UNDERSTUDY_DEADLINE_MS: inMs === null ? '' : String(inMs),
      UNDERSTUDY_DEADLINE_BOOTTIME_MS: typeof deadline === 'number' ? String(Math.floor(deadline)) : '',
    }
    const result = await runCommand(command, { ...environment, ...told }, { timeLimitMs, outputLimitBytes: 1024 })
    if (result.exitCode === 0 && result.problem === null) return []
    const why = result.problem ?? `ended with exit code ${result.exitCode}: ${result.output.trim()}`
    return [`gate.${verb} for the users of ${home}: ${command[0]} ${why}`]
  }

  async #reading(problems: string[]): Promise<GateReading> {
    const { doors, problems: more } = await this.#enforced()
    const all = [...problems, ...more]
    return {
      open: [...doors.keys()],
      deadlines: Object.fromEntries(doors),
      problem: all.length === 0 ? null : all.join('; '),
    }
  }

  /** The doors as they are after those are closed that have no business to be open. */
  async #enforced(): Promise<{ doors: Map<string, Deadline>; problems: string[] }> {
    const status = await this.#status()
    const nowMs = boottime()
    const unenforced = [...status].filter(([, closesInMs]) => closesInMs === null).map(([home]) => home)
    const overdue = unenforced.filter((home) => nowMs >= this.#closeAtMs(home))
    const problems: string[] = []
    for (const home of overdue) {
      this.#settings.log(`the door for the users of ${home} does not close by itself, and is closed: its time is over`)
      problems.push(...(await this.#run('close', home, null)))
    }
    const left = overdue.length > 0 ? await this.#status() : status
    const leased = [...left.keys()].filter((home) => this.#record.deadlines[home] !== 'unleased')
    if (this.#settings.closesByItself && leased.some((home) => left.get(home) === null))
      problems.push('gate.status names a door without the time until it closes by itself')
    this.#watch([...left].filter(([, closesInMs]) => closesInMs === null).map(([home]) => home))
    return { doors: new Map([...left].map(([home, inMs]) => [home, this.#deadlineOf(home, inMs)])), problems }
  }

  #deadlineOf(home: string, closesInMs: number | null): Deadline {
    if (closesInMs !== null) return boottime() + closesInMs
    return this.#record.deadlines[home] ?? boottime()
  }

  /** So much sooner that a command that takes its whole time is done by the deadline. Of an unknown one: at once. */
  #closeAtMs(home: string): number {
    const deadline = this.#record.deadlines[home]
    if (deadline === 'unleased') return Number.POSITIVE_INFINITY
    return deadline === undefined ? Number.NEGATIVE_INFINITY : deadline - this.#settings.timeLimitMs
  }

  #watch(unenforced: string[]): void {
    clearTimeout(this.#timer)
    const nearestMs = Math.min(...unenforced.map((home) => this.#closeAtMs(home)))
    if (this.#closed || nearestMs === Number.POSITIVE_INFINITY) return
    const delayMs = nearestMs - boottime()
    const look = () => this.read().catch((error: Error) => this.#settings.log((error as Error).message))
    this.#timer = setTimeout(() => void look(), delayMs > 0 ? Math.ceil(delayMs) : CLOSE_AGAIN_MS).unref()
  }

  async #status(): Promise<Status> {
    const { status, timeLimitMs, environment, node } = this.#settings
    const limits = { timeLimitMs, outputLimitBytes: 64 * 1024 }
    const result = await runCommand(status, { ...environment, UNDERSTUDY_NODE: node }, limits)
    if (result.exitCode !== 0 || result.problem !== null) {
      const why = result.problem ?? `ended with exit code ${result.exitCode}: ${result.output.trim()}`
      throw new GateError(`the state of the doors is unknown: gate.status ${status[0]} ${why}`)
    }
    return readStatus(result.output)
  }
}

/** Lines of a home node's name and, where the door closes by itself, in how many ms. Throws `GateError`. */
export function readStatus(output: string): Status {
  const lines = output.split('\n').map((line) => line.trim())
  const entries = lines.filter(Boolean).map((line): [string, number | null] => {
    const [, home, inMs] = /^([A-Za-z0-9_-]{1,128})(?:\s+(\d+))?$/.exec(line) ?? []
    if (home === undefined)
      throw new GateError(`gate.status printed "${line}" and not a home node, and in how many ms its door closes`)
    return [home, inMs === undefined ? null : Number(inMs)]
  })
  return new Map(entries)
}
