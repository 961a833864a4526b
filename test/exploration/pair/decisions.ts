import { AGENT_TABLE } from '../../../domain/agent-table.ts'
import type { Occurrence } from '../../../domain/facts.ts'
import type { Command, Group, NodeIndex, NodeRecord, Transition } from '../../../domain/model.ts'
import { POLICY } from '../../../domain/policy.ts'
import { brokenByOutcome } from './outcomes.ts'
import { BOTH, LONG_AGO, NOW, type Pair, peerIndex, WAITED, WATCHED } from './pair.ts'

/** One decision of the control plane: the group before and after it, and what is so on the nodes. */
export interface Decision {
  before: Group
  after: Group
  fired: readonly number[]
  occurrence: Occurrence
  /** Orders that were carried out, and are told in the heartbeat that is decided upon. */
  results: readonly Command[]
  truth: Pair['truth']
}

const JUDGING = new Set(
  POLICY.filter(({ when }) => when.some((fact) => /^[xy]\.silent$/.test(fact))).map(({ row }) => row),
)

/** What this decision must not have done and did; null: nothing. */
export function brokenByDecision(decision: Decision): string | null {
  return (
    brokenByMoves(decision) ??
    brokenByTransition(decision) ??
    brokenByJudging(decision) ??
    brokenByRestraints(decision) ??
    brokenByOrders(decision) ??
    brokenByOutcome(decision)
  )
}

/** Rules 4 and 6. */
function brokenByMoves({ before, after, results, truth }: Decision): string | null {
  for (const set of BOTH) {
    const [was, is] = [setOf(before, set), setOf(after, set)]
    if (was.moving && is.moving && was.owner === is.owner && was.moving.untilMs !== is.moving.untilMs) {
      return 'a bound stays as it was when the move began (rule 4)'
    }
    if (was.owner === is.owner) continue
    // A door that stays open by the peer's own promise binds the peer (rule 20).
    if (truth[was.owner].doors[set] && !truth[was.owner].held)
      return 'a set leaves its owner behind a closed door only (rule 6)'
    const inFailedMode = nodeOf(after, set).state === 'RunningInFailedMode'
    const done = [...before.commands.filter(({ result }) => result?.ok), ...results].some(
      ({ node, kind }) => node === is.owner && (kind === 'takeOver' || (kind === 'startServices' && is.owner === set)),
    )
    const isReady = is.owner === set && nodeOf(after, set).services.every(({ state }) => state === 'running')
    if (!done && !isReady && !inFailedMode) return 'users come to a node that has prepared for them [B21] [B27]'
  }
  return null
}

/** Rules 9, 10 and 20: who finds whom silent. */
function brokenByJudging({ before, after, fired, occurrence, truth }: Decision): string | null {
  const begun = after.transition?.id === before.transition?.id ? null : after.transition?.trigger
  const isForSilence = begun === 'PeerDown' || begun === 'PeerDownDuringInitialization'
  if (!isForSilence && !fired.some((row) => JUDGING.has(row))) return null
  if (occurrence.kind !== 'heartbeat') return 'only a heartbeat that arrives judges silence (rules 9 and 10)'
  const judge = occurrence.node
  if (nodeOf(after, judge).okSinceMs > WATCHED) return 'who judges silence has watched for the timeout (rule 9)'
  const judged = peerIndex(judge)
  if (truth[judged].voice === 'speaks') return 'a node that is heard is not silent (rule 9)'
  const heardBefore = nodeOf(before, judged).lastOkAtMs
  if (heardBefore > LONG_AGO) return 'a node is silent after the timeout only (rule 9)'
  if (truth[judged].held) return 'a node that its peer has promised a door to is not judged (rule 20)'
  return null
}

