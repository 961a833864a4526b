import { once } from 'node:events'
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import type { APIGatewayProxyEventV2WithIAMAuthorizer, Context } from 'aws-lambda'
import { startGateway } from '../../../apps/stage/gateway.ts'
import type { Identity, Role } from '../../../apps/stage/identities.ts'
import type { LoopbackServer } from '../../../apps/stage/loopback-server.ts'
import routes from '../../../domain/routes.json' with { type: 'json' }

type Seen = { function: string; event: APIGatewayProxyEventV2WithIAMAuthorizer; context: Context }
type Call = { as?: Identity; body?: string | Buffer; headers?: Record<string, string>; agent?: Agent }

const identity = (role: Role): Identity => ({
  name: role,
  accessKeyId: `AKIA${role.toUpperCase().padEnd(16, '0')}`,
  secretAccessKey: `the secret of the ${role}`,
  userArn: `arn:aws:iam::000000000000:user/${role}`,
  role,
})
const operator = identity('operator')
const viewer = identity('viewer')
const agent = identity('agent')

let gateway: LoopbackServer
let seen: Seen[]
let errors: { error: unknown; call: string; requestId: string }[]
let result: () => unknown

beforeEach(async () => {
  seen = []
  errors = []
  result = () => ({ statusCode: 200, body: '{}' })
  const handler = (name: string) => async (event: Seen['event'], context: Context) => {
    seen.push({ function: name, event, context })
    return result()
  }
  const users = '/clusters/{cluster}/users'
  const batch = { method: 'POST', path: `${users}/batch`, function: 'queries', callers: ['operator'] }
  const user = { method: 'POST', path: `${users}/{user}`, function: 'commands', callers: ['operator'] }
  const login = { method: 'GET', path: `${users}/{user}/login`, function: 'queries', callers: ['operator', 'agent'] }
  gateway = await startGateway({
    port: 0,
    routes: [...routes, user, batch, login],
    functions: Object.fromEntries(routes.map(({ function: name }) => [name, handler(name)])),
    findIdentity: (key) => [operator, viewer, agent].find(({ accessKeyId }) => accessKeyId === key),
    accountId: '000000000000',
    onError: (error, where) => errors.push({ error, ...where }),
  })
})

afterEach(() => gateway.close())

/** Signs and sends a request with a bare client, which changes nothing of it, and reads the answer. */
async function call(method: string, target: string, { as = operator, body, headers = {}, agent }: Call = {}) {
  const url = new URL(target, gateway.origin)
  const signer = new SignatureV4({ service: 'execute-api', region: 'us-east-1', sha256: Sha256, credentials: as })
  const signed = await signer.sign({
    method,
    protocol: 'http:',
    hostname: url.hostname,
    path: url.pathname,
    query: Object.fromEntries([...url.searchParams.keys()].map((name) => [name, url.searchParams.getAll(name)])),
    headers: { host: url.host, ...headers },
    ...(body !== undefined && { body }),
  })
  return send(method, url, { headers: signed.headers, ...(body !== undefined && { body }), ...(agent && { agent }) })
}

async function send(
  method: string,
  url: URL,
  { headers, body, agent }: { headers: Record<string, string> } & Pick<Call, 'body' | 'agent'>,
) {
  const request = httpRequest(url, { method, headers, ...(agent && { agent }) })
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const text = Buffer.concat(await response.toArray()).toString()
  const json = () => JSON.parse(text)
  return { status: response.statusCode, headers: response.headers, text, json }
}

