import { runCommand } from '../command.ts'
import type { Log } from '../log.ts'
import type { Environment } from './start-service.ts'

export interface ReplicationSettings {
  command: string[]
  intervalMs: number
  timeLimitMs: number
  /** How many askings in a row may fail before the state counts as 0, "not set up". */
  fall: number
  environment: Environment
  log: Log
}

export type ReplicationAnswer = { state: number; detail: string } | { state: null; detail: string }

const OUTPUT_LIMIT_BYTES = 256

/** Asks the operator's command once: it prints the state, 0 to 4, and ends with 0. */
export async function askReplication({
  command,
  timeLimitMs,
  environment,
}: Pick<ReplicationSettings, 'command' | 'timeLimitMs' | 'environment'>): Promise<ReplicationAnswer> {
  const result = await runCommand(command, environment, { timeLimitMs, outputLimitBytes: OUTPUT_LIMIT_BYTES })
  const said = result.output.trim()
  if (result.problem !== null) return { state: null, detail: `${command[0]} ${result.problem}` }
  if (result.exitCode !== 0)
    return { state: null, detail: `${command[0]} ended with exit code ${result.exitCode}${said && `: ${said}`}` }
  if (!/^[0-4]$/.test(said)) return { state: null, detail: `${command[0]} printed "${said}" and not 0 to 4` }
  return { state: Number(said), detail: `${command[0]} says ${said}` }
}

/** The state of the database's replication, asked for from time to time. In between the last answer counts; at first 0. */
export class Replication {
  readonly #settings: ReplicationSettings
  #state = 0
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #isOpen = true

  constructor(settings: ReplicationSettings) {
    this.#settings = settings
    void this.#watch()
  }

  get state(): number {
    return this.#state
  }

  close(): void {
    this.#isOpen = false
    clearTimeout(this.#timer)
  }

  async #watch(): Promise<void> {
    const { log, fall, intervalMs } = this.#settings
    const { state, detail } = await askReplication(this.#settings)
    this.#failures = state === null ? this.#failures + 1 : 0
    const believed = state ?? (this.#failures >= fall ? 0 : this.#state)
    if (believed !== this.#state || this.#failures === 1) log(`replication: ${detail}`)
    this.#state = believed
    if (this.#isOpen) this.#timer = setTimeout(() => void this.#watch(), intervalMs).unref()
  }
}
