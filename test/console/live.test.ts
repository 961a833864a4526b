import type { Page } from 'playwright-core'
import { until } from '../stage/pair-under-test.ts'
import { inBrowser, shows } from './browser.ts'
import { ConsoleUnderTest, openPair } from './console-under-test.ts'

const HOME = 'automaticFallbackDelaySeconds'

inBrowser('what happens is on the page', () => {
  let stage: ConsoleUnderTest
  let page: Page
  beforeAll(async () => {
    stage = await ConsoleUnderTest.open({ automaticFallbackEnabled: true, [HOME]: 4, criticalServiceDelaySeconds: 2 })
    page = await stage.look()
  }, 120_000)
  afterAll(() => stage?.end())

  it('a killed service leads to backup mode, and home again', async () => {
    process.kill(stage.pidOf('alpha', 'XCP Router'), 'SIGKILL')
    await shows(page, 'Failover of alpha to beta')
    await shows(page, 'Users away from home')
    await openPair(page)
    await shows(page, 'Failed Over with Critical Services Not Running')
    await shows(page, 'Running in Backup Mode')
    stage.node('alpha').startService('XCP Router')
    await shows(page, 'Fallback to alpha from beta')
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
    await until('the page shows two nodes at home', async () => {
      const text = await page.getByRole('main').innerText()
      return !text.includes('Running in Backup Mode (') && !text.includes('Falling Back')
    })
    await page.goBack()
    await shows(page, /All \(1\)[\s\S]*Normal \(1\)/)
  })

  it('within a second of its event', async () => {
    const lags: number[] = []
    for (let times = 0; times < 5; times++) {
      const reason = `work ${times}`
      const changedMs = performance.now()
      await stage.client.request({
        method: 'PUT',
        path: `${stage.groupPath}/maintenance`,
        body: { enabled: times % 2 === 0, ...(times % 2 === 0 ? { reason } : {}) },
      })
      await shows(page, times % 2 === 0 ? 'Held back (1)' : 'Normal (1)')
      lags.push(performance.now() - changedMs)
    }
    // The quickest tells what the page does, the others what else this host did meanwhile.
    expect(Math.min(...lags)).toBeLessThan(1000)
  })

  it('says that it is old while the network is lost, and catches up', async () => {
    await page.context().setOffline(true)
    await shows(page, 'What you see is old')
    await stage.client.request({
      method: 'PUT',
      path: `${stage.groupPath}/maintenance`,
      body: { enabled: false },
    })
    await stage.ask('failover', 'alpha')
    await stage.untilPair('Idle/OnAdminRequest', 'RunningInBackupMode/OnAdminRequest')
    expect(await page.getByRole('main').innerText()).not.toContain('On Admin Request')
    await page.context().setOffline(false)
    await shows(page, 'On Admin Request')
    await until('it is no longer old', async () => !(await page.getByText('What you see is old').isVisible()))
  })

  it('says so, too, while the control plane is gone', async () => {
    await stage.kill()
    await shows(page, 'What you see is old')
    await stage.restart()
    await until('it is no longer old', async () => !(await page.getByText('What you see is old').isVisible()))
  })
})
