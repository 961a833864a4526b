import type { DetailType, ServiceState } from '../../domain/model.ts'
import type { NodeState, Reason } from '../../domain/states.ts'

/** Answers of the API, as far as programs of ours read them (api.md). Times are ISO 8601 in UTC. */

export interface GroupStatus {
  cluster: string
  group: string
  description: string
  highAvailability: boolean
  version: number
  nodes: NodeStatus[]
  /** Null when none runs. */
  transition: RunningTransition | null
  /** Sentences for a person. */
  explanation: string
  recommendedActions: string[]
  allowedActions: string[]
}

export interface NodeStatus {
  node: string
  state: NodeState
  reason: Reason
  since: string
  /** Null: never heard. */
  lastHeartbeatAt: string | null
  reachable: boolean
  serving: boolean
  users: number
  criticalServices: Record<string, ServiceStatus>
}

export interface ServiceStatus {
  state: ServiceState
  since: string
}

export type TransitionKind = 'failover' | 'fallback' | 'recovery'

interface TransitionSummary {
  id: string
  kind: TransitionKind
  trigger: Reason
  from: string
  to: string
  startedAt: string
}

export interface RunningTransition extends TransitionSummary {
  step: string
  /** When the delay ends that must pass first; left out while none runs. */
  waitingUntil?: string
}

export interface TransitionReport extends TransitionSummary {
  status: 'WAITING' | 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED'
  endedAt?: string
  /** Oldest first. */
  steps: { at: string; what: string }[]
}

export interface EventRecord {
  id: string
  at: string
  source: string
  detailType: DetailType
  /** As documented for its detail-type; `cluster` and `group` stand in every one that is about a group. */
  detail: Record<string, unknown>
}
