import { ALTERNATIVES, type Alternative, alternative } from './oracle.ts'
import { AUTO_RECOVERY } from './stories/auto-recovery.ts'
import { FAILED_MODE } from './stories/failed-mode.ts'
import { ON_REQUEST } from './stories/on-request.ts'
import { SERVICES } from './stories/services.ts'
import { SILENCE } from './stories/silence.ts'
import { STARTING } from './stories/starting.ts'
import { claimsOf, type Story } from './story.ts'

export const STORIES: readonly Story[] = [
  ...STARTING,
  ...SILENCE,
  ...AUTO_RECOVERY,
  ...ON_REQUEST,
  ...FAILED_MODE,
  ...SERVICES,
]

/**
 * Alternatives of further pairs that the policy never comes to, and why. What is here is told in the report, and counts
 * as not reached.
 */
export const NEVER_TAKEN: readonly { alternative: Alternative; why: string }[] = [
  {
    alternative: alternative(29, 'RunningInBackupMode'),
    why: 'what a node is that comes up later is decided as soon as it is heard (rows 486 and 496)',
  },
]

/** What no story claims to reach, although it is wanted. */
export const missing = (): Alternative[] =>
  ALTERNATIVES.filter(
    (wanted) =>
      !STORIES.some((story) => claimsOf(story).includes(wanted)) &&
      !NEVER_TAKEN.some(({ alternative }) => alternative === wanted),
  )
