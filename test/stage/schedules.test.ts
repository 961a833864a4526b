import { StageUnderTest, until } from './stage-under-test.ts'

/** Longer than the stage takes to come back. */
const AHEAD_MS = 12_000
const LATE_MS = 3000

describe('a stage that is killed while something is planned', () => {
  let stage: StageUnderTest
  beforeAll(async () => {
    stage = await StageUnderTest.start({
      initializationKeepAliveTimeoutSeconds: 15,
      keepAliveTimeoutSeconds: 15,
      keepAliveIntervalSeconds: 0.4,
    })
  })
  afterAll(() => stage?.end())

  it('does it all the same, at its time and once', async () => {
    const { cluster, group } = await stage.status()
    const path = `/clusters/${cluster}/groups/${group}` as const
    const atMs = Date.now() + AHEAD_MS
    const { body } = await stage.client.request<{ schedule: { id: string; by: string } }>({
      method: 'POST',
      path: `${path}/schedules`,
      body: { action: 'failover', node: 'alpha', at: new Date(atMs).toISOString() },
    })

    await stage.kill()
    await stage.restart()
    expect((await stage.status()).schedules).toMatchObject([{ id: body.schedule.id }])
    await stage.untilPair('Idle/OnAdminRequest', 'RunningInBackupMode/OnAdminRequest')

    const { body: history } = await stage.client.request<{ events: { at: string; detail: { status?: string } }[] }>({
      method: 'GET',
      path: `${path}/history`,
      query: { limit: 500 },
    })
    const runs = history.events.filter(({ detail }) => detail.status === 'RUN')
    expect(runs).toHaveLength(1)
    const lateMs = Date.parse(runs[0]?.at ?? '') - atMs
    expect(lateMs).toBeGreaterThanOrEqual(0)
    expect(lateMs).toBeLessThan(LATE_MS)
    await until('it is over', async () => (await stage.status()).transition === null)
    const report = await stage.client.request({
      method: 'GET',
      path: `${path}/transitions/failover-${body.schedule.id}`,
    })
    expect(report.body).toMatchObject({ status: 'SUCCEEDED', requestedBy: body.schedule.by })
  })
})
