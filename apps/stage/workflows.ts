import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { AwsError, type AwsService, operation } from './aws-endpoint.ts'
import type { LambdaFunction } from './lambda.ts'
import { loadDefinition, type WorkflowDefinition } from './workflow-definition.ts'
import { type Outcome, type RunningExecution, runExecution, type WaitingTask } from './workflow-execution.ts'

export type WorkflowEngineOptions = {
  /** The text of each ASL file, by the state machine's name. */
  machines: Record<string, string>
  /** What stands for `${Name}` in the files. */
  substitutions: Record<string, string>
  /** By what Parameters.FunctionName is after the substitution: a name or an ARN. */
  functions: Record<string, LambdaFunction>
  region: string
  accountId: string
  /** An execution failed or timed out (no `state`), or a Lambda threw in a state, which may yet be retried or caught. */
  onError: (error: unknown, where: { machine: string; execution: string; state?: string }) => void
  /** How many executions that are over can still be described; and their names not be taken again. */
  rememberedExecutions?: number
}

export type WorkflowEngine = {
  /** Its operations, for the AWS endpoint's target `AWSStepFunctions`. */
  service: AwsService
  arnOf(machine: string): string
  /** What runs now, oldest first; `state` is the one entered last. */
  running(): { machine: string; name: string; state: string; enteredAtMs: number; startedAtMs: number }[]
  /** Aborts every execution; resolves when all are over. */
  close(): Promise<void>
}

type Execution = {
  arn: string
  name: string
  machine: string
  input: string
  startedAtMs: number
  run: RunningExecution
  tokens: string[]
  closed?: Outcome & { atMs: number }
}

const namePattern = /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u

const schemas = {
  start: z.object({ stateMachineArn: z.string(), name: z.string().optional(), input: z.string().default('{}') }),
  describe: z.object({ executionArn: z.string() }),
  stop: z.object({ executionArn: z.string(), error: z.string().optional(), cause: z.string().optional() }),
  success: z.object({ taskToken: z.string(), output: z.string() }),
  failure: z.object({ taskToken: z.string(), error: z.string().optional(), cause: z.string().optional() }),
}

/**
 * Step Functions over the project's own ASL files, for one process: executions stand in memory and end with it.
 * Throws when a file cannot be run as it would on AWS, or names a function that is not given.
 *
 * When an iteration of a Map fails, the tokens of its siblings close with the execution, not before.
 */
