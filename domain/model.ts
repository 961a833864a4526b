import type { Settings } from './settings.ts'
import type { NodeState, Reason } from './states.ts'

/** A node's place in its group. The set of users whose home is node i is called set i. */
export type NodeIndex = 0 | 1
export const peerOf = (node: NodeIndex): NodeIndex => (node === 0 ? 1 : 0)

export type ServiceState = 'running' | 'starting' | 'stopped' | 'failed' | 'unknown'

export interface ServiceRecord {
  state: ServiceState
  /** Since when, on the control plane's clock: the heartbeat's arrival less the agent's own monotonic `forMs`. */
  sinceMs: number
}

/** The users of one home node: who may hold their door open (protocol.md: owner, moving, until). */
export interface SetRecord {
  owner: NodeIndex
  moving: Move | null
}

export interface Move {
  to: NodeIndex
  /** Frozen when the move began: every lease that the owner can hold has lapsed by then (rule 4). */
  untilMs: number
  /** The owner said, in a heartbeat that was not itself granted the set, that the door is closed (rule 6). */
  released: boolean
}

export interface NodeRecord {
  name: string
  hostName: string
  /** Who the node's agent is: a hash of the principal's ARN ('' lets nobody in). */
  principal: string
  state: NodeState
  reason: Reason
  /** Since when the node stands in this state. */
  sinceMs: number
  incarnation: number
  sequence: number
  bootId: string
  /** The membership epoch that the node acknowledged with closed doors; 0: none (rule 11). */
  acknowledgedEpoch: number
  /** The Lambda's clock before the write that accepted the last heartbeat (rule 2); 0: never heard. */
  lastAtMs: number
  /** The same for the last heartbeat that showed that the node hears, too (rule 9). */
  lastOkAtMs: number
  /** Since when such heartbeats have come without a gap that breaks a watch (`watchGapMs`). */
  okSinceMs: number
  /** Times since then in which the node was not heard, together, if they are of any consequence (`silentFromMs`). */
  unheard: { forMs: number; untilMs: number } | null
  /** In the order of `Group.services`; the database service stands last. */
  services: ServiceRecord[]
  /** Sets whose doors the node last said are open. */
  open: NodeIndex[]
  /** A good-bye: the host is going down [B10]. */
  leaving: 'shutdown' | 'reboot' | null
  softwareVersion: string
  /** The database's replication state as the agent read it: 2 where it is set up. */
  replicationSetup: number
  /** What enforces the node's doors, as its agent says; '' before it has said so. */
  gate: GateKind
  /** What the agents measured of the way between them [B7]. */
  wan: WanQuality
  /** An administrator has closed its doors on the node itself. */
  fenced: boolean
  /** The node has promised its peer a door that the peer holds open: the peer is alive (rule 20). */
  relays: boolean
  /** The node has booted since its present state began. */
  rebooted: boolean
  /** When the node's own users last changed hands; left out: they never have. */
  movedAtMs?: number
  /** Crashes of whoever served the node's own users then, newest last: queued messages were lost there [B27]. */
  crashes?: Crash[]
  /** How far sessions of the node's own users were re-created after their last move, as an agent said; none before. */
  restore?: Restore
  /** An operator works on the node; it holds for the whole group. */
  maintenance: Maintenance | null
  set: SetRecord
}

export interface Crash {
  node: NodeIndex
  /** When the users came to another node: the `movedAtMs` of then. */
  atMs: number
}

export interface Restore {
  /** Sessions that were re-created, that could not be, and suspended ones whose queued messages a crash took. */
  restored: number
  failed: number
  lost: number
  /** When the agent began with it, and when it was done; null: it is at it. */
  startedAtMs: number
  endedAtMs: number | null
}

/** While it lasts nothing automatic happens to the group; everything is observed, and what would happen is said. */
export interface Maintenance {
  reason: string
  by: string
  sinceMs: number
  /** When it ends by itself; null: when somebody ends it. */
  untilMs: number | null
}

/** Automatic fallbacks [B15], or automatic moves because a service or the database failed [B16]. */
export const CUT_OFFS = ['automaticFallback', 'serviceFailover'] as const
export type CutOffKind = (typeof CUT_OFFS)[number]

/** What has happened too often is switched off for the group, until on-call acknowledges it. */
export interface CutOff {
  what: CutOffKind
  sinceMs: number
}

/** What the policy would do now, if nothing held it back. */
export interface Withheld {
  /** The row of the policy, and the node that it calls x. */
  row: number
  node: NodeIndex
  because: 'maintenance' | 'fleet brake' | 'cut-off'
  sinceMs: number
}

/** A failover or fallback that an operator has planned; it is run once, as if the operator had called. */
export interface Schedule {
  id: string
  action: 'failover' | 'fallback'
  node: NodeIndex
  atMs: number
  by: string
  /** What it is for; '' where nobody said. */
  reason: string
  madeAtMs: number
}

/** `other`: of an agent that is newer than this. */
export const GATE_KINDS = ['', 'front', 'nftables', 'commands', 'none', 'other', 'commands-unenforced'] as const
export type GateKind = (typeof GATE_KINDS)[number]

export const WAN_QUALITIES = ['unmeasured', 'good', 'poor'] as const
export type WanQuality = (typeof WAN_QUALITIES)[number]

export type CommandKind = 'startServices' | 'stopServices' | 'takeOver' | 'takeBack' | 'restart'

/** Work for an agent; it rides on the heartbeat's answer until its result has come. */
export interface Command {
  id: string
  node: NodeIndex
  kind: CommandKind
  transition: string
  attempt: number
  issuedAtMs: number
  result: { ok: boolean; output: string; durationMs: number } | null
}

