import { Api, aNode, expectStatus, PRINCIPAL } from './api.ts'

let api: Api

beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

let count = 0
const newCluster = async () => {
  const path = `/clusters/c${++count}`
  await expectStatus(200, api.put(path, { databasePublisher: 'publisher' }))
  return path
}

const PARAMETERS = {
  servicePort: 22001,
  adminRpcPort: 20075,
  criticalServiceDelaySeconds: 90,
  automaticFallbackEnabled: false,
  automaticFallbackDelaySeconds: 1800,
  initializationKeepAliveTimeoutSeconds: 120,
  keepAliveTimeoutSeconds: 60,
  keepAliveIntervalSeconds: 15,
}

describe('a cluster', () => {
  it('is made with the defaults, changed by another PUT, and deleted', async () => {
    const made = await expectStatus(200, api.put('/clusters/main', { databasePublisher: 'publisher' }))
    expect(made.body).toEqual({
      cluster: 'main',
      version: 1,
      databasePublisher: 'publisher',
      criticalServices: ['Client Profile Agent', 'Sync Agent', 'XCP Router', 'SIP Proxy', 'Presence Engine'],
      serviceParameters: PARAMETERS,
      enterpriseParameters: { userAssignmentMode: 'balanced' },
      nodes: [],
      groups: [],
    })

    const changed = { databasePublisher: 'other', criticalServices: ['One'] }
    expect((await api.put('/clusters/main', changed)).body).toMatchObject({ ...changed, version: 2 })
    expect((await api.get('/clusters/main')).body).toMatchObject({ ...changed, version: 2 })
    expect((await api.get('/clusters')).body.clusters).toContainEqual(expect.objectContaining({ cluster: 'main' }))

    await expectStatus(204, api.delete('/clusters/main'))
    await expectStatus(404, api.get('/clusters/main'))
    await expectStatus(404, api.delete('/clusters/main'))
  })

  it('is not deleted while it has nodes', async () => {
    const path = await newCluster()
    await api.put(`${path}/nodes/alpha`, aNode())

    const { body } = await expectStatus(409, api.delete(path))
    expect(body).toMatchObject({
      code: 'ClusterHasNodes',
      detail: expect.stringContaining('(alpha): delete them first'),
    })

    await expectStatus(204, api.delete(`${path}/nodes/alpha`))
    await expectStatus(204, api.delete(path))
  })

  it.each<[string, object, number, string, string]>([
    ['no publisher', { databasePublisher: undefined }, 400, 'databasePublisher', 'expected string'],
    ['no critical service', { criticalServices: [] }, 400, 'criticalServices', 'at least one'],
    ['a service twice', { criticalServices: ['A', 'A'] }, 422, 'criticalServices', 'must not name a service twice'],
    ['a nameless service', { criticalServices: ['A', ''] }, 400, 'criticalServices.1', 'must not be empty'],
    ['21 services', { criticalServices: [...Array(21).keys()].map(String) }, 400, 'criticalServices', 'at most 20'],
    [
      'an unknown mode',
      { enterpriseParameters: { userAssignmentMode: 'any' } },
      400,
      'enterpriseParameters.userAssignmentMode',
      '"balanced"|"active-standby"|"none"',
    ],
    ['an unknown field', { databasePublishers: 'x' }, 400, 'databasePublishers', 'is not known here'],
    ['an unknown parameter', { serviceParameters: { port: 1 } }, 400, 'serviceParameters.port', 'is not known here'],
  ])('with %s is refused', async (_, different, status, path, message) => {
    const { body } = await expectStatus(status, api.put('/clusters/refused', { databasePublisher: 'p', ...different }))

    expect(body.errors).toEqual([{ path, message: expect.stringContaining(message) }])
    expect(body.detail).toContain(`${path}: `)
    await expectStatus(404, api.get('/clusters/refused'))
  })

  it('[B3] takes names of 1 to 128 letters, digits, _ and -', async () => {
    for (const name of ['x', 'A-Z_0', 'n'.repeat(128), 'toString']) {
      await expectStatus(200, api.put(`/clusters/${name}`, { databasePublisher: 'p' }))
    }
    for (const name of ['n'.repeat(129), 'a b', 'a.b', 'ä', '__proto__', 'constructor']) {
      const { body } = await api.put(`/clusters/${encodeURIComponent(name)}`, { databasePublisher: 'p' })
      const message = expect.stringMatching(/^must (be 1–128 letters|not be "__proto__" or)/)
      expect(body.errors).toEqual([{ path: 'cluster', message }])
    }
  })
})

