import {
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidExecutionInput,
  InvalidName,
  InvalidOutput,
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StateMachineDoesNotExist,
  StopExecutionCommand,
  TaskTimedOut,
} from '@aws-sdk/client-sfn'
import { type Stand, startStand, task, tokenTask, until } from './workflow-stand.ts'

let stand: Stand

afterEach(() => stand.close())

const caught = [{ ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'GiveUp' }]
const giveUp = { Type: 'Pass', End: true }
const ask = tokenTask({ step: 'ask' }, { End: true })

describe('an execution', () => {
  it('goes through tasks, a wait, a choice that loops, and ends with what the last state answered', async () => {
    let polls = 0
    stand = await startStand(
      {
        Plan: task(
          { step: 'plan', 'id.$': '$$.Execution.Name', 'in.$': '$.group' },
          { ResultSelector: { 'until.$': '$.Payload.until' }, ResultPath: '$.plan', Next: 'Wait' },
        ),
        Wait: { Type: 'Wait', TimestampPath: '$.plan.until', Next: 'Poll' },
        Poll: task({ step: 'poll' }, { ResultPath: '$.polled', Next: 'Ready?' }),
        'Ready?': {
          Type: 'Choice',
          Choices: [{ Variable: '$.polled.Payload.outcome', StringEquals: 'again', Next: 'Poll' }],
          Default: 'Done',
        },
        Done: {
          Type: 'Pass',
          Parameters: {
            'text.$': "States.Format('{} of {}', $.group, $$.State.Name)",
            'polls.$': 'States.MathAdd($.polled.Payload.polls, 1)',
          },
          Next: 'End',
        },
        End: { Type: 'Succeed' },
      },
      {
        steps: {
          plan: () => ({ until: new Date(Date.now() + 300).toISOString() }),
          poll: () => ({ outcome: ++polls < 3 ? 'again' : 'ready', polls }),
        },
      },
    )

    const execution = await stand.run('t-1', { group: 'g' })

    expect(execution).toMatchObject({
      status: 'SUCCEEDED',
      name: 't-1',
      executionArn: 'arn:aws:states:us-east-1:000000000000:execution:flow:t-1',
      stateMachineArn: stand.engine.arnOf('flow'),
      input: '{"group":"g"}',
      result: { text: 'g of Done', polls: 4 },
    })
    expect(stand.calls[0]).toEqual({ step: 'plan', id: 't-1', in: 'g' })
    const tookMs = Number(execution.stopDate) - Number(execution.startDate)
    expect(tookMs).toBeGreaterThanOrEqual(290)
    expect(tookMs).toBeLessThan(2000)
    expect(stand.errors).toEqual([])
  })

  it('is begun once for the same name and input, and its name is not taken again', async () => {
    stand = await startStand({ Ask: ask })
    const first = await stand.start('t', { a: 1 })

    expect(await stand.start('t', { a: 1 })).toMatchObject({
      executionArn: first.executionArn,
      startDate: first.startDate,
    })
    await expect(stand.start('t', { a: 2 })).rejects.toThrow(ExecutionAlreadyExists)
    const [token = ''] = await stand.tokens('ask')
    await stand.succeed(token, {})
    await stand.ended(first.executionArn)
    await expect(stand.start('t', { a: 1 })).rejects.toThrow(ExecutionAlreadyExists)
    expect(stand.calls).toHaveLength(1)
  })

  it('is refused for what does not exist or cannot be', async () => {
    stand = await startStand({ Ask: ask })
    const start = (input: { stateMachineArn?: string; name?: string; input?: string }) =>
      stand.client.send(new StartExecutionCommand({ stateMachineArn: stand.engine.arnOf('flow'), ...input }))

    await expect(start({ stateMachineArn: stand.engine.arnOf('other') })).rejects.toThrow(StateMachineDoesNotExist)
    await expect(start({ name: 'a b' })).rejects.toThrow(InvalidName)
    await expect(start({ input: '{' })).rejects.toThrow(InvalidExecutionInput)
    await expect(stand.describe('arn:of:nothing')).rejects.toThrow(ExecutionDoesNotExist)
  })

  it('fails with the error of its Fail state, and reports it', async () => {
    stand = await startStand({ Stop: { Type: 'Fail', Error: 'NoPeer', Cause: 'The peer is gone.' } })

    expect(await stand.run('t')).toMatchObject({ status: 'FAILED', error: 'NoPeer', cause: 'The peer is gone.' })

    expect(stand.errors).toEqual([
      {
        error: new Error('Workflow flow, execution t: FAILED, NoPeer: The peer is gone.'),
        machine: 'flow',
        execution: 't',
      },
    ])
  })

  it('times out as a whole when its machine has a limit', async () => {
    stand = await startStand(
      {},
      {
        machines: { flow: JSON.stringify({ StartAt: 'Ask', TimeoutSeconds: 1, States: { Ask: ask } }) },
      },
    )

    expect(await stand.run('t')).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' })
    const [token = ''] = await stand.tokens('ask')
    await expect(stand.succeed(token, {})).rejects.toThrow(TaskTimedOut)
  })

  it('is stopped on request, with the reason', async () => {
    const retry = [{ ErrorEquals: ['States.ALL'], MaxAttempts: 99_999_999 }]
    stand = await startStand({ Ask: { ...ask, Retry: retry } })
    const { executionArn } = await stand.start('t')
    const [token = ''] = await stand.tokens('ask')

    await stand.client.send(new StopExecutionCommand({ executionArn, error: 'Superseded', cause: 'by another' }))

    expect(await stand.describe(executionArn)).toMatchObject({ status: 'ABORTED', error: 'Superseded' })
    await expect(stand.succeed(token, {})).rejects.toThrow(TaskTimedOut)
    expect(stand.calls).toHaveLength(1)
    expect(stand.errors).toEqual([])
  })

  it('calls no Lambda again when it is stopped before a retry', async () => {
    const fail = () => {
      throw new Error('not yet')
    }
    const retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 60 }]
    stand = await startStand({ Try: task({ step: 'try' }, { Retry: retry, End: true }) }, { steps: { try: fail } })
    const { executionArn } = await stand.start('t')
    await until(() => stand.errors.length === 1)

    await stand.client.send(new StopExecutionCommand({ executionArn }))

    expect((await stand.describe(executionArn)).status).toBe('ABORTED')
    expect(stand.calls).toHaveLength(1)
  })

  it('is forgotten, with its tokens, when enough others have ended after it', async () => {
    stand = await startStand({ Ask: ask }, { rememberedExecutions: 2 })
    const arns: (string | undefined)[] = []
    for (const [index, name] of ['a', 'b', 'c'].entries()) {
      const { executionArn } = await stand.start(name)
      await stand.succeed((await stand.tokens('ask', index + 1))[index] ?? '', {})
      await stand.ended(executionArn)
      arns.push(executionArn)
    }

    await expect(stand.describe(arns[0])).rejects.toThrow(ExecutionDoesNotExist)
    await expect(stand.succeed(stand.calls[0]?.token ?? '', {})).rejects.toThrow(InvalidToken)
    await expect(stand.succeed(stand.calls[1]?.token ?? '', {})).rejects.toThrow(TaskTimedOut)
    expect((await stand.describe(arns[1])).status).toBe('SUCCEEDED')
  })

  it('shows where it is while it runs, and is aborted when the stage closes', async () => {
    stand = await startStand({ First: { Type: 'Pass', Next: 'Ask' }, Ask: ask })
    await stand.start('t')
    await stand.tokens('ask')
    await until(() => stand.engine.running()[0]?.state === 'Ask')

    expect(stand.engine.running()).toEqual([
      { machine: 'flow', name: 't', state: 'Ask', startedAtMs: expect.any(Number), enteredAtMs: expect.any(Number) },
    ])
    await stand.engine.close()
    expect(stand.engine.running()).toEqual([])
  })
})

