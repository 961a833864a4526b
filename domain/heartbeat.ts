import type { Heartbeat, HeartbeatAnswer } from './contract/heartbeat.ts'
import type { Draft } from './draft.ts'
import { publish } from './draft.ts'
import { databaseDownSinceMs, isHealthy, serviceDownSinceMs, silentFromMs } from './facts.ts'
import type { GateKind, Group, NodeIndex, NodeRecord, ServiceRecord, WanQuality } from './model.ts'
import { boundTimeoutMs, GATE_KINDS, peerOf } from './model.ts'
import { movesOf, takeRestores } from './restores.ts'
import { leaseMs, okAgeMs, watchGapMs } from './settings.ts'

/** A heartbeat is *ok* if the node has processed an answer to a recent request: it hears, not only speaks (rule 9). */
export const isOk = (group: Group, heartbeat: Heartbeat): boolean =>
  heartbeat.answeredMsAgo !== undefined && heartbeat.answeredMsAgo <= okAgeMs(group.settings)

/** The agent has promised a door of its peer to it, or may have (rule 20). */
export const relaysIn = ({ peer, mayRelay }: Heartbeat): boolean => (peer?.promises ?? mayRelay ?? []).length > 0

export const gateOf = ({ gate }: Heartbeat): GateKind => GATE_KINDS.find((kind) => kind === gate.kind) ?? 'other'

/** The bounds of the field for two nodes that are far from each other [B7]. */
export const LONGEST_ROUND_TRIP_MS = 80
export const LEAST_MBIT_PER_SECOND = 10

export function wanOf({ peer }: Heartbeat): WanQuality {
  const { roundTripMs, mbitPerSecond } = peer ?? {}
  if (roundTripMs == null || mbitPerSecond === undefined) return 'unmeasured'
  return roundTripMs <= LONGEST_ROUND_TRIP_MS && mbitPerSecond >= LEAST_MBIT_PER_SECOND ? 'good' : 'poor'
}

/** (inc, seq) must be greater than the stored pair (rule 1). */
export const isNewer = (node: NodeRecord, heartbeat: Heartbeat): boolean =>
  heartbeat.incarnation > node.incarnation ||
  (heartbeat.incarnation === node.incarnation && heartbeat.sequence > node.sequence)

/** The services of a heartbeat in the group's order; one that the agent does not report is unknown. */
export function reportedServices(group: Group, heartbeat: Heartbeat, nowMs: number): ServiceRecord[] {
  const reports = [...group.services.map((name) => heartbeat.services[name]), heartbeat.database]
  return reports.map((report) => ({
    state: report?.state ?? 'unknown',
    sinceMs: Math.round(nowMs - (report?.forMs ?? 0)),
  }))
}

/** The sets of this group whose doors the heartbeat says are open; names that are not of the group count for nothing. */
export const reportedOpen = (group: Group, heartbeat: Heartbeat): NodeIndex[] =>
  ([0, 1] as const).filter((set) => {
    const home = group.nodes[set]
    return home !== undefined && heartbeat.gate.open.includes(home.name)
  })

/**
 * Takes a heartbeat into the draft's group, `nowMs` being the clock read before the write that will accept it (rule
 * 2). The caller has seen that it is newer. Answers whether the agent is a new incarnation on the same boot.
 */
export function absorb(draft: Draft, index: NodeIndex, heartbeat: Heartbeat): { restarted: boolean } {
  const { group, nowMs } = draft
  const node = group.nodes[index] as NodeRecord
  const knownBefore = node.lastAtMs > 0
  const restarted = knownBefore && heartbeat.incarnation > node.incarnation
  if (knownBefore && heartbeat.bootId !== node.bootId) node.rebooted = true
  node.incarnation = heartbeat.incarnation
  node.sequence = heartbeat.sequence
  node.bootId = heartbeat.bootId
  node.lastAtMs = Math.max(node.lastAtMs, nowMs)
  if (isOk(group, heartbeat)) {
    noteGap(group, node, nowMs)
    node.lastOkAtMs = Math.max(node.lastOkAtMs, nowMs)
  }
  tellServices(draft, node, reportedServices(group, heartbeat, nowMs))
  node.open = reportedOpen(group, heartbeat)
  node.leaving = heartbeat.leaving ?? null
  node.softwareVersion = heartbeat.softwareVersion
  node.replicationSetup = heartbeat.replicationSetup
  node.gate = gateOf(heartbeat)
  node.wan = wanOf(heartbeat)
  node.fenced = heartbeat.fenced ?? false
  node.relays = relaysIn(heartbeat)
  tellOrders(draft, node, heartbeat)
  if (heartbeat.epoch === group.epoch && node.acknowledgedEpoch !== group.epoch && node.open.length === 0) {
    node.acknowledgedEpoch = group.epoch
  }
  noteClosedDoors(group, index)
  takeResults(draft, index, heartbeat)
  takeRestores(draft, index, heartbeat)
  return { restarted }
}

