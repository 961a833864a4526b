import type { Deadline, WantedDoors } from './front-doors.ts'

export type { Deadline, WantedDoors } from './front-doors.ts'

/** What a gate says of itself at one moment. */
export interface GateReading {
  /** Home nodes whose doors are open. */
  open: string[]
  /** Of the open doors, on boottime. */
  deadlines: Record<string, Deadline>
  /** Why users do not get in, or could not, although the agent wanted it; null where all is well. */
  problem: string | null
}

/**
 * What lets users into this node, one door per user set, enforced outside the agent (protocol.md rules 14 and 21).
 * What it answers was read from the gate during the call, never remembered. Both calls throw `GateError` when that
 * cannot be had within their time limit: then nobody may say "closed".
 */
export interface Gate {
  kind: string
  read(): Promise<GateReading>
  /**
   * Replaces the deadlines of all doors: one that is not named, or is null, is closed when the answer comes.
   * A later deadline for an open door cuts nobody off.
   */
  set(doors: WantedDoors): Promise<GateReading>
  /** Gives later deadlines to doors that are open at that moment; it opens none (protocol.md rule 18). */
  extend(doors: Record<string, number>): Promise<GateReading>
  /** Lets go of the gate when what it is doing is done; the doors stay as they are then. */
  close(): Promise<void>
}

/** The gate's state is unknown. */
export class GateError extends Error {
  override name = 'GateError'
}
