import type { Page } from 'playwright-core'
import { apiPath } from '../../apps/client/signed-client.ts'
import { until } from '../stage/pair-under-test.ts'
import { inBrowser, shows } from './browser.ts'
import { ConsoleUnderTest } from './console-under-test.ts'

const CLUSTERS = 20
const GROUPS_OF_EACH = 50

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(index + 1).padStart(2, '0'))

/** 1,000 groups of one node each, whose agents were never heard. */
async function addGroups({ client }: ConsoleUnderTest): Promise<void> {
  const put = (path: string, body: object) => client.request({ method: 'PUT', path, body })
  const fill = async (cluster: string) => {
    await put(apiPath`/clusters/${cluster}`, { databasePublisher: 'db' })
    for (const number of numbers(GROUPS_OF_EACH)) {
      const node = `${cluster}-node-${number}`
      const principal = `arn:aws:iam::000000000000:user/${node}`
      await put(apiPath`/clusters/${cluster}/nodes/${node}`, { hostName: node, softwareVersion: '14', principal })
      await put(apiPath`/clusters/${cluster}/groups/${`group-${number}`}`, { nodes: [node] })
    }
  }
  await Promise.all(numbers(CLUSTERS).map((number) => fill(`site-${number}`)))
}

const rows = (page: Page) => page.getByRole('grid', { name: 'Groups' }).getByRole('row')

inBrowser('a thousand groups', () => {
  let stage: ConsoleUnderTest
  let page: Page
  beforeAll(async () => {
    stage = await ConsoleUnderTest.open()
    await addGroups(stage)
    page = await stage.look()
  }, 300_000)
  afterAll(() => stage?.end())

  it('are all there, and only a page of them is drawn', async () => {
    await shows(page, `All (${CLUSTERS * GROUPS_OF_EACH + 1})`)
    expect(await rows(page).count()).toBe(1 + 25)
  })

  it('are found by name, node or cluster', async () => {
    const search = page.getByPlaceholder('Find groups by name, node, state or reason')
    await search.fill('site-07-node-31')
    await search.press('Enter')
    await until('one is left', async () => (await rows(page).count()) === 2)
    expect(await rows(page).nth(1).innerText()).toMatch(/group-31\s+site-07/)
    await page.getByRole('button', { name: 'Clear filters' }).click()
  })

  it('are leafed through', async () => {
    const before = await rows(page).nth(1).innerText()
    await page.getByRole('button', { name: 'Next page' }).click()
    await page.locator('button[aria-current=true]', { hasText: '2' }).waitFor()
    expect(await rows(page).count()).toBe(1 + 25)
    expect(await rows(page).nth(1).innerText()).not.toBe(before)
  })

  it('stay current: a change of one is seen, and the page that one looks at stays', async () => {
    const [first] = await rows(page).nth(1).getByRole('link').all()
    const shownFirst = await first?.innerText()
    await stage.ask('failover', 'alpha')
    await shows(page, 'Users away from home (1)')
    expect(await rows(page).nth(1).getByRole('link').innerText()).toBe(shownFirst)
    await page
      .getByText(/Users away from home/)
      .first()
      .click()
    await until('the one is left', async () => (await rows(page).count()) === 2)
    await shows(page, 'Running in Backup Mode (On Admin Request)')
  })
})
