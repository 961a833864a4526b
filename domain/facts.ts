import type { CommandKind, Group, NodeIndex, NodeRecord, StepName } from './model.ts'
import { boundTimeoutMs, peerOf } from './model.ts'
import { restraints } from './restraints.ts'
import { okAgeMs } from './settings.ts'
import type { Reason } from './states.ts'

/** What happens to a group: the reason why it is looked at now. */
export type Occurrence =
  /** `brake`: of the fleet; left out: it does not hold. One that was not asked holds. */
  | { kind: 'heartbeat'; node: NodeIndex; restarted: boolean; brake?: 'holds' | 'unasked' }
  | { kind: 'request'; action: 'failover' | 'fallback'; node: NodeIndex; by: string; id: string; schedule?: string }
  | { kind: 'request'; action: 'recovery'; by: string; id: string }
  | { kind: 'stepFailed'; step: StepName; transition: string; cause: string }
  | { kind: 'look' }

/** Facts about one node of a pair. */
export const NODE_FACTS = [
  'acknowledged',
  'present',
  'presentForAWhile',
  'watched',
  'gone',
  'silent',
  'healthy',
  'healthyLong',
  'able',
  'startable',
  'stopped',
  'serviceDown',
  'serviceDownLong',
  'databaseDown',
  'databaseDownLong',
  'brokenLong',
  'leaving',
  'fenced',
  'restarted',
  'rebooted',
  'waitedForPeer',
  'ownsItsSet',
  'setMoving',
  'released',
  'askedFailover',
  'askedFallback',
  'delayed',
  'delayedForDatabase',
  'fallbackDelayed',
  'takeOverOrdered',
  'tookOver',
  'takeBackOrdered',
  'tookBack',
  'startOrdered',
  'started',
  'stopSettled',
  'restartDone',
  'reasonInitialization',
  'reasonCriticalServiceDown',
  'reasonDatabaseFailure',
  'reasonPeerDown',
  'reasonPeerReboot',
  'reasonPeerDownDuringInitialization',
] as const
export type NodeFact = (typeof NODE_FACTS)[number]

/** Facts about the group as a whole. */
export type GroupFact =
  | 'noTransition'
  | 'running'
  | 'autoRecovery'
  | 'recovering'
  | 'askedRecovery'
  | 'waiting'
  | 'automatic'
  | 'braked'
  | 'automaticFallback'
  | 'fallbacksUsedUp'
  | 'serviceFailover'
  | 'serviceMovesUsedUp'
  | `trigger.${Reason}`
  | `failed.${StepName}`

/** x is the node that a row speaks of, y its peer. Each row of the policy is tried in both orientations. */
export type Fact = `x.${NodeFact}` | `y.${NodeFact}` | GroupFact
export type Condition = Fact | `!${Fact}`
export type Facts = ReadonlySet<Fact>

const TOLD_REASONS = [
  'Initialization',
  'CriticalServiceDown',
  'DatabaseFailure',
  'PeerDown',
  'PeerReboot',
  'PeerDownDuringInitialization',
] as const

const isDown = (state: string): boolean => state === 'failed' || state === 'stopped' || state === 'starting'

function longestDownSinceMs(records: NodeRecord['services']): number | null {
  const since = records.filter((service) => isDown(service.state)).map((service) => service.sinceMs)
  return since.length === 0 ? null : Math.min(...since)
}

/** Since when some critical service of the node has been down, without a break; null: none is down [B11]. */
export const serviceDownSinceMs = (node: NodeRecord): number | null => longestDownSinceMs(node.services.slice(0, -1))
/** The same of the database service [B12]. */
export const databaseDownSinceMs = (node: NodeRecord): number | null => longestDownSinceMs(node.services.slice(-1))

/** Names of what of a node does not run; what is not known does not count. */
export const servicesDown = (group: Group, node: NodeRecord): string[] =>
  [...group.services, 'Database service'].filter((_, place) => isDown(node.services[place]?.state ?? 'unknown'))

/** Heard in time: an ok heartbeat less than the keep-alive timeout ago. */
export const isHeard = (group: Group, node: NodeRecord, nowMs: number): boolean =>
  node.lastOkAtMs > 0 && nowMs - node.lastOkAtMs < boundTimeoutMs(group, nowMs)

/** Heard in time, and not on its way down [B10]. */
export const isPresent = (group: Group, node: NodeRecord, nowMs: number): boolean =>
  isHeard(group, node, nowMs) && node.leaving === null

export const isHealthy = (node: NodeRecord): boolean => node.services.every((service) => service.state === 'running')

