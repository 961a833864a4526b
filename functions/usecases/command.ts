import { decide } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import { publish } from '../../domain/draft.ts'
import type { Occurrence } from '../../domain/facts.ts'
import type { Group } from '../../domain/model.ts'
import { refusalOf } from '../../domain/refusal.ts'
import { indexIn } from '../../domain/schedules.ts'
import type { ActionName } from '../../domain/status.ts'
import { transitionView } from '../../domain/status.ts'
import { ProblemError } from '../problem.ts'
import type { ChangePorts } from './change-group.ts'
import { changeGroup } from './change-group.ts'

export interface CommandCall {
  cluster: string
  group: string
  action: ActionName
  /** The node to fail over from, or to fall back to. */
  node?: string
  by: string
  /** Names the transition; the same command under the same key has the same name. */
  id: string
  /** The schedule that asks. */
  schedule?: string
}

/**
 * An operator's failover, fallback or recovery [B20]–[B22]: one request through the policy. What no row takes is
 * refused with the state, the reason, and what is possible now [B23]; the refusal is kept in the history.
 */
export async function command(ports: ChangePorts, call: CommandCall) {
  const changed = await changeGroup(ports, call, (draft) =>
    draft.group.transition?.id === call.id ? null : ask(draft, call),
  )
  if (changed.result) throw changed.result
  const { transition } = changed.group
  if (!transition) throw new ProblemError(500, 'NoTransition', 'The command was taken and has no transition.')
  return transitionView(changed.group, transition, changed.nowMs)
}

/** Asks the policy; answers the refusal, which stands among the draft's events, or null: the transition has begun. */
export function ask(draft: Draft, call: CommandCall): ProblemError | null {
  const { group, nowMs } = draft
  decide(draft, occurrenceOf(group, call))
  if (draft.group.transition?.id === call.id) return null
  const { detail, ...more } = refusalOf(group, call, nowMs)
  // What becomes of a schedule is told by an event of its own.
  if (call.schedule === undefined) {
    publish(draft, 'Request Refused', { by: call.by, request: { action: call.action, node: call.node }, detail })
  }
  return new ProblemError(409, 'RefusedByState', detail, more)
}

export function occurrenceOf(group: Group, { action, node = '', by, id, schedule }: CommandCall): Occurrence {
  if (action === 'recovery') return { kind: 'request', action, by, id }
  const more = schedule === undefined ? {} : { schedule }
  return { kind: 'request', action, node: nodeIndexIn(group, node), by, id, ...more }
}

/** The place of a node that somebody named. */
export function nodeIndexIn(group: Group, node: string) {
  const index = indexIn(group, node)
  if (index !== null) return index
  const names = group.nodes.map(({ name }) => name).join(' and ')
  throw new ProblemError(404, 'NodeNotFound', `Node "${node}" is not in group "${group.name}"; its nodes are ${names}.`)
}
