import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DoorWatcher } from './door-watcher.ts'
import { StageUnderTest, until } from './stage-under-test.ts'

const TIMEOUT_MS = 3000

/**
 * What users see of every kind of failover: both fronts are asked every 20 ms, all the time, and never do two of them
 * serve the same users [protocol.md, invariant S].
 */
describe('the doors of a pair', () => {
  let stage: StageUnderTest
  let watcher: DoorWatcher
  beforeAll(async () => {
    stage = await StageUnderTest.start({
      criticalServiceDelaySeconds: 1,
      keepAliveTimeoutSeconds: TIMEOUT_MS / 1000,
      keepAliveIntervalSeconds: 0.6,
    })
    const { nodes } = stage.describe()
    watcher = new DoorWatcher({ alpha: nodes.alpha?.front.port ?? 0, beta: nodes.beta?.front.port ?? 0 })
    watcher.start()
    await untilServing({ alpha: 'alpha', beta: 'beta' })
  })
  beforeEach(() => watcher.forget())
  afterEach(() => expect(watcher.servedTwice()).toEqual([]))
  afterAll(async () => {
    await watcher?.stop()
    await stage?.end()
  })

  /** Waits until the fronts say that they serve these users, and nobody else's. */
  async function untilServing(wanted: Record<string, string>): Promise<void> {
    const isSo = ([front, homes]: [string, string]) => watcher.serves(front).join(' ') === homes
    await until(`the fronts serve ${JSON.stringify(wanted)}`, () => Object.entries(wanted).every(isSo))
  }

  /**
   * Does what makes the users of `home` move, and answers when it was done, when the old front served them last and
   * the new one first. A user who was connected all the time was cut.
   */
  async function move(home: string, [from, to]: [string, string], act: () => unknown) {
    await until('a user is connected', () => watcher.serves(from).includes(home))
    const actedMs = performance.now()
    await act()
    const openedMs = await until(`${to} serves ${home}`, () => watcher.firstServedMs(to, home, actedMs))
    await until(`${from} does not serve ${home}`, () => !watcher.serves(from).includes(home))
    await until('he is cut', () => wasCut(from, home, actedMs))
    const closedMs = watcher.lastServedMs(from, home) ?? 0
    expect(closedMs).toBeLessThan(openedMs)
    return { actedMs, closedMs, openedMs }
  }

  const wasCut = (from: string, home: string, sinceMs: number): boolean =>
    watcher.cuts.some(({ front, serves, atMs }) => front === from && serves.includes(home) && atMs > sinceMs)
  const agentPid = (node: string): number => stage.node(node).agent()?.pid ?? 0
  const fallBack = (node: string, from: string) =>
    move(node, [from, node], () => stage.askWhenAllowed('fallback', node))
  const untilNormal = () => stage.untilPair('Normal/Normal', 'Normal/Normal')

  it('move on request, there and back [B20] [B21]', async () => {
    await move('alpha', ['alpha', 'beta'], () => stage.askWhenAllowed('failover', 'alpha'))
    await stage.untilPair('Idle/OnAdminRequest', 'RunningInBackupMode/OnAdminRequest')
    await untilServing({ alpha: '', beta: 'beta alpha' })
    await fallBack('alpha', 'beta')
    await untilNormal()
    await untilServing({ alpha: 'alpha', beta: 'beta' })
  })

  it.each([
    ['a critical service stays down [B11]', 'SIP Proxy'],
    ['the database stays down [B12]', 'Database'],
  ])('move when %s, and stay when it runs again', async (_, service) => {
    await move('beta', ['beta', 'alpha'], () => process.kill(stage.pidOf('beta', service), 'SIGKILL'))
    await stage.node('beta').startService(service)
    await stage.untilPair('RunningInBackupMode/CriticalServiceDown', 'FailedOver/CriticalServiceDown')
    await untilServing({ alpha: 'alpha beta', beta: '' })
    await fallBack('beta', 'alpha')
    await untilNormal()
  })

  it('close by themselves when the agent is killed, before the peer takes over [B9]', async () => {
    const { actedMs, closedMs } = await move('alpha', ['alpha', 'beta'], () =>
      process.kill(agentPid('alpha'), 'SIGKILL'),
    )
    expect(closedMs - actedMs).toBeLessThan(TIMEOUT_MS)
    expect(stage.node('alpha').front()).not.toBeNull()
    stage.node('alpha').startAgent()
    await stage.untilPair('FailedOver/PeerDown', 'RunningInBackupMode/PeerDown')
    await untilServing({ alpha: '', beta: 'beta alpha' })
    await fallBack('alpha', 'beta')
    await untilNormal()
  })

  it('close by themselves when the agent is stopped, and stay closed when it goes on [B9]', async () => {
    const pid = agentPid('alpha')
    const { actedMs, closedMs } = await move('alpha', ['alpha', 'beta'], () => process.kill(pid, 'SIGSTOP'))
    expect(closedMs - actedMs).toBeLessThan(TIMEOUT_MS)
    await stage.untilPair('FailedOverWithCriticalServicesNotRunning/PeerDown', 'RunningInBackupMode/PeerDown')
    process.kill(pid, 'SIGCONT')
    await stage.untilPair('FailedOver/PeerDown', 'RunningInBackupMode/PeerDown')
    expect(agentPid('alpha')).toBe(pid)
    expect(watcher.firstServedMs('alpha', 'alpha', closedMs + 1)).toBeUndefined()
    await fallBack('alpha', 'beta')
    await untilNormal()
  })

  it('close at once when the host says good-bye, although its front lives on [B10]', async () => {
    const { actedMs, openedMs } = await move('alpha', ['alpha', 'beta'], () => {
      writeFileSync(join(stage.dataFolder, 'nodes', 'alpha', 'going-down'), 'reboot')
      process.kill(agentPid('alpha'), 'SIGTERM')
    })
    expect(openedMs - actedMs).toBeLessThan(TIMEOUT_MS)
    expect(stage.node('alpha').front()).not.toBeNull()
    await stage.node('alpha').powerOff()
    await stage.node('alpha').up()
    await stage.untilPair('FailedOver/Initialization', 'RunningInBackupMode/PeerReboot')
    await untilServing({ alpha: '', beta: 'beta alpha' })
    await fallBack('alpha', 'beta')
    await untilNormal()
  })

  it('move all together when the node in backup mode is lost, too [B16]', async () => {
    await move('alpha', ['alpha', 'beta'], () => process.kill(stage.pidOf('alpha', 'XCP Router'), 'SIGKILL'))
    await stage.node('alpha').startService('XCP Router')
    await stage.untilPair('FailedOver/CriticalServiceDown', 'RunningInBackupMode/CriticalServiceDown')
    await move('beta', ['beta', 'alpha'], () => process.kill(agentPid('beta'), 'SIGKILL'))
    await stage.untilPair('BackupActivated/PeerDown', 'FailoverAffectedServices/PeerDown')
    await untilServing({ alpha: 'alpha beta', beta: '' })
    stage.node('beta').startAgent()
    await until('beta is heard', async () => (await stage.status()).nodes[1]?.reachable)
    await fallBack('beta', 'alpha')
    await untilNormal()
  })

  it('stay open while the control plane is out of reach, by promise of the peer, and close without it [rules 16–18]', async () => {
    const killedMs = performance.now()
    const killedAt = new Date().toISOString()
    await stage.kill()
    const servesUntil = (node: string) => (watcher.lastServedMs(node, node) ?? 0) - killedMs
    await until('both have served on for two timeouts', () =>
      ['alpha', 'beta'].every((node) => servesUntil(node) > 2 * TIMEOUT_MS),
    )

    // Whose peer is silent, too, closes: nobody could say whether it was taken over.
    const beta = stage.node('beta')
    process.kill(beta.agent()?.pid ?? 0, 'SIGKILL')
    await untilServing({ alpha: '', beta: '' })
    for (const node of ['alpha', 'beta']) expect(wasCut(node, node, killedMs)).toBe(true)
    beta.startAgent()

    await stage.restart()
    await untilServing({ alpha: 'alpha', beta: 'beta' })
    await untilNormal()
    const since = (await stage.history()).filter(({ at }) => at > killedAt)
    const ofSilence = ['Node Reachability Change', 'Incident State Change']
    expect(since.filter(({ detailType }) => !ofSilence.includes(detailType))).toEqual([])
  })
})