describe('the engine', () => {
  it('does not start when a workflow calls a function that is not there', async () => {
    stand = await startStand({ Ask: ask })

    await expect(startStand({ Ask: ask }, { functions: {} })).rejects.toThrow(
      'Workflow flow: the state "Ask" calls arn:aws:lambda:us-east-1:000000000000:function:workflow-step, which is not',
    )
  })
})

describe('a Lambda that throws', () => {
  const flaky = (attempts: number) => {
    let calls = 0
    return () => {
      calls += 1
      if (calls <= attempts) throw new RangeError(`attempt ${calls}`)
      return { calls }
    }
  }

  it('is called again as Retry says, and can see that it is', async () => {
    const states = {
      Try: task(
        { step: 'try', 'retries.$': '$$.State.RetryCount' },
        {
          Retry: [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 2 }],
          OutputPath: '$.Payload',
          End: true,
        },
      ),
    }
    stand = await startStand(states, { steps: { try: flaky(1) } })

    expect(await stand.run('t')).toMatchObject({ status: 'SUCCEEDED', result: { calls: 2 } })

    expect(stand.calls.map(({ retries }) => retries)).toEqual([0, 1])
    expect(stand.errors).toMatchObject([{ error: new RangeError('attempt 1'), execution: 't', state: 'Try' }])
  })

  it('leads to the state that catches it, with the error as AWS gives it', async () => {
    stand = await startStand(
      { Try: task({ step: 'try' }, { Catch: caught, End: true }), GiveUp: giveUp },
      { steps: { try: flaky(1) } },
    )

    const { status, result } = await stand.run('t', { kept: true })

    expect(status).toBe('SUCCEEDED')
    expect(result).toMatchObject({ kept: true, error: { Error: 'RangeError' } })
    const { error } = result as { error: { Cause: string } }
    expect(JSON.parse(error.Cause)).toMatchObject({ errorType: 'RangeError', errorMessage: 'attempt 1' })
  })

  it('fails the execution when nothing catches it', async () => {
    stand = await startStand({ Try: task({ step: 'try' }, { End: true }) }, { steps: { try: flaky(1) } })

    expect(await stand.run('t')).toMatchObject({ status: 'FAILED', error: 'RangeError' })
  })
})