/** Maintenance, cut-offs and the fleet brake hold back what happens by itself (behaviour reference, section 5). */
function brokenByRestraints({ before, after, fired, occurrence }: Decision): string | null {
  const failed = ({ nodes }: Group) => nodes.some(({ state }) => state === 'RunningInFailedMode')
  const { transition } = after
  const earlier = before.transition
  const isGoing = transition !== null && earlier?.phase === 'running' && earlier.id === transition.id
  const begins = transition?.phase === 'running' && !isGoing ? transition : null
  // What a transition that runs comes to is not held back: nobody is left half-way.
  const isFailing = failed(after) && !failed(before) && earlier?.phase !== 'running'
  const byItself = (begins !== null && begins.trigger !== 'OnAdminRequest') || isFailing
  const isBack = after.nodes.some(
    ({ state }, index) => state === 'Initializing' && before.nodes[index]?.state === 'Normal',
  )
  const isCut = after.cutOffs.length > before.cutOffs.length
  const isWaiting = after.transition?.phase === 'waiting'
  if (before.maintenance && after.maintenance && (byItself || isBack || isWaiting || isCut)) {
    return 'nothing happens by itself during maintenance'
  }
  const judges = fired.some((row) => JUDGING.has(row))
  if (occurrence.kind === 'heartbeat' && occurrence.brake === 'holds' && judges && byItself) {
    return 'the fleet brake holds back what silence would do'
  }
  const isAcknowledged = after.cutOffs.length < before.cutOffs.length
  if (!begins || isAcknowledged) return null
  const isOff = (what: string) => before.cutOffs.some((cutOff) => cutOff.what === what)
  const forService = begins.trigger === 'CriticalServiceDown' || begins.trigger === 'DatabaseFailure'
  if (forService && (isOff('serviceFailover') || before.serviceMovesAtMs.length > 2)) {
    return 'too many moves for services are cut off [B16]'
  }
  if (
    begins.trigger === 'AutomaticFallback' &&
    (isOff('automaticFallback') || before.automaticFallbacksAtMs.length > 2)
  ) {
    return 'too many automatic fallbacks are cut off [B15]'
  }
  return null
}

const statesOf = (group: Group): string[] => group.nodes.map(({ state }) => state)

/** A transition begins for a cause, to a node that can serve, and only where the field's table has it begin. */
function brokenByTransition({ before, after, occurrence, truth }: Decision): string | null {
  const { transition } = after
  const earlier = before.transition
  if (transition?.phase !== 'running' || (earlier?.phase === 'running' && earlier.id === transition.id)) return null
  const asked = occurrence.kind === 'request' ? occurrence.action : null
  if (transition.kind === 'recovery') {
    if (asked !== 'recovery') return 'a recovery is asked for [B22]'
    const heard = BOTH.every((index) => truth[index].voice === 'speaks')
    return heard && statesOf(before).every((state) => state === 'RunningInFailedMode')
      ? null
      : 'a recovery is for two nodes in failed mode that are heard [B22]'
  }
  if (transition.kind === 'fallback') return brokenByFallback(before, after, asked, truth)
  const canServe = [before, after].some((group) => nodeOf(group, transition.to).state === 'Idle') ? isStartable : isAble
  if (!canServe(after, transition.to, truth)) return 'users are sent only to a node that can serve them [B9] [B16]'
  return isCaused(transition, before, after, asked, truth)
    ? null
    : `a failover has its cause: ${transition.trigger} [B9]–[B13] [B20]`
}

const HOMEWARD = ['Idle', 'FailedOver', 'FailoverAffectedServices', 'RunningInFailedMode']

