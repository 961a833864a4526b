import type { IncomingMessage } from 'node:http'
import * as z from 'zod'
import type { Reply } from './console-server.ts'
import { isToken } from './console-token.ts'
import type { Identities } from './identities.ts'
import { BodyTooLarge, readBody } from './loopback-server.ts'

const signInSchema = z.object({ token: z.string(), identity: z.enum(['operator', 'viewer']) })

const BODY_LIMIT_BYTES = 4096

/** Of the same shape as the API's problem documents. */
const problem = (status: number, code: string, title: string, detail: string): Reply => ({
  status,
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
  body: JSON.stringify({ type: `urn:understudy:problem:${code}`, title, status, detail, code }),
})

const malformed = (): Reply =>
  problem(
    400,
    'Malformed',
    'Malformed request',
    'A sign-in is JSON: {"token": "…", "identity": "operator" or "viewer"}.',
  )

async function contentOf(request: IncomingMessage) {
  const text = await readBody(request, BODY_LIMIT_BYTES)
  try {
    return signInSchema.parse(JSON.parse(text.toString()))
  } catch {
    return null
  }
}

/**
 * Gives the keys of an identity to whoever knows the token. A browser says which page asks: only the console itself may,
 * and with JSON, which no form of another page can send.
 */
export async function signIn(request: IncomingMessage, token: string, identities: Identities): Promise<Reply> {
  const { host, origin, 'content-type': contentType } = request.headers
  if (origin !== undefined && origin !== `http://${host}`) {
    return problem(403, 'ForeignOrigin', 'Not yours', 'Only the console itself may sign in here.')
  }
  if (!/^application\/json\s*(;|$)/i.test(contentType ?? '')) return malformed()
  try {
    const content = await contentOf(request)
    if (!content) return malformed()
    if (!isToken(content.token, token)) {
      const detail =
        'This is not the token of this stage: open the address that it printed (npx understudy-stage console).'
      return problem(403, 'WrongToken', 'Not yours', detail)
    }
    const identity = identities.list().find(({ name, role }) => name === content.identity && role === content.identity)
    if (!identity) throw new Error(`this stage has no ${content.identity}`)
    const { name, role, accessKeyId, secretAccessKey } = identity
    return {
      status: 200,
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
      body: JSON.stringify({ name, role, accessKeyId, secretAccessKey }),
    }
  } catch (error) {
    if (error instanceof BodyTooLarge) return problem(413, 'TooLarge', 'Too large', error.message)
    throw error
  }
}
