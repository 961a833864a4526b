import middy from '@middy/core'
import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda'
import { during } from './adapters/invocation.ts'
import { failure, info } from './adapters/log.ts'
import { ProblemError, problemBody } from './problem.ts'

export type HttpEvent = APIGatewayProxyEventV2WithIAMAuthorizer

/** The caller, with what the library's types leave out: how they signed in, where that was to the console. */
interface Identity {
  readonly userArn?: string
  readonly cognitoIdentity?: { readonly amr?: readonly string[] } | null
}
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
async function problemOf(error: unknown, event: HttpEvent): Promise<ProblemError> {
  if (error instanceof ProblemError && error.status < 500) return error
  await failure('failed', error)
  if (error instanceof ProblemError) return error
  return new ProblemError(500, 'Internal', `Something went wrong; the logs name it under ${requestIdOf(event)}.`)
}

/** The request's id stands in the logs, and on every answer. */
const withRequestId = (result: HttpResult, event: HttpEvent): HttpResult => ({
  ...result,
  headers: { ...result.headers, 'x-request-id': requestIdOf(event) },
})

/** Also of a refusal that is remembered, and given again. */
function logRefusal({ statusCode = 200, body = '{}' }: HttpResult): Promise<void> | undefined {
  if (statusCode < 400 || statusCode >= 500) return undefined
  const { status, code, detail } = JSON.parse(body) as Record<string, unknown>
  return info('refused', { status, code, detail })
}

const problems = (onProblem: OnProblem): middy.MiddlewareObj<HttpEvent, HttpResult> => ({
  onError: (request) =>
    inCall(request.event, request.context, async () => {
      const problem = await problemOf(request.error, request.event)
      await onProblem(problem)
      request.response = withRequestId(problemAnswer(problem, request.event), request.event)
      await logRefusal(request.response)
    }),
  after: (request) => {
    if (!request.response) return undefined
    request.response = withRequestId(request.response, request.event)
    return logRefusal(request.response)
  },
})

/** Who and what a call is about, for the lines that are logged during it. */
const invocationOf = ({ requestContext, routeKey, pathParameters }: HttpEvent, { awsRequestId }: Context) => ({
  requestId: requestContext.requestId,
  lambdaRequestId: awsRequestId,
  route: routeKey,
  caller: personOf(requestContext),
  ...(pathParameters as Record<string, string> | undefined),
})

/** Does work in the course of a call: what it logs names whom and what the call was about. */
export const inCall = <Result>(event: HttpEvent, context: Context, work: () => Result): Result =>
  during(() => invocationOf(event, context), work)

/** Told of each problem that a call is answered with. */
type OnProblem = (problem: ProblemError) => Promise<void> | void

type Handle = (event: HttpEvent, context: Context) => Promise<HttpResult>

/**
 * A handler of HTTP calls, with problem details and the request's id on every answer. For calls that mostly log nothing,
 * and that are to cost as little as can be: what does log is done `inCall`.
 */
export const quietHttpHandler = (handler: Handle, onProblem: OnProblem = () => {}): Handle =>
  middy<HttpEvent, HttpResult>(handler).use(problems(onProblem))

/** The same for all other calls. */
export function httpHandler(handler: (event: HttpEvent) => Promise<HttpResult>): Handle {
  const handle = quietHttpHandler(handler)
  return (event, context) => inCall(event, context, () => handle(event, context))
}

/** The caller, as IAM knows it. Every route has an authorizer; where none has vouched, nobody is let in. */
export function callerOf({ requestContext }: HttpEvent): string {
  const caller = personOf(requestContext)
  if (caller !== undefined) return caller
  throw new ProblemError(403, 'NoIdentity', 'The call comes without an identity: sign it with AWS credentials (SigV4).')
}

/**
 * The ARN of a caller. All who sign in to the console have the same one, of their role's session: there the person takes
 * the session's place, as the `sub` that the user pool knows. The role, which principals are compared by, stays.
 */
function personOf({ authorizer }: HttpEvent['requestContext']): string | undefined {
  const { userArn, cognitoIdentity } = (authorizer?.iam ?? {}) as Identity
  const signIn = cognitoIdentity?.amr?.find((each) => each.includes(':CognitoSignIn:'))
  return signIn === undefined ? userArn : userArn?.replace(/[^/]+$/, signIn.slice(signIn.lastIndexOf(':') + 1))
}

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

/** A piece of configuration with its ETag: the version of the whole cluster, or of the brake, under which it is changed. */
export const configurationAnswer = (version: number, body: unknown): HttpResult =>
  answer(200, body, { etag: etagOf(version) })

/**
 * Throws 412 unless the version (0: there is none) is one that the caller builds upon. `isThere` tells whether what is
 * put is there already: it has the version of its cluster.
 */
export type Precondition = (version: number, isThere?: boolean) => void

const tagsOf = (header: string): string[] => header.split(',').map((tag) => tag.trim())

/** `If-Match` and `If-None-Match` of a change; without them the caller builds upon whatever stands there. */
export function preconditionOf(event: HttpEvent): Precondition {
  const { 'if-match': wanted, 'if-none-match': unwanted } = event.headers
  const isNamed = (header: string, version: number) =>
    ['*', etagOf(version)].some((tag) => tagsOf(header).includes(tag))
  return (version, isThere = version > 0) => {
    if (wanted !== undefined && (version === 0 || !isNamed(wanted, version))) {
      const found = version === 0 ? 'there is nothing yet' : `its version is ${etagOf(version)} now`
      throw new ProblemError(412, 'IfMatchStale', `If-Match names ${wanted}, and ${found}: read it again.`)
    }
    if (unwanted !== undefined && isThere && isNamed(unwanted, version)) {
      const found = `it is there already, with the version ${etagOf(version)}`
      throw new ProblemError(412, 'AlreadyThere', `If-None-Match names ${unwanted}, and ${found}: read it again.`)
    }
  }
}

/** Calls the handler of the event's route; the gateway lets no other route through. */
export const byRoute = (routes: Record<string, (event: HttpEvent) => Promise<HttpResult>>) => (event: HttpEvent) => {
  const handle = routes[event.routeKey]
  if (!handle) throw new ProblemError(404, 'NotFound', `There is no ${event.routeKey}.`)
  return handle(event)
}
