import { createClient } from '../../apps/client/node-client.ts'
import { ScriptedAgent } from './agent.ts'
import type { Answer } from './api.ts'
import { Api, aNode, expectStatus } from './api.ts'

let api: Api
let path: string

beforeAll(async () => {
  api = await Api.start()
  path = await api.configure('c', { pair: ['alpha', 'beta'] })
})
afterAll(() => api.end())

const base64 = (text: string) => Buffer.from(text).toString('base64url')
const rebalanceFrom = (cursor: string) => api.post(`${path}/users/rebalance`, { cursor: base64(cursor) })
const etagOf = ({ headers }: Answer): string => headers.etag ?? ''

describe('every error of a function', () => {
  it.each<[string, number, string, () => Promise<Answer>]>([
    ['is not JSON', 400, 'MalformedJson', () => api.call('PUT', path, undefined, { text: '{"databasePublisher":' })],
    ['is JSON but no object', 400, 'Invalid', () => api.put(path, ['publisher'])],
    ['has no body', 400, 'Invalid', () => api.put(path, undefined)],
    ['has a field of another kind', 400, 'Invalid', () => api.put(path, { databasePublisher: 7 })],
    ['names what is not there', 404, 'ClusterNotFound', () => api.get('/clusters/nowhere')],
    ['is against the state', 409, 'ClusterHasNodes', () => api.delete(path)],
    ['is stale', 412, 'IfMatchStale', () => api.delete(path, { 'if-match': '"1"' })],
    [
      'is larger than any call need be',
      413,
      'BodyTooLarge',
      () => api.put(path, { databasePublisher: 'x'.repeat(300_000) }),
    ],
    [
      'breaks a rule',
      422,
      'RuleBroken',
      () => api.patch(`${path}/service-parameters`, { keepAliveIntervalSeconds: 50 }),
    ],
  ])('of a request that %s is a problem with its details: %d', async (_, status, code, request) => {
    const { headers, body } = await expectStatus(status, request())

    expect(headers['content-type']).toBe('application/problem+json')
    expect(body).toMatchObject({
      type: `urn:understudy:problem:${code}`,
      title: expect.stringMatching(/^[A-Z]/),
      status,
      detail: expect.stringMatching(/^\S.{8,}/),
      code,
      requestId: headers['x-request-id'],
    })
    for (const error of body.errors ?? [])
      expect(error).toEqual({ path: expect.any(String), message: expect.any(String) })
  })

  it('that nobody thought of says where to look, and nothing of the inside', async () => {
    await api.putItem('understudy-clusters', { cluster: { S: 'damaged' }, format: { N: '7' } })
    const { onError } = api.told
    const told: unknown[][] = []
    api.told.onError = (...line) => void told.push(line)
    try {
      const { headers, body } = await expectStatus(500, api.get('/clusters/damaged'))
      const requestId = headers['x-request-id']

      expect(body).toMatchObject({ code: 'Internal', title: 'Internal error', requestId })
      expect(body.detail).toBe(`Something went wrong; the logs name it under ${requestId}.`)
      const message = 'the item of cluster damaged has format 7, not 1'
      expect(told).toEqual([['the function queries', `failed: ${message}`]])
      const error = expect.objectContaining({ message, stack: expect.stringContaining('at ') })
      expect(await api.log()).toContainEqual(expect.objectContaining({ level: 'ERROR', requestId, error }))
    } finally {
      api.told.onError = onError
      await api.deleteItem('understudy-clusters', { cluster: { S: 'damaged' } })
    }
  })

  it('of a name that nothing can have is that it is not there', async () => {
    const long = 'n'.repeat(3000)
    for (const target of [`/clusters/${long}`, `${path}/groups/${long}`, `${path}/groups/pair/transitions/${long}`]) {
      expect((await expectStatus(404, api.get(target))).body.detail).toContain('more than 128 characters')
    }
    for (const name of ['a%20b', '%F0%9F%92%A5', 'a"b']) await expectStatus(404, api.get(`/clusters/${name}`))
  })
})

