import type { Draft, TransitionFailure } from './draft.ts'
import { publish, shortHash } from './draft.ts'
import { hasWatched, isHeard, isPresent, servicesDown } from './facts.ts'
import type { CutOffKind, Group, Incident, IncidentKind, NodeIndex, NodeRecord, Severity } from './model.ts'
import { CUT_OFFS, peerOf } from './model.ts'
import { isCutOff } from './restraints.ts'
import type { NodeState, Reason } from './states.ts'
import { transitionDetail } from './transitions.ts'

/** Kinds of incident about who serves, worse ones later: a group has at most one of them, which changes its kind. */
const SERVING: readonly IncidentKind[] = ['RoadLost', 'Failover', 'FailedTransition', 'FailedMode', 'BothNodesSilent']
type DriftKind = 'VersionDrift' | 'ReplicationDrift'

const isServing = ({ kind }: Incident): boolean => SERVING.includes(kind)
const gravity = (kind: IncidentKind): number => SERVING.indexOf(kind)

/** States in which a node's users are with it, and nothing has gone wrong. */
const AT_HOME: readonly NodeState[] = ['Normal', 'Initializing', 'Unknown']

/** A node as an alert tells it. `serves`: whose users it has, or gets. */
export interface IncidentNode {
  node: string
  state: NodeState
  reason: Reason
  reachable: boolean
  serves: string[]
  servicesDown: string[]
}

/** What an `Incident State Change` tells: all that on-call's message is made of [B33]. */
export interface IncidentDetail {
  version: '1'
  cluster: string
  group: string
  status: 'OPENED' | 'WORSENED' | 'CLOSED'
  kind: IncidentKind
  incident: string
  severity: Severity
  openedAt: string
  durationMs: number
  nodes: IncidentNode[]
  transition?: ReturnType<typeof transitionDetail>
  failure?: TransitionFailure
  /** Left out: users go home only when somebody asks for it. */
  automaticFallbackDelayMs?: number
  highAvailability: boolean
  /** Of a drift: what was configured, and what the node's agent says instead. */
  drift?: Drift[]
}

export interface Drift {
  node: string
  configured: string
  reported: string
}

/** What a group's incident about who serves is now; null: there is none. */
function servingKind({ group, failure, nowMs }: Draft, current: Incident | undefined): IncidentKind | null {
  if (!group.highAvailability || group.nodes.length !== 2) return null
  if (group.silenceTold) return 'BothNodesSilent'
  if (group.nodes.some(({ state }) => state === 'RunningInFailedMode')) return 'FailedMode'
  if (group.nodes.every(({ state }) => AT_HOME.includes(state))) return roadIsLost(group, nowMs) ? 'RoadLost' : null
  return failure || current?.kind === 'FailedTransition' ? 'FailedTransition' : 'Failover'
}

/** A node is not heard, and its peer says that it is alive: only its road to the control plane is lost (rule 20). */
const roadIsLost = (group: Group, nowMs: number): boolean =>
  ([0, 1] as const).some((index) => {
    const [node, peer] = [group.nodes[index] as NodeRecord, group.nodes[peerOf(index)] as NodeRecord]
    // As for a failover, the peer must have watched: after an outage of the control plane every road seems lost.
    return node.lastOkAtMs > 0 && !isHeard(group, node, nowMs) && hasWatched(group, peer, nowMs) && peer.relays
  })

/** A failover that an operator asked for is news, and a lost road hurts nobody yet; everything else is trouble. */
const severityOf = (kind: IncidentKind, { group }: Draft): Severity =>
  kind === 'RoadLost' || (kind === 'Failover' && group.transition?.trigger === 'OnAdminRequest') ? 'notice' : 'page'

/**
 * Opens, worsens or closes the incident about who serves, after a decision, in the same commit: so on-call gets exactly
 * one opening and one closing of each, whatever crashes [B33]. In between it is told when things become worse, when
 * another failover begins (auto-recovery [B16]), and when a transition fails.
 */
export function noteIncident(draft: Draft): void {
  const { group, failure, failoverBegan } = draft
  draft.failure = null
  draft.failoverBegan = false
  const current = group.incidents.find(isServing)
  const kind = servingKind({ ...draft, failure }, current)
  if (!kind) {
    if (current) closeIncident(draft, current)
    if (!group.highAvailability) for (const drift of [...group.incidents]) closeIncident(draft, drift)
    return
  }
  const severity = severityOf(kind, draft)
  if (!current) {
    openIncident(draft, kind, severity, failure ? { failure } : {})
    return
  }
  const worse = gravity(kind) > gravity(current.kind) || failure !== null || failoverBegan
  current.kind = kind
  if (!worse) return
  if (severity === 'page') current.severity = 'page'
  tell(draft, current, 'WORSENED', failure ? { failure } : {})
}

