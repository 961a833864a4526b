import type { Page } from 'playwright-core'
import { until } from '../stage/pair-under-test.ts'
import { inBrowser, shows } from './browser.ts'
import { ConsoleUnderTest } from './console-under-test.ts'

const DELAY = 'Critical service delay'

inBrowser('a change of the configuration', () => {
  let stage: ConsoleUnderTest
  let page: Page
  beforeAll(async () => {
    stage = await ConsoleUnderTest.open()
  }, 120_000)
  afterAll(() => stage?.end())
  beforeEach(async () => {
    page = await stage.look()
    await page.getByRole('navigation').getByRole('link', { name: 'Configuration', exact: true }).click()
    await page.getByRole('link', { name: 'demo', exact: true }).click()
    await page.getByRole('link', { name: 'Change parameters' }).click()
    await field().waitFor()
  })
  afterEach(() => page.context().close())

  const field = () => page.getByRole('main').getByLabel(DELAY)
  const review = () => page.getByRole('button', { name: 'Review the change' }).click()
  const send = () => page.getByRole('dialog').getByRole('button', { name: 'Change', exact: true }).click()
  const patch = (body: object) =>
    stage.client.request({ method: 'PATCH', path: `${stage.clusterPath}/service-parameters`, body })
  async function parameters() {
    const { body } = await stage.client.request<{ serviceParameters: Record<string, unknown> }>({
      method: 'GET',
      path: stage.clusterPath,
    })
    return body.serviceParameters
  }

  it('is validated as one types, and its difference is shown before it is sent', async () => {
    const before = (await parameters()).criticalServiceDelaySeconds
    await field().fill('0')
    await field().blur()
    await shows(page, 'Must be at least 1')
    await field().fill('7')
    await review()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(DELAY).waitFor()
    expect(await dialog.innerText()).toMatch(new RegExp(`${before} s[\\s\\S]*7 s`))
    expect((await parameters()).criticalServiceDelaySeconds).toBe(before)
    await send()
    await until('it is changed', async () => (await parameters()).criticalServiceDelaySeconds === 7)
  })

  it('that somebody else has made meanwhile is shown beside one’s own, and nothing is overwritten', async () => {
    await field().fill('8')
    await patch({ criticalServiceDelaySeconds: 9, automaticFallbackDelaySeconds: 33 })
    await shows(page, 'Somebody changed this meanwhile')
    await page.getByRole('radio', { name: 'Yours' }).check()
    await page.getByRole('button', { name: 'Build upon the new state' }).click()
    await review()
    await send()
    await until('it is changed', async () => (await parameters()).criticalServiceDelaySeconds === 8)
    expect((await parameters()).automaticFallbackDelaySeconds).toBe(33)
  })

  it('that builds upon an older state is refused by the API, and what one typed is kept', async () => {
    await field().fill('11')
    await review()
    await page.getByRole('dialog').getByText(DELAY).waitFor()
    // This page hears nothing of it: only the version that it names protects the other's change.
    let isDeaf = true
    const { origin } = new URL(stage.describe().endpoint)
    await page.route(`${origin}/**`, (route) =>
      isDeaf && route.request().method() === 'GET' ? route.abort() : route.fallback(),
    )
    await patch({ automaticFallbackDelaySeconds: 44 })
    const refused = page.waitForResponse((response) => response.status() === 412)
    await send()
    await refused
    isDeaf = false
    await shows(page, 'Somebody changed this meanwhile')
    expect((await parameters()).criticalServiceDelaySeconds).not.toBe(11)
    expect(await field().inputValue()).toBe('11')
    expect((await parameters()).automaticFallbackDelaySeconds).toBe(44)
  })
})
