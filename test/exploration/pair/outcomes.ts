import type { Group, NodeIndex, NodeRecord, Transition } from '../../../domain/model.ts'
import type { Decision } from './decisions.ts'
import { AWHILE, BOTH, LONG_AGO, NOW, type Pair, peerIndex, WAITED, WATCHED } from './pair.ts'

/** What else a decision must not have done and did: it ended something, told something, or gave an order too early. */
export function brokenByOutcome(decision: Decision): string | null {
  return (
    brokenByStarting(decision) ??
    brokenByFailing(decision) ??
    brokenByCutOff(decision) ??
    brokenByEnding(decision) ??
    brokenByHaste(decision) ??
    brokenByReason(decision)
  )
}

const nodeOf = (group: Group, index: NodeIndex): NodeRecord => group.nodes[index] as NodeRecord
const allAre = ({ nodes }: Group, wanted: NodeRecord['state']): boolean => nodes.every(({ state }) => state === wanted)
const isAcknowledged = (group: Group, index: NodeIndex): boolean =>
  nodeOf(group, index).acknowledgedEpoch === group.epoch
const isHealthy = (node: NodeRecord): boolean => node.services.every(({ state }) => state === 'running')

export const isLongDown = (services: NodeRecord['services']): boolean =>
  services.some(({ state, sinceMs }) => state !== 'running' && sinceMs < NOW)

/** Starting up, and starting up once more. */
function brokenByStarting({ before, after, truth }: Decision): string | null {
  const isFailedOver = after.transition?.phase === 'running' && before.transition === null
  const mayStart = (index: NodeIndex) => truth[index].voice === 'speaks' && isAcknowledged(after, index)
  for (const index of BOTH) {
    if (nodeOf(before, index).state !== 'Initializing' || nodeOf(after, index).state === 'Initializing') continue
    if (isFailedOver) continue
    const peer = peerIndex(index)
    const hasWaited = nodeOf(after, index).okSinceMs <= WAITED && !isAcknowledged(after, peer)
    const isNext = nodeOf(before, peer).state === 'Normal'
    if (!mayStart(index) || !(isNext || hasWaited || mayStart(peer)))
      return 'a node has started up when both are heard, or one has waited that alone has acknowledged (rule 11)'
  }
  if (!allAre(before, 'Normal') || !allAre(after, 'Initializing')) return null
  const isFirst = BOTH.some((index) => {
    const { rebooted, okSinceMs } = nodeOf(after, index)
    const isAlone = truth[index].voice === 'speaks' && truth[peerIndex(index)].voice !== 'speaks'
    return rebooted && isAlone && okSinceMs <= AWHILE && okSinceMs > WATCHED
  })
  return isFirst ? null : 'a group starts up anew for the first node that is back from a reboot of both [B13]'
}

function brokenByFailing({ before, after, occurrence, truth }: Decision): string | null {
  const failed = ({ nodes }: Group) => nodes.some(({ state }) => state === 'RunningInFailedMode')
  if (failed(before) || !failed(after) || occurrence.kind === 'stepFailed') return null
  const troubled = BOTH.filter(
    (index) => truth[index].voice !== 'speaks' || isLongDown(nodeOf(after, index).services),
  ).length
  return troubled >= (allAre(before, 'Normal') ? 2 : 1) ? null : 'failed mode has its cause [B16]–[B18]'
}

/** What is switched off was about to happen once more than it may. */
function brokenByCutOff({ before, after, truth }: Decision): string | null {
  const isNew = (kind: string) => [before, after].map(({ cutOffs }) => cutOffs.some(({ what }) => what === kind))
  const [wasOff, isOff] = isNew('serviceFailover')
  const isDue = BOTH.some((index) => {
    const peer = nodeOf(after, peerIndex(index))
    const { voice, fenced } = truth[peerIndex(index)]
    const canServe = voice === 'speaks' && !fenced && (peer.state === 'Idle' || isHealthy(peer))
    return truth[index].voice === 'speaks' && isLongDown(nodeOf(after, index).services) && canServe
  })
  const isStarting = before.transition?.phase === 'running' && before.transition.autoRecovery
  if (!wasOff && isOff && !(isDue && after.serviceMovesAtMs.length > 2 && !isStarting))
    return 'moves for services are cut off when another one is due that is too many [B16]'
  const [wasHome, isHome] = isNew('automaticFallback')
  const isBack = after.nodes.some(
    ({ state, services }) =>
      state === 'FailedOver' &&
      services.every((service) => service.state === 'running' && service.sinceMs === LONG_AGO),
  )
  if (!wasHome && isHome && !(isBack && after.automaticFallbacksAtMs.length > 2))
    return 'automatic fallbacks are cut off when another one is due that is too many [B15]'
  return null
}

/** How the transition that ran has ended; null: it has not. */
function endOf(after: Group, { id }: Transition): string | null {
  for (const effect of after.outbox) {
    if (effect.kind !== 'event' || effect.detailType !== 'Transition State Change') continue
    const { status, transition } = effect.detail as { status: string; transition: { id: string } }
    if (transition.id === id && status !== 'RUNNING' && status !== 'WAITING') return status
  }
  return null
}

const doneBy = ({ before, results }: Decision, index: NodeIndex, wanted: string): boolean =>
  [...before.commands.filter(({ result }) => result?.ok), ...results].some(
    ({ node, kind, transition }) => node === index && kind === wanted && transition === before.transition?.id,
  )

