import type { Draft, TransitionFailure } from './draft.ts'
import { answerToken, effectId, groundsOf, publish, shortHash } from './draft.ts'
import type { Occurrence } from './facts.ts'
import { databaseDownSinceMs, healthySinceMs, serviceDownSinceMs } from './facts.ts'
import type { Command, Group, NodeIndex, NodeRecord, Transition, TransitionKind } from './model.ts'
import { peerOf } from './model.ts'
import type { Row } from './policy-row.ts'
import type { Reason } from './states.ts'
import { stepTimes } from './steps.ts'

/** A transition as events tell it; times in ISO 8601. */
export const transitionDetail = (group: Group, transition: Transition) => ({
  id: transition.id,
  kind: transition.kind,
  trigger: transition.trigger,
  from: group.nodes[transition.from]?.name,
  to: group.nodes[transition.to]?.name,
  requestedBy: transition.requestedBy,
  ...(transition.schedule === undefined ? {} : { schedule: transition.schedule }),
  ...(transition.autoRecovery ? { autoRecovery: true } : {}),
})

function publishTransition(draft: Draft, status: string, row: Row, transition: Transition): void {
  const isOver = status !== 'WAITING' && status !== 'RUNNING'
  publish(draft, 'Transition State Change', {
    status,
    rule: row.row,
    why: row.why,
    ...groundsOf(draft),
    transition: transitionDetail(draft.group, transition),
    durationMs: draft.nowMs - transition.startedAtMs,
    ...(isOver ? { stepTimes: stepTimes(transition, draft.nowMs) } : {}),
    ...(status === 'WAITING' ? { waitingUntil: new Date(transition.dueAtMs).toISOString() } : {}),
  })
}

/** The deadline of a wait, from the facts as they are now. */
export function dueAtMs(group: Group, transition: Pick<Transition, 'kind' | 'trigger' | 'from' | 'to'>, nowMs: number) {
  const { settings } = group
  if (transition.kind === 'fallback') {
    const since = healthySinceMs(group, group.nodes[transition.to] as NodeRecord, nowMs) ?? nowMs
    return since + settings.automaticFallbackDelayMs
  }
  const from = group.nodes[transition.from] as NodeRecord
  const since = transition.trigger === 'DatabaseFailure' ? databaseDownSinceMs(from) : serviceDownSinceMs(from)
  return (since ?? nowMs) + settings.criticalServiceDelayMs
}

function startWorkflow(draft: Draft, transition: Transition): void {
  const { cluster, name, nodes } = draft.group
  draft.group.outbox.push({
    kind: 'workflow',
    id: effectId(draft),
    atMs: draft.nowMs,
    machine: transition.kind,
    name: workflowName(transition),
    input: {
      cluster,
      group: name,
      transition: transition.id,
      trigger: transition.trigger,
      waiting: transition.phase === 'waiting',
      waitUntil: new Date(transition.dueAtMs).toISOString(),
      attempt: 1,
      nodes: nodes.map((_, index) => ({
        cluster,
        group: name,
        transition: transition.id,
        node: index as NodeIndex,
        attempt: 1,
      })),
    },
  })
}

/** The execution's name: the transition's id, and a count where an earlier execution was lost. */
export const workflowName = (transition: Transition): string =>
  transition.workflowAttempt === 1 ? transition.id : `${transition.id}-${transition.workflowAttempt}`

/**
 * Starts the workflow of a transition anew; the sweeper asks for it when one is gone. The name of an execution that has
 * ended is used up, so the next one counts on. Tokens of the lost execution are worth nothing any more.
 */
export function restartWorkflow(draft: Draft, transition: Transition, nameIsUsedUp: boolean): void {
  if (nameIsUsedUp) transition.workflowAttempt += 1
  transition.tokens = {}
  startWorkflow(draft, transition)
}

/** All tokens of a transition that is over are answered, so that its workflow ends. */
function answerTokens(draft: Draft, transition: Transition): void {
  for (const token of Object.values(transition.tokens)) answerToken(draft, token, 'ended')
  transition.tokens = {}
}

