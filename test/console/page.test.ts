import type { Page } from 'playwright-core'
import { inBrowser, shows } from './browser.ts'
import { ConsoleUnderTest, openPair } from './console-under-test.ts'

const FIRST_LOAD_BYTES = 500_000

/** Every page, by the navigation that leads to it. */
const PAGES: [name: string, open: (page: Page) => Promise<void>][] = [
  ['the groups', async (page) => shows(page, 'Fleet brake').then(() => undefined)],
  ['a group', openPair],
  ['the configuration', (page) => byNavigation(page, 'Configuration')],
  ['the users', (page) => byNavigation(page, 'Users')],
]

async function byNavigation(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name, exact: true }).click()
  await page.getByRole('heading', { level: 1 }).filter({ hasNotText: 'Groups' }).waitFor()
}

inBrowser('the page', () => {
  let stage: ConsoleUnderTest
  beforeAll(async () => {
    stage = await ConsoleUnderTest.open()
  }, 120_000)
  afterAll(() => stage?.end())

  it('needs at most 500 KB until all groups are shown', async () => {
    const sizes: number[] = []
    const page = await stage.browser.visit('about:blank')
    page.on('response', async (response) => {
      sizes.push((await response.request().sizes()).responseBodySize)
    })
    await page.goto(stage.describe().console ?? '')
    await shows(page, 'pair')
    await page.waitForLoadState('load')
    expect(sizes.length).toBeGreaterThan(5)
    expect(sizes.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(FIRST_LOAD_BYTES)
  })

  it.each(PAGES)('of %s has no serious finding of axe-core: dark or light, wide or narrow', async (_, open) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await stage.look({ colorScheme })
      await open(page)
      expect({ colorScheme, barriers: await stage.browser.barriers(page) }).toEqual({ colorScheme, barriers: [] })
      await page.setViewportSize({ width: 390, height: 844 })
      expect({ narrow: colorScheme, barriers: await stage.browser.barriers(page) }).toEqual({
        narrow: colorScheme,
        barriers: [],
      })
      // Nothing is wider than the screen.
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
      await page.context().close()
    }
  })

  it('leads from the overview to a group and back with the keyboard alone', async () => {
    const page = await stage.look()
    const isThere = () =>
      page.evaluate('document.activeElement?.matches("a") && document.activeElement.textContent === "pair"')
    for (let presses = 0; presses < 60 && !(await isThere()); presses++) {
      // A table is one stop of the Tab key; within it the arrows lead on: down from the headers, then to the right.
      const inTable = await page.evaluate('Boolean(document.activeElement?.closest("[role=grid]"))')
      const inHeaders = await page.evaluate('Boolean(document.activeElement?.closest("thead"))')
      await page.keyboard.press(inTable ? (inHeaders ? 'ArrowDown' : 'ArrowRight') : 'Tab')
    }
    expect(await isThere()).toBe(true)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'pair', level: 1 }).waitFor()
    await page.goBack()
    await page.getByRole('heading', { name: 'Groups', level: 1 }).waitFor()
  })

  it('is not shown to who has no token', async () => {
    const page = await stage.browser.visit(new URL(stage.describe().console ?? '').origin)
    await page.getByRole('button', { name: 'Sign in as operator' }).click()
    await shows(page, 'Open the address that `npm start` printed')
  })

  it('stays signed in when it is loaded anew, and shows the token to nobody', async () => {
    const page = await stage.look()
    expect(page.url()).not.toContain('token')
    await page.reload()
    await page.getByRole('heading', { name: 'Groups', level: 1 }).waitFor()
  })

  it('asks nobody but its own servers, and keeps to its content security policy', () => {
    expect(stage.browser.misdeeds).toEqual({ errors: [], foreign: [] })
  })
})
