import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import type { FoundRoute } from './gateway-routes.ts'
import type { Identity } from './identities.ts'
import type { SignedRequest } from './signature.ts'

/** An answer as it goes over the wire. */
export type GatewayAnswer = { statusCode: number; headers: Record<string, string | string[]>; body: Buffer }

export type Call = {
  path: string
  route: FoundRoute
  identity: Identity
  requestId: string
  accountId: string
  protocol: string
}

const domainName = 'stage.localhost'

/** The event that a handler gets, in payload format 2.0 with an IAM authorizer. Its `rawPath` is decoded, as on AWS. */
export function eventOf(request: SignedRequest, call: Call): APIGatewayProxyEventV2WithIAMAuthorizer {
  const { method, rawQueryString, headers, body } = request
  const { path, route, identity, requestId, accountId, protocol } = call
  const routeKey = `${route.method} ${route.path}`
  const now = new Date()
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString,
    headers,
    ...(rawQueryString !== '' && { queryStringParameters: queryParameters(rawQueryString) }),
    ...(Object.keys(route.pathParameters).length > 0 && { pathParameters: route.pathParameters }),
    requestContext: {
      accountId,
      apiId: 'stage',
      domainName,
      domainPrefix: 'stage',
      http: { method, path, protocol, sourceIp: '127.0.0.1', userAgent: headers['user-agent'] ?? '' },
      authorizer: authorizerOf(identity, accountId),
      requestId,
      routeKey,
      stage: '$default',
      time: accessLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...bodyOf(body, headers['content-type']),
  }
}

function authorizerOf({ accessKeyId, userArn }: Identity, accountId: string) {
  const userId = accessKeyId.replace(/^AKIA/, 'AIDA')
  return {
    iam: {
      accessKey: accessKeyId,
      accountId,
      callerId: userId,
      cognitoIdentity: null,
      principalOrgId: '',
      userArn,
      userId,
    },
  }
}

/** A name that occurs more than once has its values joined by commas. */
function queryParameters(rawQueryString: string): Record<string, string> {
  const parameters = new URLSearchParams(rawQueryString)
  return Object.fromEntries([...parameters.keys()].map((name) => [name, parameters.getAll(name).join(',')]))
}

/** 12/Mar/2026:19:03:58 +0000 */
function accessLogTime(now: Date): string {
  const [, day, month, year, time] = now.toUTCString().split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}

/** Text goes as it is, anything else in base64. */
function bodyOf(body: Uint8Array, contentType = 'text/plain'): { body?: string; isBase64Encoded: boolean } {
  if (body.length === 0) return { isBase64Encoded: false }
  const isText = /^text\/|^application\/([\w.-]+\+)?(json|xml)\b|^application\/javascript\b/i.test(contentType)
  return { body: Buffer.from(body).toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText }
}

/** A handler's result as payload format 2.0 reads it: without a `statusCode` it is the body of a 200 by itself. */
export function answerOf(result: unknown): GatewayAnswer {
  if (result === null || typeof result !== 'object' || !('statusCode' in result)) {
    const body = Buffer.from(typeof result === 'string' ? result : JSON.stringify(result))
    return { statusCode: 200, headers: { 'content-type': 'application/json' }, body }
  }
  const { statusCode, headers = {}, body = '', isBase64Encoded, cookies } = result as APIGatewayProxyStructuredResultV2
  if (!Number.isInteger(statusCode) || typeof body !== 'string') {
    throw new TypeError(`A handler answered statusCode ${statusCode} with a body of type ${typeof body}.`)
  }
  const texts = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])
  return {
    statusCode: statusCode as number,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...Object.fromEntries(texts),
      ...(cookies && { 'set-cookie': cookies }),
    },
    body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'),
  }
}
