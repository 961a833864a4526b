import { beatUntil, ScriptedAgent, SHORT, servicesWith } from './agent.ts'
import { Api, expectStatus } from './api.ts'

let api: Api

// A change of configuration, whose function runs no workflows, comes first: the other functions do not depend on it.
beforeAll(async () => {
  api = await Api.start()
  const path = await api.configure('first', { one: ['first-node'] })
  await expectStatus(200, api.patch(`${path}/service-parameters`, { criticalServiceDelaySeconds: 5 }))
  expect((await api.get(`${path}/groups/one/history`)).body.events).toHaveLength(2)
})
afterAll(() => api.end())

let count = 0
/** A pair of its own, with the agents of its two nodes. */
async function aPair() {
  const cluster = `c${++count}`
  const nodes = [`a${count}`, `b${count}`]
  const path = `${await api.configure(cluster, { pair: nodes }, SHORT)}/groups/pair`
  const [alpha, beta] = nodes.map((node) => new ScriptedAgent(api, cluster, node)) as [ScriptedAgent, ScriptedAgent]
  const status = async () => (await api.get(path)).body
  const states = async () => (await status()).nodes.map(({ state }: { state: string }) => state).join(' ')
  const enable = (body: object = {}) => api.put(`${path}/high-availability`, { enabled: true, ...body })
  const disable = () => api.put(`${path}/high-availability`, { enabled: false })
  const agents = [alpha, beta]
  /** Reports until nobody can say that an agent does not. */
  const report = async () => {
    for (const agent of agents) for (let times = 0; times < 2; times++) await agent.beat()
  }
  return { path, cluster, alpha, beta, agents, status, states, enable, disable, report }
}
type Check = { check: string; ok: boolean; severity: string; found: string; remedy?: string }

describe('[B5] high availability', () => {
  it('is enabled when the group is ready, and both nodes become Normal', async () => {
    const { path, agents, status, states, enable, report } = await aPair()
    await report()
    expect((await api.get(`${path}/readiness`)).body.ready).toBe(true)

    const { body } = await expectStatus(200, enable())

    expect(body).toMatchObject({
      highAvailability: true,
      nodes: [{ state: 'Initializing', serving: false }, { state: 'Initializing' }],
    })
    await beatUntil(agents, async () => (await states()) === 'Normal Normal')
    expect(await status()).toMatchObject({ allowedActions: ['failover'], transition: null })
    const { events } = (await api.get(`${path}/history`)).body
    expect(events).toContainEqual(
      expect.objectContaining({
        detailType: 'Configuration Change',
        detail: expect.objectContaining({
          highAvailability: true,
          force: false,
          by: expect.stringMatching(/operator$/),
        }),
      }),
    )
  })

  it('that is enabled already stays as it is', async () => {
    const { enable, report, status } = await aPair()
    await report()
    await enable()
    const { version } = await status()

    await expectStatus(200, enable())

    expect((await status()).version).toBe(version)
  })

  it('needs two nodes, also by force', async () => {
    const path = `${await api.configure('single', { one: ['only'] })}/groups/one`
    for (const force of [false, true]) {
      const answer = api.put(`${path}/high-availability`, { enabled: true, force })
      expect((await expectStatus(409, answer)).body).toMatchObject({ code: 'OneNode' })
    }
    expect((await api.get(path)).body.highAvailability).toBe(false)
  })

  it('keeps the group’s nodes as they are, and lets its description be changed', async () => {
    const { path, cluster, report, enable, status } = await aPair()
    const nodes = (await status()).nodes.map(({ node }: { node: string }) => node)
    await report()
    await enable()

    for (const others of [nodes.slice(0, 1), nodes.toReversed()]) {
      const { body } = await expectStatus(409, api.put(path, { nodes: others }))
      expect(body).toMatchObject({ code: 'HighAvailabilityOn', detail: expect.stringContaining('change its nodes') })
    }
    expect((await expectStatus(409, api.delete(path))).body.code).toBe('HighAvailabilityOn')
    expect((await api.get(`/clusters/${cluster}`)).body.groups).toEqual(['pair'])
    await expectStatus(200, api.put(path, { nodes, description: 'new' }))
    expect(await status()).toMatchObject({ highAvailability: true, description: 'new' })
  })

  it('is disabled only at rest', async () => {
    const { path, cluster, alpha, agents, status, states, enable, disable, report } = await aPair()
    await report()
    await enable()
    const during = await expectStatus(409, disable())
    expect(during.body).toMatchObject({ code: 'NotAtRest', detail: expect.stringContaining('is Initializing') })
    await beatUntil(agents, async () => (await states()) === 'Normal Normal')

    await expectStatus(202, api.post(`${path}/failover`, { node: alpha.node }))
    expect((await expectStatus(409, disable())).body.code).toBe('NotAtRest')
    await beatUntil(agents, async () => (await states()) === 'Idle RunningInBackupMode')
    expect((await expectStatus(409, disable())).body.code).toBe('NotAtRest')
    expect((await status()).highAvailability).toBe(true)

    await expectStatus(202, api.post(`${path}/fallback`, { node: alpha.node }))
    await beatUntil(agents, async () => (await states()) === 'Normal Normal' && !(await status()).transition)
    expect((await api.groups.read({ cluster, group: 'pair' }))?.outbox).toEqual([])
    await expectStatus(200, disable())
    expect(await status()).toMatchObject({ highAvailability: false, nodes: [{ state: 'Unknown' }, {}] })
    await expectStatus(200, disable())
  })

  it('is asked for in its own words', async () => {
    const { path, enable } = await aPair()
    expect((await expectStatus(400, enable({ enabled: 'yes' }))).body.errors).toEqual([
      { path: 'enabled', message: expect.stringContaining('boolean') },
    ])
    await expectStatus(400, enable({ forced: true }))
    await expectStatus(404, api.put(`${path}s/high-availability`, { enabled: true }))
    await expectStatus(404, api.get(`${path}s/readiness`))
    await expectStatus(403, api.call('PUT', `${path}/high-availability`, { enabled: true }, { as: 'viewer' }))
  })
})

