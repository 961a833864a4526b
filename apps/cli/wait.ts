import type { TransitionReport } from '../client/answers.ts'
import type { Api } from '../client/api.ts'
import { isPassing, pause } from '../client/patience.ts'
import { ProblemError } from '../client/problem.ts'
import { transitionName } from '../client/words/words.ts'
import { CliError, EXIT } from './exit.ts'
import type { Terminal } from './terminal.ts'
import { outcome, stepLines, transitionProgress } from './views/transition.ts'

const LOOK_EVERY_MS = 200

const isOver = ({ status }: TransitionReport): boolean => status !== 'WAITING' && status !== 'RUNNING'

/**
 * Tells a transition's progress until it is over. Throws a CliError with the exit code for a wait that timed out; the
 * transition itself goes on then. An API that does not answer is asked again, as long as there is time.
 */
export async function waitForTransition(
  api: Api,
  { group, id }: { group: string; id: string },
  timeoutMs: number,
  progress: Progress,
): Promise<TransitionReport> {
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
        if (!isPassing(error) && !isMissing(error)) throw error
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

/** What was accepted is told by its history, which is written a moment later. */
const isMissing = (error: unknown): boolean => error instanceof ProblemError && error.status === 404

const timedOut = (id: string, timeoutMs: number, trouble: string): CliError =>
  new CliError(EXIT.timedOut, 'WaitTimedOut', `${id} was not over after ${timeoutMs / 1000} s, and goes on${trouble}`)

/** Who is told how far a transition is. */
export interface Progress {
  show(report: TransitionReport): void
  end(): void
}

export const NO_PROGRESS: Progress = { show: () => undefined, end: () => undefined }

/** Its steps with their times. */
export const stepsOn = async (terminal: Terminal): Promise<Progress> =>
  terminal.isLive ? liveProgress(terminal) : lineProgress(terminal)

/** On a terminal: one picture, drawn anew. */
async function liveProgress(terminal: Terminal): Promise<Progress> {
  const picture = await terminal.openPicture()
  return { show: (report) => picture.draw(transitionProgress(report, terminal.view())), end: () => picture.end() }
}

/** Anywhere else: each line once, and whole. */
function lineProgress(terminal: Terminal): Progress {
  let shown: number | undefined
  return {
    show(report) {
      const view = { ...terminal.view(), width: Number.POSITIVE_INFINITY }
      const lines = stepLines(report, view)
      if (shown === undefined) terminal.print(transitionName(report))
      for (const line of lines.slice(shown ?? 0)) terminal.print(line)
      shown = lines.length
      if (isOver(report)) terminal.print(outcome(report, view))
    },
    end: () => undefined,
  }
}
