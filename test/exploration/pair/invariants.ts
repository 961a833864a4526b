import { grants } from '../../../domain/heartbeat.ts'
import type { Group } from '../../../domain/model.ts'
import oracle from '../../../domain/node-states.json' with { type: 'json' }
import { rowsOf } from '../../../domain/states.ts'
import { BOTH, isCutOffIncident, type Pair } from './pair.ts'

const SERVES = new Map(oracle.states.map(({ id, serves }) => [id, serves]))
/** Rows that leave the state of a node open that is not heard; row 26 says what it is. */
const OPEN_ROWS = [16, 17]

const MOVES = ['FailingOver / TakingOver', 'FallingBack / TakingBack']
export const BOTH_FAILED = 'RunningInFailedMode / RunningInFailedMode'
const MAY_RUN = [...MOVES, BOTH_FAILED, 'Idle / RunningInBackupMode']
const MAY_WAIT = ['Normal / Normal', 'FailedOver / RunningInBackupMode', 'Idle / RunningInBackupMode']
const AT_HOME = ['Normal', 'Initializing', 'Unknown']

export const pairOf = (group: Group): string =>
  group.nodes
    .map(({ state }) => state)
    .sort()
    .join(' / ')

/** What must hold of every pair that can be reached and does not; null: all is well. */
export function brokenInvariant(pair: Pair): string | null {
  return brokenDoors(pair) ?? brokenStates(pair.group) ?? brokenTransition(pair.group)
}

function brokenDoors({ group, truth }: Pair): string | null {
  for (const set of BOTH) {
    if (truth[0].doors[set] && truth[1].doors[set]) return 'S: at most one door is open for a set of users'
    const granted = BOTH.filter((index) => grants(group, index).includes(set))
    if (granted.length > 1) return 'a set is granted to one node (rule 2)'
    if (granted.length > 0 && group.nodes[set]?.set.moving) return 'a set that moves is granted to nobody (rule 4)'
  }
  for (const index of BOTH) {
    const serves = SERVES.get(group.nodes[index]?.state ?? '') ?? ''
    const most: number[] = serves.startsWith('group') ? [0, 1] : serves.includes('own') ? [index] : []
    if (grants(group, index).some((set) => !most.includes(set)))
      return 'a node is granted what its state serves, and no more'
  }
  return null
}

function brokenStates(group: Group): string | null {
  const [one, two] = group.nodes
  const rows = one && two ? rowsOf([one, two], [false, false]).filter(({ row }) => !OPEN_ROWS.includes(row)) : []
  if (rows.length === 0) return 'the pair stands in the field’s table, or in the further one'
  for (const index of BOTH) {
    const { owner, moving } = group.nodes[index]?.set ?? { owner: index, moving: null }
    const state = group.nodes[index]?.state
    if (state === 'Normal' && (owner !== index || moving)) return 'the users of a Normal node are at home'
    if (state === 'RunningInBackupMode' || state === 'BackupActivated') {
      if (!group.nodes.every(({ set }) => set.owner === index && !set.moving))
        return 'a node in backup mode has all users of the group'
    }
  }
  const serving = group.incidents.filter(({ kind }) => !isCutOffIncident(kind)).length
  const atHome = group.nodes.every(({ state }) => AT_HOME.includes(state))
  if (!atHome && serving !== 1) return 'on-call is told once while users are not at home [B33]'
  return null
}

function brokenTransition({ nodes, transition, commands, ...group }: Group): string | null {
  const pair = pairOf({ nodes, transition, commands, ...group })
  const phase = transition?.phase
  if (MOVES.includes(pair) && phase !== 'running') return 'a transition runs while the states say so'
  if (phase === 'running' && !MAY_RUN.includes(pair)) return 'a transition runs only while the states say so'
  if (phase === 'waiting' && !MAY_WAIT.includes(pair)) return 'a delay runs only where it may lead to something'
  if (nodes.some(({ set }) => set.moving) && !MOVES.includes(pair) && pair !== BOTH_FAILED)
    return 'users move only in a transition'
  for (const { kind, node, transition: of } of commands) {
    if (of === transition?.id) continue
    if (kind !== 'stopServices' || nodes[node]?.state !== 'Idle') return 'orders stand only for a transition that runs'
  }
  return null
}