/** A long gap breaks the watch of who judges; a shorter one, in which heartbeats were lost, takes its time from it (rule 9). */
function noteGap(group: Group, node: NodeRecord, nowMs: number): void {
  const gapMs = nowMs - node.lastOkAtMs
  if (node.lastOkAtMs === 0 || gapMs >= watchGapMs(group.settings)) {
    node.okSinceMs = nowMs
    node.unheard = null
  } else if (gapMs >= okAgeMs(group.settings)) {
    const before = node.unheard
    const isRecent = before !== null && nowMs - before.untilMs < boundTimeoutMs(group, nowMs)
    node.unheard = { forMs: gapMs + (isRecent ? before.forMs : 0), untilMs: nowMs }
  }
}

/** Rule 6: what moves is granted to nobody, so an accepted heartbeat that says "closed" releases it. */
function noteClosedDoors(group: Group, index: NodeIndex): void {
  const open = group.nodes[index]?.open ?? []
  for (const set of [0, 1] as const) {
    const record = group.nodes[set]?.set
    if (record?.moving && record.owner === index) record.moving.released = !open.includes(set)
  }
}

function tellServices(draft: Draft, node: NodeRecord, services: ServiceRecord[]): void {
  const names = [...draft.group.services, 'database']
  const changes = services.flatMap((service, index) => {
    const before = node.services[index]?.state ?? 'unknown'
    return before === service.state ? [] : [{ service: names[index], state: service.state, previousState: before }]
  })
  node.services = services
  // The first report of an agent says nothing that has changed.
  const changed = changes.filter((change) => change.previousState !== 'unknown')
  if (changed.length > 0) publish(draft, 'Service State Change', { node: node.name, services: changed })
}

/** What was ordered on the node itself is told as it arrives; it may arrive, and be told, twice. */
function tellOrders(draft: Draft, { name }: NodeRecord, { operatorOrders = [] }: Heartbeat): void {
  for (const order of operatorOrders) publish(draft, 'Operator Order', { node: name, order })
}

function takeResults(draft: Draft, index: NodeIndex, heartbeat: Heartbeat): void {
  for (const result of heartbeat.commandResults ?? []) {
    const command = draft.group.commands.find(({ id, node }) => id === result.id && node === index)
    if (!command || command.result) continue
    command.result = { ok: result.ok, output: result.output.slice(0, 500), durationMs: result.durationMs }
    const { id, kind } = command
    publish(draft, 'Command Result', {
      node: draft.group.nodes[index]?.name,
      command: { id, kind },
      ok: result.ok,
      output: command.result.output,
      durationMs: result.durationMs,
    })
    const orphan = command.transition !== draft.group.transition?.id
    if (orphan) draft.group.commands = draft.group.commands.filter((other) => other !== command)
  }
}

/** The sets that a node may serve now (rules 2 and 4), and which states serve nobody (node-states.json). */
export function grants(group: Group, index: NodeIndex): NodeIndex[] {
  const node = group.nodes[index] as NodeRecord
  if (!group.highAvailability) return node.acknowledgedEpoch === group.epoch ? [index] : []
  if (node.acknowledgedEpoch !== group.epoch) return []
  if (node.state === 'Unknown' || node.state === 'Initializing' || node.leaving !== null) return []
  if (node.state === 'RunningInFailedMode' && !isHealthy(node)) return []
  return ([0, 1] as const).filter((set) => {
    const record = group.nodes[set]?.set
    return record !== undefined && record.owner === index && !record.moving
  })
}