describe('a task with a token', () => {
  it('stays until somebody answers, and takes the answer for its result', async () => {
    stand = await startStand(
      { Ask: tokenTask({ step: 'ask' }, { TimeoutSeconds: 99_999_999, ResultPath: '$.answer', End: true }) },
      {
        steps: { ask: () => 'what the Lambda itself answers is ignored' },
      },
    )
    const { executionArn } = await stand.start('t', { group: 'g' })
    const [token = ''] = await stand.tokens('ask')
    expect((await stand.describe(executionArn)).status).toBe('RUNNING')

    await stand.succeed(token, { outcome: 'done' })

    expect((await stand.ended(executionArn)).result).toEqual({ group: 'g', answer: { outcome: 'done' } })
    await expect(stand.succeed(token, {})).rejects.toThrow(TaskTimedOut)
  })

  it('can be answered before its Lambda has returned', async () => {
    const returned = Promise.withResolvers<void>()
    stand = await startStand({ Ask: ask }, { steps: { ask: () => returned.promise } })
    const { executionArn } = await stand.start('t')

    await stand.succeed((await stand.tokens('ask'))[0] ?? '', 'early')

    expect((await stand.ended(executionArn)).result).toBe('early')
    returned.resolve()
  })

  it('fails as the answer says', async () => {
    stand = await startStand({ Ask: { ...ask, Catch: caught }, GiveUp: giveUp })
    const { executionArn } = await stand.start('t')
    const [taskToken] = await stand.tokens('ask')

    await stand.client.send(new SendTaskFailureCommand({ taskToken, error: 'Refused', cause: 'by the agent' }))

    expect((await stand.ended(executionArn)).result).toEqual({ error: { Error: 'Refused', Cause: 'by the agent' } })
  })

  it('fails when its Lambda does', async () => {
    const fail = () => {
      throw new Error('no such group')
    }
    stand = await startStand({ Ask: { ...ask, Catch: caught }, GiveUp: giveUp }, { steps: { ask: fail } })

    expect((await stand.run('t')).result).toMatchObject({ error: { Error: 'Error' } })
    await expect(stand.succeed(stand.calls[0]?.token ?? '', {})).rejects.toThrow(TaskTimedOut)
  })

  it('is caught when nobody answers in time; then an answer comes too late', async () => {
    stand = await startStand({ Ask: { ...ask, TimeoutSeconds: 1, Catch: caught }, GiveUp: giveUp })

    const { status, result, startDate, stopDate } = await stand.run('t')

    expect(status).toBe('SUCCEEDED')
    expect(result).toMatchObject({ error: { Error: 'States.Timeout' } })
    expect(Number(stopDate) - Number(startDate)).toBeLessThan(2000)
    await expect(stand.succeed(stand.calls[0]?.token ?? '', {})).rejects.toThrow(TaskTimedOut)
  })

  it('gets another token with each attempt', async () => {
    const retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 1, MaxAttempts: 1 }]
    stand = await startStand({ Ask: { ...ask, TimeoutSeconds: 1, Retry: retry } })
    const { executionArn } = await stand.start('t')

    const [first = '', second = ''] = await stand.tokens('ask', 2)

    await expect(stand.succeed(first, 'late')).rejects.toThrow(TaskTimedOut)
    await stand.succeed(second, 'in time')
    expect((await stand.ended(executionArn)).result).toBe('in time')
  })

  it('has a token for each iteration of a Map, and for each branch of a Parallel', async () => {
    const askNode = tokenTask({ step: 'ask', 'node.$': '$.node', 'group.$': '$$.Execution.Input.group' }, { End: true })
    stand = await startStand({
      Each: {
        Type: 'Map',
        ItemsPath: '$.nodes',
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'AskNode', States: { AskNode: askNode } },
        ResultPath: '$.each',
        Next: 'Both',
      },
      Both: {
        Type: 'Parallel',
        Branches: ['Left', 'Right'].map((name) => ({
          StartAt: name,
          States: { [name]: tokenTask({ step: name }, { End: true }) },
        })),
        ResultPath: '$.both',
        End: true,
      },
    })
    const { executionArn } = await stand.start('t', { group: 'g', nodes: [{ node: 'a' }, { node: 'b' }] })

    const tokens = await stand.tokens('ask', 2)
    expect(stand.calls.map(({ node, group }) => [node, group])).toEqual([
      ['a', 'g'],
      ['b', 'g'],
    ])
    await stand.succeed(tokens[1] ?? '', 'from b')
    await stand.succeed(tokens[0] ?? '', 'from a')
    for (const branch of ['Right', 'Left']) await stand.succeed((await stand.tokens(branch))[0] ?? '', branch)

    const { result } = await stand.ended(executionArn)
    expect(result).toMatchObject({ each: ['from a', 'from b'], both: ['Left', 'Right'] })
  })

  it('is abandoned with its siblings when one of a Map fails', async () => {
    const askNode = tokenTask({ step: 'ask' }, { End: true })
    stand = await startStand({
      Each: { Type: 'Map', ItemProcessor: { StartAt: 'AskNode', States: { AskNode: askNode } }, End: true },
    })
    const { executionArn } = await stand.start('t', [1, 2])
    const [first, second = ''] = await stand.tokens('ask', 2)

    await stand.client.send(new SendTaskFailureCommand({ taskToken: first, error: 'Refused' }))

    expect(await stand.ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'Refused' })
    await expect(stand.succeed(second, {})).rejects.toThrow(TaskTimedOut)
  })

  it('refuses a token that was never given out, and an answer that is no JSON', async () => {
    stand = await startStand({ Ask: ask })
    await stand.start('t')
    const [taskToken] = await stand.tokens('ask')

    await expect(stand.succeed('invented', {})).rejects.toThrow(InvalidToken)
    await expect(stand.client.send(new SendTaskSuccessCommand({ taskToken, output: 'no JSON' }))).rejects.toThrow(
      InvalidOutput,
    )
    await stand.succeed(taskToken ?? '', {})
  })
})