it('what cannot be kept as it was sent is refused, or kept as near as can be', async () => {
  const services = ['XCP Router', 'constructor']
  const cluster = { databasePublisher: 'publisher', criticalServices: services }
  expect((await expectStatus(422, api.put('/clusters/reserved', cluster))).body.detail).toContain('criticalServices.1')
  const { userArn: principal } = await api.agent('alone')
  const limits = { lowerLimitSeconds: 1e-300, upperLimitSeconds: 1.5 }
  const put = await expectStatus(200, api.put(`${path}/nodes/alone`, aNode({ principal, clientReLogin: limits })))
  expect(put.body.clientReLogin).toEqual({ lowerLimitSeconds: 0, upperLimitSeconds: 1.5 })
  const alone = new ScriptedAgent(api, 'c', 'alone')
  const running = { state: 'running', forMs: 0 }
  expect(
    (await expectStatus(400, alone.post(alone.next({ services: { constructor: running } as never })))).body.code,
  ).toBe('Invalid')
  await expectStatus(204, api.delete(`${path}/nodes/alone`))
})

describe('an error of the gateway', () => {
  it('is API Gateway’s own, and a problem for those who use the client', async () => {
    const unknown = await expectStatus(404, api.get('/nothing'))
    expect(unknown.body).toEqual({ message: 'Not Found' })
    expect(unknown.headers['apigw-requestid']).toMatch(/^[\da-f-]{36}$/)
    const forbidden = await expectStatus(403, api.call('PUT', path, { databasePublisher: 'p' }, { as: 'viewer' }))
    expect(forbidden.body).toEqual({ message: 'Forbidden' })

    const client = createClient({
      endpoint: api.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'guessed' },
    })
    await expect(client.request({ method: 'GET', path })).rejects.toMatchObject({
      problem: { type: 'about:blank', title: 'Forbidden', status: 403, detail: expect.stringMatching(/\w/) },
    })
  })
})

it('every answer carries the id of its request', async () => {
  for (const answer of [await api.get(path), await api.get('/openapi.json'), await api.get('/clusters/nowhere')]) {
    expect(answer.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/)
    expect(answer.headers['x-request-id']).toBe(answer.headers['apigw-requestid'])
  }
})

it('query parameters that are not known are ignored', async () => {
  const { body } = await expectStatus(200, api.get('/clusters?limit=5&colour=blue'))
  expect(body.clusters).toHaveLength(1)
})

describe('an Idempotency-Key', () => {
  it('answers the same for the same request, and does nothing a second time', async () => {
    const headers = { 'idempotency-key': 'one' }
    const first = await expectStatus(200, api.put('/clusters/once', { databasePublisher: 'p' }, headers))
    await expectStatus(200, api.put('/clusters/once', { databasePublisher: 'q' }))

    const again = await expectStatus(200, api.put('/clusters/once', { databasePublisher: 'p' }, headers))

    expect(again.body).toEqual(first.body)
    expect(etagOf(again)).toBe(etagOf(first))
    expect(again.headers['x-request-id']).not.toBe(first.headers['x-request-id'])
    expect((await api.get('/clusters/once')).body).toMatchObject({ databasePublisher: 'q', version: 2 })
  })

  it('is not taken for another request, and may be taken by somebody else', async () => {
    const headers = { 'idempotency-key': 'two' }
    await expectStatus(200, api.put('/clusters/twice', { databasePublisher: 'p' }, headers))

    for (const other of [
      api.put('/clusters/twice', { databasePublisher: 'q' }, headers),
      api.put('/clusters/other', { databasePublisher: 'p' }, headers),
      api.put(`${path}/groups/pair/high-availability`, { enabled: true }, headers),
    ]) {
      expect((await expectStatus(422, other)).body.code).toBe('IdempotencyKeyReused')
    }
    await expectStatus(404, api.get('/clusters/other'))
    const keys = [' ', 'a b', 'k'.repeat(256)]
    for (const key of keys) {
      const answer = api.put('/clusters/other', { databasePublisher: 'p' }, { 'idempotency-key': key })
      expect((await expectStatus(400, answer)).body.code).toBe('BadIdempotencyKey')
    }
  })

  it('keeps no refusal of what was malformed: the corrected request may have the same key', async () => {
    const headers = { 'idempotency-key': 'three' }
    await expectStatus(400, api.put('/clusters/third', {}, headers))
    await expectStatus(200, api.put('/clusters/third', { databasePublisher: 'p' }, headers))
  })

  it('keeps the refusal by the state, of commands too', async () => {
    const headers = { 'idempotency-key': 'four' }
    const ask = () => api.post(`${path}/groups/pair/failover`, { node: 'alpha' }, headers)
    const { body } = await expectStatus(409, ask())
    expect(body).toMatchObject({
      code: 'RefusedByState',
      detail: expect.stringContaining('High availability of group pair is not enabled. Nothing can be asked for now.'),
      state: [{ node: 'alpha', state: 'Unknown', reason: 'Unknown' }, { node: 'beta' }],
      allowedActions: [],
    })

    const again = await expectStatus(409, ask())
    expect(again.body).toEqual(body)
    expect(again.headers['content-type']).toBe('application/problem+json')
    const other = api.post(`${path}/groups/pair/failover`, { node: 'beta' }, headers)
    expect((await expectStatus(422, other)).body.code).toBe('IdempotencyKeyReused')
    const refusals = (await api.get(`${path}/groups/pair/history`)).body.events
    expect(refusals.filter(({ detailType }: { detailType: string }) => detailType === 'Request Refused')).toHaveLength(
      1,
    )
  })
})

