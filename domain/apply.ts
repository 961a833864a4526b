import type { Draft } from './draft.ts'
import { groundsOf, publish } from './draft.ts'
import { boundMs, isFree, servicesDown, setsMovingFrom } from './facts.ts'
import type { CommandKind, CutOffKind, Group, NodeIndex, NodeRecord } from './model.ts'
import { peerOf } from './model.ts'
import type { Action, Row } from './policy-row.ts'
import { isCutOff } from './restraints.ts'
import type { NodeState, Reason } from './states.ts'
import { begin, close, transitionDetail, wait } from './transitions.ts'

const node = (draft: Draft, index: NodeIndex): NodeRecord => draft.group.nodes[index] as NodeRecord

/**
 * Begins to move a set: its bound is frozen now (rule 4). A door counts as closed that the owner has just said to be (rule
 * 6), or said with its good-bye (rule 8): a node that goes down is granted nothing.
 */
function move(draft: Draft, set: NodeIndex, to: NodeIndex): void {
  const record = node(draft, set).set
  const owner = node(draft, record.owner)
  if (record.owner === to) {
    record.moving = null
    return
  }
  if (record.moving?.to === to) return
  record.moving = {
    to,
    untilMs: boundMs(draft.group, record.owner, draft.nowMs),
    released: (draft.answering === record.owner || owner.leaving !== null) && !owner.open.includes(set),
  }
}

const CRASHES_KEPT = 4

/**
 * A set that came free although its owner never said that the door is closed: the owner is not heard. What it held in
 * its memory for these users, queued messages among it, is not to be had any more [B27].
 */
function noteCrash(home: NodeRecord, { owner, moving }: NodeRecord['set'], nowMs: number): void {
  if (!moving || moving.released) return
  home.crashes = [...(home.crashes ?? []), { node: owner, atMs: nowMs }].slice(-CRASHES_KEPT)
}

function finishMoves(draft: Draft, from: NodeIndex): void {
  for (const set of setsMovingFrom(draft.group, from)) {
    if (!isFree(draft.group, set, draft.nowMs)) continue
    const home = node(draft, set)
    const record = home.set
    if (!record.moving) continue
    noteCrash(home, record, draft.nowMs)
    record.owner = record.moving.to
    record.moving = null
    home.movedAtMs = draft.nowMs
    delete home.restore
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

function switchOff({ group, nowMs }: Draft, what: CutOffKind): void {
  if (!isCutOff(group, what)) group.cutOffs.push({ what, sinceMs: nowMs })
}

type OrderAction = Extract<Action, `order ${string}`>

const startFirst = (trigger: Reason) => (draft: Draft, row: Row, x: NodeIndex, y: NodeIndex) =>
  begin(draft, row, 'failover', x, y, { autoRecovery: true, trigger })

const ACTIONS: Record<Exclude<Action, OrderAction>, (draft: Draft, row: Row, x: NodeIndex, y: NodeIndex) => void> = {
  'wait to fail x over': (draft, row, x) => wait(draft, row, 'failover', 'CriticalServiceDown', x),
  'wait to fail x over for its database': (draft, row, x) => wait(draft, row, 'failover', 'DatabaseFailure', x),
  'wait to fall back to x': (draft, row, _, y) => wait(draft, row, 'fallback', 'AutomaticFallback', y),
  'drop transition': (draft, row) =>
    close(draft, row, draft.group.transition?.phase === 'running' ? 'FAILED' : 'CANCELLED'),
  'begin failover of x': (draft, row, x, y) => begin(draft, row, 'failover', x, y),
  'begin auto-recovery of x': (draft, row, x, y) => begin(draft, row, 'failover', x, y, { autoRecovery: true }),
  'begin auto-recovery of x, for PeerDown': startFirst('PeerDown'),
  'begin auto-recovery of x, for PeerReboot': startFirst('PeerReboot'),
  'begin auto-recovery of x, for CriticalServiceDown': startFirst('CriticalServiceDown'),
  'begin auto-recovery of x, for DatabaseFailure': startFirst('DatabaseFailure'),
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
  'switch automatic fallbacks off': (draft) => switchOff(draft, 'automaticFallback'),
  'switch service failovers off': (draft) => switchOff(draft, 'serviceFailover'),
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

/** Whose users a node has, how long ago it was heard, and what of it is down. */
const standingOf = ({ group, nowMs }: Draft, record: NodeRecord, index: NodeIndex) => ({
  serves: group.nodes.filter(({ set }) => set.owner === index && !set.moving).map(({ name }) => name),
  heardMsAgo: record.lastOkAtMs === 0 ? null : nowMs - record.lastOkAtMs,
  servicesDown: servicesDown(group, record),
})

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
    ...groundsOf(draft),
    nodes: draft.group.nodes.map((record, index) => ({
      node: record.name,
      state: record.state,
      reason: record.reason,
      previousState: before[index]?.state,
      previousReason: before[index]?.reason,
      ...standingOf(draft, record, index as NodeIndex),
    })),
    ...(draft.group.transition ? { transition: transitionDetail(draft.group, draft.group.transition) } : {}),
  })
}
