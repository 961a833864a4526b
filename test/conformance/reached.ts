import type { EventRecord, GroupStatus, NodeStatus } from '../../apps/client/answers.ts'
import type { NodeState, Reason } from '../../domain/states.ts'
import { isRunning } from '../stage/pair-under-test.ts'
import { type Alternative, recommendedActions, type Serves, serves, TRANSITION_STATES, type Wanted } from './oracle.ts'
import { nodeOf, type Orientation, type Scene } from './story.ts'

/** A pair that was reached. */
export interface Reached {
  standings: { state: NodeState; reason: Reason }[]
  /** The row of the policy that brought it; `enabling`: none did. */
  rule: string
  /** Where in the history that stands. */
  eventIndex: number
}

interface Look {
  status: GroupStatus
  /** What does not fit, in a sentence; null: all does. */
  objection: string | null
}

/**
 * Waits until the group stands in the pair, by all that can be seen of it: its status, what the status recommends, whom
 * each front serves, and its history from `sinceIndex` on. The error says what did not fit last.
 */
export async function untilReached(
  wanted: Alternative,
  { scene, orientation, sinceIndex }: { scene: Scene; orientation: Orientation; sinceIndex: number },
): Promise<Reached> {
  let last = ''
  const isReached = async () => {
    const seen = await look(wanted, scene)
    last = seen.objection ?? last
    return seen.objection === null && seen.status
  }
  const status = await scene.pair.until('it is reached', isReached).catch((error: Error) => {
    throw new Error(`${error.message}; ${last}`)
  })
  const twice = scene.pair.doors.servedTwice()
  if (twice.length > 0) throw new Error(twice.join('; '))
  const inOrder = orderOf(orientation).map((name) => nodeStatus(status, name))
  const brought = await scene.pair.until('the history tells of it', async () => {
    const events = await scene.pair.history()
    const eventIndex = events.findLastIndex((event, index) => index >= sinceIndex && tellsOf(event, inOrder))
    return eventIndex >= 0 && { eventIndex, rule: String(events[eventIndex]?.detail.rule ?? 'enabling') }
  })
  return { standings: inOrder.map(({ state, reason }) => ({ state, reason })), ...brought }
}

const orderOf = (orientation: Orientation) => [nodeOf('node 1', orientation), nodeOf('node 2', orientation)] as const

function nodeStatus(status: GroupStatus, name: string): NodeStatus {
  const found = status.nodes.find(({ node }) => node === name)
  if (!found) throw new Error(`the status knows no ${name}`)
  return found
}

async function look(wanted: Alternative, { pair, nameOf }: Scene): Promise<Look> {
  const status = await pair.status()
  const names = [nameOf('node 1'), nameOf('node 2')] as const
  const nodes = names.map((name) => nodeStatus(status, name))
  const pairIs = nodes.map(({ node, state, reason }) => `${node} is ${state}/${reason}`).join(', ')
  if (!wanted.nodes.every((each, index) => stands(each, nodes[index] as NodeStatus)))
    return { status, objection: pairIs }
  // A stable pair is reached when what led to it is over.
  const inTransition = nodes.some(({ state }) => TRANSITION_STATES.includes(state))
  if (!inTransition && isRunning(status)) {
    return { status, objection: `${pairIs}; ${status.transition?.kind} is at ${status.transition?.step}` }
  }
  const actions = recommendedActions(wanted, names)
  if (JSON.stringify(actions) !== JSON.stringify(status.recommendedActions)) {
    return { status, objection: `it recommends ${JSON.stringify(status.recommendedActions)}` }
  }
  const door = nodes.map((node) => objectionToDoor(node, names, pair.doors.serves(node.node))).find(Boolean)
  return { status, objection: door ?? null }
}

const stands = ({ state, reason, unreachable }: Wanted, node: NodeStatus): boolean =>
  (state === undefined || state === node.state) &&
  (reason === undefined || reason === node.reason) &&
  (!unreachable || !node.reachable)

function objectionToDoor(node: NodeStatus, names: readonly string[], homes: string[]): string | undefined {
  const services = [...Object.values(node.criticalServices), node.databaseService]
  const may = serves(
    node.state,
    services.every(({ state }) => state === 'running'),
  )
  const sets: Record<Serves, string[]> = { nobody: [], 'its own': [node.node], all: [...names] }
  const fits = may.some((which) => sets[which].slice().sort().join() === [...homes].sort().join())
  return fits ? undefined : `${node.node} is ${node.state} and its front serves ${homes.join(' and ') || 'nobody'}`
}

/** States in which a group begins when high availability is enabled. */
const BEGINNINGS: readonly NodeState[] = ['Unknown', 'Initializing']

interface NodeStanding {
  node: string
  state: NodeState
  reason: Reason
}

/** The pair that an event carries; empty where it carries none. */
export const standingsOf = ({ detailType, detail }: EventRecord): NodeStanding[] =>
  detailType === 'Group State Change' ? (detail.nodes as NodeStanding[]) : []

/** The event that brought the pair. */
function tellsOf(event: EventRecord, nodes: NodeStatus[]): boolean {
  const { detailType, detail } = event
  if (detailType === 'Configuration Change') {
    return detail.highAvailability === true && nodes.every(({ state }) => BEGINNINGS.includes(state))
  }
  return nodes.every(({ node, state, reason }) =>
    standingsOf(event).some((each) => each.node === node && each.state === state && each.reason === reason),
  )
}