describe('a node', () => {
  it('is made with the defaults, changed by another PUT, and deleted', async () => {
    const path = await newCluster()
    const made = await expectStatus(200, api.put(`${path}/nodes/n.1`, aNode()))
    const whole = {
      cluster: path.slice(10),
      node: 'n.1',
      ...aNode(),
      databasePublisher: 'publisher',
      clientReLogin: { lowerLimitSeconds: 120, upperLimitSeconds: 537 },
      group: null,
    }
    expect(made.body).toEqual(whole)

    const changed = { softwareVersion: '16.0', clientReLogin: { lowerLimitSeconds: 0, upperLimitSeconds: 3600 } }
    await expectStatus(200, api.put(`${path}/nodes/n.1`, aNode(changed)))

    expect((await api.get(`${path}/nodes`)).body).toEqual({
      nodes: [{ ...whole, ...changed, users: 0, recommendedReLogin: null }],
    })
    expect((await api.get(`${path}/nodes/n.1`)).body).toMatchObject({ ...whole, ...changed, lastHeartbeatAt: null })
    await expectStatus(204, api.delete(`${path}/nodes/n.1`))
    await expectStatus(404, api.get(`${path}/nodes/n.1`))
    await expectStatus(404, api.delete(`${path}/nodes/n.1`))
  })

  it.each<[string, object, number, string, string]>([
    ['no host name', { hostName: '' }, 400, 'hostName', 'must not be empty'],
    ['too long a host name', { hostName: 'h'.repeat(254) }, 400, 'hostName', 'at most 253 characters'],
    ['a "|" in its version', { softwareVersion: '15|0' }, 400, 'softwareVersion', 'must not contain "|"'],
    ['a principal that is no ARN', { principal: 'alpha' }, 400, 'principal', 'must be the ARN of an IAM user'],
    [
      'limits the wrong way round',
      { clientReLogin: { lowerLimitSeconds: 2, upperLimitSeconds: 1 } },
      422,
      'clientReLogin.lowerLimitSeconds',
      'must not be more than upperLimitSeconds',
    ],
    [
      'a negative limit',
      { clientReLogin: { lowerLimitSeconds: -1, upperLimitSeconds: 1 } },
      400,
      'clientReLogin.lowerLimitSeconds',
      'must be at least 0',
    ],
    [
      'too long a limit',
      { clientReLogin: { lowerLimitSeconds: 0, upperLimitSeconds: 3601 } },
      400,
      'clientReLogin.upperLimitSeconds',
      'must be at most 3600',
    ],
  ])('with %s is refused', async (_, different, status, path, message) => {
    const cluster = await newCluster()

    const { body } = await expectStatus(status, api.put(`${cluster}/nodes/n`, aNode(different)))

    expect(body.errors).toEqual([{ path, message: expect.stringContaining(message) }])
    expect((await api.get(cluster)).body).toMatchObject({ version: 1, nodes: [] })
  })

  it('[B1] may be of any name, also one that JavaScript knows, and is not there unless it was made', async () => {
    const path = await newCluster()
    for (const name of ['toString', 'valueOf', 'hasOwnProperty']) {
      await expectStatus(404, api.get(`${path}/nodes/${name}`))
      await expectStatus(404, api.get(`${path}/groups/${name}`))
      const { body } = await expectStatus(422, api.put(`${path}/groups/g`, { nodes: [name] }))
      expect(body).toMatchObject({ code: 'NodeUnknown' })
      await expectStatus(200, api.put(`${path}/nodes/${name}`, aNode()))
      await expectStatus(200, api.put(`${path}/groups/${name}`, { nodes: [name] }))
      expect((await api.get(`${path}/nodes/${name}`)).body).toMatchObject({ node: name, group: name })
      await expectStatus(204, api.delete(`${path}/groups/${name}`))
    }
    await expectStatus(400, api.put(`${path}/nodes/${'n'.repeat(129)}`, aNode()))
    for (const name of ['__proto__', 'constructor']) {
      await expectStatus(422, api.put(`${path}/nodes/${name}`, aNode()))
      await expectStatus(404, api.get(`${path}/nodes/${name}`))
    }
  })

  it('is not deleted while it is in a group', async () => {
    const path = await api.configure('grouped', { pair: ['d1', 'd2'] })

    const { body } = await expectStatus(409, api.delete(`${path}/nodes/d1`))

    expect(body).toMatchObject({ code: 'NodeInGroup', detail: expect.stringContaining('is in group "pair"') })
    expect((await api.get(path)).body.nodes).toEqual(['d1', 'd2'])
  })

  it('is one of at least 100, and of so many that they fit into the item of their cluster', async () => {
    const path = await newCluster()
    const long = aNode({ hostName: 'h'.repeat(253), principal: `${PRINCIPAL}${'p'.repeat(2000)}` })
    let refused: { body: { code?: string } } | undefined
    let made = 0
    while (!refused && made < 200) {
      const answer = await api.put(`${path}/nodes/${'n'.repeat(120)}${made}`, long)
      if (answer.status === 413) refused = answer
      else made += 1
    }

    expect(refused?.body).toMatchObject({ code: 'ClusterTooLarge', detail: expect.stringContaining('350 KB') })
    expect(made).toBeGreaterThanOrEqual(100)
    expect((await api.get(path)).body.nodes).toHaveLength(made)
  })
})

