import type { Occurrence } from './facts.ts'
import { boundMs, databaseDownSinceMs, healthySinceMs, isFree, serviceDownSinceMs, setsMovingFrom } from './facts.ts'
import type {
  Command,
  CommandKind,
  DetailType,
  Group,
  NodeIndex,
  NodeRecord,
  Transition,
  TransitionKind,
} from './model.ts'
import { peerOf } from './model.ts'
import type { Action, Row } from './policy.ts'
import type { NodeState, Reason } from './states.ts'

/** A decision in the making: `group` is its own copy and is changed in place. */
export interface Draft {
  group: Group
  nowMs: number
  occurrence: Occurrence
  /** The node whose heartbeat this decision answers: its last report was not granted anything that moves (rule 6). */
  answering: NodeIndex | null
  /** Rows that fired, in order. */
  fired: number[]
  /** Numbers the effects of this commit. */
  effects: number
}

const node = (draft: Draft, index: NodeIndex): NodeRecord => draft.group.nodes[index] as NodeRecord

/** An effect's name is unique, and sorts by time: when it was decided, the version of the commit, a running number. */
export function effectId(draft: Draft): string {
  draft.effects += 1
  const at = String(draft.nowMs).padStart(14, '0')
  return `${at}-${draft.group.version + 1}-${String(draft.effects).padStart(2, '0')}`
}

export function publish(draft: Draft, detailType: DetailType, detail: Record<string, unknown>): void {
  const { cluster, name } = draft.group
  draft.group.outbox.push({
    kind: 'event',
    id: effectId(draft),
    atMs: draft.nowMs,
    detailType,
    detail: { version: '1', cluster, group: name, ...detail },
  })
}

/** A transition as events tell it; times in ISO 8601. */
export const transitionDetail = (group: Group, transition: Transition) => ({
  id: transition.id,
  kind: transition.kind,
  trigger: transition.trigger,
  from: group.nodes[transition.from]?.name,
  to: group.nodes[transition.to]?.name,
  requestedBy: transition.requestedBy,
})

function publishTransition(draft: Draft, status: string, row: Row, transition: Transition): void {
  publish(draft, 'Transition State Change', {
    status,
    rule: row.row,
    why: row.why,
    transition: transitionDetail(draft.group, transition),
    durationMs: draft.nowMs - transition.startedAtMs,
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

export function answerToken(draft: Draft, token: string, outcome: string): void {
  draft.group.outbox.push({ kind: 'token', id: effectId(draft), atMs: draft.nowMs, token, outcome })
}

function close(draft: Draft, row: Row, status: 'SUCCEEDED' | 'FAILED' | 'CANCELLED'): void {
  const { group } = draft
  const transition = group.transition
  // An order to stop services outlives a failover that succeeded: a node that was silent must still carry it out. After
  // any other end the node serves its own users, and the order must not reach it.
  const outlives = (command: Command) => status === 'SUCCEEDED' && command.kind === 'stopServices' && !command.result
  group.commands = group.commands.filter(outlives)
  if (!transition) return
  publishTransition(draft, status, row, transition)
  answerTokens(draft, transition)
  group.transition = null
}

function begin(draft: Draft, row: Row, kind: TransitionKind, from: NodeIndex, to: NodeIndex, autoRecovery = false) {
  const { group, nowMs, occurrence } = draft
  const trigger = triggerOf(row)
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
          phase: 'running',
          dueAtMs: nowMs,
          startedAtMs: nowMs,
          autoRecovery,
          workflowAttempt: 1,
          tokens: {},
        }
  group.transition = transition
  if (kind === 'fallback' && trigger === 'AutomaticFallback') {
    group.automaticFallbacksAtMs = [...group.automaticFallbacksAtMs, nowMs].slice(-4)
  }
  if (!promoted) startWorkflow(draft, transition)
  publishTransition(draft, 'RUNNING', row, transition)
}

/** The reason that the row gives to the node that users leave, or come home to: what triggered the transition. */
function triggerOf(row: Row): Reason {
  const reason = row.to?.[0][1]
  return reason === undefined || reason === 'keep' || reason === 'trigger' ? 'OnAdminRequest' : reason
}

/** FNV-1a: tells texts apart where there is little room. */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0).toString(36)
}

/** Unique over all groups, because executions are named after it: when, which version, which group. */
const transitionId = ({ group, nowMs }: Draft, kind: TransitionKind): string =>
  [kind, nowMs.toString(36), (group.version + 1).toString(36), shortHash(`${group.cluster}/${group.name}`)].join('-')

