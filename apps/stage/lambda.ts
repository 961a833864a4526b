import { randomUUID } from 'node:crypto'
import type { Context } from 'aws-lambda'

/** A Lambda handler. What it takes and answers depends on who calls it: API Gateway, or a workflow. */
export type LambdaFunction = (event: never, context: Context) => unknown

export type Invocation = { name: string; requestId?: string }

/** What API Gateway gives an integration. A function's own limit stands in infra/, which the stage does not import. */
const timeoutMs = 30_000

/**
 * Calls a handler as Lambda does: the event and the answer pass as JSON, so that neither side can see more of the other
 * than it would on AWS. Rejects with whatever the handler throws.
 */
export async function invokeLambda(lambda: LambdaFunction, event: unknown, invocation: Invocation): Promise<unknown> {
  const answer = await lambda(throughJson(event) as never, contextOf(invocation))
  return throughJson(answer)
}

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null))
}

function contextOf({ name, requestId = randomUUID() }: Invocation): Context {
  const deadlineMs = Date.now() + timeoutMs
  return {
    awsRequestId: requestId,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
    memoryLimitInMB: '256',
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'stage',
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
    done: refuseCallback,
    fail: refuseCallback,
    succeed: refuseCallback,
  }
}

function refuseCallback(): never {
  throw new Error('A handler answers through its promise; context.done, fail and succeed are gone since Node 24.')
}
