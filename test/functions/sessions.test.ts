import { beatUntil, ScriptedAgent, SHORT } from './agent.ts'
import { Api, expectStatus } from './api.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

/** A pair with alice at home on its first node and bob on its second, and a node of another group. */
async function aPair(name: string, parameters: object = {}) {
  const nodes = [`${name}-a`, `${name}-b`] as const
  const path = await api.configure(name, { pair: [...nodes], single: [`${name}-c`] }, { ...SHORT, ...parameters })
  const agents = nodes.map((node) => new ScriptedAgent(api, name, node))
  const group = `${path}/groups/pair`
  const states = async () => (await api.get(group)).body.nodes.map(({ state }: { state: string }) => state).join(' ')
  for (const agent of agents) for (let times = 0; times < 2; times++) await agent.beat()
  await expectStatus(200, api.put(`${group}/high-availability`, { enabled: true }))
  await beatUntil(agents, async () => (await states()) === 'Normal Normal')
  await expectStatus(200, api.put(`${path}/users/alice`, { node: nodes[0] }))
  await expectStatus(200, api.put(`${path}/users/bob`, { node: nodes[1] }))
  const session = (user: string, device: string, body: object, as: string) =>
    api.call('PUT', `${path}/users/${user}/sessions/${device}`, body, { as })
  const list = async (node: string, query = '') =>
    (await expectStatus(200, api.get(`${path}/nodes/${node}/sessions${query}`))).body.sessions
  const lost = async (node: string) =>
    (await expectStatus(200, api.get(`${path}/nodes/${node}/lost-sessions`))).body.sessions
  const login = async (query = '') =>
    (await expectStatus(200, api.get(`${path}/users/alice/login${query}`))).body.reLogin.waitSeconds
  return { path, group, agents, states, session, list, lost, login, a: nodes[0], b: nodes[1], c: `${name}-c` }
}

const IN_FRONT = { platform: 'macos', mode: 'foreground', pushEnabled: true }
const BEHIND = { platform: 'ios', mode: 'background', pushEnabled: true }
const names = (sessions: { user: string; device: string }[]) =>
  sessions.map(({ user, device }) => `${user}/${device}`).sort()

