import {
  InvalidOutput,
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  TaskTimedOut,
} from '@aws-sdk/client-sfn'
import { ask, caught, giveUp, type Stand, startStand, tokenTask } from './workflow-stand.ts'

let stand: Stand

afterEach(() => stand.close())

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
