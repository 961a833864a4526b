import { readdirSync, readFileSync } from 'node:fs'
import { AGENT_TABLE } from '../../domain/agent-table.ts'
import { STEP_LIMITS } from '../../domain/step-limits.ts'

const folder = new URL('../../statemachines/', import.meta.url)

interface State {
  Type: string
  Next?: string
  Default?: string
  End?: boolean
  Resource?: string
  Parameters?: { FunctionName?: string; Payload?: Record<string, unknown> }
  TimeoutSeconds?: number
  Retry?: { ErrorEquals: string[] }[]
  Catch?: { ErrorEquals: string[]; Next: string }[]
  Choices?: Record<string, unknown>[]
  ItemProcessor?: Machine & { ProcessorConfig?: unknown }
  [field: string]: unknown
}
interface Machine {
  StartAt: string
  TimeoutSeconds?: number
  States: Record<string, State>
  [field: string]: unknown
}

/** The fields that behave the same on AWS and on both local engines. */
const FIELDS: Record<string, string[]> = {
  Pass: ['Parameters', 'Result', 'ResultPath', 'Next'],
  Task: ['Resource', 'Parameters', 'TimeoutSeconds', 'Retry', 'Catch', 'ResultPath', 'Next'],
  Wait: ['Seconds', 'SecondsPath', 'TimestampPath', 'Next'],
  Choice: ['Choices', 'Default'],
  Succeed: [],
  Fail: ['Error', 'Cause'],
  Map: ['ItemsPath', 'ItemProcessor', 'ResultPath', 'Next'],
}
const SUBSTITUTION = '$' + '{WorkflowStepFunctionArn}'
const COMPARISONS = ['StringEquals', 'NumericLessThan', 'BooleanEquals']
const STEPS = [
  'Begin',
  'Release',
  'TakeOver',
  'StopServices',
  'StartServices',
  'TakeBack',
  'Restart',
  'GiveUp',
  'Finish',
  'RunWhenDue',
]
const OUTCOMES = ['waiting', 'begun', 'ended', 'pending', 'done', 'failed']

const machines = readdirSync(folder)
  .filter((name) => name.endsWith('.asl.json'))
  .map((name): [string, Machine, string] => {
    const text = readFileSync(new URL(name, folder), 'utf8')
    return [name, JSON.parse(text), text]
  })

const inner = (machine: Machine): Machine[] => [
  machine,
  ...Object.values(machine.States).flatMap(({ ItemProcessor }) => (ItemProcessor ? inner(ItemProcessor) : [])),
]
const statesOf = (machine: Machine) => inner(machine).flatMap(({ States }) => Object.entries(States))

const nextOf = (state: State): string[] =>
  [
    state.Next,
    state.Default,
    ...(state.Choices ?? []).map(({ Next }) => Next),
    ...(state.Catch ?? []).map(({ Next }) => Next),
  ].filter((name) => typeof name === 'string')

