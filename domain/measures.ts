import { CONDITIONS, type GroupCondition } from './condition.ts'
import type { Draft } from './draft.ts'
import { isHeard } from './facts.ts'
import type { Effect, Group } from './model.ts'
import { boundTimeoutMs } from './model.ts'
import { POLICY } from './policy.ts'

/** A number that is counted or measured; `by` tells apart what is counted under one name. */
export interface Measure {
  name:
    | 'RejectedHeartbeats'
    | 'Decisions'
    | 'Transitions'
    | 'FailedTransitions'
    | 'DetectionLateness'
    | 'Sweeps'
    | 'SweepFailures'
    | 'OutboxAge'
    | 'Groups'
    | 'FleetBrake'
  unit: 'Count' | 'Milliseconds'
  value: number
  by?: Record<string, string>
}

const count = (name: Measure['name'], by?: Record<string, string>): Measure => ({
  name,
  unit: 'Count',
  value: 1,
  ...(by ? { by } : {}),
})

/** Rows that fire because a node is silent. */
const FOR_SILENCE = new Set(
  POLICY.filter(({ when }) => when.includes('x.silent') || when.includes('y.silent')).map(({ row }) => row),
)

/**
 * How long after the silent node's deadline (its last ok heartbeat, and the keep-alive timeout in force) it was decided
 * that it is silent; null: no row fired for silence.
 */
export function detectionLatenessMs({ group, fired, nowMs }: Draft): number | null {
  const silent = group.nodes.find((node) => !isHeard(group, node, nowMs))
  if (!silent || !fired.some((row) => FOR_SILENCE.has(row))) return null
  return nowMs - silent.lastOkAtMs - boundTimeoutMs(group, nowMs)
}

/** What is counted of one commit: the rows that fired, and what became of transitions, from its new `effects`. */
export function measuresOfCommit(draft: Draft, effects: Effect[]): Measure[] {
  const transitions = effects
    .filter((effect) => effect.kind === 'event')
    .filter(({ detailType }) => detailType === 'Transition State Change')
    .map(({ detail }) => detail as { status: string; transition: { kind: string } })
  const failed = transitions.filter(({ status }) => status === 'FAILED')
  const latenessMs = detectionLatenessMs(draft)
  return [
    ...draft.fired.map((rule) => count('Decisions', { rule: String(rule) })),
    ...transitions.map(({ status, transition }) => count('Transitions', { kind: transition.kind, outcome: status })),
    ...failed.map(() => count('FailedTransitions')),
    ...(latenessMs === null ? [] : [{ name: 'DetectionLateness', unit: 'Milliseconds', value: latenessMs } as const]),
  ]
}

/** How long the oldest effect has waited in a group's outbox; 0: none waits. */
export const outboxAgeMs = (group: Group, nowMs: number): number =>
  Math.max(0, ...group.outbox.map(({ atMs }) => nowMs - atMs))

/** One look over all groups. */
export interface Sweep {
  /** One for each group, as it stands after the sweep. */
  conditions: GroupCondition[]
  /** The oldest effect of all outboxes, as it was found. */
  outboxAgeMs: number
  /** What could not be finished: groups, clusters. */
  failed: number
  /** Null: nobody could say. */
  brakeHolds: boolean | null
  /** It came to its end. One that broke down counts as failed, and knows nothing of the groups. */
  completed: boolean
}

/** What is measured once a minute; every condition of groups, also those in which none is, so that a graph has no gaps. */
export function measuresOfSweep({ conditions, outboxAgeMs, failed, brakeHolds, completed }: Sweep): Measure[] {
  const failures: Measure = { ...count('SweepFailures'), value: completed ? failed : failed + 1 }
  if (!completed) return [failures]
  return [
    count('Sweeps'),
    failures,
    { name: 'OutboxAge', unit: 'Milliseconds', value: outboxAgeMs },
    ...CONDITIONS.map((condition): Measure => {
      const value = conditions.filter((each) => each === condition).length
      return { ...count('Groups', { condition }), value }
    }),
    ...(brakeHolds === null ? [] : [{ ...count('FleetBrake'), value: brakeHolds ? 1 : 0 }]),
  ]
}
