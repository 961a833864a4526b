import type { SFNClient } from '@aws-sdk/client-sfn'
import type { StepAnswer } from '../../domain/decide.ts'
import { giveUp, step } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import type { NodeIndex, StepName } from '../../domain/model.ts'
import { sendOutcome } from '../adapters/dispatch.ts'
import { ProblemError } from '../problem.ts'
import { type ChangePorts, changeGroup } from './change-group.ts'
import { runWhenDue } from './schedules.ts'

/** What the state of the workflow passes that waits for a schedule's time. */
export interface ScheduleStepEvent {
  step: 'RunWhenDue'
  cluster: string
  group: string
  schedule: string
}

/** What a state of the other workflows passes (statemachines/*.asl.json). */
export interface StepEvent {
  step: StepName | 'Begin' | 'GiveUp' | 'Finish'
  cluster: string
  group: string
  transition: string
  attempt?: number
  node?: NodeIndex
  token?: string
  /** Of `GiveUp`: the step whose tries or time are used up. */
  failed?: StepName
}

/**
 * Applies one event of a workflow to its group through the one decide function, and answers with a plain outcome to
 * branch on. Step Functions does not look at the answer of a state that waits for a task token, so a step that is settled
 * already is answered through its token here; one that is pending is answered by the commit that settles it.
 */
export async function applyStep(
  ports: ChangePorts & { workflows: SFNClient },
  event: StepEvent | ScheduleStepEvent,
): Promise<StepAnswer> {
  const answer = await answerOf(ports, event)
  if (event.step !== 'RunWhenDue' && event.token && answer.outcome !== 'pending')
    await sendOutcome(ports.workflows, event.token, answer.outcome)
  return answer
}

async function answerOf(ports: ChangePorts, event: StepEvent | ScheduleStepEvent): Promise<StepAnswer> {
  const key = { cluster: event.cluster, group: event.group }
  try {
    if (event.step === 'RunWhenDue') return await runWhenDue(ports, key, event.schedule)
    const { result } = await changeGroup(ports, key, (draft) => apply(draft, event))
    return result
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return { outcome: 'ended', waitUntil: '' }
    throw error
  }
}

function apply(draft: Draft, event: StepEvent): StepAnswer {
  const { transition, attempt = 1, node, token, failed } = event
  if (event.step === 'GiveUp') {
    return giveUp(draft, { transition, step: failed ?? 'TakeOver', cause: `${failed} was given up` })
  }
  return step(draft, {
    transition,
    step: event.step,
    attempt,
    ...(node === undefined ? {} : { node }),
    ...(token === undefined ? {} : { token }),
  })
}