describe('a call through the gateway', () => {
  it('reaches the function of its route as an event of payload format 2.0', async () => {
    const headers = { 'content-type': 'application/json', 'user-agent': 'a test', 'Idempotency-Key': 'k' }
    const target = '/clusters/c%20d/groups/g?dryRun=true&since=a%26b&since=c'

    await call('PUT', target, { headers, body: '{"nodes":["é"]}' })

    const [{ function: name, event, context } = {} as Seen] = seen
    expect(name).toBe('configuration')
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'PUT /clusters/{cluster}/groups/{group}',
      rawPath: '/clusters/c d/groups/g',
      rawQueryString: 'dryRun=true&since=a%26b&since=c',
      queryStringParameters: { dryRun: 'true', since: 'a&b,c' },
      pathParameters: { cluster: 'c d', group: 'g' },
      headers: { 'content-type': 'application/json', 'idempotency-key': 'k', host: new URL(gateway.origin).host },
      body: '{"nodes":["é"]}',
      isBase64Encoded: false,
    })
    expect(event.requestContext).toMatchObject({
      accountId: '000000000000',
      stage: '$default',
      routeKey: event.routeKey,
      http: { method: 'PUT', path: event.rawPath, protocol: 'HTTP/1.1', sourceIp: '127.0.0.1', userAgent: 'a test' },
      authorizer: { iam: { accessKey: operator.accessKeyId, userArn: operator.userArn, accountId: '000000000000' } },
      time: expect.stringMatching(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/),
      timeEpoch: expect.any(Number),
    })
    expect(context).toMatchObject({ functionName: 'configuration', awsRequestId: event.requestContext.requestId })
    expect(context.getRemainingTimeInMillis()).toBeGreaterThan(20_000)
  })

  it('has no body, query or parameters where there are none', async () => {
    await call('GET', '/clusters')

    const { event } = seen[0] as Seen
    expect(event).not.toHaveProperty('body')
    expect(event).not.toHaveProperty('queryStringParameters')
    expect(event).not.toHaveProperty('pathParameters')
    expect(event.rawQueryString).toBe('')
  })

  it('carries a body that is no text in base64', async () => {
    const body = Buffer.from([0, 255, 128])

    await call('PUT', '/clusters/c', { body, headers: { 'content-type': 'application/octet-stream' } })

    expect(seen[0]?.event).toMatchObject({ body: body.toString('base64'), isBase64Encoded: true })
  })

  it('takes the route with the literal segment before the one with a parameter', async () => {
    await call('POST', '/clusters/c/users/batch')
    await call('POST', '/clusters/c/users/bat%63h2')

    expect(seen.map(({ event }) => event.routeKey)).toEqual([
      'POST /clusters/{cluster}/users/batch',
      'POST /clusters/{cluster}/users/{user}',
    ])
  })
})

describe('an answer through the gateway', () => {
  it('is what the handler says, with the request’s id', async () => {
    const problem = {
      statusCode: 409,
      headers: { 'Content-Type': 'application/problem+json', ETag: 7 },
      body: '{"é":1}',
    }
    result = () => problem

    const { status, headers, json } = await call('GET', '/clusters/c')

    expect(status).toBe(409)
    expect(headers).toMatchObject({
      'content-type': 'application/problem+json',
      etag: '7',
      'apigw-requestid': seen[0]?.event.requestContext.requestId,
    })
    expect(json()).toEqual({ é: 1 })
  })

  it('may be bare JSON, binary, or empty', async () => {
    result = () => ({ clusters: [] })
    expect(await call('GET', '/clusters')).toMatchObject({ status: 200, text: '{"clusters":[]}' })

    result = () => ({ statusCode: 200, body: Buffer.from('text').toString('base64'), isBase64Encoded: true })
    expect((await call('GET', '/clusters')).text).toBe('text')

    result = () => ({ statusCode: 204 })
    expect(await call('GET', '/clusters')).toMatchObject({ status: 204, text: '' })
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new TypeError('a bug')
      },
    ],
    ['answers what cannot be sent', () => ({ statusCode: 'fine' })],
  ])('is a 500 when the handler %s, and it is reported', async (_, broken) => {
    result = broken

    const { status, json, headers } = await call('GET', '/clusters')

    expect([status, json()]).toEqual([500, { message: 'Internal Server Error' }])
    const requestId = headers['apigw-requestid']
    expect(errors).toEqual([{ error: expect.any(TypeError), call: 'GET /clusters', requestId }])
  })
})

