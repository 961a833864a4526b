import type { BrakeStatus } from '../../domain/brake.ts'
import type { DetailType } from '../../domain/model.ts'
import type { Reason } from '../../domain/states.ts'
import type { ActionName, GroupStatus } from '../../domain/status.ts'
import type { StepTime } from '../../domain/steps.ts'

/** Answers of the API, as far as programs of ours read them (api.md). Times are ISO 8601 in UTC. */

export type { BrakeStatus, GroupStatus }
export type NodeStatus = GroupStatus['nodes'][number]
export type ServiceStatus = NodeStatus['databaseService']
export type RunningTransition = NonNullable<GroupStatus['transition']>
export type TransitionKind = ActionName

export interface SessionEntry {
  user: string
  device: string
  platform: string
  mode: 'foreground' | 'background'
  pushEnabled: boolean
  homeNode: string
  /** Null: it ended when its user moved. */
  node: string | null
  putOn: string
  putAt: string
  expiresAt: string
  /** The crash that took what was queued for it. */
  lostMessages: { node: string; at: string } | null
}

/** What the state allows, and of which node. */
export type AllowedAction = GroupStatus['allowed'][number]

export interface TransitionReport {
  id: string
  kind: TransitionKind
  trigger: Reason
  from: string
  to: string
  requestedBy: string
  status: 'WAITING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'
  startedAt: string
  endedAt?: string
  /** Of one that is over. */
  durationMs?: number
  stepTimes?: StepTime[]
  /** The schedule that asked for it. */
  schedule?: string
  /** What happened to the group meanwhile, oldest first: events, `what` being their detail-type. */
  steps: { at: string; what: DetailType; detail: Record<string, unknown> }[]
}

export interface EventRecord {
  /** Unique in its group. */
  id: string
  at: string
  source: string
  detailType: DetailType
  /** As documented for its detail-type; `cluster` and `group` stand in every one but those of the fleet brake. */
  detail: Record<string, unknown>
}
