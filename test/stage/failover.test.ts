import { StageUnderTest, until } from './stage-under-test.ts'

describe('a pair of real nodes', () => {
  let stage: StageUnderTest
  beforeAll(async () => {
    stage = await StageUnderTest.start()
  })
  afterAll(() => stage.end())

  it('fails over and falls back on request [B20] [B21]', async () => {
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
    await stage.ask('failover', 'alpha')
    const status = await stage.untilPair('Idle/OnAdminRequest', 'RunningInBackupMode/OnAdminRequest')
    expect(Object.values(status.nodes[0]?.criticalServices ?? {}).map(({ state }) => state)).toEqual(
      Array(5).fill('stopped'),
    )
    await stage.ask('fallback', 'alpha')
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
  })

  it('fails over when a critical service stays down, and is ready when it is started again [B11] [B14]', async () => {
    process.kill(stage.pidOf('alpha', 'XCP Router'), 'SIGKILL')
    await stage.untilPair(
      'FailedOverWithCriticalServicesNotRunning/CriticalServiceDown',
      'RunningInBackupMode/CriticalServiceDown',
    )
    await stage.node('alpha').startService('XCP Router')
    await stage.untilPair('FailedOver/CriticalServiceDown', 'RunningInBackupMode/CriticalServiceDown')
    await stage.ask('fallback', 'alpha')
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
  })

  it('fails over when the database stays down [B12]', async () => {
    process.kill(stage.pidOf('beta', 'Database'), 'SIGKILL')
    await stage.untilPair(
      'RunningInBackupMode/DatabaseFailure',
      'FailedOverWithCriticalServicesNotRunning/DatabaseFailure',
    )
    await stage.node('beta').startService('Database')
    await stage.untilPair('RunningInBackupMode/CriticalServiceDown', 'FailedOver/CriticalServiceDown')
    await stage.ask('fallback', 'beta')
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
  })

  it('fails over when the heartbeat is lost, and the node is back when its agent is [B9] [B14]', async () => {
    process.kill(stage.node('alpha').agent()?.pid ?? 0, 'SIGKILL')
    await stage.untilPair('FailedOverWithCriticalServicesNotRunning/PeerDown', 'RunningInBackupMode/PeerDown')
    stage.node('alpha').startAgent()
    await stage.untilPair('FailedOver/PeerDown', 'RunningInBackupMode/PeerDown')
    await stage.ask('fallback', 'alpha')
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
  })

  it('fails over at once when the host says good-bye [B10]', async () => {
    await stage.node('alpha').shutDown('reboot')
    await stage.untilPair('FailedOverWithCriticalServicesNotRunning/PeerReboot', 'RunningInBackupMode/PeerReboot')
    await stage.node('alpha').up()
    await stage.untilPair('FailedOver/Initialization', 'RunningInBackupMode/PeerReboot')
    await stage.ask('fallback', 'alpha')
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
  })

  it('says what is possible when the state does not allow a command [B23]', async () => {
    await expect(stage.ask('fallback', 'alpha')).rejects.toMatchObject({ problem: { status: 409 } })
    await until('refusal', async () =>
      (await stage.history()).find(({ detailType }) => detailType === 'Request Refused'),
    )
  })
})
