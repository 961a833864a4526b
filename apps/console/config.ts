/** Cognito, as the console signs in to it. */
export interface CognitoSettings {
  kind: 'cognito'
  /** Of the managed login, `https://….auth.<region>.amazoncognito.com`. */
  domain: string
  userPoolId: string
  clientId: string
  identityPoolId: string
}

/** `/config.json` beside the page: which environment it is for. Whoever serves the page writes it. */
export interface ConsoleConfig {
  environment: string
  /** Of the API. */
  endpoint: string
  region: string
  signIn: { kind: 'stage' } | CognitoSettings
}

/** What each way of signing in needs besides its kind. */
const NEEDED: Readonly<Record<ConsoleConfig['signIn']['kind'], readonly (keyof CognitoSettings)[]>> = {
  stage: [],
  cognito: ['domain', 'userPoolId', 'clientId', 'identityPoolId'],
}

/** What is wrong with it, in words; null: nothing. By hand: zod alone would be a twentieth of what the first page loads. */
export function whyNoConfig(value: unknown): string | null {
  const config = membersOf(value)
  const signIn = membersOf(config.signIn)
  const kind = Object.keys(NEEDED).find((one) => one === signIn.kind) as keyof typeof NEEDED | undefined
  const missing = [
    ...['environment', 'endpoint', 'region'].filter((name) => !isText(config[name])),
    ...(kind === undefined ? ['signIn.kind'] : []),
    ...(kind === undefined ? [] : NEEDED[kind]).filter((name) => !isText(signIn[name])).map((name) => `signIn.${name}`),
  ]
  if (missing.length > 0) return `${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing, or no text`
  return URL.canParse(String(config.endpoint)) ? null : 'endpoint is no address'
}

const membersOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** Throws an error that says what is wrong with it. */
export async function loadConfig(): Promise<ConsoleConfig> {
  const response = await fetch('/config.json', { cache: 'no-cache' })
  if (!response.ok) throw new Error(`/config.json cannot be had: HTTP status ${response.status}`)
  const config: unknown = await response.json().catch(() => null)
  const why = whyNoConfig(config)
  if (why !== null) throw new Error(`/config.json is not what the console needs: ${why}`)
  return config as ConsoleConfig
}