describe('[B7] readiness', () => {
  const failing = (checks: Check[]) => checks.filter(({ ok, severity }) => !ok && severity === 'error')

  it('says of agents that never reported what is wrong with everything, and what to do', async () => {
    const { path, enable, status } = await aPair()
    // The item's version tells that the refusal was kept.
    const unversioned = async () => ({ ...(await status()), version: 0 })
    const before = await unversioned()
    const { body } = await expectStatus(200, api.get(`${path}/readiness`))
    expect(body.ready).toBe(false)
    for (const check of failing(body.checks)) expect(check.remedy).toMatch(/\.$/)

    const refused = await expectStatus(409, enable())

    expect(refused.body).toMatchObject({ code: 'NotReady', readiness: body })
    expect(refused.body.detail).toContain('it has never reported')
    expect(await unversioned()).toEqual(before)
    const [newest] = (await api.get(`${path}/history`)).body.events
    expect(newest).toMatchObject({ detailType: 'Request Refused', detail: { detail: refused.body.detail } })
  })

  it.each<[string, Parameters<ScriptedAgent['beat']>[0], RegExp, string]>([
    ['a service does not run', { services: servicesWith('stopped') }, /^critical services of b/, 'XCP Router'],
    ['the database does not run', { database: { state: 'failed', forMs: 1 } }, /^critical services of b/, 'database'],
    ['replication is not set up', { replicationSetup: 3 }, /^database replication on b/, 'reads 3'],
    ['versions differ', { softwareVersion: '16.0' }, /^software versions/, '16.0'],
  ])('is not given when %s', async (_, different, check, found) => {
    const { path, beta, agents, enable, status, report } = await aPair()
    beta.says = different ?? {}
    await report()

    const { body } = await api.get(`${path}/readiness`)

    expect(failing(body.checks)).toEqual([
      expect.objectContaining({ check: expect.stringMatching(check), found: expect.stringContaining(found) }),
    ])
    const refused = await expectStatus(409, enable())
    expect(failing(refused.body.readiness.checks)).toEqual(failing(body.checks))
    expect((await status()).highAvailability).toBe(false)
    beta.says = {}
    for (const agent of agents) await agent.beat()
    await expectStatus(200, enable())
  })
})

describe('[B8] enabled by force', () => {
  it('without any agent both nodes are Unknown', async () => {
    const { enable, states } = await aPair()
    const { body } = await expectStatus(200, enable({ force: true }))
    expect(body).toMatchObject({ highAvailability: true, nodes: [{ reason: 'Unknown' }, { reason: 'Unknown' }] })
    expect(await states()).toBe('Unknown Unknown')
  })

  it('with a service down on one node, that node fails over to the other', async () => {
    const { alpha, agents, enable, states, status, report } = await aPair()
    alpha.says = { services: servicesWith('failed') }
    await report()
    await expectStatus(200, enable({ force: true }))

    await beatUntil(agents, async () =>
      (await states()).startsWith('FailedOverWithCriticalServicesNotRunning RunningInBackupMode'),
    )

    await beatUntil(agents, async () => (await status()).nodes[1].serves.length === 2)
    expect((await status()).nodes).toMatchObject([{ reason: 'CriticalServiceDown', serving: false }, {}])
  })

  it('with services down on both, both run in failed mode, where it may be disabled, but not while they recover', async () => {
    const { path, alpha, beta, agents, enable, disable, states, status, report } = await aPair()
    const fail = async () => {
      await expectStatus(200, enable({ force: true }))
      await beatUntil(agents, async () => (await states()) === 'RunningInFailedMode RunningInFailedMode')
    }
    alpha.says = { services: servicesWith('failed') }
    beta.says = { services: servicesWith('failed') }
    await report()
    await fail()
    await expectStatus(200, disable())
    await fail()

    await expectStatus(202, api.post(`${path}/recovery`, {}))
    expect((await expectStatus(409, disable())).body.code).toBe('NotAtRest')

    alpha.says = {}
    beta.says = {}
    await beatUntil(agents, async () => (await states()) === 'Normal Normal' && !(await status()).transition)
    await expectStatus(200, disable())
  })
})
