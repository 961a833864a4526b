import type { Draft } from './draft.ts'
import { isFree, setsMovingFrom } from './facts.ts'
import type { Group, NodeIndex, Transition } from './model.ts'

const STEPS = [
  ['restart', 'Restart'],
  ['startServices', 'StartServices'],
  ['takeOver', 'TakeOver'],
  ['takeBack', 'TakeBack'],
  ['stopServices', 'StopServices'],
] as const

/** The step that a transition is in, by the names of the workflow's states. */
export function stepNameOf(group: Group, transition: Transition, nowMs: number): string {
  if (transition.phase === 'waiting') return transition.kind === 'failover' ? 'CriticalServiceDelay' : 'FallbackDelay'
  if (heldSets(group, transition, nowMs).length > 0) return 'Release'
  const pending = group.commands.filter(({ transition: of, result }) => of === transition.id && !result?.ok)
  const kinds = pending.map(({ kind }) => kind)
  for (const [kind, step] of STEPS) if (kinds.includes(kind)) return step
  return 'Finish'
}

/** Sets that still have to leave: their door may be open. */
export const heldSets = (group: Group, transition: Transition, nowMs: number): NodeIndex[] =>
  setsMovingFrom(group, transition.from).filter((set) => !isFree(group, set, nowMs))

/** Keeps when a step began that takes its time; called after a decision. */
export function noteStep({ group, nowMs }: Draft): void {
  const { transition } = group
  if (!transition) return
  const step = stepNameOf(group, transition, nowMs)
  const steps = transition.steps ?? []
  if (steps.at(-1)?.step !== step) transition.steps = [...steps, { step, atMs: nowMs }].slice(-MOST_STEPS)
}
/** Those of a transition that goes well are at most five. */
const MOST_STEPS = 12

export interface StepTime {
  step: string
  startedAt: string
  durationMs: number
}

/** How long each step took, until now; none of a transition that an earlier version began. */
export const stepTimes = ({ steps = [] }: Transition, nowMs: number): StepTime[] =>
  steps.map(({ step, atMs }, index) => ({
    step,
    startedAt: new Date(atMs).toISOString(),
    durationMs: (steps[index + 1]?.atMs ?? nowMs) - atMs,
  }))
