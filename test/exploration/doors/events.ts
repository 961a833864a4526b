import { abandon, compose, createCore, noteGate, take } from '../../../apps/agent/core.ts'
import { asksFor, extend, handOver, inherit, promise } from '../../../apps/agent/peer/failsafe.ts'
import { act } from '../../../domain/apply.ts'
import { project } from '../../../domain/cluster.ts'
import type { Heartbeat, HeartbeatAnswer } from '../../../domain/contract/heartbeat.ts'
import { decide } from '../../../domain/decide.ts'
import type { Draft } from '../../../domain/draft.ts'
import { isFree } from '../../../domain/facts.ts'
import { absorb, answerTo, isNewer } from '../../../domain/heartbeat.ts'
import type { NodeIndex, NodeRecord } from '../../../domain/model.ts'
import { POLICY } from '../../../domain/policy.ts'
import type { Action, Row } from '../../../domain/policy-row.ts'
import { aCluster } from '../../domain/situation.ts'
import type { Step } from '../search.ts'
import { copy } from '../search.ts'
import { BOTH, type Doors, isOpen, normalised, PEER_TIMES, peerIndex, type Scope, SETTINGS, TICK_MS } from './doors.ts'
import { ANSWER, coreOf, HEARTBEAT, HOME, keep, NAMES, NOW, REPORT, withCore, withGroup } from './real.ts'

/** All that may happen to two nodes, their control plane and the messages between them. */
export function eventsOf(doors: Doors, scope: Scope): Step<Doors>[] {
  const found: Step<Doors>[] = []
  const add = (name: string, happen: (next: Doors) => void) => {
    const next = copy(doors)
    happen(next)
    found.push({ name, kind: 'calm', next: normalised(next, scope) })
  }
  for (const index of BOTH) {
    if (!scope.away || index === 1) heartbeats(doors, index, scope, add)
    if (scope.restarts) restarts(index, add)
    if (scope.failsafe) promises(doors, index, add)
  }
  moves(doors, add)
  if (scope.membership && doors.epoch === 1) add('the group is made anew', makeAnew)
  if (scope.shorter && !doors.isShort) add('the timeout is made shorter', shorten)
  for (const lags of scope.drift ? LAGS : [null]) {
    const name = lags ? `a tick passes; clocks are behind by ${lags.join(' and ')}` : 'a tick passes'
    add(name, (next) => pass(next, lags))
  }
  return found
}

type Add = (name: string, happen: (next: Doors) => void) => void
const LAGS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const

function heartbeats(doors: Doors, index: NodeIndex, scope: Scope, add: Add): void {
  const name = NAMES[index]
  const { readOpen } = doors.nodes[index]
  if (!scope.reads || readOpen !== null) add(`${name} sends a heartbeat`, (next) => send(next, index, scope.requests))
  if (scope.goodByes) add(`${name} says good-bye`, (next) => send(next, index, scope.requests, true))
  if (scope.reads && readOpen === null) add(`${name} reads its gate for a heartbeat`, (next) => read(next, index))
  add(`${name} heartbeats and hears the answer`, (next) => {
    send(next, index, scope.requests)
    arrive(next, index, next.requests[index].length - 1, scope, false)
    hear(next, index, next.answers[index].length - 1)
  })
  for (const [place, request] of doors.requests[index].entries()) {
    const said = `heartbeat ${request.incarnation}.${request.sequence} of ${name} arrives`
    add(said, (next) => arrive(next, index, place, scope, false))
    add(`${said}, and the users of ${HOME} begin to move`, (next) => arrive(next, index, place, scope, true))
  }
  for (const [place, answer] of doors.answers[index].entries()) {
    const said = `answer ${answer.incarnation}.${answer.sequence} reaches ${name}`
    add(said, (next) => hear(next, index, place))
    if (scope.disobeys && !answer.serve)
      add(`${said}, and its gate does not obey`, (next) => hear(next, index, place, false))
  }
}

/** The agent reads its gate (rule 14); no answer that comes from now on counts (rule 15). */
function read(next: Doors, index: NodeIndex): void {
  const agent = next.nodes[index]
  withCore(agent, index, abandon)
  agent.readOpen = isOpen(agent)
}

