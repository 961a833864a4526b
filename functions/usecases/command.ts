import { decide } from '../../domain/decide.ts'
import { publish } from '../../domain/draft.ts'
import type { Occurrence } from '../../domain/facts.ts'
import { isPresent } from '../../domain/facts.ts'
import type { Group, NodeIndex } from '../../domain/model.ts'
import { peerOf } from '../../domain/model.ts'
import type { Reason } from '../../domain/states.ts'
import { reasonLabel, stateLabel } from '../../domain/states.ts'
import type { ActionName } from '../../domain/status.ts'
import { allowedActions, transitionView } from '../../domain/status.ts'
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
}

/**
 * An operator's failover, fallback or recovery [B20]–[B22]: one request through the policy. What no row takes is
 * refused with the state, the reason, and what is possible now [B23]; the refusal is kept in the history.
 */
export async function command(ports: ChangePorts, call: CommandCall) {
  const changed = await changeGroup(ports, call, (draft) => {
    const { group, nowMs } = draft
    const repeated = group.transition?.id === call.id
    if (repeated) return null
    decide(draft, occurrenceOf(group, call))
    if (draft.group.transition?.id === call.id) return null
    const problem = refusal(group, call, nowMs)
    publish(draft, 'Request Refused', {
      by: call.by,
      request: { action: call.action, node: call.node },
      detail: problem.message,
    })
    return problem
  })
  if (changed.result) throw changed.result
  const { transition } = changed.group
  if (!transition) throw new ProblemError(500, 'NoTransition', 'The command was taken and has no transition.')
  return transitionView(changed.group, transition, changed.nowMs)
}

function occurrenceOf(group: Group, { action, node, by, id }: CommandCall): Occurrence {
  if (action === 'recovery') return { kind: 'request', action, by, id }
  const index = group.nodes.findIndex(({ name }) => name === node)
  if (index !== 0 && index !== 1) {
    const names = group.nodes.map(({ name }) => name).join(' and ')
    throw new ProblemError(
      404,
      'NodeNotFound',
      `Node "${node}" is not in group "${group.name}"; its nodes are ${names}.`,
    )
  }
  return { kind: 'request', action, node: index, by, id }
}

function refusal(group: Group, call: CommandCall, nowMs: number): ProblemError {
  const allowed = allowedActions(group, nowMs)
  const nodes = group.nodes.map(({ name, state, reason }) => ({ node: name, state, reason }))
  const possible =
    allowed.length === 0
      ? 'Nothing can be asked for now'
      : `Possible now: ${allowed.map(({ action, node }) => (node ? `${action} of ${node}` : action)).join(', ')}`
  return new ProblemError(409, 'RefusedByState', `${whyNot(group, call, nowMs)} ${possible}.`, {
    state: nodes,
    allowedActions: [...new Set(allowed.map(({ action }) => action))],
    allowed,
  })
}

const WANTED: Record<ActionName, string> = {
  failover: 'A failover needs both nodes Normal, and a peer whose services all run',
  fallback: 'A fallback needs its node Idle or Failed Over, or affected by auto-recovery',
  recovery: 'A recovery needs both nodes in failed mode, and heard',
}

function whyNot(group: Group, call: CommandCall, nowMs: number): string {
  if (!group.highAvailability) return `High availability of group ${group.name} is not enabled.`
  const { transition } = group
  if (transition?.phase === 'running') {
    return `A ${transition.kind} is in progress (${reasonLabel(transition.trigger)}, by ${transition.requestedBy}).`
  }
  const say = (name: string, state: Group['nodes'][number]['state'], reason: Reason) =>
    `${name} is ${stateLabel(state)}${reason === 'Normal' ? '' : ` (${reasonLabel(reason)})`}`
  const states = group.nodes.map(({ name, state, reason }) => say(name, state, reason)).join(', ')
  const unheard = group.nodes.filter((node) => !isPresent(group, node, nowMs)).map(({ name }) => `${name} is not heard`)
  const failing = call.action === 'failover' ? notRunning(group, call) : []
  return `${WANTED[call.action]}: ${[states, ...unheard, ...failing].join(', ')}.`
}

function notRunning(group: Group, call: CommandCall): string[] {
  const index = group.nodes.findIndex(({ name }) => name === call.node)
  const peer = group.nodes[peerOf(index as NodeIndex)]
  const names = [...group.services, 'the database service']
  const down = names.filter((_, place) => peer?.services[place]?.state !== 'running')
  return down.length === 0 ? [] : [`on ${peer?.name} ${down.join(', ')} do not run`]
}
