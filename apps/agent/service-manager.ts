import { runCommand } from './command.ts'
import type { Log } from './log.ts'
import type { Environment } from './services/start-service.ts'

export interface ServiceManagerParts {
  /** Of this process: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID and PATH count. */
  environment: Environment
  log: Log
}

/** What systemd gives to a service for itself, and what no program that the service starts may have. */
const OWN_VARIABLES = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'LISTEN_PID', 'LISTEN_FDS', 'LISTEN_FDNAMES']

/**
 * The environment for everything that the agent starts. A presence server that speaks to systemd itself would otherwise
 * answer the agent's watchdog in its place.
 */
export function withoutOwnVariables(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !OWN_VARIABLES.includes(name)))
}

const NOTIFY_LIMIT_MS = 5000
/** Two pings may be lost before the watchdog bites. */
const PINGS_PER_LIMIT = 3

/**
 * What the agent says to systemd: that it is ready, how it is, and that it is not hung. Messages go through the program
 * `systemd-notify`, as Node has no unix datagram sockets and a native addon would end the single file. It is there where
 * NOTIFY_SOCKET is set, costs a few milliseconds of another process every WatchdogSec / 3, and waits until systemd has read
 * the message. Without NOTIFY_SOCKET nothing is said.
 */
export class ServiceManager {
  readonly #parts: ServiceManagerParts
  readonly #watchdogLimitMs: number | null
  #timer: NodeJS.Timeout | undefined
  #isSending = false
  #lastProblem: string | null = null

  constructor(parts: ServiceManagerParts) {
    this.#parts = parts
    const { WATCHDOG_USEC, WATCHDOG_PID } = parts.environment
    const isMeant = WATCHDOG_PID === undefined || Number(WATCHDOG_PID) === process.pid
    this.#watchdogLimitMs = isMeant && Number(WATCHDOG_USEC) > 0 ? Number(WATCHDOG_USEC) / 1000 : null
  }

  /** The agent is at work. From now on its pings depend on `isKeepingUp`: a loop that hangs is not answered for. */
  async ready(look: () => { isKeepingUp: boolean; status: string }): Promise<void> {
    if (this.#parts.environment.NOTIFY_SOCKET === undefined) return
    await this.#send('READY=1', `STATUS=${look().status}`, 'WATCHDOG=1')
    const limitMs = this.#watchdogLimitMs
    if (limitMs !== null) this.#timer = setInterval(() => void this.#ping(look()), limitMs / PINGS_PER_LIMIT).unref()
  }

  /** Whether systemd kills this process when it is not pinged. */
  get hasWatchdog(): boolean {
    return this.#watchdogLimitMs !== null
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async stopping(): Promise<void> {
    this.close()
    await this.#send('STOPPING=1')
  }

  async #ping({ isKeepingUp, status }: { isKeepingUp: boolean; status: string }): Promise<void> {
    if (this.#isSending) return
    if (isKeepingUp) await this.#send('WATCHDOG=1', `STATUS=${status}`)
    else this.#parts.log('the heartbeats are late, so the watchdog is not answered')
  }

  async #send(...assignments: string[]): Promise<void> {
    const { environment, log } = this.#parts
    if (environment.NOTIFY_SOCKET === undefined) return
    this.#isSending = true
    const limits = { timeLimitMs: NOTIFY_LIMIT_MS, outputLimitBytes: 1024 }
    const said = assignments.map((each) => each.replace(/[\r\n]+/g, ' '))
    const { exitCode, output, problem } = await runCommand(['systemd-notify', ...said], environment, limits)
    this.#isSending = false
    const failure = exitCode === 0 ? null : (problem ?? `ended with exit code ${exitCode}: ${output.trim()}`)
    if (failure !== null && failure !== this.#lastProblem) log(`systemd cannot be told: systemd-notify ${failure}`)
    this.#lastProblem = failure
  }
}
