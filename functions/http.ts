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

const requestIdOf = (event: HttpEvent): string => event.requestContext.requestId

export function problemAnswer(error: ProblemError, event: HttpEvent): HttpResult {
  const retry: Record<string, string> = error.status === 503 ? { 'retry-after': '1' } : {}
  return {
    statusCode: error.status,
    headers: { 'content-type': 'application/problem+json', ...retry },
    body: JSON.stringify(problemBody(error, requestIdOf(event))),
  }
}

/** What goes wrong on purpose becomes problem details; what does not, a 500 that is logged whole. */
function problemOf(error: unknown, event: HttpEvent): HttpResult {
  if (error instanceof ProblemError) return problemAnswer(error, event)
  const requestId = requestIdOf(event)
  console.error(requestId, error)
  return problemAnswer(
    new ProblemError(500, 'Internal', `Something went wrong; the logs name it under ${requestId}.`),
    event,
  )
}

/** The request's id stands in the logs, and on every answer. */
const withRequestId = (result: HttpResult, event: HttpEvent): HttpResult => ({
  ...result,
  headers: { ...result.headers, 'x-request-id': requestIdOf(event) },
})

const problems = (): middy.MiddlewareObj<HttpEvent, HttpResult> => ({
  onError: (request) => {
    request.response = withRequestId(problemOf(request.error, request.event), request.event)
  },
  after: (request) => {
    if (request.response) request.response = withRequestId(request.response, request.event)
  },
})

/** A handler of HTTP calls, with problem details and the request's id on every answer. */
export const httpHandler = (handler: (event: HttpEvent) => Promise<HttpResult>) =>
  middy<HttpEvent, HttpResult>(handler).use(problems())

/** The caller, as IAM knows it. */
export const callerOf = (event: HttpEvent): string => event.requestContext.authorizer.iam.userArn

/** Nothing has a longer name, and DynamoDB takes no key of any length. */
const LONGEST_NAME = 128

/** A part of the path that names something: what cannot be a name is not there. */
export function parameter(event: HttpEvent, name: string): string {
  const value = event.pathParameters?.[name]
  if (value !== undefined && value.length <= LONGEST_NAME) return value
  throw new ProblemError(
    404,
    'NotFound',
    `There is no such ${name}: its name has more than ${LONGEST_NAME} characters.`,
  )
}

/** A part of the path that may name something new, which is checked by the rule for it. */
export const newName = (event: HttpEvent, name: string, schema: Schema<string>): string =>
  checked(schema, event.pathParameters?.[name], [name])

/** No call of this API needs a longer body; an item of DynamoDB holds 400 KB. */
const LONGEST_BODY_BYTES = 256 * 1024

/** The body as JSON; `{}` where there is none. */
export function jsonBody(event: HttpEvent): unknown {
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : event.body
  if (text === undefined || text === '') return {}
  const lengthBytes = Buffer.byteLength(text)
  if (lengthBytes > LONGEST_BODY_BYTES) {
    const detail = `The body has ${lengthBytes} bytes; at most ${LONGEST_BODY_BYTES} are taken.`
    throw new ProblemError(413, 'BodyTooLarge', detail)
  }
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
  /** Of `unrecognized_keys`. */
  keys?: string[] | undefined
}
interface Schema<Output> {
  safeParse(value: unknown): { success: true; data: Output } | { success: false; error: { issues: Issue[] } }
}

/**
 * Checks a value, which stands `at` a path, against its schema: 422 where only rules between well-formed values are
 * broken, else 400.
 */
export function checked<Output>(schema: Schema<Output>, value: unknown, at: string[] = []): Output {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const { issues } = parsed.error
  const errors = issues.flatMap((issue) => told({ ...issue, path: [...at, ...issue.path] }))
  const isRule = issues.every((issue) => issue.code === 'custom')
  const detail = errors.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
  throw new ProblemError(isRule ? 422 : 400, isRule ? 'RuleBroken' : 'Invalid', detail, { errors })
}

/** What is wrong where; each unknown field by its own path. */
const told = ({ path, message, keys }: Issue): { path: string; message: string }[] =>
  keys
    ? keys.map((key) => ({ path: [...path, key].map(String).join('.'), message: 'is not known here' }))
    : [{ path: path.map(String).join('.'), message }]

const etagOf = (version: number): string => `"${version}"`

/** A piece of configuration with its ETag: the version of the whole cluster, under which it is changed. */
export const configurationAnswer = (version: number, body: unknown): HttpResult =>
  answer(200, body, { etag: etagOf(version) })

/** Throws 412 unless a cluster's version (0: there is none) is one that the caller builds upon. */
export type Precondition = (version: number) => void

/** `If-Match` of a change; without it the caller builds upon whatever stands there. */
export function preconditionOf(event: HttpEvent): Precondition {
  const header = event.headers['if-match']
  if (header === undefined) return () => {}
  const named = header.split(',').map((tag) => tag.trim())
  return (version) => {
    if (version > 0 && (named.includes('*') || named.includes(etagOf(version)))) return
    const found = version === 0 ? 'there is nothing yet' : `the cluster's configuration is at ${etagOf(version)} now`
    throw new ProblemError(412, 'IfMatchStale', `If-Match names ${header}, and ${found}: read it again.`)
  }
}

/** Calls the handler of the event's route; the gateway lets no other route through. */
export const byRoute = (routes: Record<string, (event: HttpEvent) => Promise<HttpResult>>) => (event: HttpEvent) => {
  const handle = routes[event.routeKey]
  if (!handle) throw new ProblemError(404, 'NotFound', `There is no ${event.routeKey}.`)
  return handle(event)
}
