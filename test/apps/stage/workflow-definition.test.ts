import { loadDefinition } from '../../../apps/stage/workflow-definition.ts'
import { task, tokenTask } from './workflow-stand.ts'

const substitutions = { WorkflowStepFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:step' }

function load(states: Record<string, object>, given: Record<string, string> = substitutions) {
  return loadDefinition('flow', JSON.stringify({ StartAt: Object.keys(states)[0], States: states }), given)
}

const inMap = (name: string, state: object) => ({
  Type: 'Map',
  ItemProcessor: { StartAt: name, States: { [name]: state } },
  End: true,
})

describe('a workflow’s file', () => {
  it('is read with all its states and tasks, also those inside a Map', () => {
    const { states, tasks } = load({
      First: task({}, { TimeoutSeconds: 5, Next: 'Each' }),
      Each: inMap('Ask', tokenTask({}, { End: true })),
    })

    expect(states).toEqual(['First', 'Each', 'Ask'])
    const functionName = substitutions.WorkflowStepFunctionArn
    expect(tasks).toEqual([
      { state: 'First', functionName, waitsForToken: false, timeoutMs: 5000 },
      { state: 'Ask', functionName, waitsForToken: true, timeoutMs: 2_147_483_000 },
    ])
  })

  it.each<[string, Record<string, object>, string]>([
    ['no valid ASL', { A: { Type: 'Pass', Next: 'B' } }, 'State machine definition is invalid'],
    [
      'a service that is no Lambda',
      { A: { Type: 'Task', Resource: 'arn:aws:states:::sns:publish', End: true } },
      'uses arn:aws:states:::sns:publish',
    ],
    ['no function', { A: task({}, { Parameters: {}, End: true }) }, 'names no function'],
    ['a time limit from a path', { A: task({}, { TimeoutSecondsPath: '$.t', End: true }) }, 'uses TimeoutSecondsPath'],
    ['a name twice', { A: { ...inMap('A', { Type: 'Pass', End: true }) } }, 'A state with this name already exists: A'],
    [
      'a retry count inside a Map',
      { A: inMap('B', task({ 'n.$': '$$.State.RetryCount' }, { End: true })) },
      'RetryCount inside a Map',
    ],
  ])('is refused for %s', (_, states, message) => {
    expect(() => load(states)).toThrow(message)
  })

  it('is refused for a substitution that is not given', () => {
    expect(() => load({ A: task({}, { End: true }) }, {})).toThrow(
      `Workflow flow: no substitution is given for \${WorkflowStepFunctionArn}.`,
    )
  })
})
