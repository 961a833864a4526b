import {
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidExecutionInput,
  InvalidName,
  InvalidToken,
  StartExecutionCommand,
  StateMachineDoesNotExist,
  StopExecutionCommand,
  TaskTimedOut,
} from '@aws-sdk/client-sfn'
import { ask, caught, giveUp, type Stand, startStand, task, until } from './workflow-stand.ts'

let stand: Stand

afterEach(() => stand.close())

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
