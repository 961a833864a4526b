/**
 * How long the workflows wait for a step, and how often they try it; a test holds this to statemachines/*.asl.json. How
 * long a door may stay open is no matter of theirs: it follows from the leases.
 */
export const STEP_LIMITS = {
  StartServices: { seconds: 180, tries: 2 },
  TakeOver: { seconds: 300, tries: 2 },
  TakeBack: { seconds: 300, tries: 2 },
  StopServices: { seconds: 180, tries: 1 },
  Restart: { seconds: 120, tries: 2 },
  /** A recovery looks this often whether all services have stayed up. */
  Finish: { seconds: 5, tries: 24 },
} as const

/** The longest that a workflow waits for a step before it gives it up; null: it is no step of an agent. */
export function stepLimitSeconds(step: string): number | null {
  if (!Object.hasOwn(STEP_LIMITS, step)) return null
  const { seconds, tries } = STEP_LIMITS[step as keyof typeof STEP_LIMITS]
  return seconds * tries
}
