import { act, changePair, order } from './apply.ts'
import type { Draft } from './draft.ts'
import { answerToken, publish } from './draft.ts'
import type { Occurrence } from './facts.ts'
import { factsOf, isFree, setsMovingFrom } from './facts.ts'
import { noteCutOffs, noteIncident } from './incidents.ts'
import { endMaintenance, isMaintenanceOver } from './maintenance.ts'
import { firstMatch } from './match.ts'
import type { CommandKind, Group, NodeIndex, StepName } from './model.ts'
import type { Row } from './policy-row.ts'
import { noteStep } from './steps.ts'
import { dueAtMs } from './transitions.ts'
import { isSameWithheld, noteWithheld, withheldOf } from './withheld.ts'

/** A bound that no sequence of rows reaches; one that does is a defect of the table. */
const MOST_ROWS = 12

const OCCURRENCES = ['restarted', 'askedFailover', 'askedFallback', 'askedRecovery', 'failed.']

const usesOccurrence = (row: Row): boolean =>
  row.when.some((condition) => OCCURRENCES.some((name) => condition.includes(name) && !condition.startsWith('!')))

/** A copy of the group to decide upon. Nothing outside the draft changes. */
export const draftOf = (group: Group, nowMs: number, answering: NodeIndex | null = null): Draft =>
  draftUpon(structuredClone(group), nowMs, answering)

/** The same upon a group that nobody else holds: it is changed in place. */
export function draftUpon(group: Group, nowMs: number, answering: NodeIndex | null = null): Draft {
  return {
    group,
    nowMs,
    occurrence: { kind: 'look' },
    occurred: { kind: 'look' },
    answering,
    fired: [],
    effects: 0,
    failoverBegan: false,
    failure: null,
  }
}

/**
 * Decides: applies rows of the policy to the draft until none matches. Says nothing and changes nothing while high
 * availability is off. A request that no row takes leaves `fired` empty: the caller refuses it.
 */
export function decide(draft: Draft, occurrence: Occurrence): void {
  draft.occurrence = occurrence
  draft.occurred = occurrence
  endMaintenance(draft)
  if (isPair(draft.group)) applyRows(draft)
  noteWithheld(draft)
  noteIncident(draft)
  noteCutOffs(draft)
}

const isPair = ({ highAvailability, nodes }: Group): boolean => highAvailability && nodes.length === 2

/**
 * Does a heartbeat that says nothing new ask for a decision? `silence`: one that fails over who is not heard, so that
 * the fleet brake has to be asked first.
 */
export function wanted(group: Group, node: NodeIndex, nowMs: number): 'nothing' | 'decision' | 'silence' {
  const arrival: Occurrence = { kind: 'heartbeat', node, restarted: false }
  const match = isPair(group) ? firstMatch(group, factsOf(group, nowMs, arrival)) : null
  if (match) return match.row.when.includes('!braked') ? 'silence' : 'decision'
  const isTold = isSameWithheld(withheldOf(group, nowMs, arrival), group.withheld)
  return isTold && !isMaintenanceOver(group, nowMs) ? 'nothing' : 'decision'
}

function applyRows(draft: Draft): void {
  for (let count = 0; ; count++) {
    const { group, nowMs } = draft
    const match = firstMatch(group, factsOf(group, nowMs, draft.occurrence))
    if (!match) break
    if (count === MOST_ROWS) throw new Error(`rows ${draft.fired.join(', ')} of the policy chase each other`)
    const { row, x, facts } = match
    draft.grounds = { x, facts }
    const trigger = group.transition?.trigger ?? 'Unknown'
    for (const action of row.actions) act(draft, row, action, x)
    changePair(draft, row, x, trigger)
    draft.fired.push(row.row)
    if (usesOccurrence(row)) draft.occurrence = { kind: 'look' }
  }
  const waiting = draft.group.transition
  if (waiting?.phase === 'waiting') waiting.dueAtMs = dueAtMs(draft.group, waiting, draft.nowMs)
  delete draft.grounds
  noteStep(draft)
  settleTokens(draft)
}

const COMMAND_OF: Record<Exclude<StepName, 'Release'>, CommandKind> = {
  TakeOver: 'takeOver',
  StopServices: 'stopServices',
  StartServices: 'startServices',
  TakeBack: 'takeBack',
  Restart: 'restart',
}

/** Who carries a step out: the node that users come to takes over, starts and takes back; the other one stops. */
function nodeOfStep(group: Group, step: StepName, named: NodeIndex | undefined): NodeIndex {
  if (named !== undefined) return named
  const transition = group.transition
  return step === 'StopServices' ? (transition?.from ?? 0) : (transition?.to ?? 0)
}

