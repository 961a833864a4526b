import { existsSync } from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { until } from '../stage/pair-under-test.ts'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
const executablePath = PLACES.find(existsSync)
const IS_ROOT = process.getuid?.() === 0

/** Stories in a real browser; where there is none they are left out, and it is said. */
export function inBrowser(name: string, stories: () => void): void {
  if (executablePath) {
    describe(name, stories)
    return
  }
  if (process.env.CI) throw new Error(`the tests of the console need Chromium; none of ${PLACES.join(', ')} is there`)
  process.stderr.write(`Left out: "${name}" needs Chromium (apt-get install chromium).\n`)
  describe.skip(name, stories)
}

/** What a page did that it must not. */
export interface Misdeeds {
  /** Errors that it threw or printed; a violated content security policy is one. */
  errors: string[]
  /** Addresses of other hosts than this one that it asked. */
  foreign: string[]
}

/** A browser of its own for a file of stories. */
export class BrowserUnderTest {
  readonly #browser: Browser
  readonly #contexts: BrowserContext[] = []
  readonly misdeeds: Misdeeds = { errors: [], foreign: [] }

  private constructor(browser: Browser) {
    this.#browser = browser
  }

  static async start(): Promise<BrowserUnderTest> {
    const quiet = ['disable-background-networking', 'disable-component-update', 'disable-sync', 'no-first-run']
    const args = [...quiet, 'disable-gpu', 'disable-quic', ...(IS_ROOT ? ['no-sandbox'] : [])].map((one) => `--${one}`)
    return new BrowserUnderTest(await chromium.launch({ executablePath: executablePath as string, args }))
  }

  /** A visitor of their own: what one keeps, the other does not see. */
  async visit(address: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await this.#browser.newContext({ viewport: { width: 1440, height: 1000 }, ...options })
    this.#contexts.push(context)
    return this.open(context, address)
  }

  /** One more tab of a visitor. */
  async open(context: BrowserContext, address: string): Promise<Page> {
    const page = await context.newPage()
    page.setDefaultTimeout(20_000)
    page.on('pageerror', (error) => this.misdeeds.errors.push(String(error)))
    page.on('console', (message) => {
      // That a call was refused, or that there is no network, the browser says by itself.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        this.misdeeds.errors.push(message.text())
    })
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url())
      if (protocol.startsWith('http') && hostname !== '127.0.0.1') this.misdeeds.foreign.push(request.url())
    })
    await page.goto(address)
    return page
  }

  /** Serious and critical findings of axe-core upon what the page shows, one line each. */
  async barriers(page: Page): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page }).analyze()
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close()
    await this.#browser.close()
  }
}

/** What is shown of it: what is hidden has no text. */
const textOf = (page: Page): Promise<string> => page.locator('body').innerText()

/** Waits until the page shows that text somewhere. */
export const shows = (page: Page, text: string | RegExp): Promise<unknown> =>
  until(`the page shows ${text}`, async () => {
    const shown = await textOf(page)
    return typeof text === 'string' ? shown.includes(text) : text.test(shown)
  }).catch(async (error) => {
    throw new Error(`${error.message}; it shows:\n${(await textOf(page)).slice(0, 4000)}`)
  })
