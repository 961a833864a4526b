import lists from '../../domain/cors.json' with { type: 'json' }
import type { GatewayAnswer } from './gateway-event.ts'

/** Which pages of other origins may call the API: what an HTTP API has as its CORS configuration. */
export interface CorsConfiguration {
  origin: string
  methods: string[]
  headers: string[]
  exposedHeaders: string[]
  maxAgeSeconds: number
}

/** For the console; the deployed API has the same lists. */
export const corsOfConsole = (origin: string, routes: { method: string }[]): CorsConfiguration => ({
  origin,
  methods: [...new Set(routes.map(({ method }) => method))],
  ...lists,
})

/** What a browser says of the page that asks: the headers of a request, in lower case. */
type AskingHeaders = Record<string, string | string[] | undefined>

/**
 * The answer to an OPTIONS request, which has no signature and reaches no function. An origin that is not allowed gets
 * the same without a header, and the browser draws the conclusion.
 */
export function preflightAnswer(cors: CorsConfiguration, asking: AskingHeaders): GatewayAnswer {
  const isAllowed = asking.origin === cors.origin && asking['access-control-request-method'] !== undefined
  const headers: Record<string, string> = isAllowed
    ? {
        'access-control-allow-origin': cors.origin,
        'access-control-allow-methods': cors.methods.join(','),
        'access-control-allow-headers': cors.headers.join(','),
        'access-control-max-age': String(cors.maxAgeSeconds),
      }
    : {}
  return { statusCode: 204, headers, body: Buffer.alloc(0) }
}

/** An answer as the page may read it. What a function says of CORS itself does not count. */
export function withCors(answer: GatewayAnswer, cors: CorsConfiguration, asking: AskingHeaders): GatewayAnswer {
  const kept = Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-'))
  const added =
    asking.origin === cors.origin
      ? {
          'access-control-allow-origin': cors.origin,
          'access-control-expose-headers': cors.exposedHeaders.join(','),
        }
      : {}
  return { ...answer, headers: { ...Object.fromEntries(kept), ...added } }
}
