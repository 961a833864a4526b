import { boottime } from '../boottime.ts'
import type { Deadline, Gate, GateReading, WantedDoors } from './gate.ts'

/** A door that was open and is closed now. */
export interface ClosedDoor {
  homeNode: string
  /** The agent closed it before its deadline, as it is not granted any more, or the host goes down. */
  released: boolean
  /** Of one that closed by itself. */
  why: string
}

/** Until a door is seen closed after its deadline, and until a gate that could not be read is tried again. */
const AFTER_DEADLINE_MS = 20
/** Until a door that was still open then is looked at again: its closing hangs, or fails. */
const STILL_OPEN_MS = 250
const READ_AGAIN_MS = 1000
/** So much before its deadline a gate may close a door on account of it (nft-gate.ts). */
const EARLY_MS = 400

/**
 * A gate whose doors are watched: every reading that passes is compared with the one before, and at a deadline the gate
 * is read, so that a door that closed by itself is noticed whether or not anybody asks.
 */
export class WatchedGate implements Gate {
  readonly #gate: Gate
  readonly #onChange: (open: string[], closed: ClosedDoor[]) => void
  #open: Map<string, Deadline | undefined>
  #timer: NodeJS.Timeout | undefined
  #closed = false

  /** `openBefore`: doors that an earlier agent left open; how long they were to be, is not known. */
  constructor(gate: Gate, openBefore: string[], onChange: (open: string[], closed: ClosedDoor[]) => void) {
    this.#gate = gate
    this.#onChange = onChange
    this.#open = new Map(openBefore.map((homeNode) => [homeNode, undefined]))
  }

  get kind(): string {
    return this.#gate.kind
  }

  async read(): Promise<GateReading> {
    return this.#seen(await this.#gate.read(), () => false)
  }

  async set(doors: WantedDoors): Promise<GateReading> {
    const askedMs = boottime()
    const isOurs = (homeNode: string, deadline: Deadline | undefined) =>
      (doors[homeNode] ?? null) === null && (typeof deadline !== 'number' || askedMs < deadline)
    return this.#seen(await this.#gate.set(doors), isOurs)
  }

  async extend(doors: Record<string, number>): Promise<GateReading> {
    return this.#seen(await this.#gate.extend(doors), () => false)
  }

  close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    return this.#gate.close()
  }

  #seen(reading: GateReading, isReleased: (homeNode: string, deadline: Deadline | undefined) => boolean): GateReading {
    const before = this.#open
    this.#open = new Map(reading.open.map((homeNode) => [homeNode, reading.deadlines[homeNode]]))
    const closed = [...before]
      .filter(([homeNode]) => !this.#open.has(homeNode))
      .map(([homeNode, deadline]) => ({
        homeNode,
        released: isReleased(homeNode, deadline),
        why: why(deadline, reading),
      }))
    const hasOpened = reading.open.some((homeNode) => !before.has(homeNode))
    if (closed.length > 0 || hasOpened) this.#onChange(reading.open, closed)
    this.#lookAtDeadline()
    return reading
  }

  #lookAtDeadline(): void {
    clearTimeout(this.#timer)
    const deadlines = [...this.#open.values()].filter((deadline) => typeof deadline === 'number')
    if (this.#closed || deadlines.length === 0) return
    const leftMs = Math.min(...deadlines) - boottime()
    this.#lookIn(leftMs > 0 ? leftMs + AFTER_DEADLINE_MS : STILL_OPEN_MS)
  }

  #lookIn(delayMs: number): void {
    const look = () => {
      this.read().catch(() => {
        if (!this.#closed) this.#lookIn(READ_AGAIN_MS)
      })
    }
    this.#timer = setTimeout(look, delayMs).unref()
  }
}

function why(deadline: Deadline | undefined, { problem }: GateReading): string {
  if (deadline === undefined) return 'it closed while no agent ran'
  if (typeof deadline === 'number' && boottime() >= deadline) return 'the lease lapsed'
  if (problem !== null) return problem
  return typeof deadline === 'number' && boottime() >= deadline - EARLY_MS ? 'the lease lapsed' : 'the gate closed it'
}
