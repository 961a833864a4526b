import oracle from './node-states.json' with { type: 'json' }

/** The fourteen node states of the field's table (node-states.json). */
export const NODE_STATES = [
  'Initializing',
  'Idle',
  'Normal',
  'RunningInBackupMode',
  'TakingOver',
  'FailingOver',
  'FailedOver',
  'FailedOverWithCriticalServicesNotRunning',
  'FallingBack',
  'TakingBack',
  'RunningInFailedMode',
  'Unknown',
  'BackupActivated',
  'FailoverAffectedServices',
] as const
export type NodeState = (typeof NODE_STATES)[number]

/** The fifteen reasons that go with a state. A transition's trigger is one of them. */
export const REASONS = [
  'Normal',
  'OnAdminRequest',
  'Initialization',
  'AutomaticFallback',
  'CriticalServiceDown',
  'DatabaseFailure',
  'StartOfCriticalServicesFailed',
  'PeerDown',
  'PeerReboot',
  'PeerDownDuringInitialization',
  'TakeOverUsersFailed',
  'TakeBackUsersFailed',
  'Unknown',
  'AutoRecoverDatabaseFailure',
  'AutoRecoverCriticalServiceDown',
] as const
export type Reason = (typeof REASONS)[number]

const stateLabels = new Map(oracle.states.map((state) => [state.id, state.label]))
const stateMeanings = new Map(oracle.states.map((state) => [state.id, state.meaning]))
const reasonLabels = new Map(oracle.reasons.map((reason) => [reason.id, reason.label]))

/** The state as administrators know it: `RunningInBackupMode` → "Running in Backup Mode". */
export const stateLabel = (state: NodeState): string => stateLabels.get(state) ?? state
/** The reason as administrators know it: `OnAdminRequest` → "On Admin Request". */
export const reasonLabel = (reason: Reason): string => reasonLabels.get(reason) ?? reason
/** One sentence that says what the state means. */
export const stateMeaning = (state: NodeState): string => stateMeanings.get(state) ?? ''

/** One node's part of a pair: its state and the reason for it. */
export interface Standing {
  state: NodeState
  reason: Reason
}

type PairSide = { states: string[]; reasons: string[]; unreachable?: boolean }

function fits(side: PairSide, standing: Standing): boolean {
  const stateFits = side.states.length === 0 || side.states.includes(standing.state)
  return stateFits && (side.reasons.length === 0 || side.reasons.includes(standing.reason))
}

const allRows = [...oracle.pairs, ...oracle.furtherPairs]

/** What a row recommends. One that says "As rows 16 and 17." means the actions of these rows. */
function actionsOf({ recommendedActions }: { recommendedActions: string[] }): string[] {
  return recommendedActions.flatMap((text) => {
    const numbers = /^As rows (\d+) and (\d+)\.$/.exec(text)?.slice(1).map(Number) ?? []
    const meant = allRows.filter(({ row }) => numbers.includes(row))
    return meant.length === 0 ? [text] : meant.flatMap((row) => row.recommendedActions)
  })
}

/**
 * The rows of the field's table that a pair of nodes stands in, in both orientations. `swapped` says that the row's
 * node 1 is our second node. A row whose node is "not heard" fits only where that node is in fact unreachable.
 */
export function rowsOf(
  pair: readonly [Standing, Standing],
  reachable: readonly [boolean, boolean] = [true, true],
): { row: number; swapped: boolean; recommendedActions: string[] }[] {
  const found = []
  for (const swapped of [false, true]) {
    const [one, two] = swapped ? [1, 0] : [0, 1]
    for (const row of allRows) {
      const [side1, side2]: PairSide[] = [row.node1, row.node2]
      if (!side1 || !side2 || !fits(side1, pair[one as 0 | 1]) || !fits(side2, pair[two as 0 | 1])) continue
      if ((side1.unreachable && reachable[one as 0 | 1]) || (side2.unreachable && reachable[two as 0 | 1])) continue
      found.push({ row: row.row, swapped, recommendedActions: actionsOf(row) })
    }
  }
  return found
}