export type TransitionKind = 'failover' | 'fallback' | 'recovery'

/** A step that a workflow waits for; `Release` is the closing of a door, the others are commands. */
export type StepName = 'Release' | 'TakeOver' | 'StopServices' | 'StartServices' | 'TakeBack' | 'Restart'

export interface Transition {
  id: string
  kind: TransitionKind
  trigger: Reason
  /** The node that users leave. */
  from: NodeIndex
  /** The node that users come to. */
  to: NodeIndex
  requestedBy: string
  /** `waiting`: a delay runs (Critical Service Delay, fallback delay) and nothing has begun. */
  phase: 'waiting' | 'running'
  /** When the delay ends; meaningful while waiting. */
  dueAtMs: number
  startedAtMs: number
  /** Auto-recovery [B16]: the node in backup mode is itself being taken over. */
  autoRecovery: boolean
  /** How often a workflow was started for it; the sweeper counts on when one is gone. */
  workflowAttempt: number
  /** The schedule that asked for it; left out: somebody asked there and then, or nobody did. */
  schedule?: string
  /** When its steps began, those that took their time; left out: an earlier version began it. */
  steps?: { step: string; atMs: number }[]
  /** Task tokens of the workflow, by `Step` or `Step:node`. */
  tokens: Record<string, string>
}

/** What must happen after the commit, exactly as decided in it. Carried out at least once, then struck off. */
export type Effect =
  | { kind: 'event'; id: string; atMs: number; detailType: DetailType; detail: Record<string, unknown> }
  | { kind: 'workflow'; id: string; atMs: number; machine: Machine; name: string; input: WorkflowInput | ScheduleInput }
  | { kind: 'token'; id: string; atMs: number; token: string; outcome: string }

/** The state machines: one for each kind of transition, and the one that waits for a schedule's time. */
export type Machine = TransitionKind | 'schedule'

/** `waitUntil`: when it looks at the schedule next. */
export interface ScheduleInput {
  cluster: string
  group: string
  schedule: string
  waitUntil: string
}

export interface WorkflowInput {
  cluster: string
  group: string
  transition: string
  trigger: Reason
  waiting: boolean
  waitUntil: string
  attempt: number
  /** One for each node, with all that a step of its own needs. */
  nodes: { cluster: string; group: string; transition: string; node: NodeIndex; attempt: number }[]
}

export const DETAIL_TYPES = [
  'Group State Change',
  'Transition State Change',
  'Service State Change',
  'Node Reachability Change',
  'Command Result',
  'Request Refused',
  'Configuration Change',
  'Incident State Change',
  'Operator Order',
  'Maintenance State Change',
  'Automatic Action Withheld',
  'Incident Acknowledged',
  'Fleet Brake State Change',
  'Schedule State Change',
  'Sessions Restored',
] as const
export type DetailType = (typeof DETAIL_TYPES)[number]

/** The one item that every decision about a group goes by; written under its version, never otherwise. */
export interface Group {
  cluster: string
  name: string
  /** Grows with every write. */
  version: number
  /** Of the cluster's item, when its configuration was last brought over. */
  configurationVersion: number
  epoch: number
  highAvailability: boolean
  settings: Settings
  /** Names of the critical services; the database service is not among them. */
  services: string[]
  nodes: NodeRecord[]
  transition: Transition | null
  commands: Command[]
  outbox: Effect[]
  /** Rule 5: a longer keep-alive timeout that leases may still have been given under, and until when it counts. */
  earlierTimeout: { timeoutMs: number; untilMs: number } | null
  /** Both nodes have been silent, and on-call was told. */
  silenceTold: boolean
  /** When users last went home by themselves, newest last; bounds automatic fallbacks [B15]. */
  automaticFallbacksAtMs: number[]
  /** When users last moved by themselves because a service or the database failed, newest last [B16]. */
  serviceMovesAtMs: number[]
  maintenance: Maintenance | null
  cutOffs: CutOff[]
  withheld: Withheld | null
  /** What operators have planned, the soonest first. */
  schedules: Schedule[]
  /** What the two agents seal their messages to each other with, the one in use first; none before they need one. */
  peerKeys: PeerKey[]
  /** What on-call was told of and is not over [B33]; at most one about who serves, and one of each other kind. */
  incidents: Incident[]
}

/** A key of a pair; `secret` is base64url. */
export interface PeerKey {
  id: string
  secret: string
  madeAtMs: number
}

export type IncidentKind =
  | 'RoadLost'
  | 'Failover'
  | 'FailedTransition'
  | 'FailedMode'
  | 'BothNodesSilent'
  | 'VersionDrift'
  | 'ReplicationDrift'
  | 'AutomaticFallbackOff'
  | 'ServiceFailoverOff'

/** `page` wakes somebody up; `notice` can wait for the morning. */
export type Severity = 'page' | 'notice'

export interface Incident {
  id: string
  kind: IncidentKind
  severity: Severity
  openedAtMs: number
  /** Who of on-call has seen it; left out: nobody yet. */
  acknowledgedBy?: string
}

/**
 * T as it counts now: a shorter one counts only when the leases given under the longer one have lapsed, and both agents
 * have had the time to learn it (rule 5, [B6]).
 */
export function boundTimeoutMs(group: Group, nowMs: number): number {
  const earlier = group.earlierTimeout
  return earlier && nowMs < earlier.untilMs
    ? Math.max(earlier.timeoutMs, group.settings.keepAliveTimeoutMs)
    : group.settings.keepAliveTimeoutMs
}
