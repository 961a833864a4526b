import type { Timeline } from './timeline.ts'

type Json = Record<string, unknown>
interface Retrier {
  IntervalSeconds: number
  MaxAttempts: number
  BackoffRate: number
}
interface State {
  Type: 'Pass' | 'Task' | 'Wait' | 'Choice' | 'Succeed' | 'Fail' | 'Map'
  Next?: string
  Resource?: string
  Parameters?: Json
  Result?: unknown
  ResultPath?: string
  TimeoutSeconds?: number
  Retry?: Retrier[]
  Catch?: { ResultPath: string; Next: string }[]
  Seconds?: number
  TimestampPath?: string
  Choices?: { Variable: string; Next: string; [comparison: string]: unknown }[]
  Default?: string
  ItemsPath?: string
  ItemProcessor?: Machine
  Error?: string
  Cause?: string
}
/** An ASL file's content, within the subset that the design allows. */
export interface Machine {
  StartAt: string
  States: Record<string, State>
}

export interface WorkflowFailure {
  error: string
  cause: string
}
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED'

/** Step Functions starts an execution this long after it was asked to. */
const START_MS = 50

/** Runs ASL files over virtual time, as Step Functions does over real time. */
export class WorkflowEngine {
  readonly timeline: Timeline
  readonly callLambda: (payload: Json) => Promise<unknown>
  readonly tokens = new Map<string, (output: Json) => void>()
  readonly #machines: Record<string, Machine>
  readonly #executions = new Map<string, ExecutionStatus>()
  #issued = 0
  readonly #onFailure: (name: string, failure: WorkflowFailure) => void

  constructor(
    timeline: Timeline,
    machines: Record<string, Machine>,
    callLambda: (payload: Json) => Promise<unknown>,
    onFailure: (name: string, failure: WorkflowFailure) => void,
  ) {
    this.timeline = timeline
    this.callLambda = callLambda
    this.#machines = machines
    this.#onFailure = onFailure
  }

  newToken(): string {
    this.#issued += 1
    return `token-${this.#issued}`
  }

  /** Undefined: there never was an execution of that name. */
  statusOf(name: string): ExecutionStatus | undefined {
    return this.#executions.get(name)
  }

  /** The names of all executions, oldest first. */
  names(): string[] {
    return [...this.#executions.keys()]
  }

  start(machine: string, name: string, input: Json): void {
    const definition = this.#machines[machine]
    if (!definition) throw new Error(`there is no state machine "${machine}"`)
    this.#executions.set(name, 'RUNNING')
    const branch = new Branch(this, definition, {
      done: () => void this.#executions.set(name, 'SUCCEEDED'),
      failed: (failure) => {
        this.#executions.set(name, 'FAILED')
        this.#onFailure(name, failure)
      },
    })
    this.timeline.after(START_MS, () => branch.enter(definition.StartAt, input))
  }

  /** Answers for a waiting task; false: nobody waits for this token any more. */
  succeed(token: string, output: Json): boolean {
    const settle = this.tokens.get(token)
    if (!settle) return false
    this.tokens.delete(token)
    settle(output)
    return true
  }
}

interface Ending {
  done: (output: Json) => void | Promise<void>
  failed: (failure: WorkflowFailure) => void
}

/** One run through a machine's states; the iterations of a Map have one each. */
class Branch {
  readonly #engine: WorkflowEngine
  readonly #states: Record<string, State>
  readonly #ending: Ending

  constructor(engine: WorkflowEngine, machine: Machine, ending: Ending) {
    this.#engine = engine
    this.#states = machine.States
    this.#ending = ending
  }

  async enter(name: string, data: Json): Promise<void> {
    const state = this.#states[name]
    if (!state) throw new Error(`there is no state "${name}"`)
    const { timeline } = this.#engine
    switch (state.Type) {
      case 'Succeed':
        return this.#ending.done(data)
      case 'Fail':
        return this.#ending.failed({ error: state.Error ?? '', cause: state.Cause ?? '' })
      case 'Pass':
        return this.#next(state, withResult(data, state.ResultPath, passed(state, data)))
      case 'Choice':
        return this.enter(chosen(state, data), data)
      case 'Wait': {
        const untilMs = state.TimestampPath
          ? Date.parse(String(valueAt(data, state.TimestampPath)))
          : timeline.nowMs + 1000 * (state.Seconds ?? 0)
        timeline.at(untilMs, () => this.#next(state, data))
        return
      }
      case 'Task':
        return this.#attempt(state, data, 0)
      case 'Map':
        return this.#each(state, data)
    }
  }

  async #next(state: State, data: Json): Promise<void> {
    if (state.Next === undefined) await this.#ending.done(data)
    else await this.enter(state.Next, data)
  }

