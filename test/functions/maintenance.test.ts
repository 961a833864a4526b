import { beatUntil, ScriptedAgent, SHORT, servicesWith } from './agent.ts'
import { Api, expectStatus } from './api.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

let count = 0
/** A pair of its own that is Normal, and whose first node has a service down when asked to. */
async function aPair() {
  const cluster = `c${++count}`
  const nodes = [`a${count}`, `b${count}`]
  const root = await api.configure(cluster, { pair: nodes }, SHORT)
  const path = `${root}/groups/pair`
  const agents = nodes.map((node) => new ScriptedAgent(api, cluster, node)) as [ScriptedAgent, ScriptedAgent]
  const status = async () => (await api.get(path)).body
  const states = async () => (await status()).nodes.map(({ state }: { state: string }) => state).join(' ')
  const become = (wanted: string) => beatUntil(agents, async () => (await states()) === wanted)
  for (const agent of agents) for (let times = 0; times < 2; times++) await agent.beat()
  await expectStatus(200, api.put(`${path}/high-availability`, { enabled: true }))
  await become('Normal Normal')
  const kinds = async () =>
    (await api.get(`${path}/history`)).body.events.map(({ detailType }: { detailType: string }) => detailType)
  return { root, path, nodes, agents, status, states, become, kinds }
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()

describe('maintenance', () => {
  it('holds back what would happen by itself, says it, and lets it happen when it is over', async () => {
    const { path, agents, status, become, kinds } = await aPair()
    const until = inAnHour()
    const begun = await expectStatus(200, api.put(`${path}/maintenance`, { enabled: true, reason: 'new disks', until }))
    expect(begun.body.maintenance).toMatchObject({ reason: 'new disks', by: expect.stringMatching(/operator$/), until })

    agents[0].says = { services: servicesWith('failed') }
    await beatUntil(agents, async () => (await status()).withheld !== null)
    const held = await status()
    expect(held.withheld).toMatchObject({ because: 'maintenance', rule: 240, node: held.nodes[0].node })
    expect(held.explanation).toContain('nothing automatic happens. Without maintenance, rule 240 would apply now')
    expect(held.nodes.map(({ state }: { state: string }) => state)).toEqual(['Normal', 'Normal'])

    await expectStatus(200, api.put(`${path}/maintenance`, { enabled: false }))
    await become('FailedOverWithCriticalServicesNotRunning RunningInBackupMode')
    expect(await status()).toMatchObject({ maintenance: null, withheld: null })
    expect(await kinds()).toEqual(expect.arrayContaining(['Maintenance State Change', 'Automatic Action Withheld']))
  })

  it('of a node holds for its group, and lets commands of operators pass', async () => {
    const { root, path, nodes, agents, status, become } = await aPair()
    const place = `${root}/nodes/${nodes[1]}/maintenance`
    const begun = await expectStatus(200, api.put(place, { enabled: true, reason: 'kernel' }))
    expect(begun.body).toMatchObject({
      maintenance: null,
      nodes: [{ maintenance: null }, { maintenance: { reason: 'kernel', until: null } }],
    })

    agents[0].says = { services: servicesWith('failed') }
    await beatUntil(agents, async () => (await status()).withheld !== null)
    agents[0].says = {}
    await expectStatus(202, api.post(`${path}/failover`, { node: nodes[0] }))
    await become('Idle RunningInBackupMode')
  })

  it('ends by itself when its time is over, with the next heartbeat', async () => {
    const { path, agents, status, kinds } = await aPair()
    const until = new Date(Date.now() + 300).toISOString()
    await expectStatus(200, api.put(`${path}/maintenance`, { enabled: true, reason: 'a moment', until }))

    await beatUntil(agents, async () => (await status()).maintenance === null)

    expect((await kinds()).filter((kind: string) => kind === 'Maintenance State Change')).toHaveLength(2)
  })

  it('is told once: the same again changes nothing', async () => {
    const { path, kinds } = await aPair()
    const wanted = { enabled: true, reason: 'new disks', until: inAnHour() }
    const first = await expectStatus(200, api.put(`${path}/maintenance`, wanted))
    const again = await expectStatus(200, api.put(`${path}/maintenance`, wanted))

    expect(again.body.maintenance).toEqual(first.body.maintenance)
    expect((await kinds()).filter((kind: string) => kind === 'Maintenance State Change')).toHaveLength(1)
  })

  it('refuses what is no maintenance, and changes nothing', async () => {
    const { root, path, status } = await aPair()
    const refused = async (wanted: object, code: number, about: RegExp) => {
      const { body } = await expectStatus(code, api.put(`${path}/maintenance`, wanted))
      expect(JSON.stringify(body)).toMatch(about)
    }
    await refused({ enabled: true }, 422, /must say what is being done/)
    await refused({ enabled: true, reason: 'x', until: 'tomorrow' }, 400, /until/)
    await refused({ enabled: true, reason: 'x', until: '2020-01-01T00:00:00Z' }, 422, /must lie in the future/)
    await expectStatus(404, api.put(`${root}/groups/none/maintenance`, { enabled: true, reason: 'x' }))
    await expectStatus(404, api.put(`${root}/nodes/none/maintenance`, { enabled: true, reason: 'x' }))

    expect((await status()).maintenance).toBeNull()
  })

  it('of a node that is in no group is refused', async () => {
    const { root, nodes } = await aPair()
    const { body } = await api.get(`${root}/nodes/${nodes[0]}`)
    const { hostName, softwareVersion, principal } = body
    await expectStatus(200, api.put(`${root}/nodes/lone`, { hostName, softwareVersion, principal }))

    const answer = api.put(`${root}/nodes/lone/maintenance`, { enabled: true, reason: 'x' })

    expect((await expectStatus(409, answer)).body.code).toBe('NodeInNoGroup')
  })
})

describe('an acknowledgement', () => {
  it('marks the incidents as seen, once', async () => {
    const { path, agents, status, become } = await aPair()
    agents[0].says = { services: servicesWith('failed') }
    await become('FailedOverWithCriticalServicesNotRunning RunningInBackupMode')
    expect((await status()).incidents).toMatchObject([{ kind: 'Failover', acknowledgedBy: null }])

    const { body } = await expectStatus(200, api.post(`${path}/acknowledgement`, {}))

    expect(body.incidents).toMatchObject([{ kind: 'Failover', acknowledgedBy: expect.stringMatching(/operator$/) }])
    const again = await expectStatus(409, api.post(`${path}/acknowledgement`, {}))
    expect(again.body).toMatchObject({ code: 'NothingToAcknowledge' })
  })
})
