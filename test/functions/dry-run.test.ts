import { beatUntil, ScriptedAgent, SHORT } from './agent.ts'
import { Api, expectStatus } from './api.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

async function aNormalPair(group: string) {
  const nodes = [`${group}-1`, `${group}-2`]
  const cluster = `cluster-${group}`
  const path = `${await api.configure(cluster, { [group]: nodes }, SHORT)}/groups/${group}`
  const agents = nodes.map((node) => new ScriptedAgent(api, cluster, node))
  const states = async () => (await api.get(path)).body.nodes.map(({ state }: { state: string }) => state).join(' ')
  for (const agent of agents) for (let times = 0; times < 2; times++) await agent.beat()
  await expectStatus(200, api.put(`${path}/high-availability`, { enabled: true }))
  const come = (to: string) => beatUntil(agents, async () => (await states()) === to)
  await come('Normal Normal')
  // Their doors are granted now, and open with the next.
  for (const agent of agents) for (let times = 0; times < 2; times++) await agent.beat()
  return { cluster, group, path, nodes, come }
}

describe('a dry run', () => {
  it('says step by step what the command then does, and changes and tells nothing', async () => {
    const { cluster, group, path, nodes, come } = await aNormalPair('dry')
    const item = () => api.groups.read({ cluster, group })
    const history = async () => (await api.get(`${path}/history?limit=500`)).body.events
    const before = [await item(), await history()]

    const { body } = await expectStatus(200, api.post(`${path}/failover?dryRun=true`, { node: nodes[0] }))

    expect([await item(), await history()]).toEqual(before)
    expect(body.plan.outcome).toBe('SUCCEEDED')
    expect(body.plan.steps[0]).toMatchObject({
      step: 'Release',
      disconnects: [{ usersOf: nodes[0], from: nodes[0], users: 0 }],
      waitsFor: expect.stringContaining('door'),
    })

    await expectStatus(202, api.post(`${path}/failover`, { node: nodes[0] }))
    await come('Idle RunningInBackupMode')
    const told = (await history())
      .filter(({ detailType }: { detailType: string }) => detailType === 'Group State Change')
      .map(({ detail }: { detail: { rule: number } }) => detail.rule)
    const planned = body.plan.steps.flatMap(({ rules }: { rules: { rule: number }[] }) => rules.map(({ rule }) => rule))
    expect(planned).toEqual([200, 320, 340, 400])
    expect(told.slice(0, 2)).toEqual([340, 200])
  })

  it('is refused as the command is, and leaves no trace of it', async () => {
    const { path, nodes } = await aNormalPair('refused')
    const asked = { node: nodes[0] }

    const dry = await expectStatus(409, api.post(`${path}/fallback?dryRun=true`, asked))
    const told = async () => (await api.get(`${path}/history`)).body.events[0].detailType
    expect(await told()).not.toBe('Request Refused')
    const real = await expectStatus(409, api.post(`${path}/fallback`, asked))

    expect({ ...dry.body, requestId: '' }).toEqual({ ...real.body, requestId: '' })
    expect(await told()).toBe('Request Refused')
  })

  it('is asked for in one word', async () => {
    const { path, nodes } = await aNormalPair('words')
    const asked = { node: nodes[0] }
    expect((await expectStatus(400, api.post(`${path}/failover?dryRun=perhaps`, asked))).body.code).toBe('BadParameter')
    expect((await expectStatus(404, api.post(`${path}/failover?dryRun=true`, { node: 'nobody' }))).body.code).toBe(
      'NodeNotFound',
    )
  })
})
