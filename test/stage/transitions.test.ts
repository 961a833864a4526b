import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EventRecord, GroupStatus } from '../../apps/client/answers.ts'
import { StageUnderTest, until } from './stage-under-test.ts'
import { Switches, UNRELIABLE } from './switches.ts'

const DELAY_MS = 2000

describe('transitions of a pair of real nodes', () => {
  let stage: StageUnderTest
  let alpha: Switches
  let beta: Switches
  beforeAll(async () => {
    stage = await StageUnderTest.start({ criticalServiceDelaySeconds: DELAY_MS / 1000 })
    alpha = await Switches.install(stage, 'alpha')
    beta = await Switches.install(stage, 'beta')
  })
  afterAll(() => stage?.end())

  let begunAt = ''
  beforeEach(() => {
    begunAt = new Date().toISOString()
  })

  const untilNormal = () => stage.untilPair('Normal/Normal', 'Normal/Normal')
  const untilIdle = () => stage.untilPair('Idle/OnAdminRequest', 'RunningInBackupMode/OnAdminRequest')
  const untilFailed = (reason: string) =>
    stage.untilPair(`RunningInFailedMode/${reason}`, `RunningInFailedMode/${reason}`)
  const untilStep = (step: string | undefined) =>
    until(`step ${step}`, async () => (await stage.status()).transition?.step === step)

  /** What became of transitions since the test began, such as `WAITING 280`, with the policy's row. */
  async function told(): Promise<string[]> {
    return (await transitionEvents()).map(({ detail }) => `${detail.status} ${detail.rule}`)
  }

  /** The history follows the decision at a little distance. */
  async function expectTold(...events: string[]): Promise<void> {
    await until('the history has it', async () => (await told()).length >= events.length)
    expect(await told()).toEqual(events)
  }

  async function transitionEvents(): Promise<EventRecord[]> {
    const events = await stage.history()
    return events.filter(({ at, detailType }) => at > begunAt && detailType === 'Transition State Change')
  }

  const runningSinceMs = async () =>
    Date.parse((await transitionEvents()).findLast(({ detail }) => detail.status === 'RUNNING')?.at ?? '')

  function services({ nodes }: GroupStatus, index: 0 | 1): string[] {
    return Object.values(nodes[index]?.criticalServices ?? {}).map(({ state }) => state)
  }

  /** The services of a node that have a process. */
  function running(node: string): string[] {
    const found = stage.node(node).services()
    return found.filter(({ process }) => process).map(({ name }) => name)
  }

  function crash(node: string, service: string): number {
    const atMs = Date.now()
    process.kill(stage.pidOf(node, service), 'SIGKILL')
    return atMs
  }

  it('counts anew when a service is back before the delay has passed; nobody else restarts it [B11]', async () => {
    crash('alpha', 'XCP Router')
    await untilStep('CriticalServiceDelay')
    await stage.node('alpha').startService('XCP Router')
    await untilStep(undefined)

    const secondMs = crash('alpha', 'XCP Router')
    await stage.untilPair(
      'FailedOverWithCriticalServicesNotRunning/CriticalServiceDown',
      'RunningInBackupMode/CriticalServiceDown',
    )
    await expectTold('WAITING 280', 'CANCELLED 270', 'WAITING 280', 'RUNNING 240', 'SUCCEEDED 350')
    expect((await runningSinceMs()) - secondMs).toBeGreaterThanOrEqual(DELAY_MS)

    await stage.restartAgent('alpha')
    expect(services(await stage.status(), 0)).toEqual(['running', 'running', 'failed', 'running', 'running'])
    await stage.node('alpha').startService('XCP Router')
    await stage.untilPair('FailedOver/CriticalServiceDown', 'RunningInBackupMode/CriticalServiceDown')
  })

  it('falls back by itself after the delay, which starts anew when health breaks [B15]', async () => {
    await stage.setParameters({ automaticFallbackEnabled: true, automaticFallbackDelaySeconds: 3 })
    await untilStep('FallbackDelay')
    crash('alpha', 'SIP Proxy')
    await stage.untilPair(
      'FailedOverWithCriticalServicesNotRunning/CriticalServiceDown',
      'RunningInBackupMode/CriticalServiceDown',
    )
    const healthyMs = Date.now()
    await stage.node('alpha').startService('SIP Proxy')
    await untilNormal()
    await expectTold('WAITING 474', 'CANCELLED 452', 'WAITING 474', 'RUNNING 462', 'SUCCEEDED 540')
    expect((await runningSinceMs()) - healthyMs).toBeGreaterThanOrEqual(3000)
    await stage.setParameters({ automaticFallbackEnabled: false })
  })

  it('comes to failed mode when the take-over fails, and recovers [B18] [B22]', async () => {
    const runs = beta.runs('onTakeOver').length
    beta.on('onTakeOver fails')
    await stage.askWhenAllowed('failover', 'alpha')
    await untilFailed('TakeOverUsersFailed')
    expect(beta.runs('onTakeOver').length - runs).toBe(2)
    await expectTold('RUNNING 200', 'FAILED 300')
    beta.off('onTakeOver fails')

    await stage.restartAgent('alpha')
    await untilFailed('Unknown')
    const agents = stage.nodes.map((node) => node.agent()?.pid)
    await stage.recover()
    const status = await untilNormal()
    expect(services(status, 0)).toEqual(Array(5).fill('running'))
    for (const [index, node] of stage.nodes.entries()) {
      expect(node.agent()?.pid).not.toBe(agents[index])
      const log = readFileSync(join(stage.dataFolder, 'nodes', node.layout.node, 'agent.log'), 'utf8')
      expect(log).not.toContain('an agent already runs')
    }
  })

  it('comes to failed mode when services do not start; a recovery that fails, too, says why [B18] [B22]', async () => {
    await stage.askWhenAllowed('failover', 'alpha')
    await untilIdle()
    alpha.on('cannot start')
    await stage.askWhenAllowed('fallback', 'alpha')
    await untilFailed('StartOfCriticalServicesFailed')
    await expectTold('RUNNING 200', 'SUCCEEDED 400', 'RUNNING 410', 'FAILED 500')

    await stage.recover()
    const said = await until('the recovery failed', async () =>
      (await transitionEvents()).find(({ detail }) => detail.rule === 622),
    )
    expect(said.detail).toMatchObject({ status: 'FAILED' })
    const status = await untilFailed('StartOfCriticalServicesFailed')
    expect(status.nodes[0]?.criticalServices[UNRELIABLE]?.state).toBe('failed')

    alpha.off('cannot start')
    await stage.recover()
    await untilNormal()
  })

  it('comes to failed mode when the taking back fails, and recovers [B18] [B22]', async () => {
    await stage.askWhenAllowed('failover', 'alpha')
    await untilIdle()
    const runs = alpha.runs('onTakeBack').length
    alpha.on('onTakeBack fails')
    await stage.askWhenAllowed('fallback', 'alpha')
    await untilFailed('TakeBackUsersFailed')
    expect(alpha.runs('onTakeBack').length - runs).toBe(2)
    alpha.off('onTakeBack fails')
    await stage.recover()
    await untilNormal()
  })

  it('takes the restart of an agent for no failure [B19]', async () => {
    await stage.restartAgent('alpha')
    await untilNormal()
    const takeOvers = beta.runs('onTakeOver').length
    beta.on('onTakeOver hangs')
    await stage.askWhenAllowed('failover', 'alpha')
    await until('beta takes over', () => beta.runs('onTakeOver').length > takeOvers)
    await stage.restartAgent('beta')
    await stage.untilPair('FailingOver/OnAdminRequest', 'TakingOver/Initialization', { rest: false })
    beta.off('onTakeOver hangs')
    await untilIdle()

    await stage.restartAgent('beta')
    await stage.untilPair('Idle/OnAdminRequest', 'RunningInBackupMode/Initialization')
    await stage.restartAgent('alpha')
    await stage.untilPair('Idle/Initialization', 'RunningInBackupMode/Initialization')

    const takeBacks = alpha.runs('onTakeBack').length
    alpha.on('onTakeBack hangs')
    await stage.askWhenAllowed('fallback', 'alpha')
    await until('alpha takes back', () => alpha.runs('onTakeBack').length > takeBacks)
    await stage.restartAgent('alpha')
    await stage.untilPair('TakingBack/Initialization', 'FallingBack/OnAdminRequest', { rest: false })
    alpha.off('onTakeBack hangs')
    await untilNormal()
    await expectTold('RUNNING 200', 'SUCCEEDED 400', 'RUNNING 410', 'SUCCEEDED 540')
  })

  it('leaves an Idle node Idle, its services stopped, when its host reboots [B15]', async () => {
    await stage.askWhenAllowed('failover', 'alpha')
    await untilIdle()
    await stage.node('alpha').shutDown('reboot')
    await stage.node('alpha').up()
    const status = await stage.untilPair('Idle/Initialization', 'RunningInBackupMode/OnAdminRequest')
    await until('its database runs', () => running('alpha').includes('Database'))
    expect(services(status, 0)).toEqual(Array(5).fill('stopped'))
    expect(running('alpha')).toEqual(['Database'])
    await stage.askWhenAllowed('fallback', 'alpha')
    await untilNormal()
  })
})
