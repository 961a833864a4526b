import { setTimeout as pause } from 'node:timers/promises'
import type { ServiceState } from '../../domain/model.ts'
import { boottime } from './boottime.ts'
import { answersOnPort } from './probe.ts'
import { isAlive, type ProcessIdentity, sameProcess, terminate } from './process.ts'
import { type ProcessRecord, readProcessRecord } from './process-record.ts'
import { type Environment, holdStopped, type Service, startService } from './start-service.ts'

export interface ServiceStatus {
  /**
   * `stopped`: on request. `failed`: not running, or not answering, although nobody asked for that.
   * `starting`: alive, young, and has not answered yet. `unknown`: not looked at yet, or its record cannot be read.
   * A process that is being stopped counts as `stopped`; its pid stands here until it is gone.
   */
  state: ServiceState
  /** When it began to run or, in any other state, ceased to: on boottime, as far as this agent has seen. */
  sinceMs: number
  /** One line for a person. */
  detail: string
  pid: number | null
}

export interface ServiceOutcome {
  name: string
  ok: boolean
  detail: string
}

export interface SupervisionSettings {
  /** The node's folder, where records and logs stand. */
  nodeFolder: string
  environment: Environment
  probeIntervalMs: number
  probeTimeLimitMs: number
  /** How long a process that was started may take until it answers. */
  startTimeLimitMs: number
  /** How long it has to end by itself, before SIGKILL. */
  stopTimeLimitMs: number
}

/** How often a service is probed while somebody waits for it. */
const WAITING_PROBE_MS = 20

type Finding = Pick<ServiceStatus, 'state' | 'detail' | 'pid'>

/**
 * One service under supervision. It is looked at regularly, and what is found is its state; nothing is remembered here
 * that the node's folder does not say. Looking never starts anything [a crash must be seen, behaviour.md section 1].
 */
export class SupervisedService {
  readonly service: Service
  readonly #settings: SupervisionSettings
  readonly #onChange: () => void
  #status: ServiceStatus = { state: 'unknown', sinceMs: boottime(), detail: 'not looked at yet', pid: null }
  /** The process that has answered: should it fall silent, it is not starting any more. */
  #answered: ProcessIdentity | undefined
  #lastExit: { process: ProcessIdentity; how: string } | undefined
  /** Commands are carried out one after the other; a later one ends the waiting of an earlier one. */
  #commands: Promise<unknown> = Promise.resolve()
  #newestCommand = 0

  constructor(service: Service, settings: SupervisionSettings, onChange: () => void) {
    this.service = service
    this.#settings = settings
    this.#onChange = onChange
  }

  get status(): ServiceStatus {
    return this.#status
  }

  /** Looks, and answers what was found. */
  async look(): Promise<ServiceStatus> {
    const finding = await this.#find()
    const before = this.#status
    const turned = (finding.state === 'running') !== (before.state === 'running')
    this.#status = { ...finding, sinceMs: turned ? boottime() : before.sinceMs }
    if (finding.state !== before.state) this.#onChange()
    return this.#status
  }

  /** Starts the service where it does not run, and waits until it answers. */
  start(timeLimitMs: number): Promise<ServiceOutcome> {
    return this.#command(async (isNewest) => {
      const until = performance.now() + timeLimitMs
      await this.#endUnusable()
      await this.#launch()
      while ((await this.look()).state === 'starting') {
        if (!isNewest()) return { ok: false, note: 'given up for a later command' }
        if (performance.now() >= until) return { ok: false, note: `did not answer within ${timeLimitMs} ms` }
        await pause(WAITING_PROBE_MS)
      }
      return { ok: this.#status.state === 'running' }
    })
  }

  /** Stops the service and waits until it is gone; from then on it counts as stopped until somebody starts it. */
  stop(): Promise<ServiceOutcome> {
    return this.#command(async () => {
      const { nodeFolder, stopTimeLimitMs } = this.#settings
      const process = await holdStopped(nodeFolder, this.service.name)
      await this.look()
      const end = process ? await terminate(process, stopTimeLimitMs) : 'gone'
      const { state, pid } = await this.look()
      const ok = state === 'stopped' && pid === null
      return end === 'killed' ? { ok, note: `did not end within ${stopTimeLimitMs} ms and was killed` } : { ok }
    })
  }

  #command(work: (isNewest: () => boolean) => Promise<{ ok: boolean; note?: string }>): Promise<ServiceOutcome> {
    this.#newestCommand += 1
    const mine = this.#newestCommand
    const { name } = this.service
    const outcome = this.#commands.then(async (): Promise<ServiceOutcome> => {
      try {
        const { ok, note } = await work(() => this.#newestCommand === mine)
        const found = `${this.#status.state}: ${this.#status.detail}`
        return { name, ok, detail: note ? `${found} (${note})` : found }
      } catch (error) {
        return { name, ok: false, detail: (error as Error).message }
      }
    })
    this.#commands = outcome
    return outcome
  }

  /** A process that hangs, or that an earlier agent began to stop, makes room for a new one. */
  async #endUnusable(): Promise<void> {
    const { state } = await this.look()
    const process = this.#record()?.process
    if (process && (state === 'failed' || state === 'stopped')) {
      await terminate(process, this.#settings.stopTimeLimitMs)
    }
  }

  async #launch(): Promise<void> {
    const { nodeFolder, environment } = this.#settings
    const result = await startService(nodeFolder, this.service, { environment })
    if (!result.started) return
    result.child.once('exit', (code, signal) => {
      this.#lastExit = { process: result.process, how: signal ? `ended by ${signal}` : `ended with exit code ${code}` }
      void this.look()
    })
  }

  #record(): ProcessRecord | undefined {
    return readProcessRecord(this.#settings.nodeFolder, this.service.name)
  }

  async #find(): Promise<Finding> {
    try {
      const record = this.#record()
      const process = record?.process
      if (!record || !process || !isAlive(process)) return this.#notAlive(record)
      if (record.stoppedOnRequest) return { state: 'stopped', detail: 'is being stopped on request', pid: process.pid }
      const answers = await answersOnPort(this.service.port, this.#settings.probeTimeLimitMs)
      // The probe took its time: a process that has ended or changed since is looked at anew.
      if (!isAlive(process) || !sameProcess(this.#record()?.process, process)) return await this.#find()
      return answers ? this.#running(process) : this.#silent(record, process)
    } catch (error) {
      return { state: 'unknown', detail: (error as Error).message, pid: null }
    }
  }

  #notAlive(record: ProcessRecord | undefined): Finding {
    if (record?.stoppedOnRequest) return { state: 'stopped', detail: 'stopped on request', pid: null }
    if (!record?.process) return { state: 'failed', detail: 'has not been started on this node', pid: null }
    const exit = sameProcess(this.#lastExit?.process, record.process) ? this.#lastExit?.how : 'is gone'
    return { state: 'failed', detail: `process ${record.process.pid} ${exit}`, pid: null }
  }

  #running(process: ProcessIdentity): Finding {
    this.#answered = process
    return { state: 'running', detail: `answers on port ${this.service.port}`, pid: process.pid }
  }

  #silent(record: ProcessRecord, process: ProcessIdentity): Finding {
    const { pid } = process
    const detail = `process ${pid} does not answer on port ${this.service.port}`
    const young = boottime() - record.startedAtMs < this.#settings.startTimeLimitMs
    return { state: young && !sameProcess(this.#answered, process) ? 'starting' : 'failed', detail, pid }
  }
}
