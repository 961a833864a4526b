import { reasonLabel } from '../../../domain/states.ts'
import type { RunningTransition, TransitionReport } from '../../client/answers.ts'
import { eventWords } from '../../client/words/events.ts'
import { clip, oneLine } from '../../client/words/text.ts'
import { lasted, left, measured } from '../../client/words/time.ts'
import { stepWords, transitionName } from '../../client/words/words.ts'
import { paintOf, type View, widthOf } from './view.ts'
import { toned } from './words.ts'

const BAR_WIDTH = 32

/** How much of a wait has passed. */
function bar(startedAt: string, until: string, view: View): string {
  const [start, end] = [Date.parse(startedAt), Date.parse(until)]
  const share = Math.min(1, Math.max(0, (view.nowMs - start) / Math.max(1, end - start)))
  const filled = Math.floor(share * BAR_WIDTH)
  return paintOf(view).cyan('━'.repeat(filled)) + paintOf(view).dim('─'.repeat(BAR_WIDTH - filled))
}

/** What it is, and why. */
function title(transition: RunningTransition | TransitionReport, view: View): string {
  const paint = paintOf(view)
  const why = ` (${reasonLabel(transition.trigger)})`
  return paint.bold(clip(transitionName(transition), widthOf(view) - why.length - 4)) + paint.dim(why)
}

/** Steps in which nothing has begun yet: a delay runs. */
const DELAYS = ['CriticalServiceDelay', 'FallbackDelay']

/** The running transition: what it is and why, its step, and the countdown of its wait. */
export function runningTransition(transition: RunningTransition, view: View): string {
  return `${paintOf(view).cyan('▸')} ${title(transition, view)}\n  ${progress(transition, view)}`
}

function progress(transition: RunningTransition, view: View): string {
  const { step, startedAt, waitingUntil } = transition
  if (waitingUntil !== undefined && DELAYS.includes(step)) {
    return `${bar(startedAt, waitingUntil, view)}  begins in ${left(waitingUntil, view)}`
  }
  const atMost = waitingUntil === undefined ? '' : `, ${left(waitingUntil, view)} at most`
  const since = `${atMost}, running for ${lasted(startedAt, view)}`
  const words = clip(stepWords(step, transition), widthOf(view) - since.length - 4)
  return words + paintOf(view).dim(since)
}

/** A transition that somebody waits for: its steps so far with their times, and how it stands. */
export function transitionProgress(report: TransitionReport, view: View): string {
  return [title(report, view), ...stepLines(report, view), outcome(report, view)].join('\n')
}

/** What happened in it, and how long after its beginning. That it began and ended is said elsewhere. */
export function stepLines({ steps, startedAt }: TransitionReport, view: View): string[] {
  return steps
    .filter(({ what }) => what !== 'Transition State Change')
    .map(({ at, what, detail }) => {
      const after = `+${measured(Date.parse(at) - Date.parse(startedAt))}`.padStart(9)
      return clip(`${after}  ${eventWords({ detailType: what, detail }, view)}`, view.width)
    })
}

/** How a transition ended, or for how long it has been running. */
export function outcome(report: TransitionReport, view: View): string {
  const endMs = report.endedAt === undefined ? view.nowMs : Date.parse(report.endedAt)
  const took = measured(endMs - Date.parse(report.startedAt))
  switch (report.status) {
    case 'SUCCEEDED':
      return toned('good', `✔ done in ${took}`, view)
    case 'FAILED':
      return toned('bad', `✖ failed after ${took}`, view)
    case 'CANCELLED':
      return toned('warning', `✖ cancelled after ${took}`, view)
    default:
      return toned('busy', oneLine(`… ${report.status.toLowerCase()} for ${lasted(report.startedAt, view)}`), view)
  }
}