function failureOf(group: Group, { kind, from, to }: Transition): TransitionFailure {
  const name = (index: NodeIndex) => group.nodes[index]?.name ?? ''
  const command = group.commands.findLast(({ result }) => result?.ok === false)
  const said = command && { node: name(command.node), kind: command.kind, output: command.result?.output ?? '' }
  return { kind, from: name(from), to: name(to), ...(said ? { command: said } : {}) }
}

export function close(draft: Draft, row: Row, status: 'SUCCEEDED' | 'FAILED' | 'CANCELLED'): void {
  const { group } = draft
  const transition = group.transition
  if (transition && status === 'FAILED') draft.failure = failureOf(group, transition)
  // An order to stop services outlives a failover that succeeded: a node that was silent must still carry it out. After
  // any other end the node serves its own users, and the order must not reach it.
  const outlives = (command: Command) => status === 'SUCCEEDED' && command.kind === 'stopServices' && !command.result
  group.commands = group.commands.filter(outlives)
  if (!transition) return
  publishTransition(draft, status, row, transition)
  answerTokens(draft, transition)
  group.transition = null
}

export function begin(
  draft: Draft,
  row: Row,
  kind: TransitionKind,
  from: NodeIndex,
  to: NodeIndex,
  { autoRecovery = false, trigger = triggerOf(row) } = {},
) {
  const { group, nowMs, occurrence } = draft
  const waiting = group.transition
  const promoted =
    waiting?.phase === 'waiting' && waiting.kind === kind && waiting.from === from && waiting.trigger === trigger
  if (waiting && !promoted) close(draft, row, 'CANCELLED')
  group.commands = []
  const requested = occurrence.kind === 'request'
  const transition: Transition =
    promoted && waiting
      ? { ...waiting, phase: 'running', startedAtMs: nowMs, autoRecovery }
      : {
          id: requested ? occurrence.id : transitionId(draft, kind),
          kind,
          trigger,
          from,
          to,
          requestedBy: requested ? occurrence.by : 'understudy',
          ...scheduleOf(occurrence),
          phase: 'running',
          dueAtMs: nowMs,
          startedAtMs: nowMs,
          autoRecovery,
          workflowAttempt: 1,
          tokens: {},
        }
  group.transition = transition
  draft.failoverBegan ||= kind === 'failover'
  if (kind === 'failover' && (trigger === 'CriticalServiceDown' || trigger === 'DatabaseFailure')) {
    group.serviceMovesAtMs = [...group.serviceMovesAtMs, nowMs].slice(-4)
  }
  if (kind === 'fallback' && trigger === 'AutomaticFallback') {
    group.automaticFallbacksAtMs = [...group.automaticFallbacksAtMs, nowMs].slice(-4)
  }
  if (!promoted) startWorkflow(draft, transition)
  publishTransition(draft, 'RUNNING', row, transition)
}

const scheduleOf = (occurrence: Occurrence): { schedule?: string } =>
  'schedule' in occurrence && occurrence.schedule !== undefined ? { schedule: occurrence.schedule } : {}

/** The reason that the row gives to the node that users leave, or come home to: what triggered the transition. */
function triggerOf(row: Row): Reason {
  const reason = row.to?.[0][1]
  return reason === undefined || reason === 'keep' || reason === 'trigger' ? 'OnAdminRequest' : reason
}

/** Unique over all groups, because executions are named after it: when, which version, which group. */
const transitionId = ({ group, nowMs }: Draft, kind: TransitionKind): string =>
  [kind, nowMs.toString(36), (group.version + 1).toString(36), shortHash(`${group.cluster}/${group.name}`)].join('-')

export function wait(draft: Draft, row: Row, kind: TransitionKind, trigger: Reason, from: NodeIndex): void {
  close(draft, row, 'CANCELLED')
  const to = peerOf(from)
  const transition: Transition = {
    id: transitionId(draft, kind),
    kind,
    trigger,
    from,
    to,
    requestedBy: 'understudy',
    phase: 'waiting',
    dueAtMs: dueAtMs(draft.group, { kind, trigger, from, to }, draft.nowMs),
    startedAtMs: draft.nowMs,
    autoRecovery: false,
    workflowAttempt: 1,
    tokens: {},
  }
  draft.group.transition = transition
  startWorkflow(draft, transition)
  publishTransition(draft, 'WAITING', row, transition)
}
