import { beatUntil, ScriptedAgent } from './agent.ts'
import { Api, expectStatus } from './api.ts'
import { aUserCluster } from './user-cluster.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

/** A pair with high availability, both nodes Normal, and the agents of its nodes. */
async function aPair(name: string) {
  const made = await aUserCluster(api, { pair: [`${name}-a`, `${name}-b`], single: [`${name}-c`] })
  const agents = ['a', 'b'].map((node) => new ScriptedAgent(api, made.cluster, `${name}-${node}`))
  const group = `${made.path}/groups/pair`
  const states = async () => (await api.get(group)).body.nodes.map(({ state }: { state: string }) => state).join(' ')
  for (const agent of agents) for (let times = 0; times < 2; times++) await agent.beat()
  await expectStatus(200, api.put(`${group}/high-availability`, { enabled: true }))
  await beatUntil(agents, async () => (await states()) === 'Normal Normal')
  const served = async () => (await api.get(group)).body.nodes.every(({ serving }: { serving: boolean }) => serving)
  await beatUntil(agents, served)
  const login = async (user: string) => (await expectStatus(200, api.get(`${made.path}/users/${user}/login`))).body
  return { ...made, group, agents, states, login }
}

describe('a user of a pair', () => {
  it('[B25] [B26] logs in where its users are, and gets no others while anything is wrong', async () => {
    const { path, group, agents, states, login, put, home, counts } = await aPair('f')
    for (const [user, node] of [
      ['alice', 'f-a'],
      ['bob', 'f-b'],
      ['carol', 'f-c'],
    ])
      await home(user as string, { node })
    await expectStatus(
      200,
      api.put(`${path}/nodes/f-b`, {
        ...(await nodeBody(path, 'f-b')),
        clientReLogin: { lowerLimitSeconds: 20, upperLimitSeconds: 30 },
      }),
    )
    const limits = { lowerLimitSeconds: 120, upperLimitSeconds: 537 }
    expect(await login('ALICE')).toEqual({
      node: 'f-a',
      hostName: 'node.example.com',
      homeNode: 'f-a',
      serving: true,
      reLogin: { waitSeconds: 0, ...limits },
    })

    await expectStatus(202, api.post(`${group}/failover`, { node: 'f-a' }))
    const moving = await login('alice')
    expect(moving).toMatchObject({ node: 'f-b', homeNode: 'f-a', serving: false })
    await beatUntil(agents, async () => (await states()) === 'Idle RunningInBackupMode')
    for (const agent of agents) await agent.beat()

    const there = await login('alice')
    expect(there).toMatchObject({ node: 'f-b', homeNode: 'f-a', serving: true })
    for (const { reLogin } of [moving, there]) {
      expect(reLogin).toMatchObject({ lowerLimitSeconds: 20, upperLimitSeconds: 30 })
      expect(reLogin.waitSeconds).toBeGreaterThanOrEqual(20)
      expect(reLogin.waitSeconds).toBeLessThanOrEqual(30)
    }
    expect(await login('bob')).toMatchObject({ node: 'f-b', serving: true, reLogin: { waitSeconds: 0 } })
    expect(await login('carol')).toMatchObject({ node: 'f-c', serving: true, reLogin: { waitSeconds: 0 } })
    expect((await api.get(`${path}/users/alice`)).body).toMatchObject({ homeNode: 'f-a', currentNode: 'f-b' })
    const { users } = (await api.get(`${path}/users`)).body
    expect(users.map(({ currentNode }: { currentNode: string }) => currentNode)).toEqual(['f-b', 'f-b', 'f-c'])

    for (const asked of [{}, { node: 'f-c' }]) {
      const { body } = await expectStatus(409, put('dave', asked))
      expect(body).toMatchObject({ code: 'ClusterDisturbed', detail: expect.stringContaining('f-a is Idle, f-b is') })
      expect(body.state).toEqual([
        { group: 'pair', node: 'f-a', state: 'Idle', reason: 'OnAdminRequest' },
        { group: 'pair', node: 'f-b', state: 'RunningInBackupMode', reason: 'OnAdminRequest' },
      ])
    }
    await expectStatus(404, api.get(`${path}/users/dave`))
    await expectStatus(200, put('alice'))
    await expectStatus(204, api.delete(`${path}/users/carol`))
    expect(await counts()).toEqual({ 'f-a': 1, 'f-b': 1, 'f-c': 0 })

    await expectStatus(202, api.post(`${group}/fallback`, { node: 'f-a' }))
    await beatUntil(agents, async () => (await states()) === 'Normal Normal')
    for (const agent of agents) await agent.beat()
    const back = await login('alice')
    expect(back).toMatchObject({ node: 'f-a', serving: true, reLogin: limits })
    expect(back.reLogin.waitSeconds).toBeGreaterThanOrEqual(120)
    await expectStatus(200, put('dave', { node: 'f-c' }))
    expect((await expectStatus(404, api.get(`${path}/users/nobody/login`))).body.code).toBe('UserNotFound')
  })

  async function nodeBody(path: string, node: string) {
    const { hostName, softwareVersion, principal } = (await api.get(`${path}/nodes/${node}`)).body
    return { hostName, softwareVersion, principal }
  }
})

