import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SFNClient } from '@aws-sdk/client-sfn'
import type { Context } from 'aws-lambda'
import type { StepAnswer } from '../../domain/decide.ts'
import { giveUp, step } from '../../domain/decide.ts'
import type { NodeIndex, StepName } from '../../domain/model.ts'
import { systemClock } from '../adapters/clock.ts'
import { sendOutcome } from '../adapters/dispatch.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { during } from '../adapters/invocation.ts'
import { failure, info } from '../adapters/log.ts'
import { observe } from '../adapters/observe.ts'
import { dispatch } from '../composition.ts'
import { ProblemError } from '../problem.ts'
import { changeGroup } from '../usecases/change-group.ts'

/** What a state of the workflows passes (statemachines/*.asl.json). */
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

const client = new DynamoDBClient({})
const workflows = new SFNClient({})
const groups = createGroupStore(client, requireEnv('GROUPS_TABLE'))
const ports = { groups, clock: systemClock, dispatch: async () => dispatch(client, groups), observe }

/**
 * Every state of every workflow calls this: it applies one event to the group through the one decide function, and
 * answers with a plain outcome to branch on. Step Functions does not look at the answer of a state that waits for a task
 * token, so a step that is settled already is answered through its token here; one that is pending is answered by the
 * commit that settles it.
 */
export function handler(event: StepEvent, { awsRequestId }: Context): Promise<StepAnswer> {
  const { cluster, group, transition } = event
  return during(
    () => ({ requestId: awsRequestId, cluster, group, transition }),
    () => carryOut(event),
  )
}

async function carryOut(event: StepEvent): Promise<StepAnswer> {
  const { step, attempt, node, token, failed } = event
  const answer = await answerOf(event).catch(async (error) => {
    await failure('failed', error, { step, attempt })
    throw error
  })
  if (token && answer.outcome !== 'pending') await sendOutcome(workflows, token, answer.outcome)
  await info('step', { step, attempt, nodeIndex: node, failed, outcome: answer.outcome })
  return answer
}

async function answerOf(event: StepEvent): Promise<StepAnswer> {
  const key = { cluster: event.cluster, group: event.group }
  try {
    const { result } = await changeGroup(ports, key, (draft) => apply(draft, event))
    return result
  } catch (error) {
    if (error instanceof ProblemError && error.status === 404) return { outcome: 'ended', waitUntil: '' }
    throw error
  }
}

function apply(draft: Parameters<typeof step>[0], event: StepEvent): StepAnswer {
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