/** The agent reports what it has read. The heartbeat stays under way, where it may arrive again. */
function send(next: Doors, index: NodeIndex, most: number, leaving = false): void {
  const agent = next.nodes[index]
  if (agent.readOpen === null) read(next, index)
  withCore(agent, index, (core) => {
    const { incarnation, sequence, epoch, gate } = compose(core, agent.readOpen ? [HOME] : [], REPORT, NOW)
    next.requests[index].push({ incarnation, sequence, epoch, open: gate.open.includes(HOME), leaving })
  })
  agent.readOpen = null
  next.requests[index] = next.requests[index].slice(-most)
}

/** The control plane takes a heartbeat, or refuses it, and answers (rules 1–3). The heartbeat may arrive once more. */
function arrive(next: Doors, index: NodeIndex, place: number, scope: Scope, move: boolean): void {
  const request = next.requests[index][place] as Doors['requests'][0][0]
  if (!scope.repeated) next.requests[index].splice(place, 1)
  const { incarnation, sequence, epoch, open, leaving } = request
  const heartbeat: Heartbeat = {
    ...HEARTBEAT,
    incarnation,
    sequence,
    epoch,
    gate: { open: open ? [HOME] : [], kind: 'front' },
    ...(leaving ? { leaving: 'shutdown' } : {}),
  }
  withGroup(next, index, (draft) => {
    if (!isNewer(draft.group.nodes[index] as NodeRecord, heartbeat)) return
    absorb(draft, index, heartbeat)
    if (next.initializing.includes(true)) decide(draft, { kind: 'heartbeat', node: index, restarted: false })
    else if (move && draft.group.nodes[0]?.set.moving === null) perform(draft, BEGIN, draft.group.nodes[0].set.owner)
    const answer = answerTo(draft.group, index, NOW)
    next.answers[index].push({
      incarnation: answer.incarnation,
      sequence: answer.sequence,
      epoch: answer.epoch,
      serve: answer.serve.includes(HOME),
      leaseMs: answer.leaseMs ?? 0,
    })
  })
  next.answers[index] = next.answers[index].slice(-scope.answers)
}

/** The agent takes an answer, or ignores it (rules 12 and 13). */
function hear(next: Doors, index: NodeIndex, place: number, obeys = true): void {
  const agent = next.nodes[index]
  const [answer] = next.answers[index].splice(place, 1)
  if (!answer) return
  withCore(agent, index, (core) => {
    const told: HeartbeatAnswer = { ...ANSWER, ...answer, serve: answer.serve ? [HOME] : [] }
    const orders = take(core, answer.sequence, told, NOW)
    if (!orders) return
    const until = orders.doors[HOME]
    if (obeys) agent.gateMs = typeof until === 'number' ? until - NOW : 0
    noteGate(core, isOpen(agent) ? [HOME] : [])
  })
}

function restarts(index: NodeIndex, add: Add): void {
  const name = NAMES[index]
  const begin = (next: Doors, handsOver: boolean) => {
    const agent = next.nodes[index]
    const handedOver = handsOver ? handOver(coreOf(agent, index)) : null
    const terms = coreOf(agent, index).terms ?? undefined
    const core = createCore(name, agent.incarnation + 1, { group: 'pair', epoch: agent.epoch, terms })
    const doors = isOpen(agent) ? { [HOME]: NOW + agent.gateMs } : {}
    inherit(core, { handedOver, doors, promiseMs: PEER_TIMES.promiseMs }, NOW)
    keep(agent, core)
    agent.readOpen = null
  }
  add(`the agent of ${name} is killed and started anew`, (next) => begin(next, false))
  add(`the agent of ${name} is restarted in good order`, (next) => begin(next, true))
  add(`the host of ${name} boots`, (next) => {
    next.nodes[index].gateMs = 0
    begin(next, false)
  })
}

/** The agents stand in for the control plane (rules 16–18). */
function promises(doors: Doors, index: NodeIndex, add: Add): void {
  const name = NAMES[index]
  if (asksFor(coreOf(doors.nodes[index], index), NOW).length > 0) {
    add(`${name} pings`, (next) => ping(next, index))
    add(`${name} pings and hears the pong`, (next) => {
      ping(next, index)
      answerPing(next, index)
      hearPong(next, index)
    })
  }
  if (doors.pings[index]) add(`the ping of ${name} arrives`, (next) => answerPing(next, index))
  if (doors.pongs[index]) add(`the pong reaches ${name}`, (next) => hearPong(next, index))
}