  async #each(state: State, data: Json): Promise<void> {
    const items = valueAt(data, state.ItemsPath ?? '$') as Json[]
    const machine = state.ItemProcessor as Machine
    const outputs: Json[] = []
    for (const [index, item] of items.entries()) {
      const branch = new Branch(this.#engine, machine, {
        done: async (output) => {
          outputs[index] = output
          const isLast = Object.keys(outputs).length === items.length
          if (isLast) await this.#next(state, withResult(data, state.ResultPath, outputs))
        },
        failed: this.#ending.failed,
      })
      await branch.enter(machine.StartAt, item)
    }
  }

  async #attempt(state: State, data: Json, earlier: number): Promise<void> {
    const { timeline, tokens } = this.#engine
    const waits = state.Resource?.endsWith('.waitForTaskToken') ?? false
    const token = this.#engine.newToken()
    let over = false
    const fail = (error: string) => {
      if (over) return
      over = true
      tokens.delete(token)
      return this.#failTask(state, data, earlier, error)
    }
    const callOff = waits ? timeline.after(1000 * (state.TimeoutSeconds ?? 0), () => fail('States.Timeout')) : () => {}
    if (waits) {
      tokens.set(token, (output) => {
        over = true
        callOff()
        timeline.after(0, () => this.#next(state, withResult(data, state.ResultPath, output)))
      })
    }
    try {
      const payload = (resolve(state.Parameters, data, token) as { Payload: Json }).Payload
      const answer = await this.#engine.callLambda(payload)
      if (!waits) await this.#next(state, withResult(data, state.ResultPath, { Payload: answer }))
    } catch (error) {
      callOff()
      await fail((error as Error).name)
    }
  }

  async #failTask(state: State, data: Json, earlier: number, error: string): Promise<void> {
    const [retrier] = state.Retry ?? []
    const [catcher] = state.Catch ?? []
    if (retrier && earlier < retrier.MaxAttempts) {
      const waitMs = 1000 * retrier.IntervalSeconds * retrier.BackoffRate ** earlier
      this.#engine.timeline.after(waitMs, () => this.#attempt(state, data, earlier + 1))
    } else if (catcher) {
      await this.enter(catcher.Next, withResult(data, catcher.ResultPath, { Error: error }))
    } else {
      this.#ending.failed({ error, cause: '' })
    }
  }
}

/** `$`, or `$.name` and deeper; what is not there is an error, as on AWS. */
function valueAt(data: Json, path: string): unknown {
  let value: unknown = data
  for (const name of path.split('.').slice(1)) {
    value = (value as Json | undefined)?.[name]
    if (value === undefined) throw new Error(`${path} is not in the state's input`)
  }
  return value
}

const withResult = (data: Json, path: string | undefined, result: unknown): Json =>
  path === undefined ? (result as Json) : { ...data, [path.slice('$.'.length)]: result }

const passed = (state: State, data: Json): unknown =>
  state.Parameters ? resolve(state.Parameters, data, '') : (state.Result ?? data)

function resolve(template: unknown, data: Json, token: string): unknown {
  if (template === null || typeof template !== 'object') return template
  return Object.fromEntries(
    Object.entries(template).map(([key, value]) =>
      key.endsWith('.$')
        ? [key.slice(0, -2), evaluate(String(value), data, token)]
        : [key, resolve(value, data, token)],
    ),
  )
}

function evaluate(expression: string, data: Json, token: string): unknown {
  if (expression === '$$.Task.Token') return token
  const [, path, addend] = /^States\.MathAdd\((\S+), (\d+)\)$/.exec(expression) ?? []
  return path === undefined ? valueAt(data, expression) : Number(valueAt(data, path)) + Number(addend)
}

function chosen(state: State, data: Json): string {
  const rule = state.Choices?.find(({ Variable, ...comparisons }) => {
    const value = valueAt(data, Variable)
    if ('NumericLessThan' in comparisons) return Number(value) < Number(comparisons.NumericLessThan)
    return value === (comparisons.StringEquals ?? comparisons.BooleanEquals)
  })
  const next = rule?.Next ?? state.Default
  if (next === undefined) throw new Error('no choice fits, and there is no default')
  return next
}
