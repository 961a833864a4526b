import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SFNClient } from '@aws-sdk/client-sfn'
import type { Context } from 'aws-lambda'
import type { StepAnswer } from '../../domain/decide.ts'
import { systemClock } from '../adapters/clock.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { during } from '../adapters/invocation.ts'
import { failure, info } from '../adapters/log.ts'
import { observe } from '../adapters/observe.ts'
import { dispatch } from '../composition.ts'
import { applyStep, type ScheduleStepEvent, type StepEvent } from '../usecases/apply-step.ts'

const client = new DynamoDBClient({})
const workflows = new SFNClient({})
const groups = createGroupStore(client, requireEnv('GROUPS_TABLE'))
const ports = { groups, clock: systemClock, dispatch: async () => dispatch(client, groups), observe, workflows }

/** Every state of every workflow calls this. */
export function handler(event: StepEvent | ScheduleStepEvent, { awsRequestId }: Context): Promise<StepAnswer> {
  const { cluster, group } = event
  const of = event.step === 'RunWhenDue' ? { schedule: event.schedule } : { transition: event.transition }
  return during(
    () => ({ requestId: awsRequestId, cluster, group, ...of }),
    () => carryOut(event),
  )
}

async function carryOut(event: StepEvent | ScheduleStepEvent): Promise<StepAnswer> {
  const { step, attempt, node, failed } = { attempt: undefined, node: undefined, failed: undefined, ...event }
  const answer = await applyStep(ports, event).catch(async (error) => {
    await failure('failed', error, { step, attempt })
    throw error
  })
  await info('step', { step, attempt, nodeIndex: node, failed, outcome: answer.outcome })
  return answer
}
