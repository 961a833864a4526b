import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page, Route } from 'playwright-core'
import { inBrowser, shows } from './browser.ts'
import { ConsoleUnderTest } from './console-under-test.ts'

const REGION = 'us-east-1'
const DOMAIN = 'https://understudy-test.auth.us-east-1.amazoncognito.com'
const SIGN_IN = {
  ...{ kind: 'cognito', domain: DOMAIN, userPoolId: 'us-east-1_pool' },
  ...{ clientId: 'client', identityPoolId: 'us-east-1:pool' },
}

interface Person {
  email: string
  groups: string[]
  /** The stage's identity that stands for the role which the identity pool gives. */
  identity: 'operator' | 'viewer'
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')

/**
 * Cognito, as far as a page sees it: managed login (authorization code with PKCE) and an identity pool. Its answers are
 * made by the browser's own network, as no such host can be reached from here.
 */
class Cognito {
  readonly #stage: ConsoleUnderTest
  readonly #person: Person
  #challenge = ''
  readonly calls: string[] = []

  constructor(stage: ConsoleUnderTest, person: Person) {
    this.#stage = stage
    this.#person = person
  }

  async attach(page: Page): Promise<void> {
    const { endpoint } = this.#stage.describe()
    const config = { environment: 'test', endpoint, region: REGION, signIn: SIGN_IN }
    await page.route('**/config.json', (route) => route.fulfill({ json: config }))
    await page.route(`${DOMAIN}/**`, (route) => this.#login(route))
    await page.route(`https://cognito-identity.${REGION}.amazonaws.com/`, (route) => this.#identityPool(route))
  }

  async #login(route: Route): Promise<void> {
    const url = new URL(route.request().url())
    this.calls.push(url.pathname)
    if (url.pathname === '/oauth2/authorize') {
      this.#challenge = url.searchParams.get('code_challenge') ?? ''
      const back = `${url.searchParams.get('redirect_uri')}?code=c1&state=${url.searchParams.get('state')}`
      return route.fulfill({ contentType: 'text/html', body: `<a href="${back}">It is me</a>` })
    }
    if (url.pathname === '/logout') {
      return route.fulfill({
        contentType: 'text/html',
        body: `<p>Signed out of ${url.searchParams.get('client_id')}</p>`,
      })
    }
    const form = new URLSearchParams(route.request().postData() ?? '')
    const isHis = form.get('code') === 'c1' && sha256(form.get('code_verifier') ?? '') === this.#challenge
    const headers = { 'access-control-allow-origin': '*' }
    if (!isHis) return route.fulfill({ status: 400, headers, json: { error: 'invalid_grant' } })
    const { email, groups } = this.#person
    const nowSeconds = Math.floor(Date.now() / 1000)
    const claims = {
      ...{ sub: 'u1', email, 'cognito:groups': groups, aud: SIGN_IN.clientId, iat: nowSeconds, exp: nowSeconds + 3600 },
      iss: `https://cognito-idp.${REGION}.amazonaws.com/${SIGN_IN.userPoolId}`,
    }
    const idToken = [base64url({ alg: 'none' }), base64url(claims), 'signature'].join('.')
    return route.fulfill({
      headers,
      json: { id_token: idToken, access_token: 'a', refresh_token: 'r', token_type: 'Bearer', expires_in: 3600 },
    })
  }

  #identityPool(route: Route): Promise<void> {
    const target = route.request().headers()['x-amz-target'] ?? ''
    this.calls.push(target)
    const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/x-amz-json-1.1' }
    if (target.endsWith('.GetId')) return route.fulfill({ headers, json: { IdentityId: 'us-east-1:me' } })
    const { accessKeyId, secretAccessKey } = this.#keys()
    const Expiration = Date.now() / 1000 + 3600
    const Credentials = { AccessKeyId: accessKeyId, SecretKey: secretAccessKey, SessionToken: 'session', Expiration }
    return route.fulfill({ headers, json: { IdentityId: 'us-east-1:me', Credentials } })
  }

  #keys() {
    const file = join(this.#stage.dataFolder, 'identities.json')
    const all = JSON.parse(readFileSync(file, 'utf8')) as {
      name: string
      accessKeyId: string
      secretAccessKey: string
    }[]
    return all.find(({ name }) => name === this.#person.identity) as (typeof all)[number]
  }
}

inBrowser('signing in by Cognito', () => {
  let stage: ConsoleUnderTest
  beforeAll(async () => {
    stage = await ConsoleUnderTest.open()
  }, 120_000)
  afterAll(() => stage?.end())

  async function signIn(person: Person): Promise<{ page: Page; cognito: Cognito }> {
    const cognito = new Cognito(stage, person)
    // The policy of the stage knows no Cognito; that of the cloud does (test/infra/console.test.ts).
    const page = await stage.browser.visit('about:blank', { bypassCSP: true })
    await cognito.attach(page)
    await page.goto(`${new URL(stage.describe().console ?? '').origin}/groups/demo/pair`)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('link', { name: 'It is me' }).click()
    return { page, cognito }
  }

  it('leads to the managed login and back to the page that one wanted', async () => {
    const { page } = await signIn({ email: 'ada@example.com', groups: ['operators'], identity: 'operator' })
    await page.getByRole('heading', { name: 'pair', level: 1 }).waitFor()
    await page.getByRole('button', { name: /^ada@example\.com/ }).waitFor()
    await page.getByRole('main').getByRole('button', { name: 'Failover', exact: true }).waitFor()
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/groups/demo/pair')
  })

  it('stays when the page is loaded anew, and ends at Cognito, too', async () => {
    const { page, cognito } = await signIn({ email: 'ada@example.com', groups: ['operators'], identity: 'operator' })
    await page.getByRole('heading', { name: 'pair', level: 1 }).waitFor()
    await page.reload()
    await page.getByRole('heading', { name: 'pair', level: 1 }).waitFor()
    expect(cognito.calls.filter((call) => call === '/oauth2/token')).toHaveLength(1)
    await page.getByRole('button', { name: /^ada@example\.com/ }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await shows(page, 'Signed out of client')
  })

  it('makes a viewer of who is in the group of viewers', async () => {
    const { page } = await signIn({ email: 'bob@example.com', groups: ['viewers'], identity: 'viewer' })
    await shows(page, 'Who serves whom')
    expect(await page.getByRole('button', { name: 'Failover', exact: true }).count()).toBe(0)
  })

  it('refuses who is in no group, and says which there are', async () => {
    const { page } = await signIn({ email: 'eve@example.com', groups: [], identity: 'viewer' })
    await shows(page, 'eve@example.com is in none of the groups operators and viewers')
  })
})