describe('the gateway refuses', () => {
  const message = async (answer: ReturnType<typeof call>) => {
    const { status, json } = await answer
    return [status, json().message]
  }

  it('what has no route', async () => {
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/clusters/'],
      ['PATCH', '/clusters'],
      ['GET', '/clusters/c%2Fd/nodes/n'],
    ] as const) {
      expect(await message(call(method, path))).toEqual([404, 'Not Found'])
    }
    expect(await message(call('GET', '/clusters/%zz'))).toEqual([400, 'Bad Request'])
    expect(seen).toEqual([])
  })

  it('who does not prove who it is', async () => {
    const url = new URL('/clusters', gateway.origin)
    expect(await message(send('GET', url, { headers: {} }))).toEqual([403, 'Missing Authentication Token'])
    const impostor = { ...operator, secretAccessKey: 'guessed' }
    expect(await message(call('GET', '/clusters', { as: impostor }))).toEqual([
      403,
      expect.stringContaining('does not match'),
    ])
    expect(seen).toEqual([])
  })

  it('whom the route does not name among its callers', async () => {
    const statuses = async (as: Identity) => {
      const calls = [
        call('GET', '/clusters/c', { as }),
        call('PUT', '/clusters/c', { as }),
        call('POST', '/clusters/c/groups/g/failover', { as }),
        call('POST', '/clusters/c/nodes/n/heartbeats', { as }),
        call('GET', '/clusters/c/users/u/login', { as }),
      ]
      return (await Promise.all(calls)).map(({ status }) => status)
    }

    expect(await statuses(operator)).toEqual([200, 200, 200, 200, 200])
    expect(await statuses(viewer)).toEqual([200, 403, 403, 403, 200])
    expect(await statuses(agent)).toEqual([403, 403, 403, 200, 200])
    expect(await message(call('PUT', '/clusters/c', { as: viewer }))).toEqual([403, 'Forbidden'])
  })

  it('a body above 10 MB', async () => {
    const limitBytes = 10 * 1024 * 1024
    const put = (lengthBytes: number) => call('PUT', '/clusters/c', { body: Buffer.alloc(lengthBytes, 'x') })

    expect(await message(put(limitBytes + 1))).toEqual([413, 'Request Entity Too Large'])
    expect((await put(limitBytes)).status).toBe(200)
  })
})

describe('the gateway', () => {
  it('says which port is taken', async () => {
    const second = startGateway({
      port: gateway.port,
      routes: [],
      functions: {},
      findIdentity: () => undefined,
      accountId: '000000000000',
      onError: () => {},
    })

    await expect(second).rejects.toThrow(`Port ${gateway.port} on 127.0.0.1 is taken`)
  })

  it('does not start without the function of a route', async () => {
    const start = startGateway({
      port: 0,
      routes: [{ method: 'GET', path: '/clusters', function: 'queries', callers: ['operator'] }],
      functions: {},
      findIdentity: () => undefined,
      accountId: '000000000000',
      onError: () => {},
    })

    await expect(start).rejects.toThrow('The route GET /clusters needs the function "queries".')
  })

  it('keeps connections alive', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const sockets = new Set<unknown>()
    agent.on('free', (socket) => sockets.add(socket))

    await call('GET', '/clusters', { agent })
    await call('GET', '/clusters', { agent })

    expect(sockets.size).toBe(1)
    agent.destroy()
  })

  it('ends every connection at once when it closes, also that of a call under way', async () => {
    const agent = new Agent({ keepAlive: true })
    await call('GET', '/clusters', { agent })
    const called = new Promise((resolve) => {
      result = () => {
        resolve(undefined)
        return new Promise(() => {})
      }
    })
    const underWay = expect(call('GET', '/events')).rejects.toThrow('socket hang up')
    await called

    await gateway.close()

    await underWay
    agent.destroy()
    gateway = { ...gateway, close: async () => {} }
  })

  it('forgets a caller that goes away in the middle of its request', async () => {
    const url = new URL('/clusters/c', gateway.origin)
    const request = httpRequest(url, { method: 'PUT', headers: { 'content-length': 9, expect: '100-continue' } })
    request.on('error', () => {})
    request.flushHeaders()
    await once(request, 'continue')
    const closed = new Promise((resolve) => request.once('close', resolve))
    request.destroy()
    await closed

    expect((await call('GET', '/clusters')).status).toBe(200)
    expect(errors).toEqual([])
  })
})