describe('a session', () => {
  it('is put by the agent of the node that its user is on, and by nobody else', async () => {
    const { path, session, list, a, b, c } = await aPair('put')

    const { body } = await expectStatus(200, session('ALICE', 'phone', BEHIND, a))

    const iso = expect.stringMatching(/^\d{4}-.*Z$/)
    const phone = {
      user: 'alice',
      device: 'phone',
      ...BEHIND,
      homeNode: a,
      node: a,
      putOn: a,
      putAt: iso,
      expiresAt: iso,
      lostMessages: null,
    }
    expect(body).toEqual({ ...phone, subscriptions: [] })
    expect(Date.parse(body.expiresAt) - Date.parse(body.putAt)).toBe(7 * 86_400_000)
    for (const as of [b, c]) {
      const refused = await expectStatus(409, session('alice', 'phone', IN_FRONT, as))
      expect(refused.body).toMatchObject({ code: 'UserOnOtherNode', node: a, hostName: 'node.example.com' })
      await expectStatus(409, api.call('DELETE', `${path}/users/alice/sessions/phone`, undefined, { as }))
    }
    expect((await expectStatus(403, session('alice', 'phone', IN_FRONT, 'operator'))).body).toMatchObject({
      code: 'NotAnAgent',
      node: a,
    })
    await expectStatus(403, session('alice', 'phone', IN_FRONT, 'viewer'))
    const { agents } = await aPair('put2')
    const stranger = agents[0]?.node ?? ''
    expect((await expectStatus(403, session('alice', 'phone', IN_FRONT, stranger))).body.code).toBe('NotThisCluster')
    expect((await expectStatus(404, session('nobody', 'phone', BEHIND, a))).body.code).toBe('UserNotFound')
    expect(await list(a)).toEqual([phone])

    await expectStatus(204, api.call('DELETE', `${path}/users/alice/sessions/phone`, undefined, { as: a }))
    await expectStatus(204, api.call('DELETE', `${path}/users/alice/sessions/phone`, undefined, { as: a }))
    expect(await list(a)).toEqual([])
  })

  it.each<[string, object]>([
    ['pho ne', BEHIND],
    ['a'.repeat(129), BEHIND],
    ['phone', { ...BEHIND, mode: 'asleep' }],
    ['phone', { platform: 'ios' }],
    ['phone', { ...BEHIND, expiresInSeconds: 1 }],
    ['phone', { ...BEHIND, colour: 'red' }],
  ])('that is malformed changes nothing: %s %j', async (device, body) => {
    const { session, list, a } = await malformed()
    expect((await expectStatus(400, session('alice', encodeURIComponent(device), body, a))).body.errors).toHaveLength(1)
    expect(await list(a)).toEqual([])
  })
  let pair: ReturnType<typeof aPair> | undefined
  function malformed() {
    pair ??= aPair('malformed')
    return pair
  }

  it('is read by operators, and by the agents of its pair', async () => {
    const { path, session, list, a, b, c } = await aPair('read')
    await session('alice', 'phone', BEHIND, a)
    await session('alice', 'desktop', IN_FRONT, a)
    await session('bob', 'tablet', { ...BEHIND, pushEnabled: false }, b)

    expect(names(await list(a))).toEqual(['alice/desktop', 'alice/phone'])
    expect(names(await list(a, '?mode=background'))).toEqual(['alice/phone'])
    expect(names(await list(b, '?mode=background'))).toEqual(['bob/tablet'])
    expect(await list(b, '?mode=background&pushEnabled=true')).toEqual([])
    const first = (await api.get(`${path}/nodes/${a}/sessions?limit=1`)).body
    const second = (await api.get(`${path}/nodes/${a}/sessions?limit=1&cursor=${first.cursor}`)).body
    expect(names([...first.sessions, ...second.sessions])).toEqual(['alice/desktop', 'alice/phone'])
    for (const as of [a, b, 'viewer']) await expectStatus(200, api.get(`${path}/nodes/${a}/sessions`, { as }))
    for (const what of ['sessions', 'lost-sessions']) {
      const { body } = await expectStatus(403, api.get(`${path}/nodes/${a}/${what}`, { as: c }))
      expect(body.code).toBe('NotThisGroup')
    }
    await expectStatus(404, api.get(`${path}/nodes/nowhere/sessions`))
    for (const query of ['mode=asleep', 'pushEnabled=yes', 'limit=0', 'cursor=x', `cursor=${btoa('3 lost/x')}`]) {
      await expectStatus(400, api.get(`${path}/nodes/${a}/sessions?${query}`))
    }
    expect(names((await api.get(`${path}/users/alice/sessions`)).body.sessions)).toHaveLength(2)
    await expectStatus(403, api.get(`${path}/users/alice/sessions`, { as: a }))
  })

  it('of an earlier user of that name is none of the new one', async () => {
    const { path, session, a } = await aPair('again')
    await session('alice', 'desktop', IN_FRONT, a)
    await api.call('PUT', `${path}/users/alice/subscriptions/bob`, {}, { as: a })
    await expectStatus(204, api.delete(`${path}/users/alice`))
    await expectStatus(200, api.put(`${path}/users/alice`, { node: a }))
    expect((await session('alice', 'phone', BEHIND, a)).body.subscriptions).toEqual([])
    await api.delete(`${path}/users/alice/sessions/phone`)
    expect((await api.get(`${path}/users/alice/subscriptions`)).body.subscriptions).toEqual([])
    expect((await api.get(`${path}/users/alice/sessions`)).body.sessions).toEqual([])
  })
})