function brokenByEnding(decision: Decision): string | null {
  const { before, after, occurrence, truth } = decision
  const ran = before.transition
  if (ran?.phase !== 'running') return null
  const end = endOf(after, ran)
  if (end === 'CANCELLED' && !after.transition?.autoRecovery)
    return 'a transition that runs succeeds or fails: nothing takes its place but an auto-recovery [B16] [B23]'
  if (end !== 'SUCCEEDED' || occurrence.kind === 'stepFailed') return null
  if (ran.kind === 'fallback' && !doneBy(decision, ran.to, 'takeBack'))
    return 'a fallback ends when users have been taken back [B27]'
  if (ran.kind === 'recovery') {
    const isOver = BOTH.every(
      (index) => doneBy(decision, index, 'startServices') && isServing(truth, index) && isHealthy(nodeOf(after, index)),
    )
    return isOver ? null : 'a recovery ends when all services have been started, and run [B22]'
  }
  if (ran.kind === 'failover' && ran.trigger === 'OnAdminRequest' && !doneBy(decision, ran.from, 'stopServices'))
    return 'a failover that was asked for ends when the services are stopped [B20]'
  return brokenByStanding(ran, decision)
}

const isServing = (truth: Pair['truth'], index: NodeIndex): boolean =>
  truth[index].voice === 'speaks' && !truth[index].fenced

const AUTO_RECOVERED: Partial<Record<string, string>> = {
  CriticalServiceDown: 'AutoRecoverCriticalServiceDown',
  DatabaseFailure: 'AutoRecoverDatabaseFailure',
}

/** What both nodes are told to be when a failover is complete. */
function brokenByStanding(
  { kind, from, to, trigger, autoRecovery }: Transition,
  { after, truth }: Decision,
): string | null {
  if (kind !== 'failover') return null
  const [left, taken] = [nodeOf(after, from), nodeOf(after, to)]
  const isAsked = trigger === 'OnAdminRequest'
  if (left.state === 'Idle' && !isAsked) return 'a node is Idle only where a failover was asked for [B15] [B20]'
  if (
    left.state === 'FailedOverWithCriticalServicesNotRunning' &&
    truth[from].voice !== 'speaks' &&
    left.reason !== trigger
  )
    return 'why a node was failed over stays told until it is heard [B9] [B10]'
  if (taken.state !== 'BackupActivated' && taken.state !== 'RunningInBackupMode') return null
  const expected = autoRecovery ? (AUTO_RECOVERED[trigger] ?? trigger) : null
  const isTold =
    expected === null
      ? taken.state === 'RunningInBackupMode'
      : taken.state === 'BackupActivated' && taken.reason === expected
  return isTold ? null : 'what has moved because its backup failed is told so, and nothing else [B16]'
}

/** Nobody is let go of, and nothing is ordered, before what it waits for. */
function brokenByHaste(decision: Decision): string | null {
  const { before, after } = decision
  const { transition } = after
  if (transition?.phase !== 'running') return null
  if (transition.kind === 'fallback') {
    const { set } = nodeOf(after, transition.to)
    const isLetGo = set.moving !== null && nodeOf(before, transition.to).set.moving === null
    if (isLetGo && !doneBy(decision, transition.to, 'startServices'))
      return 'users are let go of when the services run that they come home to [B21]'
  }
  for (const { kind, node } of after.commands) {
    if (before.commands.some((command) => command.kind === kind && command.node === node)) continue
    if (transition.kind === 'recovery' && kind === 'startServices' && !doneBy(decision, node, 'restart'))
      return 'a recovery starts services after the restart of the recovery manager [B22]'
    if (kind === 'takeBack' && nodeOf(after, node).set.owner !== node)
      return 'a node takes back the users that it has [B27]'
    if (kind === 'takeBack' && !doneBy(decision, node, 'startServices'))
      return 'a node takes users back when its services have been started [B21]'
  }
  return null
}

/** Another reason is told only for what has happened. */
function brokenByReason({ before, after, occurrence, truth }: Decision): string | null {
  if (occurrence.kind === 'stepFailed') return null
  const restarted = occurrence.kind === 'heartbeat' && occurrence.restarted ? occurrence.node : null
  for (const index of BOTH) {
    const [was, is] = [nodeOf(before, index), nodeOf(after, index)]
    if (was.state === 'TakingBack' && is.state === 'Idle' && is.services.every(({ state }) => state !== 'stopped'))
      return 'a node is Idle again only where its services are still stopped [B15]'
    if (was.reason === is.reason || is.reason !== 'Initialization' || is.state === 'Initializing') continue
    const isBack = is.rebooted || was.reason === 'PeerDownDuringInitialization'
    const isUp = truth[index].voice === 'speaks' && (restarted === index || (isBack && !AT_WORK.includes(was.state)))
    if (!isUp) return 'a node is told to initialise only where it is back, or its agent has restarted [B9] [B19]'
  }
  const isUnknown = BOTH.some(
    (index) => nodeOf(before, index).reason !== 'Unknown' && nodeOf(after, index).reason === 'Unknown',
  )
  return isUnknown && before.transition?.kind === 'recovery'
    ? 'a restart that the recovery ordered makes nothing unknown [B19]'
    : null
}

/** States of a node that has not failed over by itself. */
const AT_WORK: readonly string[] = ['Normal', 'Idle', 'RunningInBackupMode', 'TakingOver', 'TakingBack']
