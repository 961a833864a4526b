import { randomUUID } from 'node:crypto'
import {
  ExecutionAbortedError,
  ExecutionError,
  ExecutionTimeoutError,
  type RunOptions,
  type StateMachine,
} from 'aws-local-stepfunctions'
import { invokeLambda, type LambdaFunction } from './lambda.ts'
import type { WorkflowDefinition, WorkflowTask } from './workflow-definition.ts'

type Json = Parameters<StateMachine['run']>[0]
type EventLog = ReturnType<StateMachine['run']>['eventLogs'] extends AsyncGenerator<infer Event> ? Event : never

export type Outcome =
  | { status: 'SUCCEEDED'; output: string }
  | { status: 'FAILED' | 'TIMED_OUT' | 'ABORTED'; error?: string | undefined; cause?: string | undefined }

/** A task that waits for somebody to answer for its token; it no longer is `open` once answered, late, or abandoned. */
export type WaitingTask = { open: boolean; succeed(output: Json): void; fail(error: string, cause: string): void }

export type ExecutionPlan = {
  definition: WorkflowDefinition
  functions: Record<string, LambdaFunction>
  arn: string
  name: string
  stateMachine: { arn: string; name: string }
  input: Json
  startedAtMs: number
  onTokenIssued(token: string, task: WaitingTask): void
  onLambdaError(error: unknown, state: string): void
}

export type RunningExecution = {
  /** Resolves, and never rejects, with how it ended. */
  outcome: Promise<Outcome>
  /** The state entered last, of any branch, and when. */
  current(): { state: string; enteredAtMs: number }
  /** Ends it as ABORTED: no Lambda is called from now on. */
  abort(): void
}

/** Ends what an execution leaves behind; the engine asks an error whether Retry applies to it. */
class ExecutionOver extends Error {
  readonly isRetryable = false
}

/** A task's failure as a state machine sees it: `name` is what ErrorEquals is compared with, `message` the cause. */
class TaskFailed extends Error {
  constructor(error: string, cause: string) {
    super(cause)
    this.name = error
  }
}

/** Runs a workflow from its first state. */
export function runExecution(plan: ExecutionPlan): RunningExecution {
  const { definition, input, startedAtMs } = plan
  let current = { state: definition.states[0] ?? '', enteredAtMs: startedAtMs }
  const retryCounts = new Map<string, number>()
  const tokenPlaceholder = randomUUID()
  const over = Promise.withResolvers<never>()
  over.promise.catch(() => {})
  let ended = false

  function end(): void {
    ended = true
    over.reject(new ExecutionOver())
  }

  function follow(event: EventLog): void {
    if (!('state' in event)) return
    const { name } = event.state
    if (event.type === 'StateEntered') current = { state: name, enteredAtMs: event.timestamp }
    else if (event.type === 'StateFailed') retryCounts.set(name, (retryCounts.get(name) ?? 0) + 1)
    else if (event.type !== 'StateRetried') retryCounts.delete(name)
  }

  async function runTask(task: WorkflowTask, effectiveInput: Json): Promise<Json> {
    if (ended) throw new ExecutionOver()
    const token = randomUUID()
    const payload = withToken((effectiveInput as { Payload?: Json }).Payload ?? {}, tokenPlaceholder, token)
    if (task.waitsForToken) return waitForToken(task, payload, token)
    const answer = await Promise.race([callLambda(task, payload), over.promise])
    return { ExecutedVersion: '$LATEST', Payload: answer, StatusCode: 200 }
  }

  /** The engine itself fails the state when its time is up; the timer here, set first, closes the token before that. */
  async function waitForToken(task: WorkflowTask, payload: Json, token: string): Promise<Json> {
    const { promise, resolve, reject } = Promise.withResolvers<Json>()
    const waiting: WaitingTask = {
      open: true,
      succeed(output) {
        waiting.open = false
        resolve(output)
      },
      fail(error, cause) {
        waiting.open = false
        reject(new TaskFailed(error, cause))
      },
    }
    const timer = setTimeout(() => {
      waiting.open = false
    }, task.timeoutMs)
    plan.onTokenIssued(token, waiting)
    callLambda(task, payload).catch(reject)
    try {
      return await Promise.race([promise, over.promise])
    } finally {
      clearTimeout(timer)
      waiting.open = false
    }
  }

  async function callLambda({ functionName, state }: WorkflowTask, payload: Json): Promise<Json> {
    const lambda = plan.functions[functionName]
    if (!lambda) throw new TaskFailed('Lambda.ResourceNotFoundException', `There is no function ${functionName}.`)
    try {
      return (await invokeLambda(lambda, payload, { name: functionName })) as Json
    } catch (error) {
      plan.onLambdaError(error, state)
      throw asTaskFailure(error)
    }
  }

  const run = definition.machine.run(input, {
    context: { States: contexts(plan, tokenPlaceholder, retryCounts) },
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(
        definition.tasks.map((task) => [task.state, (effectiveInput: Json) => runTask(task, effectiveInput)]),
      ),
    },
  } satisfies RunOptions)
  void followAll(run.eventLogs, follow)

  return {
    outcome: run.result.then(success, failure).finally(end),
    current: () => current,
    abort() {
      end()
      run.abort()
    },
  }
}

async function followAll(events: AsyncGenerator<EventLog>, follow: (event: EventLog) => void): Promise<void> {
  for await (const event of events) follow(event)
}

function success(output: Json): Outcome {
  return { status: 'SUCCEEDED', output: JSON.stringify(output) }
}

function failure(error: unknown): Outcome {
  if (error instanceof ExecutionAbortedError) return { status: 'ABORTED' }
  if (error instanceof ExecutionTimeoutError) return { status: 'TIMED_OUT', error: 'States.Timeout' }
  const { name, message } = (error instanceof ExecutionError ? error.cause : error) as Error
  return { status: 'FAILED', error: name, cause: message }
}

/** One context object for each state, as AWS makes it: see `loadDefinition`. */
function contexts(plan: ExecutionPlan, tokenPlaceholder: string, retryCounts: Map<string, number>): object[] {
  const { definition, stateMachine, arn, name, input, startedAtMs } = plan
  const waiting = new Set(definition.tasks.filter((task) => task.waitsForToken).map((task) => task.state))
  const shared = {
    Execution: { Id: arn, Name: name, Input: input, StartTime: new Date(startedAtMs).toISOString() },
    StateMachine: { Id: stateMachine.arn, Name: stateMachine.name },
  }
  return definition.states.map((state) => ({
    ...shared,
    State: {
      Name: state,
      /** Paths are evaluated when a state is entered, and again when it is retried. */
      get EnteredTime() {
        return new Date().toISOString()
      },
      get RetryCount() {
        return retryCounts.get(state) ?? 0
      },
    },
    ...(waiting.has(state) && { Task: { Token: tokenPlaceholder } }),
  }))
}

/** Each call of a state has a token of its own, also in a retry and in each iteration of a Map; so it is put in late. */
function withToken(payload: Json, placeholder: string, token: string): Json {
  return JSON.parse(JSON.stringify(payload).replaceAll(placeholder, token))
}

/** The error of a Lambda as Step Functions reports it. */
function asTaskFailure(error: unknown): TaskFailed {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  const cause = { errorType: name, errorMessage: message, trace: stack?.split('\n') ?? [] }
  return new TaskFailed(name, JSON.stringify(cause))
}
