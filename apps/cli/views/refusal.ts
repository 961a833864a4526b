import type { Circumstance } from '../../../domain/refusal.ts'
import { type NodeState, type Reason, stateLabel } from '../../../domain/states.ts'
import type { AllowedAction, GroupStatus, NodeStatus, TransitionKind } from '../../client/answers.ts'
import type { Problem } from '../../client/problem.ts'
import { oneLine } from '../../client/words/text.ts'
import { allowedWords } from '../../client/words/words.ts'
import { scheduleWords } from './schedules.ts'
import { indent, type View } from './view.ts'
import { standing } from './words.ts'

/**
 * What the state does not allow [B23]: why, the state and reason of each node, and what is possible instead; what the
 * API's own sentence says already is not said twice.
 */
export function refusal({ detail, state, allowed, circumstances }: Problem, view: View): string {
  const lines = [`refused: ${oneLine(detail)}`]
  if (Array.isArray(state)) {
    const unsaid = (state as NodeStanding[]).filter(
      (node) => !detail.includes(`${node.node} is ${stateLabel(node.state)}`),
    )
    lines.push(...unsaid.map((node) => indent(`${oneLine(node.node)}: ${standing(node, view)}`)))
  }
  const isSaid = /possible now/i.test(detail)
  if (Array.isArray(allowed) && !isSaid) lines.push(`possible now: ${allowedWords(allowed as AllowedAction[])}`)
  lines.push(...plannedBesides(circumstances, view))
  return lines.join('\n')
}

/** The sentence says who is at work; what is planned may be why somebody wants to wait. */
function plannedBesides(circumstances: unknown, view: View): string[] {
  if (!Array.isArray(circumstances)) return []
  const schedules = (circumstances as Circumstance[]).filter((each) => each.what === 'schedule')
  return schedules.map((schedule) => `planned: ${scheduleWords(schedule, view)}`)
}

type NodeStanding = { node: string; state: NodeState; reason: Reason }

/** What a request does to users, for the question before it: which node, how many users, what happens. */
export function consequences(kind: TransitionKind, { nodes }: GroupStatus, node: string | undefined): string {
  const users = (whose: string, of: NodeStatus[]) =>
    `The users of ${whose} (${of.reduce((sum, one) => sum + one.users, 0)} at present)`
  if (kind === 'recovery') {
    const both = nodes.map((one) => one.node).join(' and ')
    return (
      `Recovery of ${both}: both agents restart and critical services that do not run are started. ` +
      `${users('both', nodes)} may be disconnected.`
    )
  }
  const name = node ?? ''
  const peer = nodes.find((other) => other.node !== name)?.node ?? 'its peer'
  const own = users(
    name,
    nodes.filter((one) => one.node === name),
  )
  return kind === 'failover'
    ? `Failover of ${name} to ${peer}: the critical services of ${name} are stopped and stay stopped until a fallback. ` +
        `${own} are disconnected and log in to ${peer}.`
    : `Fallback to ${name}: the critical services of ${name} are started. ` +
        `${own} are disconnected from ${peer} and log in to ${name}.`
}