function wait(draft: Draft, row: Row, kind: TransitionKind, trigger: Reason, from: NodeIndex): void {
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

/** Begins to move a set: its bound is frozen now (rule 4), and a door just said to be closed counts (rule 6). */
function move(draft: Draft, set: NodeIndex, to: NodeIndex): void {
  const record = node(draft, set).set
  if (record.owner === to) {
    record.moving = null
    return
  }
  if (record.moving?.to === to) return
  record.moving = {
    to,
    untilMs: boundMs(draft.group, record.owner, draft.nowMs),
    released: draft.answering === record.owner && !node(draft, record.owner).open.includes(set),
  }
}

function finishMoves(draft: Draft, from: NodeIndex): void {
  for (const set of setsMovingFrom(draft.group, from)) {
    if (!isFree(draft.group, set, draft.nowMs)) continue
    const record = node(draft, set).set
    if (!record.moving) continue
    record.owner = record.moving.to
    record.moving = null
  }
}

/** An order to an agent. The next attempt of one that failed gets a name of its own, so that it is carried out. */
export function order(draft: Draft, to: NodeIndex, kind: CommandKind): void {
  const { group, nowMs } = draft
  const transition = group.transition?.id ?? ''
  const same = (command: Group['commands'][number]) =>
    command.node === to && command.kind === kind && command.transition === transition
  const attempt = group.commands.filter(same).length + 1
  group.commands = group.commands.filter((command) => !same(command) || command.result)
  const id = `${transition}/${kind}/${node(draft, to).name}/${attempt}`
  group.commands.push({ id, node: to, kind, transition, attempt, issuedAtMs: nowMs, result: null })
}

type OrderAction = Extract<Action, `order ${string}`>

const ACTIONS: Record<Exclude<Action, OrderAction>, (draft: Draft, row: Row, x: NodeIndex, y: NodeIndex) => void> = {
  'wait to fail x over': (draft, row, x) => wait(draft, row, 'failover', 'CriticalServiceDown', x),
  'wait to fail x over for its database': (draft, row, x) => wait(draft, row, 'failover', 'DatabaseFailure', x),
  'wait to fall back to x': (draft, row, _, y) => wait(draft, row, 'fallback', 'AutomaticFallback', y),
  'drop transition': (draft, row) =>
    close(draft, row, draft.group.transition?.phase === 'running' ? 'FAILED' : 'CANCELLED'),
  'begin failover of x': (draft, row, x, y) => begin(draft, row, 'failover', x, y),
  'begin auto-recovery of x': (draft, row, x, y) => begin(draft, row, 'failover', x, y, true),
  'begin fallback to x': (draft, row, x, y) => begin(draft, row, 'fallback', y, x),
  'begin recovery': (draft, row, x, y) => begin(draft, row, 'recovery', x, y),
  'end transition': (draft, row) => close(draft, row, 'SUCCEEDED'),
  'fail transition': (draft, row) => close(draft, row, 'FAILED'),
  "move x's set to y": (draft, _, x, y) => move(draft, x, y),
  "move x's set home": (draft, _, x) => move(draft, x, x),
  'move all sets to y': (draft, _, x, y) => {
    move(draft, x, y)
    move(draft, y, y)
  },
  'send all sets home': (draft, _, x, y) => {
    move(draft, x, x)
    move(draft, y, y)
  },
  'finish moves from x': (draft, _, x) => finishMoves(draft, x),
  'finish moves from y': (draft, _, __, y) => finishMoves(draft, y),
  'abort moves': (draft) => {
    for (const record of draft.group.nodes) record.set.moving = null
  },
}

const isOrder = (action: Action): action is OrderAction => action.startsWith('order ')

/** Carries out one action of a row, where x is node `x` of the group. */
export function act(draft: Draft, row: Row, action: Action, x: NodeIndex): void {
  const y = peerOf(x)
  if (!isOrder(action)) {
    ACTIONS[action](draft, row, x, y)
    return
  }
  const [, side, kind] = action.split(' ') as ['order', 'x' | 'y', CommandKind]
  order(draft, side === 'x' ? x : y, kind)
}

/** States after which a boot counts as new again. */
const FRESH: readonly NodeState[] = ['Normal', 'FailingOver', 'RunningInFailedMode']

/** Gives both nodes what the row says, and tells it where it differs from what they had. */
export function changePair(draft: Draft, row: Row, x: NodeIndex, trigger: Reason): void {
  if (!row.to) return
  const before = draft.group.nodes.map(({ state, reason }) => ({ state, reason }))
  for (const [side, index] of [
    [0, x],
    [1, peerOf(x)],
  ] as const) {
    const record = node(draft, index)
    const [state, reason] = row.to[side]
    const newState = state === 'keep' ? record.state : state
    const newReason = reason === 'keep' ? record.reason : reason === 'trigger' ? trigger : reason
    if (newState !== record.state) {
      record.sinceMs = draft.nowMs
      if (FRESH.includes(newState)) record.rebooted = false
    }
    record.state = newState
    record.reason = newReason
  }
  const changed = draft.group.nodes.some(
    ({ state, reason }, index) => before[index]?.state !== state || before[index]?.reason !== reason,
  )
  if (!changed) return
  publish(draft, 'Group State Change', {
    rule: row.row,
    why: row.why,
    nodes: draft.group.nodes.map(({ name, state, reason }, index) => ({
      node: name,
      state,
      reason,
      previousState: before[index]?.state,
      previousReason: before[index]?.reason,
    })),
    ...(draft.group.transition ? { transition: transitionDetail(draft.group, draft.group.transition) } : {}),
  })
}