describe('re-login limits', () => {
  it('are recommended beside those configured, from the users who may come and the class of the nodes', async () => {
    const { path, home } = await aUserCluster(api, { pair: ['rl-a', 'rl-b'], single: ['rl-c'] })
    for (let n = 0; n < 6; n++) await home(`u${n}`, { node: n < 4 ? 'rl-a' : 'rl-b' })
    const node = async (name: string) => (await expectStatus(200, api.get(`${path}/nodes/${name}`))).body
    const { hostName, softwareVersion, principal } = await node('rl-b')
    const body = { hostName, softwareVersion, principal, capacityClass: 500 }
    await expectStatus(200, api.put(`${path}/nodes/rl-b`, body))

    const recommendedReLogin = { lowerLimitSeconds: 120, upperLimitSeconds: 123, users: 4, usersPerSecond: 1.5 }
    expect(await node('rl-a')).toMatchObject({ users: 4, recommendedReLogin })
    expect(await node('rl-b')).toMatchObject({ users: 2, capacityClass: 500, recommendedReLogin })
    expect(await node('rl-c')).toMatchObject({ users: 0, recommendedReLogin: null })
    const { nodes } = (await api.get(`${path}/nodes`)).body
    expect(nodes.map((each: { recommendedReLogin: object | null }) => each.recommendedReLogin)).toEqual([
      recommendedReLogin,
      recommendedReLogin,
      null,
    ])
    const { checks } = (await expectStatus(200, api.get(`${path}/groups/pair/readiness`))).body
    expect(checks).toContainEqual({
      check: 're-login limits of rl-a',
      severity: 'warning',
      ok: true,
      found: '120 to 537 s; for 4 users at 1.5 a second 120 to 123 s are recommended',
    })
    await expectStatus(400, api.put(`${path}/nodes/rl-b`, { ...body, capacityClass: 600 }))
  })
})

describe('an agent', () => {
  it('asks for logins of its own cluster, and for nothing else about users', async () => {
    const mine = await aUserCluster(api, { g: ['agent-1'] })
    const others = await aUserCluster(api, { g: ['agent-2'] })
    await mine.home('alice')
    await others.home('bob')
    const as = { as: 'agent-1' }

    expect((await expectStatus(200, api.get(`${mine.path}/users/alice/login`, as))).body.node).toBe('agent-1')
    const { body } = await expectStatus(403, api.get(`${others.path}/users/bob/login`, as))
    expect(body.code).toBe('NotThisCluster')
    for (const user of ['alice', ''])
      await expectStatus(403, api.get(`${mine.path}/users/${user}`.replace(/\/$/, ''), as))
    await expectStatus(403, api.call('PUT', `${mine.path}/users/carol`, {}, as))
    for (const call of ['batch', 'rebalance', 'recount', 'alice/move', 'alice/logout']) {
      await expectStatus(403, api.call('POST', `${mine.path}/users/${call}`, {}, as))
      await expectStatus(403, api.call('POST', `${mine.path}/users/${call}`, {}, { as: 'viewer' }))
    }
    await expectStatus(200, api.get(`${others.path}/users/bob/login`, { as: 'viewer' }))
    await expectStatus(403, api.call('PUT', `${mine.path}/users/carol`, {}, { as: 'viewer' }))
  })
})
