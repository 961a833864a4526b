import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions'

/** A Task state: it calls a Lambda, and with `waitsForToken` then stays until somebody answers for its token. */
export type WorkflowTask = {
  state: string
  functionName: string
  waitsForToken: boolean
  timeoutMs: number
}

export type WorkflowDefinition = {
  machine: StateMachine
  /** The names of all states, also of those inside a Map or a Parallel. */
  states: string[]
  tasks: WorkflowTask[]
}

type Json = Record<string, unknown>

const invoke = 'arn:aws:states:::lambda:invoke'
const invokeAndWait = `${invoke}.waitForTaskToken`

/** The longest that a timer of Node can run, 24 days; the engine's own limit for a task without one is a minute. */
const longestSeconds = 2_147_483

/**
 * Reads an ASL file, puts the substitutions in place of its `${Names}` and makes it run on the local engine as it does
 * on AWS. Throws an error that names the workflow and the state when it is no valid ASL, a substitution is not given, or
 * a state uses what the stage cannot run faithfully.
 *
 * The engine has one context object for all states, and makes a new `Execution` for each iteration of a Map. So every
 * path into the context object is led to the state's own: `$$.Task.Token` of the third state becomes
 * `$$.States[2].Task.Token`.
 */
export function loadDefinition(
  workflow: string,
  text: string,
  substitutions: Record<string, string>,
): WorkflowDefinition {
  const definition = JSON.parse(substitute(workflow, text, substitutions)) as StateMachineDefinition
  assertValid(workflow, definition)
  const states: string[] = []
  const tasks: WorkflowTask[] = []

  function adaptMachine(machine: Json, repeated: boolean): Json {
    const adapted = Object.entries(machine.States as Record<string, Json>).map(([name, state]) => {
      return [name, adaptState(name, state, states.push(name) - 1, repeated)]
    })
    return { ...machine, ...limited(machine), States: Object.fromEntries(adapted) }
  }

  function adaptState(name: string, state: Json, index: number, repeated: boolean): Json {
    const { Branches, ItemProcessor, Iterator: iterator, ...own } = state
    if (repeated && JSON.stringify(own).includes('$$.State.RetryCount')) {
      throw refusal(workflow, name, 'asks for $$.State.RetryCount inside a Map, where the stage cannot tell it')
    }
    if (state.Type === 'Task') tasks.push(readTask(workflow, name, state))
    return {
      ...(leadToOwnContext(own, index) as Json),
      ...(state.Type === 'Task' && { TimeoutSeconds: timeoutOf(state) }),
      ...(Array.isArray(Branches) && { Branches: Branches.map((branch) => adaptMachine(branch, repeated)) }),
      ...(state.Type === 'Map' && { ItemProcessor: adaptMachine((ItemProcessor ?? iterator) as Json, true) }),
    }
  }

  const adapted = adaptMachine(definition as unknown as Json, false) as unknown as StateMachineDefinition
  return { machine: new StateMachine(adapted, { validationOptions: { noValidate: true } }), states, tasks }
}

function substitute(workflow: string, text: string, substitutions: Record<string, string>): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => {
    const value = substitutions[name]
    if (value === undefined) throw new Error(`Workflow ${workflow}: no substitution is given for \${${name}}.`)
    return JSON.stringify(value).slice(1, -1)
  })
}

function assertValid(workflow: string, definition: StateMachineDefinition): void {
  try {
    new StateMachine(definition)
  } catch (error) {
    throw new Error(`Workflow ${workflow}: ${(error as Error).message}`, { cause: error })
  }
}

function readTask(workflow: string, name: string, state: Json): WorkflowTask {
  const functionName = (state.Parameters as Json | undefined)?.FunctionName
  if (state.Resource !== invoke && state.Resource !== invokeAndWait) {
    throw refusal(workflow, name, `uses ${state.Resource}; the stage runs ${invoke}[.waitForTaskToken]`)
  }
  if (typeof functionName !== 'string') throw refusal(workflow, name, 'names no function in Parameters.FunctionName')
  if ('TimeoutSecondsPath' in state) throw refusal(workflow, name, 'uses TimeoutSecondsPath; write TimeoutSeconds')
  return {
    state: name,
    functionName,
    waitsForToken: state.Resource === invokeAndWait,
    timeoutMs: timeoutOf(state) * 1000,
  }
}

function timeoutOf({ TimeoutSeconds }: Json): number {
  return Math.min((TimeoutSeconds as number | undefined) ?? longestSeconds, longestSeconds)
}

/** A machine may have no time limit; one that Node's timers cannot hold is none. */
function limited(machine: Json): Json {
  return 'TimeoutSeconds' in machine ? { TimeoutSeconds: timeoutOf(machine) } : {}
}

function leadToOwnContext(value: unknown, index: number, key = ''): unknown {
  if (typeof value === 'string') {
    const holdsPath = key.endsWith('.$') || key.endsWith('Path') || key === 'Variable'
    return holdsPath
      ? value.replaceAll(/\$\$(?=\.(Execution|StateMachine|State|Task)\b)/g, () => `$$.States[${index}]`)
      : value
  }
  if (Array.isArray(value)) return value.map((item) => leadToOwnContext(item, index, key))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, leadToOwnContext(item, index, name)]))
}

function refusal(workflow: string, state: string, what: string): Error {
  return new Error(`Workflow ${workflow}: the state "${state}" ${what}.`)
}
