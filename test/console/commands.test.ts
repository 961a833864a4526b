import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { until } from '../stage/pair-under-test.ts'
import { inBrowser, shows } from './browser.ts'
import { ConsoleUnderTest, openPair } from './console-under-test.ts'

const IMAGES = fileURLToPath(new URL('../../docs/images/', import.meta.url))

/** The README's pictures are taken by these stories, when they are told to: `UPDATE_SCREENSHOTS=1`. */
async function picture(page: Page, name: string): Promise<void> {
  if (process.env.UPDATE_SCREENSHOTS !== '1') return
  mkdirSync(IMAGES, { recursive: true })
  await page.screenshot({ path: `${IMAGES}${name}.png` })
}

const dialog = (page: Page) => page.getByRole('dialog')
const button = (page: Page, name: string) => page.getByRole('main').getByRole('button', { name, exact: true })
const isOff = (page: Page, name: string) =>
  until(`${name} is off`, async () => (await button(page, name).getAttribute('aria-disabled')) === 'true')

const isOn = (page: Page, name: string) =>
  until(`${name} is on`, async () => (await button(page, name).getAttribute('aria-disabled')) !== 'true')

const CHANGING =
  /^(Failover|Fallback|Recover|Plan|Begin|End|Switch|Acknowledge|Cancel|Add|Delete|Change|Move|Upload|Rebalance|Count)/

/** What the page's buttons say that change something. An entry of the history begins like the button that led to it. */
const changing = async (page: Page): Promise<string[]> => {
  const buttons = page.locator('main :is(button, [role=button]):not([aria-label="Entries of the history"] *)')
  return (await buttons.allInnerTexts()).filter((name) => CHANGING.test(name))
}

async function addUsers({ client, clusterPath }: ConsoleUnderTest, count: number): Promise<void> {
  const users = Array.from({ length: count }, (_, index) => ({ user: `user-${index}` }))
  await client.request({ method: 'POST', path: `${clusterPath}/users/batch`, body: { users } })
}

inBrowser('what an operator asks for by clicks', () => {
  let stage: ConsoleUnderTest
  let page: Page
  beforeAll(async () => {
    stage = await ConsoleUnderTest.open()
    await addUsers(stage, 30)
    page = await stage.lookAtPair()
  }, 120_000)
  afterAll(() => stage?.end())

  it('a failover is shown before it begins, step by step and with the number of users whom it disconnects', async () => {
    await button(page, 'Failover').click()
    await dialog(page).getByRole('radio', { name: 'alpha' }).check()
    await dialog(page).getByText('15 users are disconnected').waitFor()
    expect(await dialog(page).innerText()).toContain('The users of alpha (15 at present) are disconnected from alpha')
    await dialog(page).getByRole('button', { name: 'Cancel' }).click()
    expect((await stage.status()).transition).toBeNull()
  })

  it('a failover runs, each step is seen, and the users are with the peer', async () => {
    await button(page, 'Failover').click()
    await dialog(page).getByRole('radio', { name: 'alpha' }).check()
    await dialog(page).getByRole('button', { name: 'Failover' }).click()
    await shows(page, 'Failover of alpha to beta')
    await picture(page, 'failover')
    await stage.untilPair('Idle/OnAdminRequest', 'RunningInBackupMode/OnAdminRequest')
    await shows(page, 'beta serves the users of alpha')
  })

  it('what the state does not allow cannot be clicked, and it is said why', async () => {
    await isOff(page, 'Failover')
    await isOff(page, 'Recover')
    await button(page, 'Failover').hover()
    await shows(page, 'A failover needs both nodes Normal')
  })

  it('a fallback by clicks', async () => {
    await button(page, 'Fallback').click()
    await dialog(page).getByText('15 users are disconnected').waitFor()
    await dialog(page).getByRole('button', { name: 'Fallback' }).click()
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
    await isOff(page, 'Fallback')
    await isOn(page, 'Failover')
  })

  it('a recovery by clicks, out of failed mode', async () => {
    for (const node of ['alpha', 'beta']) process.kill(stage.pidOf(node, 'XCP Router'), 'SIGKILL')
    await shows(page, /Running in Failed Mode[\s\S]*Running in Failed Mode/)
    await isOn(page, 'Recover')
    await button(page, 'Recover').click()
    await dialog(page).getByText('Step by step').waitFor()
    await dialog(page).getByRole('button', { name: 'Recover' }).click()
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
    await isOn(page, 'Failover')
  })

  it('what happened meanwhile is refused, and said in the dialog, which stays', async () => {
    await button(page, 'Failover').click()
    await dialog(page).getByRole('radio', { name: 'alpha' }).check()
    const confirm = dialog(page).getByRole('button', { name: 'Failover' })
    await until('it can be confirmed', async () => (await confirm.getAttribute('aria-disabled')) !== 'true')
    // The network is slow to tell of it, and somebody else is first.
    await page.route('**/events**', (route) => route.abort())
    await stage.ask('failover', 'beta')
    await stage.untilPair('RunningInBackupMode/OnAdminRequest', 'Idle/OnAdminRequest')
    await confirm.click({ force: true })
    await until('it is said', async () =>
      (await dialog(page).innerText()).includes('A failover needs both nodes Normal'),
    )
    await page.unroute('**/events**')
    await dialog(page).getByRole('button', { name: 'Cancel' }).click()
    const { nodes } = await stage.status()
    expect(nodes.map(({ state }) => state)).toEqual(['RunningInBackupMode', 'Idle'])
  })

  it('the overview tells it, too', async () => {
    const overview = await stage.look()
    await shows(overview, 'Users away from home')
    await picture(overview, 'overview')
  })

  it('a viewer sees all of it, and no button that would be refused', async () => {
    const viewer = await stage.lookAsViewer()
    await openPair(viewer)
    await shows(viewer, 'alpha serves the users of beta')
    const refused: string[] = []
    viewer.on('response', (response) => {
      if (response.status() === 403) refused.push(`${response.request().method()} ${response.url()}`)
    })
    await shows(viewer, 'Entries')
    expect(await changing(viewer)).toEqual([])
    expect(await changing(page)).toContain('Failover')
    for (const place of ['Users', 'Configuration']) {
      await viewer.getByRole('navigation').getByRole('link', { name: place, exact: true }).click()
      await viewer.getByRole('heading', { level: 1 }).filter({ hasNotText: 'pair' }).waitFor()
      expect(await changing(viewer)).toEqual([])
    }
    expect(refused).toEqual([])
  })

  it('needs no mouse', async () => {
    const focused = (name: string) =>
      page.evaluate(`document.activeElement?.matches('button') && document.activeElement.textContent === '${name}'`)
    const tabTo = async (name: string) => {
      for (let presses = 0; presses < 60 && !(await focused(name)); presses++) await page.keyboard.press('Tab')
      expect(await focused(name)).toBe(true)
    }
    await isOn(page, 'Fallback')
    await page.getByRole('heading', { name: 'pair', level: 1 }).click()
    await tabTo('Fallback')
    await page.keyboard.press('Enter')
    await dialog(page).getByText('15 users are disconnected').waitFor()
    await page.keyboard.press('Escape')
    await dialog(page).waitFor({ state: 'detached' })
    // Who closes a dialog is where they were.
    expect(await focused('Fallback')).toBe(true)
    await page.keyboard.press('Enter')
    await dialog(page).getByText('15 users are disconnected').waitFor()
    await tabTo('Fallback')
    await page.keyboard.press('Enter')
    await stage.untilPair('Normal/Normal', 'Normal/Normal')
  })
})
