import type { Page } from 'playwright-core'
import type { ServiceParameters } from '../../domain/settings.ts'
import { StageUnderTest, until } from '../stage/stage-under-test.ts'
import { BrowserUnderTest } from './browser.ts'

const BUILD_LIMIT_MS = 90_000
const PATIENT = { keepAliveTimeoutSeconds: 15, initializationKeepAliveTimeoutSeconds: 15 }

/** A stage with its demo pair, as `npm start` brings it up, and a browser that looks at its console. */
export class ConsoleUnderTest extends StageUnderTest {
  browser!: BrowserUnderTest

  /** A free port; and the same again after a restart, as whoever looks at it expects. */
  protected override get consoleArgs(): string[] {
    return ['--console-port', this.isDescribed() ? new URL(this.describe().console ?? '').port : '0']
  }

  /** With a browser beside it this host is busy: a node that pauses for some seconds is not to be failed over. */
  static async open(parameters: Partial<ServiceParameters> = {}): Promise<ConsoleUnderTest> {
    const stage = new ConsoleUnderTest()
    try {
      await stage.up()
      await until('the console is built', () => stage.isBuilt(), BUILD_LIMIT_MS)
      await stage.setParameters({ ...PATIENT, ...parameters })
      stage.browser = await BrowserUnderTest.start()
      return stage
    } catch (error) {
      await stage.end()
      throw error
    }
  }

  /** Until it is, a page says that it is being built: with the lowest priority, so as not to slow what it is for. */
  async isBuilt(): Promise<boolean> {
    const { ok, body } = await fetch(this.describe().console ?? '')
    await body?.cancel()
    return ok
  }

  /** Opens the address that the stage prints, and waits for what it leads to. */
  async look(options: Parameters<BrowserUnderTest['visit']>[1] = {}): Promise<Page> {
    const page = await this.browser.visit(this.describe().console ?? '', options)
    await page.getByRole('heading', { name: 'Groups', level: 1 }).waitFor({ timeout: 60_000 })
    return page
  }

  async lookAsViewer(): Promise<Page> {
    const page = await this.look()
    await page.getByRole('button', { name: /^operator/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Sign in as viewer' }).click()
    await page.getByRole('heading', { name: 'Groups', level: 1 }).waitFor()
    return page
  }

  /** The page of the demo pair. */
  async lookAtPair(options: Parameters<BrowserUnderTest['visit']>[1] = {}): Promise<Page> {
    const page = await this.look(options)
    await openPair(page)
    return page
  }

  override async end(): Promise<void> {
    await this.browser?.close()
    await super.end()
  }
}

/** By the overview's link. */
export async function openPair(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'pair', exact: true }).click()
  await page.getByRole('heading', { name: 'pair', level: 1 }).waitFor()
}