export function createWorkflowEngine(options: WorkflowEngineOptions): WorkflowEngine {
  const { functions, region, accountId, onError, rememberedExecutions = 1000 } = options
  const executions = new Map<string, Execution>()
  const tokens = new Map<string, WaitingTask>()
  const closedArns: string[] = []

  const arnOf = (machine: string) => `arn:aws:states:${region}:${accountId}:stateMachine:${machine}`
  const machines = new Map<string, { name: string; definition: WorkflowDefinition }>()
  for (const [name, text] of Object.entries(options.machines)) {
    const definition = loadDefinition(name, text, options.substitutions)
    for (const { state, functionName } of definition.tasks) {
      if (functions[functionName]) continue
      throw new Error(`Workflow ${name}: the state "${state}" calls ${functionName}, which is not among the functions.`)
    }
    machines.set(arnOf(name), { name, definition })
  }

  function start({ stateMachineArn, name = randomUUID(), input }: z.infer<typeof schemas.start>): Execution {
    const machine = machines.get(stateMachineArn)
    if (!machine) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${stateMachineArn}'`)
    if (!namePattern.test(name)) throw new AwsError('InvalidName', `Invalid Name: '${name}'`)
    const arn = `arn:aws:states:${region}:${accountId}:execution:${machine.name}:${name}`
    const existing = executions.get(arn)
    if (existing && !existing.closed && existing.input === input) return existing
    if (existing) throw new AwsError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`)

    const issued: string[] = []
    const startedAtMs = Date.now()
    const where = { machine: machine.name, execution: name }
    const run = runExecution({
      definition: machine.definition,
      functions,
      arn,
      name,
      stateMachine: { arn: stateMachineArn, name: machine.name },
      input: parseJson(input, 'InvalidExecutionInput', 'Invalid State Machine Execution Input'),
      startedAtMs,
      onTokenIssued(token, task) {
        issued.push(token)
        tokens.set(token, task)
      },
      onLambdaError: (error, state) => onError(error, { ...where, state }),
    })
    const execution: Execution = { arn, name, machine: machine.name, input, startedAtMs, run, tokens: issued }
    executions.set(arn, execution)
    void run.outcome.then((outcome) => close(execution, outcome))
    return execution
  }

  /** Records how an execution ended, unless it had ended before; the answer is when it did. */
  function close(execution: Execution, outcome: Outcome): number {
    if (execution.closed) return execution.closed.atMs
    const atMs = Date.now()
    execution.closed = { ...outcome, atMs }
    closedArns.push(execution.arn)
    if (closedArns.length > rememberedExecutions) forget(closedArns.shift() as string)
    if (outcome.status === 'FAILED' || outcome.status === 'TIMED_OUT') reportFailure(execution, outcome)
    return atMs
  }

  function reportFailure({ machine, name }: Execution, { status, ...reason }: Outcome): void {
    const why = Object.values(reason).join(': ')
    onError(new Error(`Workflow ${machine}, execution ${name}: ${status}, ${why}`), { machine, execution: name })
  }

  function forget(arn: string): void {
    for (const token of executions.get(arn)?.tokens ?? []) tokens.delete(token)
    executions.delete(arn)
  }

  function find(arn: string): Execution {
    const execution = executions.get(arn)
    if (!execution) throw new AwsError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`)
    return execution
  }

  function abort(
    execution: Execution,
    reason: { error?: string | undefined; cause?: string | undefined } = {},
  ): number {
    execution.run.abort()
    return close(execution, { status: 'ABORTED', ...reason })
  }

  function findTask(token: string): WaitingTask {
    const task = tokens.get(token)
    if (!task) throw new AwsError('InvalidToken', "Invalid Token: 'Invalid token'")
    if (!task.open) throw new AwsError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'")
    return task
  }

  return {
    service: {
      StartExecution: operation(schemas.start, (input) => {
        const { arn, startedAtMs } = start(input)
        return { executionArn: arn, startDate: startedAtMs / 1000 }
      }),
      DescribeExecution: operation(schemas.describe, ({ executionArn }) => describe(find(executionArn), arnOf)),
      StopExecution: operation(schemas.stop, ({ executionArn, error, cause }) => {
        return { stopDate: abort(find(executionArn), { error, cause }) / 1000 }
      }),
      SendTaskSuccess: operation(schemas.success, ({ taskToken, output }) => {
        findTask(taskToken).succeed(parseJson(output, 'InvalidOutput', 'Invalid Output'))
        return {}
      }),
      SendTaskFailure: operation(schemas.failure, ({ taskToken, error = 'States.TaskFailed', cause = '' }) => {
        findTask(taskToken).fail(error, cause)
        return {}
      }),
    },
    arnOf,
    running: () =>
      [...executions.values()]
        .filter((execution) => !execution.closed)
        .map(({ machine, name, startedAtMs, run }) => ({ machine, name, startedAtMs, ...run.current() })),
    async close() {
      const all = [...executions.values()]
      for (const execution of all) abort(execution)
      await Promise.all(all.map(({ run }) => run.outcome))
    },
  }
}

function describe(execution: Execution, arnOf: (machine: string) => string): object {
  const { arn, name, machine, input, startedAtMs, closed } = execution
  const { atMs, ...outcome } = closed ?? { status: 'RUNNING' }
  return {
    executionArn: arn,
    stateMachineArn: arnOf(machine),
    name,
    input,
    startDate: startedAtMs / 1000,
    ...(atMs !== undefined && { stopDate: atMs / 1000 }),
    ...outcome,
  }
}

function parseJson(text: string, code: string, what: string) {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new AwsError(code, `${what}: '${(error as Error).message}'`)
  }
}
