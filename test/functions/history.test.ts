import type { EventRecord } from '../../apps/client/answers.ts'
import { beatUntil, ScriptedAgent, SHORT } from './agent.ts'
import { Api, expectStatus } from './api.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

async function aPair(group: string) {
  const nodes = [`${group}-1`, `${group}-2`]
  const cluster = `cluster-${group}`
  const clusterPath = await api.configure(cluster, { [group]: nodes }, SHORT)
  const path = `${clusterPath}/groups/${group}`
  const agents = nodes.map((node) => new ScriptedAgent(api, cluster, node))
  const states = async () => (await api.get(path)).body.nodes.map(({ state }: { state: string }) => state).join(' ')
  const come = (to: string) => beatUntil(agents, async () => (await states()) === to)
  for (const agent of agents) for (let times = 0; times < 2; times++) await agent.beat()
  const history = async (query = ''): Promise<EventRecord[]> =>
    (await api.get(`${path}/history?limit=500${query}`)).body.events
  const of = async (detailType: string) => (await history()).filter((event) => event.detailType === detailType)
  return { path, clusterPath, nodes, come, history, of }
}

describe('[B32] the history', () => {
  it('says of a transition who asked, why, by which facts, and how long each step took', async () => {
    const { path, nodes, come, of } = await aPair('told')
    await expectStatus(200, api.put(`${path}/high-availability`, { enabled: true }))
    await come('Normal Normal')
    const { body } = await expectStatus(202, api.post(`${path}/failover`, { node: nodes[0] }))
    await come('Idle RunningInBackupMode')
    await come('Idle RunningInBackupMode')

    const begun = (await of('Group State Change')).find(({ detail }) => detail.rule === 200)?.detail
    expect(begun).toMatchObject({ x: nodes[0], why: 'An operator asked for it, and the peer can serve [B20].' })
    expect(begun?.facts).toEqual(expect.arrayContaining(['x.askedFailover', 'y.able']))
    expect(begun?.nodes).toMatchObject([{ serves: [], servicesDown: [] }, { serves: [nodes[1]] }])

    const { id } = body.transition
    const report = (await api.get(`${path}/transitions/${id}`)).body
    expect(report).toMatchObject({ status: 'SUCCEEDED', requestedBy: expect.stringContaining('operator') })
    expect(report.stepTimes.map(({ step }: { step: string }) => step)).toContain('TakeOver')
    const total = report.stepTimes.reduce((sum: number, step: { durationMs: number }) => sum + step.durationMs, 0)
    expect(total).toBe(report.durationMs)
  })

  it('says who changed which value of the configuration, once', async () => {
    const { clusterPath, of } = await aPair('configured')
    await expectStatus(200, api.patch(`${clusterPath}/service-parameters`, { criticalServiceDelaySeconds: 7 }))

    const changes = (await of('Configuration Change')).filter(({ detail }) =>
      JSON.stringify(detail.differences ?? []).includes('criticalServiceDelaySeconds'),
    )
    expect(changes.map(({ detail }) => detail)).toMatchObject([
      {
        by: expect.stringContaining('operator'),
        differences: [{ path: 'serviceParameters.criticalServiceDelaySeconds', from: '1', to: '7' }],
      },
    ])
  })

  it('keeps the refusals of everything that is asked for', async () => {
    const { path, nodes, of } = await aPair('refused')
    const at = new Date(Date.now() + 60_000).toISOString()
    await expectStatus(409, api.post(`${path}/failover`, { node: nodes[0] }))
    await expectStatus(409, api.post(`${path}/schedules`, { action: 'failover', node: nodes[0], at }))
    await expectStatus(200, api.put(`${path}/high-availability`, { enabled: true, force: true }))
    await expectStatus(409, api.put(`${path}/high-availability`, { enabled: false }))

    const refused = (await of('Request Refused')).map(({ detail }) => (detail.request as { action: string }).action)
    expect(refused).toEqual(['disable high availability', 'plan a failover', 'failover'])
  })

  it('is read forward and backward, page by page', async () => {
    const { path, nodes, history } = await aPair('pages')
    for (let times = 0; times < 3; times++) await expectStatus(409, api.post(`${path}/failover`, { node: nodes[0] }))
    const backward = await history()

    const forward: EventRecord[] = []
    for (let cursor = ''; ; ) {
      const { body } = await api.get(`${path}/history?limit=2&order=oldest${cursor}`)
      forward.push(...body.events)
      if (body.cursor === undefined) break
      cursor = `&cursor=${body.cursor}`
    }
    expect(forward).toEqual([...backward].reverse())
    expect((await expectStatus(400, api.get(`${path}/history?order=random`))).body.code).toBe('BadParameter')
  })
})
