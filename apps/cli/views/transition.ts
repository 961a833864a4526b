import { reasonLabel } from '../../../domain/states.ts'
import type { RunningTransition, TransitionReport } from '../../client/answers.ts'
import { left, measured } from './time.ts'
import { clip, oneLine, paintOf, type View, widthOf } from './view.ts'
import { stepWords, toned, transitionName } from './words.ts'

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

/** The running transition: what it is and why, its step, and the countdown of its wait. */
export function runningTransition(transition: RunningTransition, view: View): string {
  const paint = paintOf(view)
  const head = `${paint.cyan('▸')} ${title(transition, view)}`
  if (transition.waitingUntil === undefined) {
    const since = `, running for ${measured(view.nowMs - Date.parse(transition.startedAt))}`
    const step = clip(stepWords(transition.step, transition), widthOf(view) - since.length - 4)
    return `${head}\n  ${step}${paint.dim(since)}`
  }
  const countdown = `begins in ${left(transition.waitingUntil, view)}`
  return `${head}\n  ${bar(transition.startedAt, transition.waitingUntil, view)}  ${countdown}`
}

/** A transition that somebody waits for: its steps so far with their times, and how it stands. */
export function transitionProgress(report: TransitionReport, view: View): string {
  return [
    title(report, view),
    ...report.steps.map((step) => progressStep(report, step, view)),
    outcome(report, view),
  ].join('\n')
}

/** One step with how long after the beginning it came. */
export function progressStep(report: TransitionReport, step: { at: string; what: string }, view: View): string {
  const after = `+${measured(Date.parse(step.at) - Date.parse(report.startedAt))}`.padStart(9)
  return clip(`${after}  ${stepWords(step.what, report)}`, widthOf(view))
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
      return toned('busy', oneLine(`… ${report.status.toLowerCase()} for ${took}`), view)
  }
}