describe('[B29] a temporary subscription', () => {
  it('is kept by the node that its user is on, and comes with the sessions', async () => {
    const { path, session, list, a, b, c } = await aPair('sub')
    const at = (presentity: string) => `${path}/users/alice/subscriptions/${encodeURIComponent(presentity)}`
    const put = (presentity: string, as: string, body = {}) => api.call('PUT', at(presentity), body, { as })

    const { body } = await expectStatus(200, put('bob@example.com', a, { expiresInSeconds: 600 }))

    expect(body).toEqual({ presentity: 'bob@example.com', expiresAt: expect.any(String) })
    expect((await expectStatus(409, put('carol', b))).body.node).toBe(a)
    expect((await expectStatus(403, put('carol', 'operator'))).body.code).toBe('NotAnAgent')
    await expectStatus(400, put('a b', a))
    for (const as of [a, b, 'operator']) {
      expect((await api.get(`${path}/users/alice/subscriptions`, { as })).body).toEqual({ subscriptions: [body] })
    }
    await expectStatus(403, api.get(`${path}/users/alice/subscriptions`, { as: c }))
    expect((await session('alice', 'phone', BEHIND, a)).body.subscriptions).toEqual([body])
    expect(await list(a, '?subscriptions=true')).toEqual([expect.objectContaining({ subscriptions: [body] })])
    await expectStatus(204, api.call('DELETE', at('bob@example.com'), undefined, { as: a }))
    expect((await api.get(`${path}/users/alice/subscriptions`)).body.subscriptions).toEqual([])
  })
})

describe('[B27] after an ordered failover', () => {
  it('who is suspended with pushes is carried along, and who was in the foreground logs in at once', async () => {
    const { path, group, agents, states, session, list, lost, login, a, b } = await aPair('move')
    await session('alice', 'phone', BEHIND, a)
    await session('alice', 'desktop', IN_FRONT, a)
    await session('bob', 'desktop', IN_FRONT, b)
    await api.call('PUT', `${path}/users/alice/subscriptions/bob`, {}, { as: a })

    await expectStatus(202, api.post(`${group}/failover`, { node: a }))
    await beatUntil(agents, async () => (await states()) === 'Idle RunningInBackupMode')

    const where = Object.fromEntries((await list(a)).map(({ device, node }: never) => [device, node]))
    expect(where).toEqual({ phone: b, desktop: null })
    expect((await list(b))[0].node).toBe(b)
    expect(await lost(a)).toEqual([])
    expect(await login('?device=desktop')).toBe(0)
    for (const query of ['', '?device=phone']) expect(await login(query)).toBeGreaterThanOrEqual(120)
    expect((await expectStatus(409, session('alice', 'desktop', IN_FRONT, a))).body.node).toBe(b)

    const { body } = await expectStatus(200, session('alice', 'desktop', IN_FRONT, b))

    expect(body).toMatchObject({ node: b, subscriptions: [{ presentity: 'bob' }] })
    await expectStatus(204, api.delete(`${path}/users/alice/sessions/desktop`))
  })

  it('the agent says how far it has come, and the history what came of it', async () => {
    const { group, agents, states, a, b } = await aPair('said')
    await expectStatus(202, api.post(`${group}/failover`, { node: a }))
    await beatUntil(agents, async () => (await states()) === 'Idle RunningInBackupMode')
    const beta = agents[1] as ScriptedAgent
    const { moved } = await beta.beat()
    const said = { homeNode: a, movedAtMs: moved?.[a] ?? 0, restored: 7, failed: 0, lost: 0, forMs: 500, done: false }

    await beta.beat({ sessions: [said] })
    expect((await api.get(group)).body.restores).toMatchObject([{ homeNode: a, node: b, restored: 7, endedAt: null }])
    await beta.beat({ sessions: [{ ...said, restored: 9, done: true }] })

    expect((await api.get(group)).body.restores).toMatchObject([{ restored: 9, endedAt: expect.any(String) }])
    const { events } = (await api.get(`${group}/history`)).body
    const told = events.filter(({ detailType }: { detailType: string }) => detailType === 'Sessions Restored')
    expect(told).toMatchObject([{ detail: { node: b, homeNode: a, restored: 9, durationMs: 500 } }])

    await expectStatus(202, api.post(`${group}/fallback`, { node: a }))
    await beatUntil(agents, async () => (await states()) === 'Normal Normal')
    expect((await api.get(group)).body.restores).toEqual([])
  })
})