/** Since when the node has been healthy and heard without a break; null: it is not [B15]. */
export function healthySinceMs(group: Group, node: NodeRecord, nowMs: number): number | null {
  if (!isPresent(group, node, nowMs) || !isHealthy(node) || node.fenced) return null
  return Math.max(node.okSinceMs, ...node.services.map((service) => service.sinceMs))
}

/**
 * A judge has watched: its own heartbeats were ok, without a gap that breaks the watch, for at least T (rule 9). A gap
 * that lasts until now counts, too: an agent that restarts after an outage has not been ok since.
 */
export const hasWatched = (group: Group, node: NodeRecord, nowMs: number): boolean =>
  isPresent(group, node, nowMs) &&
  nowMs - node.lastOkAtMs < okAgeMs(group.settings) &&
  nowMs - node.okSinceMs >= boundTimeoutMs(group, nowMs)

/**
 * From when on the judge may call the node silent (rule 9). The time in which the judge itself was not heard is no silence
 * of the other: an outage of the control plane befalls both, and one of them is heard first when it ends.
 */
export function silentFromMs(group: Group, node: NodeRecord, judge: NodeRecord, nowMs: number): number {
  const { lastOkAtMs } = node
  const { unheard, okSinceMs } = judge
  const countsFromMs = unheard ? Math.min(unheard.untilMs, lastOkAtMs + unheard.forMs) : 0
  const fromMs = Math.max(lastOkAtMs, countsFromMs, okSinceMs)
  return fromMs + knownTimeoutMs(group, node, fromMs, nowMs)
}

/**
 * T as the node may know it. Where T became shorter after the node was heard last, and before its silence counts, an
 * outage took the time to learn that [B6]: the node still posts by the longer one.
 */
function knownTimeoutMs(group: Group, { lastOkAtMs }: NodeRecord, fromMs: number, nowMs: number): number {
  const { earlierTimeout: earlier } = group
  const inForceMs = boundTimeoutMs(group, nowMs)
  if (!earlier) return inForceMs
  const changedAtMs = earlier.untilMs - earlier.timeoutMs
  return lastOkAtMs < changedAtMs && changedAtMs < fromMs ? Math.max(earlier.timeoutMs, inForceMs) : inForceMs
}

/** May the set leave its owner: its door is known to be closed, or every lease it can hold has lapsed (rule 6)? */
export function isFree(group: Group, set: NodeIndex, nowMs: number): boolean {
  const move = group.nodes[set]?.set.moving
  return move != null && (move.released || nowMs >= move.untilMs)
}

/** When every lease of the set's owner has lapsed, counted from now on (rules 4 and 5). */
export function boundMs(group: Group, owner: NodeIndex, nowMs: number): number {
  const record = group.nodes[owner]
  return record && record.lastAtMs > 0 ? record.lastAtMs + boundTimeoutMs(group, nowMs) : 0
}

export const setsMovingFrom = (group: Group, owner: NodeIndex): NodeIndex[] =>
  ([0, 1] as const).filter((set) => {
    const record = group.nodes[set]?.set
    return record?.moving != null && record.owner === owner
  })

function commandOf(group: Group, node: NodeIndex, kind: CommandKind) {
  return group.commands.findLast(
    (command) => command.node === node && command.kind === kind && command.transition === group.transition?.id,
  )
}

