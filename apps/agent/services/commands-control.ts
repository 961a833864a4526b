import { boottime } from '../boottime.ts'
import { runCommand } from '../command.ts'
import type { ServiceControl, Standing, StopResult } from './control.ts'
import type { Environment } from './start-service.ts'

export interface CommandsControlSettings {
  start: string[]
  stop: string[]
  environment: Environment
  startTimeLimitMs: number
  stopTimeLimitMs: number
}

const OUTPUT_LIMIT_BYTES = 1024

/** A service that the operator's own commands start and stop. Whether it runs, its probes alone can say. */
export class CommandsControl implements ServiceControl {
  readonly #settings: CommandsControlSettings
  /** Of the start that this agent has given; an earlier agent's is not known. */
  #startedAtMs: number | null = null

  constructor(settings: CommandsControlSettings) {
    this.#settings = settings
  }

  async look(): Promise<Standing> {
    const sinceMs = this.#startedAtMs
    return { is: 'up', detail: '', pid: null, run: sinceMs === null ? null : `started at ${sinceMs}`, sinceMs }
  }

  isStill(): boolean {
    return true
  }

  async start(): Promise<string> {
    const { start, startTimeLimitMs } = this.#settings
    this.#startedAtMs = boottime()
    return await this.#run('start', start, startTimeLimitMs)
  }

  async started(): Promise<string> {
    return ''
  }

  async stop(): Promise<StopResult> {
    const { stop, stopTimeLimitMs } = this.#settings
    return { output: await this.#run('stop', stop, stopTimeLimitMs), killed: false }
  }

  async #run(what: string, argv: string[], timeLimitMs: number): Promise<string> {
    const limits = { timeLimitMs, outputLimitBytes: OUTPUT_LIMIT_BYTES }
    const { exitCode, output, problem } = await runCommand(argv, this.#settings.environment, limits)
    if (exitCode === 0 && problem === null) return output
    const why = problem ?? `ended with exit code ${exitCode}`
    throw new Error([`its ${what} command ${argv[0]} ${why}`, output.trim()].filter(Boolean).join(': '))
  }
}