describe.each(machines)('%s', (_, machine, text) => {
  it('keeps to the fields that run the same everywhere', () => {
    for (const [name, { Type, Comment: __, ...fields }] of statesOf(machine)) {
      const unknown = Object.keys(fields).filter((field) => !FIELDS[Type]?.includes(field))
      expect({ name, Type, unknown }).toEqual({ name, Type, unknown: [] })
    }
  })

  it('has a time limit, and so has each task', () => {
    expect(machine.TimeoutSeconds).toBeGreaterThan(0)
    const tasks = statesOf(machine).filter(([, { Type }]) => Type === 'Task')
    expect(tasks.length).toBeGreaterThan(0)
    for (const [name, { TimeoutSeconds }] of tasks)
      expect({ name, limit: typeof TimeoutSeconds }).toEqual({ name, limit: 'number' })
  })

  it('calls one function, by its one substitution', () => {
    const substitutions = text.match(/\$\{[^}]*\}/g) ?? []
    expect(new Set(substitutions)).toEqual(new Set([SUBSTITUTION]))
    for (const [, { Type, Resource, Parameters }] of statesOf(machine)) {
      if (Type !== 'Task') continue
      expect(Resource).toMatch(/^arn:aws:states:::lambda:invoke(\.waitForTaskToken)?$/)
      expect(Parameters?.FunctionName).toBe(SUBSTITUTION)
      expect(STEPS).toContain(Parameters?.Payload?.step)
      const hasToken = Parameters?.Payload?.['token.$'] === '$$.Task.Token'
      expect(hasToken).toBe(Resource?.endsWith('waitForTaskToken'))
    }
  })

  it('retries and catches everything or nothing', () => {
    for (const [, { Retry = [], Catch = [] }] of statesOf(machine)) {
      for (const { ErrorEquals } of [...Retry, ...Catch]) expect(ErrorEquals).toEqual(['States.ALL'])
    }
  })

  it('branches on outcomes that the step function gives, by literals', () => {
    for (const [, { Choices = [] }] of statesOf(machine)) {
      for (const choice of Choices) {
        const comparison = Object.keys(choice).filter((key) => key !== 'Variable' && key !== 'Next')
        expect(comparison).toHaveLength(1)
        expect(COMPARISONS).toContain(comparison[0])
        if (String(choice.Variable).endsWith('outcome')) expect(OUTCOMES).toContain(choice.StringEquals)
        // A number is how often a step is tried; any other threshold would be policy.
        if ('NumericLessThan' in choice) expect(choice.Variable).toBe('$.attempt')
      }
    }
  })

  it('reaches every state, and every state leads on or ends', () => {
    for (const { StartAt, States } of inner(machine)) {
      const reached = new Set([StartAt])
      for (const name of reached) for (const next of nextOf(States[name] as State)) reached.add(next)
      expect([...reached].sort()).toEqual(Object.keys(States).sort())
      for (const [name, state] of Object.entries(States)) {
        const ends = state.Type === 'Succeed' || state.Type === 'Fail'
        expect({ name, leads: nextOf(state).length > 0 || ends }).toEqual({ name, leads: true })
      }
    }
  })
})

it('every command that an agent knows is a step of some workflow', () => {
  const steps = machines.flatMap(([, machine]) =>
    statesOf(machine).map(([, { Parameters }]) => Parameters?.Payload?.step),
  )
  const commands = Object.keys(AGENT_TABLE).map((kind) => `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`)
  expect(commands.filter((step) => !steps.includes(step))).toEqual([])
})

it('plans know how long each step is waited for, and how often it is tried', () => {
  const states = machines.flatMap(([, machine]) => statesOf(machine))
  for (const [step, { seconds, tries }] of Object.entries(STEP_LIMITS)) {
    const waits = states.filter(([, { Parameters }]) => Parameters?.Payload?.step === step && step !== 'Finish')
    const again = states.filter(([, { Type, Seconds }]) => step === 'Finish' && Type === 'Wait' && Seconds === seconds)
    expect({ step, found: waits.length + again.length > 0 }).toEqual({ step, found: true })
    for (const [name, { TimeoutSeconds }] of waits)
      expect({ name, TimeoutSeconds }).toEqual({ name, TimeoutSeconds: seconds })
    expect({ step, tries: triesOf(step) }).toEqual({ step, tries })
  }
})

/** How often a step is tried at most: by the choice that leads back to it, through the state that counts on. */
function triesOf(step: string): number {
  const found = machines.flatMap(([, machine]) =>
    inner(machine).flatMap(({ States }) => {
      const isStep = (name: string) => States[name]?.Parameters?.Payload?.step === step
      const leadsTo = (name: string, depth = 0): boolean =>
        isStep(name) || (depth < 2 && States[name]?.Next !== undefined && leadsTo(States[name].Next, depth + 1))
      return Object.values(States).flatMap(({ Choices = [] }) =>
        Choices.filter(({ NumericLessThan, Next }) => NumericLessThan !== undefined && leadsTo(String(Next))),
      )
    }),
  )
  return Math.max(1, ...found.map(({ NumericLessThan }) => Number(NumericLessThan)))
}
