import { waitWords } from '../../../../domain/waits.ts'
import type { GroupStatus, RunningTransition, TransitionReport } from '../../../client/answers.ts'
import { capital } from '../../../client/words/text.ts'
import { stepWords } from '../../../client/words/words.ts'

export interface WorkflowStep {
  /** By the name of the workflow's state. */
  step: string
  /** `Closing the door of a`. */
  words: string
  standing: 'done' | 'current' | 'toCome' | 'failed'
  /** Of one that is done, or failed. */
  durationMs?: number
  /** Of the current one. */
  startedAt?: string
  waitsFor?: string
  /** When it goes on, or is given up, at the latest. */
  until?: string
}

type Moving = Pick<RunningTransition, 'kind' | 'trigger' | 'from' | 'to'>

/** The steps of each kind, in the order of statemachines/*.asl.json; not every transition needs each. */
const ORDERED: Readonly<Record<RunningTransition['kind'], readonly string[]>> = {
  failover: ['CriticalServiceDelay', 'StartServices', 'Release', 'TakeOver', 'StopServices', 'Finish'],
  fallback: ['FallbackDelay', 'StartServices', 'Release', 'TakeBack', 'Finish'],
  recovery: ['Restart', 'StartServices', 'Finish'],
}
/** Those that are told only where they come about: whether they do is not known before. */
const SURPRISES = ['CriticalServiceDelay', 'FallbackDelay', 'Finish']

/** What is still to come after a step, as far as that can be known. `planned`: by the dry run that was shown before. */
function toCome({ kind, trigger }: Moving, step: string, planned?: readonly string[]): string[] {
  if (planned?.includes(step)) return [...new Set(planned.slice(planned.lastIndexOf(step) + 1))]
  const known = ORDERED[kind]
    .filter((each) => !SURPRISES.includes(each))
    // A failover that nobody asked for starts nothing on the peer, and stops nothing on a node that is down.
    .filter(
      (each) => kind !== 'failover' || !['StartServices', 'StopServices'].includes(each) || isAsked(each, trigger),
    )
  return [...known.filter((each) => ORDERED[kind].indexOf(each) > ORDERED[kind].indexOf(step)), 'Done']
}
const isAsked = (step: string, trigger: Moving['trigger']): boolean =>
  step === 'StopServices' && trigger === 'OnAdminRequest'

function wordsOf(step: string, moving: Moving): string {
  const words = step === 'Done' ? 'done' : stepWords(step, moving)
  // The name of a node is written as it is.
  return [moving.from, moving.to].some((name) => words.startsWith(name)) ? words : capital(words)
}

/** The running transition as its workflow: what is done, what is waited for, what is to come. */
export function runningSteps(status: GroupStatus, planned?: readonly string[]): WorkflowStep[] {
  const { transition, nodes, next } = status
  if (!transition) return []
  const { step: current, stepTimes, from } = transition
  const isBegun = stepTimes.at(-1)?.step === current
  const past = isBegun ? stepTimes.slice(0, -1) : stepTimes
  const until = transition.waitingUntil ?? next.find(({ kind }) => kind === 'step')?.at
  const startedAt = isBegun ? stepTimes.at(-1)?.startedAt : undefined
  const isFromHeard = nodes.find(({ node }) => node === from)?.reachable ?? false
  return [
    ...past.map(({ step, durationMs }) => done(step, durationMs, transition)),
    {
      step: current,
      words: wordsOf(current, transition),
      standing: 'current',
      waitsFor: waitWords(current, { ...transition, isFromHeard }),
      ...(startedAt ? { startedAt } : {}),
      ...(until ? { until } : {}),
    },
    ...toCome(transition, current, planned).map(
      (step): WorkflowStep => ({ step, words: wordsOf(step, transition), standing: 'toCome' }),
    ),
  ]
}

const done = (step: string, durationMs: number, moving: Moving): WorkflowStep => ({
  step,
  words: wordsOf(step, moving),
  standing: 'done',
  durationMs,
})

/** The steps of a transition that is over; where it failed, the last one is where. */
export function endedSteps(report: TransitionReport): WorkflowStep[] {
  const steps = (report.stepTimes ?? []).map(({ step, durationMs }) => done(step, durationMs, report))
  const last = steps.at(-1)
  if (last && report.status === 'FAILED') last.standing = 'failed'
  if (report.status !== 'SUCCEEDED') return steps
  return [...steps, { step: 'Done', words: 'Done', standing: 'done' }]
}

/** So long an outcome stays on the page. */
const OUTCOME_SHOWN_MS = 10 * 60_000

/** Whether a transition that is over is still news. */
export const isNews = ({ endedAt }: Pick<TransitionReport, 'endedAt'>, nowMs: number): boolean =>
  endedAt !== undefined && nowMs - Date.parse(endedAt) < OUTCOME_SHOWN_MS