function brokenByFallback(before: Group, after: Group, asked: string | null, truth: Pair['truth']): string | null {
  const { to, trigger } = after.transition as Transition
  const node = nodeOf(before, to)
  if (truth[to].voice !== 'speaks' || truth[to].fenced)
    return 'a fallback is to a node that is heard, and is not fenced [B21]'
  const healthy = node.services.every(({ state }) => state === 'running')
  if (!HOMEWARD.includes(node.state)) return `a fallback is to a node that had failed over, not to ${node.state} [B21]`
  if (node.state !== 'Idle' && !healthy) return 'a fallback is to a node whose services run [B21]'
  if (node.state === 'RunningInFailedMode' && !node.rebooted)
    return 'a fallback from failed mode is to a rebooted node [B21]'
  if (trigger !== 'AutomaticFallback')
    return asked === 'fallback' ? null : 'a fallback has its cause: OnAdminRequest [B21]'
  const waited = node.services.every(({ sinceMs }) => sinceMs === LONG_AGO)
  return after.settings.automaticFallbackEnabled && node.state === 'FailedOver' && waited
    ? null
    : 'a fallback has its cause: AutomaticFallback [B15]'
}

/** Heard, not fenced, and holding its doors under the present membership (rule 11): its services can be started. */
function isStartable(group: Group, index: NodeIndex, truth: Pair['truth']): boolean {
  return (
    truth[index].voice === 'speaks' && !truth[index].fenced && nodeOf(group, index).acknowledgedEpoch === group.epoch
  )
}

const isAble = (group: Group, index: NodeIndex, truth: Pair['truth']): boolean =>
  isStartable(group, index, truth) && nodeOf(group, index).services.every(({ state }) => state === 'running')

function isCaused(
  { from, to, trigger }: Transition,
  before: Group,
  after: Group,
  asked: string | null,
  truth: Pair['truth'],
): boolean {
  const node = nodeOf(after, from)
  const isLong = (place: number) => {
    const service = node.services[place]
    return (
      service !== undefined && service.state !== 'running' && service.sinceMs < NOW && truth[from].voice === 'speaks'
    )
  }
  const isUnheard = truth[from].voice !== 'speaks' && !truth[from].held && node.lastOkAtMs <= LONG_AGO
  const atHome = statesOf(before).every((state) => state === 'Normal')
  switch (trigger) {
    case 'OnAdminRequest':
      return truth[from].fenced || (asked === 'failover' && atHome)
    case 'PeerReboot':
      // A boot starts nothing on an Idle node, so that of both hosts does not, either [B15].
      return node.leaving !== null && !(nodeOf(before, to).state === 'Idle' && nodeOf(before, to).rebooted)
    case 'PeerDown':
      return isUnheard
    case 'PeerDownDuringInitialization':
      return (isUnheard || node.lastOkAtMs === 0) && nodeOf(after, to).okSinceMs <= WAITED
    case 'CriticalServiceDown':
      return isLong(0)
    case 'DatabaseFailure':
      return isLong(1)
    default:
      return false
  }
}

/** What agents are ordered to do, and when. */
function brokenByOrders({ before, after, truth }: Decision): string | null {
  for (const { kind, node, transition } of after.commands) {
    if (!(kind in AGENT_TABLE)) return `the agent knows how to do what it is ordered: ${kind}`
    const known = before.commands.some(
      (command) => command.kind === kind && command.node === node && command.transition === transition,
    )
    if (known) continue
    if (kind === 'takeOver' && !isReleased(after, peerIndex(node), truth))
      return 'a node takes over behind a closed door only (rule 6)'
    if (
      kind === 'stopServices' &&
      nodeOf(after, node).state !== 'FailingOver' &&
      nodeOf(after, node).state !== 'Idle'
    ) {
      return 'services are stopped only where a failover was asked for [B20]'
    }
  }
  return null
}

/** Each set that leaves the node is behind a closed door, or behind one that its peer itself keeps open. */
const isReleased = (group: Group, owner: NodeIndex, truth: Pair['truth']): boolean =>
  BOTH.every((set) => {
    const { moving, owner: present } = setOf(group, set)
    return !moving || present !== owner || !truth[owner].doors[set] || truth[owner].held
  })

const nodeOf = (group: Group, index: NodeIndex): NodeRecord => group.nodes[index] as NodeRecord
const setOf = (group: Group, set: NodeIndex): NodeRecord['set'] => nodeOf(group, set).set