describe('[B27] when a node crashes', () => {
  it('the suspended sessions that it had are named, also after their clients have come back', async () => {
    const brief = { keepAliveTimeoutSeconds: 3, initializationKeepAliveTimeoutSeconds: 3 }
    const { path, agents, states, session, lost, a, b } = await aPair('crash', brief)
    await session('alice', 'phone', BEHIND, a)
    await session('alice', 'tablet', { ...BEHIND, pushEnabled: false }, a)
    await session('alice', 'desktop', IN_FRONT, a)
    await session('bob', 'phone', BEHIND, b)
    expect(await lost(a)).toEqual([])

    await beatUntil(agents.slice(1), async () => (await states()).endsWith('RunningInBackupMode'))

    const named = async () =>
      (await lost(a)).map(({ device, lostMessages }: never) => `${device} ${(lostMessages as { node: string }).node}`)
    expect((await named()).sort()).toEqual([`phone ${a}`, `tablet ${a}`])
    expect(await lost(b)).toEqual([])

    expect((await expectStatus(200, session('alice', 'phone', IN_FRONT, b))).body.lostMessages).toBeNull()
    await expectStatus(204, api.call('DELETE', `${path}/users/alice/sessions/tablet`, undefined, { as: b }))
    expect((await named()).sort()).toEqual([`phone ${a}`, `tablet ${a}`])
  })
})

describe('[B30] a user who is logged in', () => {
  it('stays, until it is logged out', async () => {
    const { path, session, list, a, b } = await aPair('logged')
    const move = (body: object) => api.post(`${path}/users/alice/move`, body)
    await session('alice', 'phone', BEHIND, a)
    await session('alice', 'desktop', IN_FRONT, a)

    expect((await expectStatus(409, move({ node: b }))).body).toMatchObject({ code: 'UserLoggedIn' })
    expect((await expectStatus(200, api.post(`${path}/users/alice/logout`, {}))).body.sessions).toBe(2)
    expect(await list(a)).toEqual([])
    expect((await expectStatus(200, move({ node: b }))).body).toMatchObject({ homeNode: b })

    await session('alice', 'phone', BEHIND, b)
    expect((await expectStatus(200, move({ node: a, logOut: true }))).body).toMatchObject({ homeNode: a })
    expect([await list(a), await list(b)]).toEqual([[], []])
  })

  it('[B29] takes its subscriptions along where it moves, and none where it is deleted', async () => {
    const { path, a, b } = await aPair('carried')
    const alice = { cluster: 'carried', user: 'alice' }
    await expectStatus(200, api.call('PUT', `${path}/users/alice/subscriptions/bob`, {}, { as: a }))

    await expectStatus(200, api.post(`${path}/users/alice/move`, { node: b }))

    expect(await api.subscriptions.ofUser({ ...alice, home: a })).toEqual([])
    expect(await api.subscriptions.ofUser({ ...alice, home: b })).toMatchObject([{ presentity: 'bob', home: b }])
    const { body } = await expectStatus(200, api.get(`${path}/users/alice/subscriptions`))
    expect(body.subscriptions).toMatchObject([{ presentity: 'bob' }])
    await expectStatus(204, api.delete(`${path}/users/alice`))
    expect(await api.subscriptions.ofUser({ ...alice, home: b })).toEqual([])
  })

  it('stays where users are levelled, and the others move', async () => {
    const { path, session, a, b, c } = await aPair('levelled')
    for (const user of ['u1', 'u2', 'u3', 'u4', 'u5'])
      await expectStatus(200, api.put(`${path}/users/${user}`, { node: a }))
    await session('u1', 'phone', BEHIND, a)
    const { body } = await expectStatus(200, api.post(`${path}/users/rebalance`, {}))
    expect(body).toMatchObject({ moved: 3, loggedIn: 1, moves: [] })
    const homes = Object.fromEntries(
      body.nodes.map(({ node, users }: { node: string; users: number }) => [node, users]),
    )
    expect(homes).toEqual({ [a]: 3, [b]: 2, [c]: 2 })
    expect((await api.users.read({ cluster: 'levelled', user: 'u1' }))?.home).toBe(a)
  })
})