/** How soon an agent is asked to come back while something is under way: a fraction of its interval. */
const briskMs = (intervalMs: number): number => Math.min(1000, Math.max(50, Math.round(intervalMs / 10)))
/** The least that is asked for, so that a deadline which has just passed does not make an agent spin. */
const LEAST_MS = 5

/**
 * When the next heartbeat of this node is wanted: at the interval, or exactly when something falls due that its
 * arrival would decide (the peer's deadline, a delay, a bound), or soon while a transition runs or the group starts up.
 */
export function nextHeartbeatInMs(group: Group, index: NodeIndex, nowMs: number): number {
  const { settings, transition } = group
  const node = group.nodes[index] as NodeRecord
  const interval = settings.keepAliveIntervalMs
  const settled = node.acknowledgedEpoch === group.epoch && nowMs - node.lastOkAtMs < interval
  const underWay = transition?.phase === 'running' || node.state === 'Initializing'
  const brisk = underWay || !settled || group.nodes.some((each) => each.set.moving)
  const wanted = [interval, ...(brisk ? [briskMs(interval)] : [])]
  for (const dueMs of deadlinesMs(group, index, nowMs)) {
    if (dueMs > nowMs) wanted.push(dueMs - nowMs)
  }
  return Math.max(LEAST_MS, Math.ceil(Math.min(...wanted)))
}

function deadlinesMs(group: Group, index: NodeIndex, nowMs: number): number[] {
  const { settings } = group
  const due: number[] = []
  const peer = group.nodes[peerOf(index)]
  if (!group.highAvailability || !peer) return due
  const node = group.nodes[index] as NodeRecord
  if (peer.lastOkAtMs > 0) {
    due.push(silentFromMs(group, peer, node, nowMs))
  }
  for (const each of group.nodes) {
    const down = [serviceDownSinceMs(each), databaseDownSinceMs(each)].filter((since) => since !== null)
    for (const since of down) due.push(since + settings.criticalServiceDelayMs)
    if (each.set.moving) due.push(each.set.moving.untilMs)
  }
  if (group.transition?.phase === 'waiting') due.push(group.transition.dueAtMs)
  const waits = Math.max(node.okSinceMs, node.sinceMs) + settings.initializationTimeoutMs
  return nowMs < waits && node.state === 'Initializing' ? [...due, waits] : due
}

function peerSettings({ peerKeys }: Group, { name, hostName }: NodeRecord) {
  const keys = peerKeys.map(({ id, secret }) => ({ id, secret }))
  return { node: name, address: hostName, ...(keys.length > 0 ? { keys } : {}) }
}

/** The answer to an accepted heartbeat, from the image that its write returned (rules 2 and 4). */
export function answerTo(group: Group, index: NodeIndex, nowMs: number): HeartbeatAnswer {
  const node = group.nodes[index] as NodeRecord
  const peer = group.nodes[peerOf(index)]
  const { settings } = group
  const name = (set: NodeIndex) => (group.nodes[set] as NodeRecord).name
  const served = grants(group, index)
  return {
    group: group.name,
    incarnation: node.incarnation,
    sequence: node.sequence,
    state: node.state,
    reason: node.reason,
    epoch: group.epoch,
    leaseMs: group.highAvailability ? leaseMs(settings) : null,
    serve: served.map(name),
    ...movesOf(group, served),
    nextHeartbeatInMs: nextHeartbeatInMs(group, index, nowMs),
    commands: group.commands
      .filter((command) => command.node === index && !command.result)
      .map(({ id, kind, transition }) => ({
        id,
        kind,
        transition,
        homeNode: kind === 'takeOver' && peer ? peer.name : node.name,
      })),
    settings: {
      keepAliveIntervalMs: settings.keepAliveIntervalMs,
      keepAliveTimeoutMs: settings.keepAliveTimeoutMs,
      servicePort: settings.servicePort,
      adminRpcPort: settings.adminRpcPort,
      criticalServices: group.services,
      ...(peer ? { peer: peerSettings(group, peer) } : {}),
    },
  }
}
