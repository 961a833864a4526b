import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ONCE_IN_MS } from '../../functions/usecases/trace-refusal.ts'
import { StageUnderTest, until } from './stage-under-test.ts'

describe('[3.3] an agent with the identity of another node', () => {
  let stage: StageUnderTest

  beforeAll(async () => {
    stage = await StageUnderTest.start()
  })
  afterAll(() => stage?.end())

  /** Ends the agent, gives its configuration another profile of the credentials, and starts it again. */
  async function restartAs(node: string, profile: string): Promise<void> {
    const file = join(stage.dataFolder, 'nodes', node, 'agent.yaml')
    const demo = stage.node(node)
    const agent = demo.agent()
    if (agent) process.kill(agent.pid, 'SIGTERM')
    await until(`the agent of ${node} is gone`, () => !demo.agent())
    writeFileSync(file, readFileSync(file, 'utf8').replace(/profile: .*/, `profile: ${profile}`))
    demo.startAgent()
  }
  const refusals = async () => (await stage.history()).filter(({ detailType }) => detailType === 'Request Refused')

  it('is refused, leaves one trace however often it tries, and is heard again under its own', async () => {
    await until('these are not the last moments of ten minutes', () => Date.now() % ONCE_IN_MS < ONCE_IN_MS - 20_000)
    const startedMs = Date.now()
    await restartAs('alpha', 'beta')
    const logFile = join(stage.dataFolder, 'stage.log')
    await until('the agent was refused more than once', () => {
      const lines = readFileSync(logFile, 'utf8').split('\n')
      return lines.filter((line) => line.includes('"NotThisNode"')).length > 1
    })

    const traces = await refusals()
    expect(traces.map(({ detail }) => detail)).toEqual([
      expect.objectContaining({
        by: expect.stringMatching(/user\/beta$/),
        request: { action: 'heartbeat', node: 'alpha' },
        detail: 'This identity is not the principal of node "alpha".',
      }),
    ])
    const lastHeartbeat = async (node: string) => {
      const found = (await stage.status()).nodes.find((each) => each.node === node)
      return Date.parse(found?.lastHeartbeatAt ?? '')
    }
    expect(await lastHeartbeat('beta')).toBeGreaterThan(startedMs)

    const mendedMs = Date.now()
    await restartAs('alpha', 'alpha')
    await until('alpha is heard', async () => (await lastHeartbeat('alpha')) > mendedMs)
    expect(await refusals()).toEqual(traces)
  })
})
