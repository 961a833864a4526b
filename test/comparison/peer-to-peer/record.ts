import type { NodeIndex } from '../../../domain/model.ts'
import type { NodeState, Reason } from '../../../domain/states.ts'

/**
 * What both nodes know of their pair. Each host keeps a copy in its database, and sends it to the other; whoever changes
 * it counts one on.
 */
export interface PairRecord {
  readonly number: number
  readonly states: readonly [NodeState, NodeState]
  /** Why they are so. */
  readonly reason: Reason
  /** Who serves the users of each node; null: nobody while they move. */
  readonly owners: Owners
  /** The node that is taking back can serve: its peer may let go of the users. */
  readonly isReady: boolean
  /** An operator asked for a recovery. */
  readonly isRecovering: boolean
}

export type Owners = readonly [NodeIndex | null, NodeIndex | null]
const HOME: Owners = [0, 1]

/** What a change says; the rest follows from it. */
export type Change = Pick<PairRecord, 'states' | 'reason' | 'owners'> & { isReady?: true; isRecovering?: true }

export const bothIn = (state: NodeState, reason: Reason): Change => ({ states: [state, state], reason, owners: HOME })
export const atHome: Change = bothIn('Normal', 'Normal')
export const FIRST: PairRecord = { number: 1, isReady: false, isRecovering: false, ...atHome }

export const changed = ({ number }: PairRecord, change: Change): PairRecord => ({
  number: number + 1,
  isReady: false,
  isRecovering: false,
  ...change,
})

/** A pair of states, for the node that is named and its peer. */
export const ordered = <Each>(node: NodeIndex, its: Each, peers: Each): [Each, Each] =>
  node === 0 ? [its, peers] : [peers, its]

/** Says the same, whyever. */
const agree = (one: PairRecord, other: PairRecord): boolean =>
  one.states.join() === other.states.join() && one.owners.join() === other.owners.join()

/**
 * What both nodes hold when their copies have met: the later one. Where both changed it while they did not hear each other,
 * as often as each other, neither is right: everybody goes home. Both nodes find the same, whoever hears first.
 */
export function merged(mine: PairRecord, theirs: PairRecord): PairRecord {
  if (theirs.number < mine.number) return mine
  if (theirs.number > mine.number) return theirs
  return agree(mine, theirs) ? mine : changed(mine, atHome)
}
