import { createClient } from '../../../apps/client/node-client.ts'
import { ProblemError, UnreachableError } from '../../../apps/client/problem.ts'
import { apiPath } from '../../../apps/client/signed-client.ts'
import { type ApiServer, problem, startApi } from './api-server.ts'
import { ACCESS_KEY } from './signature.ts'

let api: ApiServer
const client = (more: object = {}) =>
  createClient({ endpoint: api.endpoint, region: 'eu-west-1', credentials: ACCESS_KEY, ...more })
const failure = async (request: Promise<unknown>): Promise<unknown> =>
  request.then(
    () => 'no error',
    (error) => error,
  )

beforeEach(async () => {
  api = await startApi(() => ({ body: { well: true } }))
})
afterEach(() => api.close())

describe('a signed request', () => {
  it('arrives whole, and its signature holds', async () => {
    const answer = await client().request({
      method: 'POST',
      path: '/clusters/c/nodes/a/heartbeats',
      body: { services: { 'XCP Router': 'läuft' } },
      headers: { 'idempotency-key': 'k1' },
    })

    expect(answer).toMatchObject({ status: 200, body: { well: true } })
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(api.calls).toMatchObject([
      { method: 'POST', path: '/clusters/c/nodes/a/heartbeats', body: { services: { 'XCP Router': 'läuft' } } },
    ])
    expect(api.calls[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'idempotency-key': 'k1' })
  })

  it.each(['XCP Router', 'a/b', '100%', 'Zoë', "it's (one) *!", '…', 'a+b', 'a?b#c'])(
    'names "%s" in its path, in its query and below a path of the endpoint',
    async (name) => {
      const below = client({ endpoint: `${api.endpoint}/prod/` })
      await below.request({ method: 'GET', path: apiPath`/services/${name}/state`, query: { name, none: undefined } })

      const [call] = api.calls
      expect(call?.path.split('/').map(decodeURIComponent)).toEqual(['', 'prod', 'services', name, 'state'])
      expect(call?.query).toEqual({ name })
    },
  )

  it.each(['', '.', '..'])('refuses the name "%s", which would lead to another path', (name) => {
    expect(() => apiPath`/clusters/${name}/groups`).toThrow('is no name that a path can carry')
  })

  it('is refused by the server when the secret is another', async () => {
    const credentials = { ...ACCESS_KEY, secretAccessKey: 'wrong' }
    const error = await failure(client({ credentials }).request({ method: 'GET', path: '/clusters' }))

    expect(error).toBeInstanceOf(ProblemError)
    expect(error).toMatchObject({ status: 403, problem: { title: 'Forbidden', detail: 'the signature is another' } })
  })

  it('finds a connection open: ten in a row need two at most', async () => {
    const one = client()
    for (let turn = 0; turn < 10; turn++) await one.request({ method: 'GET', path: '/clusters' })

    expect(new Set(api.calls.map(({ callerPort }) => callerPort)).size).toBeLessThanOrEqual(2)
  })
})

describe('credentials from a provider', () => {
  it('are fetched once while they last', async () => {
    let fetched = 0
    const one = client({ credentials: async () => ({ ...ACCESS_KEY, expiration: inMinutes(60), turn: fetched++ }) })
    for (let turn = 0; turn < 3; turn++) await one.request({ method: 'GET', path: '/clusters' })

    expect(fetched).toBe(1)
  })

  it('are fetched anew when they are about to expire, and after a failure', async () => {
    const answers = [
      () => Promise.reject(new Error('the metadata service is slow')),
      () => Promise.resolve({ ...ACCESS_KEY, expiration: inMinutes(1) }),
      () => Promise.resolve(ACCESS_KEY),
    ]
    let fetched = 0
    const one = client({ credentials: () => answers[fetched++]?.() })
    const first = await failure(one.request({ method: 'GET', path: '/clusters' }))
    for (let turn = 0; turn < 3; turn++) await one.request({ method: 'GET', path: '/clusters' })

    expect(first).toMatchObject({ message: 'the metadata service is slow' })
    expect(fetched).toBe(3)
  })
})

const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000)

describe('an error of the API', () => {
  it('is a problem with all that the document says', async () => {
    api.answer(() => problem(409, 'a is Idle.', { state: [{ node: 'a' }], allowedActions: ['fallback'] }))
    const error = await failure(client().request({ method: 'POST', path: '/x', body: {} }))

    expect(error).toBeInstanceOf(ProblemError)
    expect(error).toMatchObject({
      message: 'a is Idle.',
      status: 409,
      problem: { title: 'A title', code: 'Test', state: [{ node: 'a' }], allowedActions: ['fallback'] },
      retryAfterMs: null,
    })
  })

  it('says when to try again', async () => {
    api.answer(() => ({ ...problem(503, 'Busy.'), headers: { 'retry-after': '2' } }))

    expect(await failure(client().request({ method: 'GET', path: '/x' }))).toMatchObject({ retryAfterMs: 2000 })
  })

  it('is readable where something in between answers a page', async () => {
    api.answer(() => ({ status: 502, body: '<html>Bad gateway, in many words</html>' }))
    const error = await failure(client().request({ method: 'GET', path: '/x' }))

    expect(error).toMatchObject({
      problem: { type: 'about:blank', title: 'Bad Gateway', detail: 'Bad Gateway', status: 502 },
    })
  })

  it('is told for a redirection, too, which nobody follows with a signature', async () => {
    api.answer(() => ({ status: 302, headers: { location: 'http://127.0.0.1:9/' } }))

    expect(await failure(client().request({ method: 'GET', path: '/x' }))).toMatchObject({ status: 302 })
  })
})

describe('no answer', () => {
  it('says where, why and what to do, and that the request never arrived', async () => {
    await api.close()
    const error = await failure(client().request({ method: 'GET', path: '/x' }))

    expect(error).toBeInstanceOf(UnreachableError)
    expect(error).toMatchObject({
      message: `cannot reach ${api.endpoint}: connection refused, is the stage running? (npm start)`,
      neverArrived: true,
    })
  })

  it('may have been carried out when the connection was cut', async () => {
    api.answer(() => 'cut')
    const error = await failure(client().request({ method: 'POST', path: '/x', body: {} }))

    expect(error).toMatchObject({ message: expect.stringContaining('the connection was cut'), neverArrived: false })
    expect(api.calls).toHaveLength(1)
  })

  it('ends after the time limit', async () => {
    api.answer(() => null)
    const error = await failure(client().request({ method: 'GET', path: '/x', timeoutMs: 50 }))

    expect(error).toMatchObject({ message: expect.stringContaining('no answer within 0.05 s'), neverArrived: false })
  })

  it("ends with the caller's signal, and with its reason", async () => {
    const controller = new AbortController()
    api.answer(() => {
      controller.abort(new Error('a service changed'))
      return null
    })
    const error = await failure(client().request({ method: 'GET', path: '/x', signal: controller.signal }))

    expect(error).toMatchObject({ message: 'a service changed' })
  })

  it('does not speak of the stage where the endpoint is another machine', async () => {
    const elsewhere = client({ endpoint: 'https://understudy.invalid' })
    const error = await failure(elsewhere.request({ method: 'GET', path: '/x' }))

    expect((error as Error).message).toMatch(/^cannot reach https:\/\/understudy\.invalid: [^?]*$/)
  })
})