function ping(next: Doors, index: NodeIndex): void {
  next.pings[index] = { epoch: next.nodes[index].epoch, sentAtMs: 0 }
}

/** The ping stays under way: it may arrive again. */
function answerPing(next: Doors, index: NodeIndex): void {
  const peer = peerIndex(index)
  const asked = next.pings[index]
  if (!asked) return
  withCore(next.nodes[peer], peer, (core) => {
    const promised = promise(core, { epoch: asked.epoch, open: [HOME] }, PEER_TIMES.promiseMs, NOW)
    next.pongs[index] = { promised: promised.includes(HOME), sentAtMs: asked.sentAtMs }
  })
}

function hearPong(next: Doors, index: NodeIndex): void {
  const agent = next.nodes[index]
  const pong = next.pongs[index]
  next.pongs[index] = null
  if (!pong) return
  withCore(agent, index, (core) => {
    noteGate(core, isOpen(agent) ? [HOME] : [])
    const said = { promised: pong.promised ? [HOME] : [], failsafeMs: PEER_TIMES.failsafeMs }
    const until = extend(core, said, NOW + pong.sentAtMs, NOW)?.[HOME]
    if (typeof until === 'number') agent.gateMs = Math.max(agent.gateMs, until - NOW)
  })
}

/** Moves begin, end and are called off at will: whatever the policy decides, it is one of these. */
function moves(doors: Doors, add: Add): void {
  if (doors.initializing.includes(true)) return
  const change = (action: Action, from: NodeIndex) => (next: Doors) =>
    withGroup(next, null, (draft) => perform(draft, action, from))
  if (!doors.moving) {
    add(`the users of ${HOME} begin to move`, change(BEGIN, doors.owner))
    return
  }
  add(`the move of the users of ${HOME} is called off`, change('abort moves', doors.owner))
  if (mayFinish(doors)) add(`the users of ${HOME} have moved`, change('finish moves from x', doors.owner))
}

const BEGIN: Action = 'move all sets to y'
const ANY_ROW = POLICY[0] as Row
const perform = (draft: Draft, action: Action, x: NodeIndex) => act(draft, ANY_ROW, action, x)

function mayFinish(doors: Doors): boolean {
  let free = false
  withGroup(copy(doors), null, ({ group, nowMs }) => {
    free = isFree(group, 0, nowMs)
  })
  return free
}

/** Rule 11: everybody's doors have to be closed before anything is granted under the new epoch. */
function makeAnew(next: Doors): void {
  next.epoch += 1
  next.initializing = [true, true]
  next.madeAtMs = 0
  next.owner = 0
  next.moving = null
  for (const index of BOTH)
    next.records[index] = { incarnation: 0, sequence: 0, lastAtMs: -NOW, epoch: 0, goodBye: null }
}

/** Rule 5, by the use case's own projection of a changed configuration. */
function shorten(next: Doors): void {
  withGroup(next, null, (draft) => {
    const cluster = aCluster()
    cluster.serviceParameters.keepAliveTimeoutSeconds = SETTINGS.keepAliveTimeoutMs / 1000
    const changed = project(cluster, 'pair', draft.group, NOW, (principal) => principal)
    next.earlierUntilMs = changed.earlierTimeout ? changed.earlierTimeout.untilMs - NOW : null
  })
  next.isShort = true
}

/** A tick passes; `lags`: how far the nodes' clocks are behind then. */
function pass(next: Doors, lags: readonly [0 | 1, 0 | 1] | null): void {
  for (const record of next.records) record.lastAtMs -= TICK_MS
  if (next.moving) next.moving.untilMs -= TICK_MS
  next.madeAtMs -= TICK_MS
  if (next.earlierUntilMs !== null) next.earlierUntilMs -= TICK_MS
  for (const index of BOTH) {
    const agent = next.nodes[index]
    const lag = lags?.[index] ?? 0
    const passedMs = TICK_MS * (1 + agent.lag - lag)
    agent.lag = lag
    agent.gateMs -= passedMs
    agent.noOpenMs -= passedMs
    agent.assumedMs -= passedMs
    if (agent.doorMs !== null) agent.doorMs -= passedMs
    if (agent.heardSentAtMs !== null) agent.heardSentAtMs -= passedMs
    if (agent.outstanding) agent.outstanding.sentAtMs -= passedMs
    for (const message of [next.pings[index], next.pongs[index]]) if (message) message.sentAtMs -= passedMs
  }
}