const CUT_OFF_INCIDENTS: Record<CutOffKind, { kind: IncidentKind; severity: Severity }> = {
  automaticFallback: { kind: 'AutomaticFallbackOff', severity: 'notice' },
  serviceFailover: { kind: 'ServiceFailoverOff', severity: 'page' },
}

/** What was switched off because it happened too often is an incident until somebody acknowledges it [B15] [B16]. */
export function noteCutOffs(draft: Draft): void {
  const { group } = draft
  for (const what of CUT_OFFS) {
    const { kind, severity } = CUT_OFF_INCIDENTS[what]
    const current = group.incidents.find((incident) => incident.kind === kind)
    if (isCutOff(group, what) && !current) openIncident(draft, kind, severity, {})
    else if (!isCutOff(group, what) && current) closeIncident(draft, current)
  }
}

/** The database's replication state where replication is set up [B7]. */
export const REPLICATION_SET_UP = 2

/**
 * Tells where what agents report has drifted from what was configured, or from what readiness found [B2] [B7].
 * `configuredVersions`: the software version of each node in the cluster's configuration.
 */
export function noteDrift(draft: Draft, configuredVersions: ReadonlyMap<string, string>): void {
  const { group, nowMs } = draft
  if (!group.highAvailability) return
  const heard = group.nodes.filter((node) => isPresent(group, node, nowMs))
  const versions = heard.map(({ name, softwareVersion }) => ({
    node: name,
    configured: configuredVersions.get(name) ?? softwareVersion,
    reported: softwareVersion,
  }))
  const replication = heard.map(({ name, replicationSetup }) => ({
    node: name,
    configured: String(REPLICATION_SET_UP),
    reported: String(replicationSetup),
  }))
  noteDriftOf(draft, 'VersionDrift', versions)
  noteDriftOf(draft, 'ReplicationDrift', replication)
}

/** A node that is not heard neither opens nor closes an incident. */
function noteDriftOf(draft: Draft, kind: DriftKind, reports: Drift[]): void {
  const { group } = draft
  const drifting = reports.filter(({ configured, reported }) => configured !== reported)
  const current = group.incidents.find((incident) => incident.kind === kind)
  const allHeard = reports.length === group.nodes.length
  if (!current && drifting.length > 0) openIncident(draft, kind, 'notice', { drift: drifting })
  else if (current && drifting.length === 0 && allHeard) closeIncident(draft, current)
}

function openIncident(draft: Draft, kind: IncidentKind, severity: Severity, more: Partial<IncidentDetail>): void {
  const { group, nowMs } = draft
  const place = shortHash(`${group.cluster}/${group.name}/${kind}`)
  const id = ['incident', nowMs.toString(36), (group.version + 1).toString(36), place].join('-')
  const incident = { id, kind, severity, openedAtMs: nowMs }
  group.incidents.push(incident)
  tell(draft, incident, 'OPENED', more)
}

function closeIncident(draft: Draft, incident: Incident): void {
  draft.group.incidents = draft.group.incidents.filter(({ id }) => id !== incident.id)
  tell(draft, incident, 'CLOSED', {})
}

function tell(draft: Draft, incident: Incident, status: IncidentDetail['status'], more: Partial<IncidentDetail>): void {
  const { group, nowMs } = draft
  const { settings, transition } = group
  const detail: Omit<IncidentDetail, 'version' | 'cluster' | 'group'> = {
    status,
    kind: incident.kind,
    incident: incident.id,
    severity: incident.severity,
    openedAt: new Date(incident.openedAtMs).toISOString(),
    durationMs: nowMs - incident.openedAtMs,
    highAvailability: group.highAvailability,
    nodes: group.nodes.map((node, index) => nodeDetail(group, node, index as NodeIndex, nowMs)),
    ...(transition ? { transition: transitionDetail(group, transition) } : {}),
    ...(settings.automaticFallbackEnabled ? { automaticFallbackDelayMs: settings.automaticFallbackDelayMs } : {}),
    ...more,
  }
  publish(draft, 'Incident State Change', detail)
}

const nodeDetail = (group: Group, node: NodeRecord, index: NodeIndex, nowMs: number): IncidentNode => ({
  node: node.name,
  state: node.state,
  reason: node.reason,
  reachable: isPresent(group, node, nowMs),
  serves: group.nodes.filter(({ set }) => (set.moving?.to ?? set.owner) === index).map(({ name }) => name),
  servicesDown: servicesDown(group, node),
})
