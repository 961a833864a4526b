import { setTimeout as delay } from 'node:timers/promises'
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn'
import { startAwsEndpoint } from '../../../apps/stage/aws-endpoint.ts'
import { createWorkflowEngine, type WorkflowEngineOptions } from '../../../apps/stage/workflows.ts'

type Payload = { step?: string; token?: string } & Record<string, unknown>
type Step = (payload: Payload) => unknown

const stepFunctionArn = 'arn:aws:lambda:us-east-1:000000000000:function:workflow-step'

/** Task states as the product writes them; `payload` is what the Lambda gets. */
export const task = (payload: object, more: object) => ({
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Parameters: { FunctionName: `\${WorkflowStepFunctionArn}`, Payload: payload },
  ...more,
})
export const tokenTask = (payload: object, more: object) =>
  task(
    { ...payload, 'token.$': '$$.Task.Token' },
    { Resource: 'arn:aws:states:::lambda:invoke.waitForTaskToken', ...more },
  )

/** Whatever fails leads to the state GiveUp, which is the last. */
export const caught = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'GiveUp' }]
export const giveUp = { Type: 'Pass', End: true }
/** One that waits to be answered, and is the last. */
export const ask = tokenTask({ step: 'ask' }, { End: true })

/** The workflow engine behind a real endpoint, called by a real client, with a Lambda that the test looks into. */
export async function startStand(
  states: Record<string, object>,
  { steps = {}, ...more }: { steps?: Record<string, Step> } & Partial<WorkflowEngineOptions> = {},
) {
  const errors: { error: unknown; state?: string; execution: string }[] = []
  const calls: Payload[] = []
  const engine = createWorkflowEngine({
    machines: { flow: JSON.stringify({ StartAt: Object.keys(states)[0], States: states }) },
    substitutions: { WorkflowStepFunctionArn: stepFunctionArn },
    functions: {
      [stepFunctionArn]: async (payload: Payload) => {
        calls.push(payload)
        return steps[payload.step ?? '']?.(payload)
      },
    },
    region: 'us-east-1',
    accountId: '000000000000',
    onError: (error, where) => errors.push({ error, ...where }),
    ...more,
  })
  const endpoint = await startAwsEndpoint({
    services: { AWSStepFunctions: engine.service },
    onError: (error) => errors.push({ error, execution: '' }),
  })
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new SFNClient({ endpoint: endpoint.origin, region: 'us-east-1', credentials, maxAttempts: 1 })

  const stand = {
    engine,
    client,
    calls,
    errors,
    start: (name: string, input: unknown = {}) =>
      client.send(
        new StartExecutionCommand({ stateMachineArn: engine.arnOf('flow'), name, input: JSON.stringify(input) }),
      ),
    describe: (executionArn?: string) => client.send(new DescribeExecutionCommand({ executionArn })),
    succeed: (taskToken: string, output: unknown) =>
      client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(output) })),
    /** The tokens given out to a step so far, once there are that many. */
    async tokens(step: string, count = 1): Promise<string[]> {
      const found = () => calls.filter((call) => call.step === step).map(({ token }) => token ?? '')
      await until(() => found().length >= count)
      return found()
    },
    async ended(executionArn?: string): Promise<DescribeExecutionOutput & { result: unknown }> {
      for (;;) {
        const execution = await stand.describe(executionArn)
        if (execution.status !== 'RUNNING') return { ...execution, result: JSON.parse(execution.output ?? 'null') }
        await delay(5)
      }
    },
    /** Runs from start to end. */
    run: async (name: string, input: unknown = {}) => stand.ended((await stand.start(name, input)).executionArn),
    async close() {
      client.destroy()
      await endpoint.close()
      await engine.close()
    },
  }
  return stand
}

export type Stand = Awaited<ReturnType<typeof startStand>>

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(5)
}
