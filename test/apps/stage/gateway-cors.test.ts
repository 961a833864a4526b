import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { corsOfConsole } from '../../../apps/stage/cors.ts'
import { startGateway } from '../../../apps/stage/gateway.ts'
import type { LoopbackServer } from '../../../apps/stage/loopback-server.ts'

const PAGE = 'http://127.0.0.1:7782'
const EXPOSED = 'etag,retry-after,date,apigw-requestid,location'
const viewer = {
  name: 'viewer',
  accessKeyId: 'AKIAVIEWER0000000000',
  secretAccessKey: 'the secret of the viewer',
  userArn: 'arn:aws:iam::000000000000:user/viewer',
  role: 'viewer' as const,
}
const routes = [
  { method: 'GET', path: '/events', function: 'queries', callers: ['viewer'] },
  { method: 'PUT', path: '/clusters/{cluster}', function: 'queries', callers: ['operator', 'viewer'] },
  { method: 'DELETE', path: '/clusters/{cluster}', function: 'queries', callers: ['operator'] },
]

let gateway: LoopbackServer
let allowed: string | null
let errors: unknown[]
let result: () => unknown
let calls: number

beforeEach(async () => {
  errors = []
  allowed = PAGE
  calls = 0
  result = () => ({ statusCode: 200, body: '{}' })
  const handler = async () => {
    calls += 1
    return result()
  }
  gateway = await startGateway({
    port: 0,
    routes,
    functions: { queries: handler },
    findIdentity: (key) => (key === viewer.accessKeyId ? viewer : undefined),
    accountId: '000000000000',
    cors: () => (allowed ? corsOfConsole(allowed, routes) : null),
    onError: (error) => errors.push(error),
  })
})

afterEach(() => gateway.close())

function open(method: string, path: string, headers: Record<string, string>, body?: string | Buffer) {
  const request = httpRequest(new URL(path, gateway.origin), { method, headers })
  request.end(body)
  return request
}

async function send(method: string, path: string, headers: Record<string, string>, body?: string | Buffer) {
  const [response] = (await once(open(method, path, headers, body), 'response')) as [IncomingMessage]
  await response.toArray()
  return { status: response.statusCode, headers: response.headers }
}

/** What a page's script sends: signed, with the browser's `Origin` beside the signed headers. */
async function signed(method: string, path: string, origin = PAGE, body?: string | Buffer) {
  const { host, hostname } = new URL(gateway.origin)
  const signer = new SignatureV4({ service: 'execute-api', region: 'us-east-1', sha256: Sha256, credentials: viewer })
  const request = { method, protocol: 'http:', hostname, path, query: {}, headers: { host } }
  const { headers } = await signer.sign({ ...request, ...(body !== undefined && { body }) })
  return { ...headers, origin }
}

const call = async (method: string, path: string, origin = PAGE, body?: string | Buffer) =>
  send(method, path, await signed(method, path, origin, body), body)

const corsOf = (headers: IncomingMessage['headers']) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')))
const readable = { 'access-control-allow-origin': PAGE, 'access-control-expose-headers': EXPOSED }

describe('a preflight', () => {
  const asking = { origin: PAGE, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'if-match' }

  it('is answered by the gateway itself, without a signature, for any path', async () => {
    for (const path of ['/clusters/c', '/nowhere']) {
      const { status, headers } = await send('OPTIONS', path, asking)
      expect(status).toBe(204)
      expect(corsOf(headers)).toEqual({
        'access-control-allow-origin': PAGE,
        'access-control-allow-methods': 'GET,PUT,DELETE',
        'access-control-allow-headers':
          'authorization,content-type,x-amz-date,x-amz-security-token,x-amz-content-sha256,idempotency-key,if-match,if-none-match',
        'access-control-max-age': '7200',
      })
    }
    expect(calls).toBe(0)
  })

  it.each([
    ['of another page', { ...asking, origin: 'http://127.0.0.1:9999' }],
    ['of a page of no origin', { ...asking, origin: 'null' }],
    ['that names no method', { origin: PAGE }],
    ['that no page sends', {}],
  ])('%s is told nothing', async (_, headers) => {
    const answer = await send('OPTIONS', '/clusters/c', headers as Record<string, string>)
    expect([answer.status, corsOf(answer.headers)]).toEqual([204, {}])
  })

  it('is no route where there is no console', async () => {
    allowed = null
    expect((await send('OPTIONS', '/clusters/c', asking)).status).toBe(404)
  })
})

describe('an answer to the console', () => {
  it('may be read by it, also where it is a refusal or an error', async () => {
    const answers = [
      await call('GET', '/events'),
      await call('GET', '/nowhere'),
      await call('GET', '/events%zz'),
      await call('DELETE', '/clusters/c'),
      await send('GET', '/events', { origin: PAGE }),
      await call('PUT', '/clusters/c', PAGE, Buffer.alloc(10 * 1024 * 1024 + 1)),
    ]
    result = () => {
      throw new TypeError('a bug')
    }
    answers.push(await call('GET', '/events'))

    expect(answers.map(({ status }) => status)).toEqual([200, 404, 400, 403, 403, 413, 500])
    for (const { headers } of answers) expect(corsOf(headers)).toEqual(readable)
  })

  it('says of CORS what the gateway says, whatever the function does', async () => {
    const own = { 'Access-Control-Allow-Origin': '*', 'access-control-allow-credentials': 'true', etag: '"1"' }
    result = () => ({ statusCode: 200, headers: own, body: '{}' })

    const toConsole = await call('GET', '/events')
    const toAnother = await call('GET', '/events', 'http://evil.example')

    expect([corsOf(toConsole.headers), toConsole.headers.etag]).toEqual([readable, '"1"'])
    expect([corsOf(toAnother.headers), toAnother.headers.etag]).toEqual([{}, '"1"'])
  })

  it('is nobody’s error when the page has gone before its long poll has ended', async () => {
    let end = () => {}
    const polled = new Promise<void>((resolve) => {
      result = () => {
        resolve()
        return new Promise((answer) => {
          end = () => answer({ statusCode: 200, body: '{"events":[]}' })
        })
      }
    })
    const poll = open('GET', '/events', await signed('GET', '/events'))
    poll.on('error', () => {})
    await polled
    const gone = new Promise((resolve) => poll.once('close', resolve))
    poll.destroy()
    await gone
    result = () => ({ statusCode: 200, body: '{}' })
    expect((await call('GET', '/events')).status).toBe(200)
    end()

    expect((await call('GET', '/events')).status).toBe(200)
    expect(errors).toEqual([])
  })
})
