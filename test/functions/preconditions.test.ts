import type { Answer } from './api.ts'
import { Api, aNode, expectStatus } from './api.ts'

let api: Api
let path: string

beforeAll(async () => {
  api = await Api.start()
  path = await api.configure('c', { pair: ['alpha', 'beta'] })
})
afterAll(() => api.end())

const etagOf = ({ headers }: Answer): string => headers.etag ?? ''

describe('If-Match', () => {
  const read = async (target: string) => etagOf(await expectStatus(200, api.get(target)))

  it('is answered by every look at configuration, and by every change', async () => {
    const before = await read(path)
    expect(before).toMatch(/^"\d+"$/)
    for (const part of ['nodes/alpha', 'groups/pair']) expect(await read(`${path}/${part}`)).toBe(before)

    const changes = [
      () => api.put(path, { databasePublisher: 'publisher' }),
      () => api.patch(`${path}/service-parameters`, { criticalServiceDelaySeconds: 60 }),
      () => api.patch(`${path}/enterprise-parameters`, { userAssignmentMode: 'none' }),
      () => api.put(`${path}/nodes/gamma`, aNode()),
      () => api.put(`${path}/groups/single`, { nodes: ['gamma'] }),
    ]
    let last = before
    for (const change of changes) {
      const now = etagOf(await expectStatus(200, change()))
      expect(now).not.toBe(last)
      expect(await read(path)).toBe(now)
      last = now
    }
  })

  it('lets a change through that builds upon what stands there, and refuses any other', async () => {
    const stale = await read(path)
    await expectStatus(200, api.put(`${path}/nodes/delta`, aNode(), { 'if-match': stale }))
    const before = (await api.get(path)).body
    const headers = { 'if-match': stale }

    for (const refused of [
      api.put(path, { databasePublisher: 'other' }, headers),
      api.patch(`${path}/service-parameters`, { criticalServiceDelaySeconds: 5 }, headers),
      api.patch(`${path}/enterprise-parameters`, { userAssignmentMode: 'balanced' }, headers),
      api.put(`${path}/nodes/alpha`, aNode({ hostName: 'elsewhere' }), headers),
      api.delete(`${path}/nodes/delta`, headers),
      api.put(`${path}/groups/single`, { nodes: ['delta'] }, headers),
      api.delete(`${path}/groups/pair`, headers),
      api.delete(path, headers),
    ]) {
      const { body } = await expectStatus(412, refused)
      expect(body.detail).toContain(`If-Match names ${stale}`)
    }

    expect((await api.get(path)).body).toEqual(before)
    const now = { 'if-match': `"999", ${await read(path)}` }
    await expectStatus(204, api.delete(`${path}/nodes/delta`, now))
    await expectStatus(200, api.patch(`${path}/enterprise-parameters`, {}, { 'if-match': '*' }))
  })

  it('is never met by what is not there', async () => {
    const { body } = await expectStatus(412, api.put('/clusters/new', { databasePublisher: 'p' }, { 'if-match': '*' }))
    expect(body.detail).toContain('there is nothing yet')
    await expectStatus(404, api.get('/clusters/new'))
  })

  it('lets one of two who build upon the same through', async () => {
    const headers = { 'if-match': await read(path) }
    const both = [1, 2].map((seconds) =>
      api.patch(`${path}/service-parameters`, { criticalServiceDelaySeconds: seconds }, headers),
    )
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([200, 412])
  })
})

describe('If-None-Match', () => {
  const isNew = { 'if-none-match': '*' }

  it('lets through what makes something new, and changes nothing that is there', async () => {
    await expectStatus(200, api.put('/clusters/new', { databasePublisher: 'mine' }, isNew))
    await expectStatus(200, api.put('/clusters/new/nodes/gamma', aNode(), isNew))
    await expectStatus(200, api.put('/clusters/new/groups/single', { nodes: ['gamma'] }, isNew))
    const before = (await api.get('/clusters/new')).body

    for (const refused of [
      api.put('/clusters/new', { databasePublisher: 'theirs' }, isNew),
      api.put('/clusters/new/nodes/gamma', aNode({ hostName: 'elsewhere' }), isNew),
      api.put('/clusters/new/groups/single', { nodes: ['gamma'], description: 'theirs' }, isNew),
    ]) {
      const { body } = await expectStatus(412, refused)
      expect(body).toMatchObject({ code: 'AlreadyThere' })
    }
    expect((await api.get('/clusters/new')).body).toEqual(before)
  })

  it('lets one of two who add a cluster of one name through', async () => {
    const both = ['mine', 'theirs'].map((databasePublisher) => api.put('/clusters/newer', { databasePublisher }, isNew))
    expect((await Promise.all(both)).map(({ status }) => status).sort()).toEqual([200, 412])
  })
})
