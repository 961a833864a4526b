import { setTimeout as pause } from 'node:timers/promises'
import { answersOnPort } from '../services/probe.ts'
import { isAlive } from '../services/process.ts'
import { Turns } from '../turns.ts'
import { ConnectionLost, FrontConnection } from './front-connection.ts'
import type { FrontRequest } from './front-protocol.ts'
import { type FrontRunFile, readFrontRunFile } from './front-run-file.ts'
import { type Gate, GateError, type GateReading, type WantedDoors } from './gate.ts'

export interface FrontGateSettings {
  runFile: string
  /** The front's own port: where nothing listens, and no run file is, there is no front. */
  port: number
  bootId: string
  /** For a whole call, a new connection included. */
  timeLimitMs?: number
}

const DEFAULT_TIME_LIMIT_MS = 1000
const RETRY_MS = 20

/** The gate that is a front process (front.ts). Calls are carried out one after the other, in their order. */
export class FrontGate implements Gate {
  readonly kind = 'front'
  readonly #settings: FrontGateSettings
  readonly #timeLimitMs: number
  #connection: FrontConnection | undefined
  readonly #turns = new Turns()

  constructor(settings: FrontGateSettings) {
    this.#settings = settings
    this.#timeLimitMs = settings.timeLimitMs ?? DEFAULT_TIME_LIMIT_MS
  }

  read(): Promise<GateReading> {
    return this.#inTurn({ read: true })
  }

  set(doors: WantedDoors): Promise<GateReading> {
    return this.#inTurn({ set: { doors }, bootId: this.#settings.bootId })
  }

  extend(doors: Record<string, number>): Promise<GateReading> {
    return this.#inTurn({ extend: { doors }, bootId: this.#settings.bootId })
  }

  async close(): Promise<void> {
    await this.#turns.done()
    this.#disconnect()
  }

  #inTurn(request: FrontRequest): Promise<GateReading> {
    return this.#turns.take(() => this.#call(request))
  }

  /** Tries until the front answers, or is found dead. */
  async #call(request: FrontRequest): Promise<GateReading> {
    const untilMs = performance.now() + this.#timeLimitMs
    for (;;) {
      const front = this.#front()
      if (front === undefined) return await this.#neverStarted()
      if (!isAlive(front)) return closedFor(`the front is not running: process ${front.pid} is gone`)
      try {
        return await this.#ask(front, request, untilMs - performance.now())
      } catch (error) {
        this.#disconnect()
        const hopeless = !(error instanceof ConnectionLost) || performance.now() + RETRY_MS >= untilMs
        if (hopeless) throw new GateError(`the state of the doors is unknown: ${(error as Error).message}`)
        await pause(RETRY_MS)
      }
    }
  }

  #disconnect(): void {
    this.#connection?.close()
    this.#connection = undefined
  }

  #front(): FrontRunFile | undefined {
    try {
      return readFrontRunFile(this.#settings.runFile)
    } catch (error) {
      throw new GateError((error as Error).message, { cause: error })
    }
  }

  /** Without a run file a front can only be one whose file was taken away: then its port may listen. */
  async #neverStarted(): Promise<GateReading> {
    const { port, runFile } = this.#settings
    if (!(await answersOnPort(port, this.#timeLimitMs))) return closedFor('the front has not been started')
    throw new GateError(`something listens on the front's port ${port}, but ${runFile} is missing: restart the front`)
  }

  async #ask(front: FrontRunFile, request: FrontRequest, timeLimitMs: number): Promise<GateReading> {
    if (this.#connection?.token !== front.token) {
      this.#disconnect()
      this.#connection = new FrontConnection(front, 'controller')
    }
    const { open, deadlines, listenError } = await this.#connection.request(request, timeLimitMs)
    return { open, deadlines, problem: listenError }
  }
}

const closedFor = (problem: string): GateReading => ({ open: [], deadlines: {}, problem })
