import middy from '@middy/core'
import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { ProblemError, problemBody } from './problem.ts'

export type HttpEvent = APIGatewayProxyEventV2WithIAMAuthorizer
export type HttpResult = APIGatewayProxyStructuredResultV2

export const answer = (statusCode: number, body: unknown, headers: Record<string, string> = {}): HttpResult => ({
  statusCode,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
})

function problemAnswer(error: ProblemError, requestId: string): HttpResult {
  const retry: Record<string, string> = error.status === 503 ? { 'retry-after': '1' } : {}
  return {
    statusCode: error.status,
    headers: { 'content-type': 'application/problem+json', ...retry },
    body: JSON.stringify(problemBody(error, requestId)),
  }
}

/** What goes wrong on purpose becomes problem details; what does not, a 500 that is logged whole. */
const problems = (): middy.MiddlewareObj<HttpEvent, HttpResult> => ({
  onError: (request) => {
    const requestId = request.event.requestContext.requestId
    if (request.error instanceof ProblemError) {
      request.response = problemAnswer(request.error, requestId)
      return
    }
    console.error(requestId, request.error)
    const error = new ProblemError(500, 'Internal', `Something went wrong; the logs name it under ${requestId}.`)
    request.response = problemAnswer(error, requestId)
  },
  after: (request) => {
    const { response } = request
    if (response) response.headers = { ...response.headers, 'x-request-id': request.event.requestContext.requestId }
  },
})

/** A handler of HTTP calls, with problem details and the request's id on every answer. */
export const httpHandler = (handler: (event: HttpEvent) => Promise<HttpResult>) =>
  middy<HttpEvent, HttpResult>(handler).use(problems())

/** The caller, as IAM knows it. */
export const callerOf = (event: HttpEvent): string => event.requestContext.authorizer.iam.userArn

export function parameter(event: HttpEvent, name: string): string {
  const value = event.pathParameters?.[name]
  if (value === undefined) throw new ProblemError(404, 'NotFound', `The path has no ${name}.`)
  return value
}

/** The body as JSON; `{}` where there is none. */
export function jsonBody(event: HttpEvent): unknown {
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : event.body
  if (text === undefined || text === '') return {}
  try {
    return JSON.parse(text)
  } catch {
    throw new ProblemError(400, 'MalformedJson', 'The body is not JSON.')
  }
}

interface Issue {
  path: PropertyKey[]
  message: string
  code?: string | undefined
  params?: Record<string, unknown> | undefined
}
interface Schema<Output> {
  safeParse(value: unknown): { success: true; data: Output } | { success: false; error: { issues: Issue[] } }
}

/** Checks a value against its schema: 422 where only rules between well-formed values are broken, else 400. */
export function checked<Output>(schema: Schema<Output>, value: unknown): Output {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  const errors = issues.map(({ path, message }) => ({ path: path.map(String).join('.'), message }))
  const isRule = issues.every((issue) => issue.code === 'custom')
  const detail = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  throw new ProblemError(isRule ? 422 : 400, isRule ? 'RuleBroken' : 'Invalid', detail, { errors })
}

/** Calls the handler of the event's route; the gateway lets no other route through. */
export const byRoute = (routes: Record<string, (event: HttpEvent) => Promise<HttpResult>>) => (event: HttpEvent) => {
  const handle = routes[event.routeKey]
  if (!handle) throw new ProblemError(404, 'NotFound', `There is no ${event.routeKey}.`)
  return handle(event)
}
