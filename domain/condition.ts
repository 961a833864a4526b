import type { Group } from './model.ts'
import type { NodeState } from './states.ts'

/** How a group stands, for the one look over all groups. */
export const CONDITIONS = [
  'HighAvailabilityOff',
  'BothSilent',
  'Unknown',
  'FailedMode',
  'InTransition',
  'UsersAway',
  'Normal',
] as const
export type GroupCondition = (typeof CONDITIONS)[number]

/** States in which nobody is served: the group has not started up. */
const NOT_STARTED: readonly NodeState[] = ['Unknown', 'Initializing']

/**
 * A group's condition: of those that apply the one that matters most, in the order of `CONDITIONS`. A delay that runs
 * is no transition yet; a recovery does not end failed mode before it has succeeded.
 */
export function conditionOf(group: Group): GroupCondition {
  const stands = (state: NodeState) => group.nodes.some((node) => node.state === state)
  if (!group.highAvailability || group.nodes.length !== 2) return 'HighAvailabilityOff'
  if (group.silenceTold) return 'BothSilent'
  if (NOT_STARTED.some(stands)) return 'Unknown'
  if (stands('RunningInFailedMode')) return 'FailedMode'
  if (group.transition?.phase === 'running') return 'InTransition'
  return group.nodes.every(({ set }, home) => set.owner === home) ? 'Normal' : 'UsersAway'
}
