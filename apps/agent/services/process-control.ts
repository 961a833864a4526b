import type { ServiceControl, Standing, StopResult } from './control.ts'
import { isAlive, type ProcessIdentity, sameProcess, terminate } from './process.ts'
import { readProcessRecord } from './process-record.ts'
import { type Environment, type ProcessService, startService } from './start-service.ts'

/** A service that is a process of the agent's own: it leads a group of its own, outlives the agent, and has a record. */
export class ProcessControl implements ServiceControl {
  readonly #service: ProcessService
  readonly #nodeFolder: string
  readonly #environment: Environment
  readonly #stopTimeLimitMs: number
  readonly #onExit: () => void
  #lastExit: { process: ProcessIdentity; how: string } | undefined

  constructor(
    service: ProcessService,
    settings: { nodeFolder: string; environment: Environment; stopTimeLimitMs: number; onExit: () => void },
  ) {
    this.#service = service
    this.#nodeFolder = settings.nodeFolder
    this.#environment = settings.environment
    this.#stopTimeLimitMs = settings.stopTimeLimitMs
    this.#onExit = settings.onExit
  }

  async look(): Promise<Standing> {
    const record = this.#record()
    const process = record?.process
    if (!record || !process) return this.#down('has not been started on this node')
    if (!isAlive(process)) {
      const exit = sameProcess(this.#lastExit?.process, process) ? this.#lastExit?.how : 'is gone'
      return this.#down(`process ${process.pid} ${exit}`)
    }
    const { pid } = process
    const run = `${pid} ${process.startedAt}`
    const is = record.stoppedOnRequest ? 'stopping' : 'up'
    return { is, detail: `process ${pid}`, pid, run, sinceMs: record.startedAtMs }
  }

  isStill({ run }: Standing): boolean {
    const process = this.#record()?.process
    return (
      process !== undefined && process !== null && run === `${process.pid} ${process.startedAt}` && isAlive(process)
    )
  }

  async start(): Promise<string> {
    const result = await startService(this.#nodeFolder, this.#service, { environment: this.#environment })
    if (!result.started) return ''
    result.child.once('exit', (code, signal) => {
      this.#lastExit = { process: result.process, how: signal ? `ended by ${signal}` : `ended with exit code ${code}` }
      this.#onExit()
    })
    return ''
  }

  async started(): Promise<string> {
    return ''
  }

  async stop(): Promise<StopResult> {
    const process = this.#record()?.process
    const end = process ? await terminate(process, this.#stopTimeLimitMs) : 'gone'
    return { output: '', killed: end === 'killed' }
  }

  #record() {
    return readProcessRecord(this.#nodeFolder, this.#service.name)
  }

  #down(detail: string): Standing {
    return { is: 'down', detail, pid: null, run: null, sinceMs: null }
  }
}
