import type { NodeState, Reason } from '../../../domain/states.ts'
import type { AllowedAction, GroupStatus, TransitionKind } from '../../client/answers.ts'
import type { Problem } from '../../client/problem.ts'
import { indent, oneLine, type View } from './view.ts'
import { allowedWords, standing } from './words.ts'

/** What the state does not allow [B23]: why, the state and reason of each node, and what is possible instead. */
export function refusal({ detail, state, allowed }: Problem, view: View): string {
  const lines = [`refused: ${oneLine(detail)}`, ...stateLines(state, view).map(indent)]
  const isSaid = /possible now/i.test(detail)
  if (Array.isArray(allowed) && !isSaid) lines.push(`possible now: ${allowedWords(allowed as AllowedAction[])}`)
  return lines.join('\n')
}

type NodeStanding = { node: string; state: NodeState; reason: Reason }

function stateLines(state: unknown, view: View): string[] {
  if (!Array.isArray(state)) return []
  return (state as NodeStanding[]).map((node) => `${oneLine(node.node)}: ${standing(node, view)}`)
}

/** What a request does to users, for the question before it: which node, how many users, what happens. */
export function consequences(kind: TransitionKind, { nodes }: GroupStatus, node: string | undefined): string {
  if (kind === 'recovery') {
    const both = nodes.map((one) => one.node).join(' and ')
    const count = nodes.reduce((sum, one) => sum + one.users, 0)
    return (
      `Recovery of ${both}: both agents restart and critical services that do not run are started. ` +
      `${usersOf('both', count)} may be disconnected.`
    )
  }
  const name = node ?? ''
  const peer = nodes.find((other) => other.node !== name)?.node ?? 'its peer'
  const count = nodes.find((one) => one.node === name)?.users ?? 0
  const [are, log] = count === 1 ? ['is', 'logs'] : ['are', 'log']
  return kind === 'failover'
    ? `Failover of ${name} to ${peer}: the critical services of ${name} are stopped and stay stopped until a fallback. ` +
        `${usersOf(name, count)} ${are} disconnected and ${log} in to ${peer}.`
    : `Fallback to ${name}: the critical services of ${name} are started. ` +
        `${usersOf(name, count)} ${are} disconnected from ${peer} and ${log} in to ${name}.`
}

const usersOf = (whose: string, count: number): string => `The ${count} user${count === 1 ? '' : 's'} of ${whose}`
