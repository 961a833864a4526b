import type { TransitionReport } from '../client/answers.ts'
import type { Api } from './api.ts'
import { CliError, EXIT } from './exit.ts'
import { isPassing, pause } from './patience.ts'
import type { Terminal } from './terminal.ts'
import { outcome, progressStep, transitionProgress } from './views/transition.ts'
import { transitionName } from './views/words.ts'

const LOOK_EVERY_MS = 200

const isOver = ({ status }: TransitionReport): boolean => status !== 'WAITING' && status !== 'RUNNING'

/**
 * Shows a transition's steps until it is over. Throws a CliError with the exit code for a wait that timed out; the
 * transition itself goes on then. An API that does not answer is asked again, as long as there is time.
 */
export async function waitForTransition(
  api: Api,
  terminal: Terminal,
  { group, id }: { group: string; id: string },
  timeoutMs: number,
  quiet: boolean,
): Promise<TransitionReport> {
  const progress = quiet ? NO_PROGRESS : terminal.isLive ? liveProgress(terminal) : lineProgress(terminal)
  const deadlineMs = performance.now() + timeoutMs
  let trouble = ''
  try {
    while (true) {
      try {
        const report = await api.transition(group, id)
        progress.show(report)
        if (isOver(report)) return report
        trouble = ''
      } catch (error) {
        if (!isPassing(error)) throw error
        trouble = `; ${(error as Error).message}`
      }
      const leftMs = deadlineMs - performance.now()
      if (leftMs <= 0) throw timedOut(id, timeoutMs, trouble)
      await pause(Math.min(LOOK_EVERY_MS, leftMs))
    }
  } finally {
    progress.end()
  }
}

const timedOut = (id: string, timeoutMs: number, trouble: string): CliError =>
  new CliError(EXIT.timedOut, 'WaitTimedOut', `${id} was not over after ${timeoutMs / 1000} s, and goes on${trouble}`)

interface Progress {
  show(report: TransitionReport): void
  end(): void
}

const NO_PROGRESS: Progress = { show: () => undefined, end: () => undefined }

/** On a terminal: one picture, drawn anew. */
function liveProgress(terminal: Terminal): Progress {
  const picture = terminal.openPicture()
  return { show: (report) => picture.draw(transitionProgress(report, terminal.view())), end: () => picture.end() }
}

/** Anywhere else: each line once. */
function lineProgress(terminal: Terminal): Progress {
  let shown = -1
  return {
    show(report) {
      const view = terminal.view()
      if (shown === -1) terminal.print(transitionName(report))
      shown = Math.max(0, shown)
      for (const step of report.steps.slice(shown)) terminal.print(progressStep(report, step, view))
      shown = report.steps.length
      if (isOver(report)) terminal.print(outcome(report, view))
    },
    end: () => undefined,
  }
}
