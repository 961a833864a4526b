import type { Condition } from './facts.ts'
import type { CommandKind } from './model.ts'
import type { NodeState, Reason } from './states.ts'

type Side = 'x' | 'y'
/** Why a node fails over by itself. */
export type FailureTrigger = Extract<Reason, 'PeerDown' | 'PeerReboot' | 'CriticalServiceDown' | 'DatabaseFailure'>

/** What a row does besides changing the pair. Each is applied to the group by `apply.ts`. */
export type Action =
  /** A delay runs from now on; the workflow owns the wait. */
  | 'wait to fail x over'
  | 'wait to fail x over for its database'
  | 'wait to fall back to x'
  /** A wait ends, and so does a transition that still runs. */
  | 'drop transition'
  /** A transition begins, triggered by the reason that the row gives to x. */
  | 'begin failover of x'
  | 'begin auto-recovery of x'
  /** The same while the pair stays as it is, so that the row gives no reason to x. */
  | `begin auto-recovery of x, for ${FailureTrigger}`
  | 'begin fallback to x'
  | 'begin recovery'
  | 'end transition'
  | 'fail transition'
  /** Sets of users move (protocol.md, rules 4 and 6). */
  | "move x's set to y"
  | "move x's set home"
  | 'move all sets to y'
  | 'send all sets home'
  | 'finish moves from x'
  | 'finish moves from y'
  | 'abort moves'
  /** Until on-call acknowledges it [B15] [B16]. */
  | 'switch automatic fallbacks off'
  | 'switch service failovers off'
  | `order ${Side} ${CommandKind}`

/** `keep`: as it is. `trigger`: what triggered the running transition. */
type NewReason = Reason | 'keep' | 'trigger'

export interface Row {
  row: number
  /** The states that x and y stand in. */
  x: NodeState | readonly NodeState[]
  y: NodeState | readonly NodeState[]
  /** Facts that must all hold; `!` is not. */
  when: readonly Condition[]
  /** What x and y come to; left out: the pair stays. */
  to?: NewPair
  actions: readonly Action[]
  why: string
}

export type NewStanding = readonly [NodeState | 'keep', NewReason]
export type NewPair = readonly [x: NewStanding, y: NewStanding]

/** A row as the table writes it. */
export function row(
  number: number,
  x: Row['x'],
  y: Row['y'],
  when: Condition[],
  to: NewPair | undefined,
  actions: readonly Action[],
  why: string,
): Row {
  return { row: number, x, y, when, ...(to ? { to } : {}), actions, why }
}