describe('lists', () => {
  const pages = async (target: string, member: string, nameOf: (entry: never) => string) => {
    const found: string[][] = []
    for (let cursor: string | undefined; ; ) {
      const query = `limit=2${cursor === undefined ? '' : `&cursor=${cursor}`}`
      const { body } = await expectStatus(200, api.get(`${target}?${query}`))
      found.push(body[member].map(nameOf))
      cursor = body.cursor
      if (cursor === undefined) return found
    }
  }

  it('of nodes and groups are paged, in the order of their names', async () => {
    const groups = { g5: ['n5'], g1: ['n1'], g3: ['n3'], g4: ['n4'], g2: ['n2'] }
    const target = await api.configure('paged', groups)

    const nodes = await pages(`${target}/nodes`, 'nodes', ({ node }) => node)
    expect(nodes).toEqual([['n1', 'n2'], ['n3', 'n4'], ['n5']])
    const found = await pages(`${target}/groups`, 'groups', ({ group }) => group)
    expect(found).toEqual([['g1', 'g2'], ['g3', 'g4'], ['g5']])
    expect((await api.get(`${target}/nodes?limit=5`)).body).not.toHaveProperty('cursor')
    expect((await api.get(`${target}/groups`)).body.groups).toHaveLength(5)
  })

  it('of clusters are paged', async () => {
    const all = (await api.get('/clusters')).body.clusters.map(({ cluster }: { cluster: string }) => cluster)
    expect(all.length).toBeGreaterThan(2)

    const found = await pages('/clusters', 'clusters', ({ cluster }) => cluster)

    expect(found.flat()).toEqual(all)
    expect(Math.max(...found.map(({ length }) => length))).toBe(2)
  })

  it('go on only from a cursor that they gave', async () => {
    for (const target of ['/clusters', `${path}/nodes`, `${path}/groups`]) {
      for (const cursor of ['', 'a b', 'n'.repeat(129)]) {
        expect((await expectStatus(400, api.get(`${target}?cursor=${cursor}`))).body.code).toBe('BadCursor')
      }
    }
  })

  it.each([
    ['of another form, to level users', () => rebalanceFrom('[x]')],
    [
      'longer than any, of a history',
      () => api.get(`${path}/groups/pair/history?cursor=${'1'.repeat(14)}-${'9'.repeat(1100)}-1`),
    ],
    [
      'longer than any, of sessions',
      () => api.get(`${path}/nodes/alpha/sessions?cursor=${base64(`3 session/${'x'.repeat(1100)}`)}`),
    ],
  ])('take no cursor %s', async (_, request) => {
    expect((await expectStatus(400, request())).body.code).toBe('BadCursor')
  })

  it('of a history begin at since, where the cursor is from before', async () => {
    const history = `${path}/groups/pair/history?order=oldest&since=2020-01-01`
    const { body } = await expectStatus(200, api.get(history))
    expect((await expectStatus(200, api.get(`${history}&cursor=00000000000000-1-1`))).body).toEqual(body)
  })

  it.each(['0', '201', '-1', '1.5', 'x', ''])('have no limit of "%s"', async (limit) => {
    const { body } = await expectStatus(400, api.get(`/clusters?limit=${limit}`))
    expect(body).toMatchObject({ code: 'BadParameter', detail: expect.stringContaining('from 1 to 200') })
  })
})
