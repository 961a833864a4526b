import * as z from 'zod'

const cognito = z.object({
  kind: z.literal('cognito'),
  /** Of the managed login, `https://….auth.<region>.amazoncognito.com`. */
  domain: z.url(),
  userPoolId: z.string(),
  clientId: z.string(),
  identityPoolId: z.string(),
})
export type CognitoSettings = z.infer<typeof cognito>

/** `/config.json` beside the page: which environment it is for. Whoever serves the page writes it. */
export const consoleConfigSchema = z.object({
  environment: z.string(),
  /** Of the API. */
  endpoint: z.url(),
  region: z.string(),
  signIn: z.discriminatedUnion('kind', [z.object({ kind: z.literal('stage') }), cognito]),
})
export type ConsoleConfig = z.infer<typeof consoleConfigSchema>

/** Throws an error that says what is wrong with it. */
export async function loadConfig(): Promise<ConsoleConfig> {
  const response = await fetch('/config.json', { cache: 'no-cache' })
  if (!response.ok) throw new Error(`/config.json cannot be had: HTTP status ${response.status}`)
  const { success, data, error } = consoleConfigSchema.safeParse(await response.json().catch(() => null))
  if (success) return data
  throw new Error(`/config.json is not what the console needs: ${z.prettifyError(error)}`)
}