describe('a group', () => {
  const inCluster = async () => {
    const path = await newCluster()
    for (const node of ['a', 'b', 'c']) await api.put(`${path}/nodes/${node}`, aNode())
    return path
  }

  it('is made of one or two nodes, changed by another PUT, and deleted', async () => {
    const path = await inCluster()
    const made = await expectStatus(200, api.put(`${path}/groups/g`, { nodes: ['a'] }))
    expect(made.body).toEqual({ cluster: path.slice(10), group: 'g', description: '', nodes: ['a'] })

    await expectStatus(200, api.put(`${path}/groups/g`, { nodes: ['a', 'b'], description: 'first floor' }))

    const { body } = await api.get(`${path}/groups/g`)
    expect(body).toMatchObject({
      group: 'g',
      description: 'first floor',
      highAvailability: false,
      nodes: [
        { node: 'a', state: 'Unknown', reason: 'Unknown', lastHeartbeatAt: null, reachable: false, serving: false },
        { node: 'b' },
      ],
      transition: null,
      allowedActions: [],
    })
    expect((await api.get(`${path}/groups`)).body.groups).toEqual([expect.objectContaining({ group: 'g' })])
    expect((await api.get(`${path}/nodes/a`)).body.group).toBe('g')
    await expectStatus(204, api.delete(`${path}/groups/g`))
    await expectStatus(404, api.get(`${path}/groups/g`))
    await expectStatus(404, api.delete(`${path}/groups/g`))
    expect((await api.get(`${path}/nodes/a`)).body.group).toBeNull()
  })

  it.each<[string, object, number, string, string]>([
    ['no nodes', { nodes: [] }, 400, 'nodes', 'one or two nodes'],
    ['three nodes', { nodes: ['a', 'b', 'c'] }, 400, 'nodes', 'one or two nodes'],
    ['a node twice', { nodes: ['a', 'a'] }, 422, 'nodes', 'must not name a node twice'],
    ['[B4] a description of 129', { description: 'd'.repeat(129) }, 400, 'description', 'at most 128'],
    ...['"', '%', '&', '/', '<', '>'].map((sign): [string, object, number, string, string] => [
      `[B4] a description with ${sign}`,
      { description: `a${sign}b` },
      400,
      'description',
      'must not contain any of',
    ]),
  ])('with %s is refused', async (_, different, status, path, message) => {
    const cluster = await inCluster()

    const { body } = await expectStatus(status, api.put(`${cluster}/groups/g`, { nodes: ['a', 'b'], ...different }))

    expect(body.errors).toEqual([{ path, message: expect.stringContaining(message) }])
    await expectStatus(404, api.get(`${cluster}/groups/g`))
  })

  it('[B3] [B4] may have a name and a description of 128', async () => {
    const path = await inCluster()
    const body = { nodes: ['a'], description: "Größe: d'accord".padEnd(128, '.') }
    expect((await expectStatus(200, api.put(`${path}/groups/${'g'.repeat(128)}`, body))).body).toMatchObject(body)
    for (const name of ['g'.repeat(129), 'g.1']) await expectStatus(400, api.put(`${path}/groups/${name}`, body))
  })

  it('[B1] has nodes of its cluster that are in no other group', async () => {
    const path = await inCluster()
    await expectStatus(200, api.put(`${path}/groups/g`, { nodes: ['a', 'b'] }))

    const unknown = await expectStatus(422, api.put(`${path}/groups/h`, { nodes: ['c', 'd'] }))
    expect(unknown.body).toMatchObject({ code: 'NodeUnknown', detail: expect.stringContaining('"d"') })
    const taken = await expectStatus(422, api.put(`${path}/groups/h`, { nodes: ['c', 'b'] }))
    expect(taken.body).toMatchObject({ code: 'NodeInAnotherGroup', detail: expect.stringContaining('group "g"') })
    await expectStatus(404, api.get(`${path}/groups/h`))
    await expectStatus(404, api.put('/clusters/nowhere/groups/g', { nodes: ['a'] }))
    await expectStatus(404, api.put('/clusters/nowhere/nodes/a', aNode()))
  })

  it('[B2] is made of nodes of one publisher and one version', async () => {
    const path = await inCluster()
    await api.put(`${path}/nodes/b`, aNode({ softwareVersion: '16.0' }))
    await api.put(`${path}/nodes/c`, aNode({ databasePublisher: 'another' }))

    const versions = await expectStatus(422, api.put(`${path}/groups/g`, { nodes: ['a', 'b'] }))
    expect(versions.body).toMatchObject({ code: 'VersionsDiffer', detail: expect.stringContaining('b has 16.0') })
    const publishers = await expectStatus(422, api.put(`${path}/groups/g`, { nodes: ['a', 'c'] }))
    expect(publishers.body).toMatchObject({ code: 'PublishersDiffer' })

    await api.put(`${path}/nodes/b`, aNode())
    await expectStatus(200, api.put(`${path}/groups/g`, { nodes: ['a', 'b'] }))
    await expectStatus(422, api.put(`${path}/nodes/b`, aNode({ databasePublisher: 'another' })))
    expect((await api.get(`${path}/nodes/b`)).body).toMatchObject(aNode({ databasePublisher: 'publisher' }))
  })
})
