import { type NodeState, reasonLabel, stateLabel } from '../../../domain/states.ts'
import type { GroupStatus, NodeStatus } from '../../client/answers.ts'
import { oneLine } from '../../client/words/text.ts'

/** Two states that the vendor's command line calls otherwise than its own table of states does. */
const VENDOR_LABELS: Partial<Record<NodeState, string>> = { FailingOver: 'Failover', RunningInFailedMode: 'Failed' }

const vendorState = (state: NodeState): string => VENDOR_LABELS[state] ?? stateLabel(state)

/**
 * A group as `utils ha status` prints it. Scripts in the field read the fields by their names, so nothing is coloured,
 * wrapped or added; what goes beyond them is in `understudy status`.
 */
export const vendorStatus = (status: GroupStatus): string =>
  [
    `Subcluster Name: ${oneLine(status.group)}`,
    ...status.nodes.map((node, index) => nodeLine(status, node, index)),
  ].join('\n')

function nodeLine({ highAvailability }: GroupStatus, { node, state, reason }: NodeStatus, index: number): string {
  const name = `Node ${index + 1} Name : ${oneLine(node)}`
  if (!highAvailability) return `${name} State: Unknown Reason: High Availability Not Enabled`
  const why = state === 'Normal' ? '' : ` Reason: ${reasonLabel(reason)}`
  return `${name} State: ${vendorState(state)}${why}`
}