function nodeFacts(group: Group, index: NodeIndex, nowMs: number, occurrence: Occurrence): NodeFact[] {
  const { settings, transition } = group
  const node = group.nodes[index] as NodeRecord
  const peer = group.nodes[peerOf(index)] as NodeRecord
  const facts: NodeFact[] = []
  const note = (fact: NodeFact, holds: boolean) => {
    if (holds) facts.push(fact)
  }
  const present = isPresent(group, node, nowMs)
  const serviceDown = serviceDownSinceMs(node)
  const databaseDown = databaseDownSinceMs(node)
  const long = (since: number | null) => since !== null && nowMs - since >= settings.criticalServiceDelayMs
  const healthySince = healthySinceMs(group, node, nowMs)
  note('acknowledged', node.acknowledgedEpoch === group.epoch)
  note('present', present)
  note('presentForAWhile', present && nowMs - node.okSinceMs >= 2 * settings.keepAliveIntervalMs)
  note('watched', hasWatched(group, node, nowMs))
  note('gone', !present)
  // Only the peer's own heartbeat judges silence; the sweeper, a step or a request does not (rules 9 and 10).
  const judged = occurrence.kind === 'heartbeat' && occurrence.node !== index
  // A node that its peer has promised a door to is alive: its road to the control plane alone is lost (rule 20).
  const isSilent = () => hasWatched(group, peer, nowMs) && nowMs >= silentFromMs(group, node, peer, nowMs)
  note('silent', judged && !isHeard(group, node, nowMs) && isSilent() && !peer.relays)
  note('healthy', healthySince !== null)
  note('healthyLong', healthySince !== null && nowMs - healthySince >= settings.automaticFallbackDelayMs)
  note('able', healthySince !== null && node.acknowledgedEpoch === group.epoch)
  note('startable', present && !node.fenced && node.acknowledgedEpoch === group.epoch)
  note(
    'stopped',
    node.services.some(({ state }) => state === 'stopped'),
  )
  note('serviceDown', present && serviceDown !== null)
  note('serviceDownLong', present && long(serviceDown))
  note('databaseDown', present && databaseDown !== null)
  note('databaseDownLong', present && long(databaseDown))
  note('brokenLong', present && (long(serviceDown) || long(databaseDown)))
  note('leaving', node.leaving !== null)
  note('fenced', present && node.fenced)
  note('restarted', occurrence.kind === 'heartbeat' && occurrence.node === index && occurrence.restarted)
  note('rebooted', node.rebooted)
  note('waitedForPeer', present && nowMs - Math.max(node.okSinceMs, node.sinceMs) >= settings.initializationTimeoutMs)
  note('ownsItsSet', node.set.owner === index)
  note('setMoving', node.set.moving !== null)
  const leavingSets = setsMovingFrom(group, index)
  note('released', leavingSets.length > 0 && leavingSets.every((set) => isFree(group, set, nowMs)))
  const asked = occurrence.kind === 'request' && occurrence.action !== 'recovery' && occurrence.node === index
  note('askedFailover', asked && occurrence.action === 'failover')
  note('askedFallback', asked && occurrence.action === 'fallback')
  const waiting = transition?.phase === 'waiting'
  const delayed = waiting && transition.kind === 'failover' && transition.from === index
  note('delayed', delayed && transition.trigger === 'CriticalServiceDown')
  note('delayedForDatabase', delayed && transition.trigger === 'DatabaseFailure')
  note('fallbackDelayed', waiting === true && transition?.kind === 'fallback' && transition.to === index)
  noteCommands(group, index, note)
  for (const reason of TOLD_REASONS) note(`reason${reason}`, node.reason === reason)
  return facts
}

function noteCommands(group: Group, index: NodeIndex, note: (fact: NodeFact, holds: boolean) => void): void {
  const has = (kind: CommandKind) => commandOf(group, index, kind) !== undefined
  const done = (kind: CommandKind) => commandOf(group, index, kind)?.result?.ok === true
  note('takeOverOrdered', has('takeOver'))
  note('tookOver', done('takeOver'))
  note('takeBackOrdered', has('takeBack'))
  note('tookBack', done('takeBack'))
  note('startOrdered', has('startServices'))
  note('started', done('startServices'))
  note('stopSettled', !has('stopServices') || done('stopServices'))
  note('restartDone', done('restart'))
}

function groupFacts(group: Group, nowMs: number, occurrence: Occurrence) {
  const { transition } = group
  const facts = restraints(group, nowMs, occurrence)
  if (!transition) facts.push('noTransition')
  if (transition?.phase === 'waiting') facts.push('waiting')
  if (transition?.phase === 'running') {
    facts.push('running', `trigger.${transition.trigger}`)
    if (transition.autoRecovery) facts.push('autoRecovery')
    if (transition.kind === 'recovery') facts.push('recovering')
  }
  if (occurrence.kind === 'request' && occurrence.action === 'recovery') facts.push('askedRecovery')
  if (occurrence.kind === 'stepFailed' && occurrence.transition === transition?.id) {
    facts.push(`failed.${occurrence.step}`)
  }
  return facts
}

/** The facts about a node, named as those of x and as those of y. */
const namedAs = (side: 'x' | 'y') => new Map(NODE_FACTS.map((fact) => [fact, `${side}.${fact}` as Fact]))
const OF_X = namedAs('x')
const OF_Y = namedAs('y')

/** All facts that hold, seen from either node. The booleans span a finite space, which the exploration walks whole. */
export function factsOf(group: Group, nowMs: number, occurrence: Occurrence): (x: NodeIndex) => Facts {
  const ofNodes = [nodeFacts(group, 0, nowMs, occurrence), nodeFacts(group, 1, nowMs, occurrence)] as const
  const ofGroup = groupFacts(group, nowMs, occurrence)
  return (x) => {
    const facts = new Set<Fact>(ofGroup)
    for (const fact of ofNodes[x]) facts.add(OF_X.get(fact) as Fact)
    for (const fact of ofNodes[peerOf(x)]) facts.add(OF_Y.get(fact) as Fact)
    return facts
  }
}

export const holds = (facts: Facts, condition: Condition): boolean =>
  condition.startsWith('!') ? !facts.has(condition.slice(1) as Fact) : facts.has(condition as Fact)