/** The outcome of a step as it stands: `pending`, or what a workflow branches on. */
function outcomeOf(group: Group, step: StepName, named: NodeIndex | undefined, attempt: number): string {
  const transition = group.transition
  if (!transition) return 'ended'
  if (step === 'Release') {
    const sets = setsMovingFrom(group, transition.from)
    return sets.length === 0 ? releasedBefore(group) : 'pending'
  }
  const node = nodeOfStep(group, step, named)
  const commands = group.commands.filter(
    (command) => command.node === node && command.kind === COMMAND_OF[step] && command.transition === transition.id,
  )
  if (commands.some((command) => command.result?.ok)) return 'done'
  // Only those of an Idle peer are to be started in a failover.
  if (step === 'StartServices' && transition.kind === 'failover' && commands.length === 0) return 'done'
  const last = commands.at(-1)
  return last?.result && last.attempt >= attempt ? 'failed' : 'pending'
}

/** No set leaves the node: in a failover that has begun they have left; in a fallback they may not move yet. */
function releasedBefore(group: Group): string {
  const transition = group.transition
  if (transition?.kind !== 'fallback') return 'done'
  return group.nodes[transition.to]?.set.owner === transition.to ? 'done' : 'pending'
}

const isReleased = (group: Group, nowMs: number): boolean => {
  const from = group.transition?.from ?? 0
  const sets = setsMovingFrom(group, from)
  return sets.length > 0 && sets.every((set) => isFree(group, set, nowMs))
}

function settleTokens(draft: Draft): void {
  const { transition } = draft.group
  if (!transition) return
  for (const [key, token] of Object.entries(transition.tokens)) {
    const [step, node, attempt] = key.split(':') as [StepName, string, string]
    const outcome = stepOutcome(draft, step, node === '' ? undefined : (Number(node) as NodeIndex), Number(attempt))
    if (outcome === 'pending') continue
    delete transition.tokens[key]
    answerToken(draft, token, outcome)
  }
}

const stepOutcome = (draft: Draft, step: StepName, node: NodeIndex | undefined, attempt: number): string =>
  step === 'Release' && isReleased(draft.group, draft.nowMs) ? 'done' : outcomeOf(draft.group, step, node, attempt)

/** What a workflow's step is told, and what it branches on. */
export interface StepAnswer {
  outcome: 'waiting' | 'begun' | 'ended' | 'pending' | 'done' | 'failed'
  waitUntil: string
}

/**
 * A workflow's step: looks at the group first (a delay may be over), then says how the step stands. The token of a step
 * that is still pending is kept, and answered by the commit that settles the step. An attempt beyond the last failed one
 * gives the order again.
 */
export function step(
  draft: Draft,
  input: { transition: string; step: StepName | 'Begin' | 'Finish'; node?: NodeIndex; attempt: number; token?: string },
): StepAnswer {
  decide(draft, { kind: 'look' })
  const { transition } = draft.group
  if (transition?.id !== input.transition) return answer('ended')
  if (input.step === 'Begin') {
    if (transition.phase === 'running') return answer('begun')
    // What is due but cannot begin (the peer is not able to take over) is looked at again in a while.
    const pause = Math.max(draft.group.settings.keepAliveIntervalMs, SHORTEST_PAUSE_MS)
    return answer('waiting', Math.max(transition.dueAtMs, draft.nowMs + pause))
  }
  if (input.step === 'Finish') return answer('pending')
  const stepNode = nodeOfStep(draft.group, input.step, input.node)
  const before = outcomeOf(draft.group, input.step, input.node, input.attempt - 1)
  if (input.step !== 'Release' && input.attempt > 1 && before === 'failed') {
    order(draft, stepNode, COMMAND_OF[input.step])
  }
  const outcome = stepOutcome(draft, input.step, input.node, input.attempt) as StepAnswer['outcome']
  if (outcome === 'pending' && input.token) {
    transition.tokens[`${input.step}:${input.node ?? ''}:${input.attempt}`] = input.token
  }
  return answer(outcome)
}

const SHORTEST_PAUSE_MS = 1000

const answer = (outcome: StepAnswer['outcome'], untilMs = 0): StepAnswer => ({
  outcome,
  waitUntil: new Date(untilMs).toISOString(),
})

/** A step is given up: its tries or its time are used up. The policy says what becomes of the group [B18]. */
export function giveUp(draft: Draft, input: { transition: string; step: StepName; cause: string }): StepAnswer {
  decide(draft, { kind: 'stepFailed', step: input.step, transition: input.transition, cause: input.cause })
  return answer(draft.group.transition?.id === input.transition ? 'pending' : 'ended')
}

/** Both nodes are silent: nobody can be judged, so on-call is told once (rule 10). */
export function noteSilence(draft: Draft, silent: boolean): void {
  if (draft.group.silenceTold === silent) return
  draft.group.silenceTold = silent
  publish(draft, 'Node Reachability Change', {
    reachable: !silent,
    nodes: draft.group.nodes.map(({ name }) => name),
    why: silent ? 'both nodes are silent: there is no judge, so nothing happens by itself' : 'a node is heard again',
  })
  noteIncident(draft)
}
