import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromIni } from '@aws-sdk/credential-providers'
import type { Page } from 'playwright-core'
import { createClient } from '../../apps/client/node-client.ts'
import { apiPath } from '../../apps/client/signed-client.ts'
import type { UserEntry } from '../../apps/client/user-api.ts'
import { inBrowser, shows } from './browser.ts'
import { ConsoleUnderTest } from './console-under-test.ts'

/** Enough for more than one request. */
const MANY = 250

const HEAD = ['user,node', '# Some with a home of their own', 'alice', 'bob,alpha', 'carol,pair']
const BAD = ['dave,nowhere', 'not a name', 'ALICE']
const OTHERS = Array.from({ length: MANY }, (_, index) => `user-${index},alpha`)

const file = (name: string, lines: string[]) => ({
  name,
  mimeType: 'text/csv',
  buffer: Buffer.from(`${lines.join('\n')}\n`),
})

inBrowser('the users', () => {
  let stage: ConsoleUnderTest
  let page: Page
  beforeAll(async () => {
    stage = await ConsoleUnderTest.open()
    page = await stage.look()
    await page.getByRole('navigation').getByRole('link', { name: 'Users', exact: true }).click()
    await page.getByRole('heading', { name: 'Users', level: 1 }).waitFor()
  }, 120_000)
  afterAll(() => stage?.end())

  const button = (name: string | RegExp) => page.getByRole('main').getByRole('button', { name, exact: true })
  const dialog = () => page.getByRole('dialog')
  const tab = (name: string) => page.getByRole('tab', { name }).click()
  const show = async (user: string) => {
    const { body } = await stage.client.request<UserEntry>({
      method: 'GET',
      path: apiPath`/clusters/demo/users/${user}`,
    })
    return body
  }
  const userCount = async () => {
    const { nodes } = await stage.status()
    return nodes.map(({ users }) => users)
  }
  async function open(user: string): Promise<void> {
    await page.getByRole('navigation').getByRole('link', { name: 'Users', exact: true }).click()
    await page.getByRole('searchbox').fill(user)
    await button('Look up').click()
    await page.getByRole('heading', { name: user.toLowerCase(), level: 1 }).waitFor()
  }
  /** A session, as the node that serves the user tells of it. */
  async function logIn(user: string, node: string): Promise<void> {
    const credentials = fromIni({ filepath: join(stage.dataFolder, 'credentials'), profile: node })
    const agent = createClient({ endpoint: stage.describe().endpoint, region: 'us-east-1', credentials })
    const path = apiPath`/clusters/demo/users/${user}/sessions/phone`
    await agent.request({ method: 'PUT', path, body: { platform: 'ios', mode: 'foreground', pushEnabled: false } })
  }

  it('of a file are checked as a whole before anything is sent, and what is wrong is reported by its line', async () => {
    await tab('Upload a file')
    await page.locator('input[type=file]').setInputFiles(file('staff.csv', [...HEAD, ...BAD, ...OTHERS]))
    await shows(page, `${MANY + 3} users can be sent, 3 bad lines. Nothing has been sent yet.`)
    await shows(
      page,
      /6\s+bad line\s+"nowhere"[\s\S]*7\s+bad line\s+"not a name"[\s\S]*8\s+bad line[\s\S]*stands on line 3/,
    )
    expect(await button(/^Send/).isDisabled()).toBe(true)
    expect(await userCount()).toEqual([0, 0])

    const [saved] = await Promise.all([page.waitForEvent('download'), button('Download as CSV').click()])
    expect(saved.suggestedFilename()).toBe('staff-errors.csv')
    const report = readFileSync(await saved.path(), 'utf8')
      .trim()
      .split(/\r?\n/)
    expect(report.map((line) => line.split(',')[0])).toEqual(['line', '6', '7', '8'])
  })

  it('of a file are sent with the bad lines passed over, and it is said what became of them', async () => {
    await page.getByRole('checkbox', { name: 'Pass over 3 bad lines' }).check()
    await button(/^Send/).click()
    await shows(page, 'staff.csv is sent.')
    await shows(page, new RegExp(`Added\\s+${MANY + 3}: `))
    const [alpha = 0, beta = 0] = await userCount()
    expect(alpha + beta).toBe(MANY + 3)
    expect(alpha).toBeGreaterThan(MANY)
  })

  it('of a file that is sent again are not added twice', async () => {
    await button('Choose another file').click()
    await page.locator('input[type=file]').setInputFiles(file('again.csv', ['alice', 'bob,beta']))
    await button('Send 2 users').click()
    await shows(page, 'again.csv is sent.')
    await shows(page, /Already there\s+1\s+There with another home\s+1/)
    await shows(page, /2\s+elsewhere\s+bob/)
    expect(await show('bob')).toMatchObject({ homeNode: 'alpha' })
  })

  it('are levelled after it is shown who would move', async () => {
    await tab('Nodes and fair shares')
    await button('Rebalance').click()
    await dialog()
      .getByText(/users from alpha to beta/)
      .waitFor()
    const before = await userCount()
    await dialog()
      .getByRole('button', { name: /^Move \d+ users/ })
      .click()
    await shows(page, /Moved \d+ users\./)
    const [alpha = 0, beta = 0] = await userCount()
    expect(before).not.toEqual([alpha, beta])
    expect(Math.abs(alpha - beta)).toBeLessThanOrEqual(1)
  })

  it('are looked up in any spelling; where to log in is told, and why there', async () => {
    await open('Carol')
    const { homeNode } = await show('carol')
    await shows(page, `${homeNode} is its home.`)
    await shows(page, 'serves the user')
  })

  it('move, while logged in only with logging out', async () => {
    const { homeNode } = await show('bob')
    const other = homeNode === 'alpha' ? 'beta' : 'alpha'
    await logIn('bob', homeNode)
    await open('bob')
    await shows(page, 'phone')
    await button('Move').click()
    await dialog()
      .getByRole('button', { name: /New home/ })
      .click()
    await page.getByRole('option', { name: other }).click()
    await dialog().getByText('The user is logged in').waitFor()
    expect(await dialog().getByRole('button', { name: 'Move', exact: true }).isDisabled()).toBe(true)
    await dialog().getByRole('checkbox').check()
    await dialog().getByRole('button', { name: 'Log out and move' }).click()
    await shows(page, `bob has its home on ${other} now.`)
    expect(await show('bob')).toMatchObject({ homeNode: other })
    await shows(page, `${other} is its home.`)
  })

  it('that are not there are said not to be, and can be added', async () => {
    await open('nobody')
    await shows(page, 'There is no user “nobody” in cluster demo.')
    await button('Add nobody').click()
    await dialog().getByRole('button', { name: 'Add' }).click()
    await shows(page, 'is its home.')
    expect(await show('nobody')).toMatchObject({ user: 'nobody' })
  })

  it('are told of another node when theirs is failed over, while one looks', async () => {
    const { homeNode } = await show('alice')
    const other = homeNode === 'alpha' ? 'beta' : 'alpha'
    await open('alice')
    await shows(page, `${homeNode} is its home.`)
    await stage.ask('failover', homeNode)
    await shows(page, `${other} stands in for ${homeNode}, its home.`)
    await shows(page, `${other}, standing in`)
  })
})
