import type { Plan } from '../../../domain/plan.ts'
import type { NodeStatus } from '../answers.ts'

/** What agents are told to do, after the name of the node. */
export const ORDERS: Readonly<Record<string, string>> = {
  startServices: 'starts its critical services',
  stopServices: 'stops its critical services',
  takeOver: 'takes over',
  takeBack: 'takes its users back',
  restart: 'restarts its agent',
}

/** How a dry run ends. */
export const OUTCOMES: Readonly<Record<Plan['outcome'], string>> = {
  SUCCEEDED: 'It would succeed, if every agent that is heard does what it is told.',
  FAILED: 'It would fail, as things are.',
  UNFINISHED: 'As things are, it would not come to an end by itself.',
}

/** What a new membership epoch does: every door closes until both nodes have taken it up (rule 11). */
export function disconnection(nodes: NodeStatus[]): string {
  const names = nodes.map((one) => one.node).join(' and ')
  const users = nodes.reduce((sum, one) => sum + one.users, 0)
  return `The doors of ${names} close for a moment: their users (${users} at present) are disconnected and log in again.`
}
