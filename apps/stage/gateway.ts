import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type CorsConfiguration, preflightAnswer, withCors } from './cors.ts'
import { answerOf, eventOf, type GatewayAnswer } from './gateway-event.ts'
import { createRouter, type Route, type Router } from './gateway-routes.ts'
import type { Identity } from './identities.ts'
import { invokeLambda, type LambdaFunction } from './lambda.ts'
import { BodyTooLarge, type LoopbackServer, listenOnLoopback, readBody } from './loopback-server.ts'
import { SignatureRefused, type SignedRequest, verifySignature } from './signature.ts'

export type GatewayOptions = {
  /** 0 takes a free one. */
  port: number
  routes: Route[]
  /** By a route's `function`. */
  functions: Record<string, LambdaFunction>
  findIdentity: (accessKeyId: string) => Identity | undefined
  accountId: string
  /** Asked for at each request, for the page's own address is known later; null: no page of another origin. */
  cors?: () => CorsConfiguration | null
  /** A handler threw, or answered what cannot be sent: the caller got a 500. */
  onError: (error: unknown, where: { call: string; requestId: string }) => void
}

const bodyLimitBytes = 10 * 1024 * 1024

class Refused extends Error {
  readonly statusCode: number

  constructor(statusCode: number, message: string) {
    super(message)
    this.statusCode = statusCode
  }
}

/**
 * Serves an API Gateway HTTP API (payload 2.0, IAM authorisation on every route) on 127.0.0.1. Answers as it does: 404
 * without a route, 403 without a valid signature or the permission, 413 above 10 MB, 500 when a handler throws; with
 * CORS, preflights by itself, and every answer with its headers.
 * Rejects when a route has no function, or the port is taken.
 */
export async function startGateway(options: GatewayOptions): Promise<LoopbackServer> {
  for (const { method, path, function: name } of options.routes) {
    if (!options.functions[name]) throw new Error(`The route ${method} ${path} needs the function "${name}".`)
  }
  const findRoute = createRouter(options.routes)
  const server = createServer(async (request, response) => {
    const requestId = randomUUID()
    const cors = options.cors?.() ?? null
    const reply = (given: GatewayAnswer) =>
      send(response, requestId, cors ? withCors(given, cors, request.headers) : given)
    try {
      if (cors && request.method === 'OPTIONS') {
        return send(response, requestId, preflightAnswer(cors, request.headers))
      }
      reply(await answer(request, requestId, findRoute, options))
    } catch (error) {
      if (!request.complete) return
      const refusal = refusalOf(error)
      if (!refusal) options.onError(error, { call: `${request.method} ${request.url}`, requestId })
      reply(refusal ?? message(500, 'Internal Server Error'))
    }
  })
  return listenOnLoopback(server, options.port)
}

async function answer(
  request: IncomingMessage,
  requestId: string,
  findRoute: Router,
  { functions, findIdentity, accountId }: GatewayOptions,
): Promise<GatewayAnswer> {
  const received = await receive(request)
  const path = decodePath(received.rawPath)
  const route = findRoute(received.method, path)
  if (!route) throw new Refused(404, 'Not Found')
  const identity = await verifySignature(received, findIdentity)
  if (!route.callers.includes(identity.role)) throw new Refused(403, 'Forbidden')
  const event = eventOf(received, {
    path,
    route,
    identity,
    requestId,
    accountId,
    protocol: `HTTP/${request.httpVersion}`,
  })
  const lambda = functions[route.function] as LambdaFunction
  return answerOf(await invokeLambda(lambda, event, { name: route.function, requestId }))
}

async function receive(request: IncomingMessage): Promise<SignedRequest> {
  const [rawPath = '', ...query] = (request.url ?? '').split('?')
  const headers = Object.entries(request.headersDistinct).map(([name, values = []]) => [name, values.join(',')])
  return {
    method: request.method ?? '',
    rawPath,
    rawQueryString: query.join('?'),
    headers: Object.fromEntries(headers),
    body: await readBody(request, bodyLimitBytes),
  }
}

/** API Gateway decodes the whole path before it looks for a route: no parameter can hold a slash. */
function decodePath(rawPath: string): string {
  try {
    return decodeURIComponent(rawPath)
  } catch {
    throw new Refused(400, 'Bad Request')
  }
}

function refusalOf(error: unknown): GatewayAnswer | undefined {
  if (error instanceof Refused) return message(error.statusCode, error.message)
  if (error instanceof SignatureRefused) return message(403, error.message)
  if (error instanceof BodyTooLarge) return message(413, 'Request Entity Too Large')
  return undefined
}

function message(statusCode: number, text: string): GatewayAnswer {
  const body = Buffer.from(JSON.stringify({ message: text }))
  return { statusCode, headers: { 'content-type': 'application/json' }, body }
}

function send(response: ServerResponse, requestId: string, { statusCode, headers, body }: GatewayAnswer): void {
  // A page that no longer waits for its long poll has gone by now.
  if (response.destroyed) return
  const length = statusCode === 204 ? {} : { 'content-length': body.length }
  response.writeHead(statusCode, { ...headers, ...length, 'apigw-requestid': requestId })
  response.end(body)
}
