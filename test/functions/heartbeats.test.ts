import { ScriptedAgent } from './agent.ts'
import { Api, expectStatus } from './api.ts'

let api: Api
let alpha: ScriptedAgent
let beta: ScriptedAgent
const key = { cluster: 'c', group: 'pair' }

beforeAll(async () => {
  api = await Api.start()
  await api.configure('c', { pair: ['alpha', 'beta'], gone: ['alone'] })
  await expectStatus(204, api.delete('/clusters/c/groups/gone'))
  alpha = new ScriptedAgent(api, 'c', 'alpha')
  beta = new ScriptedAgent(api, 'c', 'beta')
})
afterAll(() => api.end())

describe('a heartbeat', () => {
  it('is answered with the group, its epoch and its settings; without high availability there is no lease', async () => {
    const first = await alpha.beat()

    expect(first).toMatchObject({
      group: 'pair',
      incarnation: 1,
      sequence: 1,
      state: 'Unknown',
      leaseMs: null,
      serve: [],
      commands: [],
      settings: { keepAliveIntervalMs: 15000, keepAliveTimeoutMs: 60000, peer: { node: 'beta' } },
    })
    expect(await alpha.beat()).toMatchObject({ sequence: 2, serve: ['alpha'], epoch: first.epoch })
    const { body } = await api.get('/clusters/c/nodes/alpha')
    expect(body).toMatchObject({ group: 'pair', reported: { softwareVersion: '15.0', databaseService: 'running' } })
    expect(Math.abs(Date.now() - Date.parse(body.lastHeartbeatAt))).toBeLessThan(10_000)
  })

  it.each(['as steady ones are', 'with something new'])(
    'that comes a second time, %s, is refused and changes nothing',
    async (how) => {
      await beta.beat()
      await beta.beat()
      const heartbeat = beta.next(how === 'with something new' ? { softwareVersion: '16.0' } : {})
      await expectStatus(200, beta.post(heartbeat))
      const before = await api.groups.read(key)

      for (const repeated of [
        heartbeat,
        { ...heartbeat, softwareVersion: '17.0' },
        { ...heartbeat, sequence: heartbeat.sequence - 1 },
        { ...heartbeat, incarnation: 0, sequence: 1000 },
      ]) {
        const { body } = await expectStatus(409, beta.post(repeated))
        expect(body).toMatchObject({
          code: 'HeartbeatRepeated',
          detail: expect.stringContaining(`is not newer than 1.${heartbeat.sequence}; nothing was changed`),
        })
      }
      expect(await api.groups.read(key)).toEqual(before)
    },
  )

  it('counts only from the agent of its own node, and changes nothing else', async () => {
    await alpha.beat()
    const before = await api.groups.read(key)
    for (const heartbeat of [alpha.next(), alpha.next({ softwareVersion: '16.0' }), alpha.next({ group: 'unknown' })]) {
      for (const other of ['beta', 'alone', 'operator']) {
        const { body } = await expectStatus(403, alpha.post(heartbeat, other))
        expect(body).toMatchObject({ code: 'NotThisNode', detail: expect.stringContaining('node "alpha"') })
      }
    }
    const alone = new ScriptedAgent(api, 'c', 'alone')
    await expectStatus(403, alone.post(alone.next(), 'alpha'))
    expect((await expectStatus(403, alpha.post(alpha.next(), 'viewer'))).body).toEqual({ message: 'Forbidden' })

    expect(await api.groups.read(key)).toEqual(before)
    expect((await api.get('/clusters/c/nodes/alone')).body.lastHeartbeatAt).toBeNull()
  })

  it('is all that an agent may post; it may read nothing and change nothing', async () => {
    for (const [method, target] of [
      ['GET', '/clusters/c'],
      ['GET', '/clusters/c/groups/pair'],
      ['GET', '/events'],
      ['PUT', '/clusters/c/nodes/alpha'],
      ['POST', '/clusters/c/groups/pair/failover'],
    ] as const) {
      await expectStatus(403, api.call(method, target, undefined, { as: 'alpha' }))
    }
  })

  it('of a node that is nowhere has no answer', async () => {
    for (const [cluster, node] of [
      ['c', 'gamma'],
      ['c', 'constructor'],
      ['d', 'alpha'],
    ] as const) {
      const stray = new ScriptedAgent(api, cluster, node)
      const { body } = await expectStatus(404, stray.post(stray.next(), 'alpha'))
      expect(body).toMatchObject({ code: 'NodeNotFound', detail: expect.stringContaining(`"${node}"`) })
    }
  })

  it('finds its group also when it names another, or none', async () => {
    const answer = await alpha.beat({ group: 'other' })
    expect(answer).toMatchObject({ group: 'pair', serve: ['alpha'] })
  })

  it('may have fields that this version does not know', async () => {
    await expectStatus(
      200,
      alpha.post({ ...alpha.next(), weather: 'fine', gate: { open: ['alpha'], kind: 'x', n: 1 } }),
    )
  })

  it.each<[string, object, string]>([
    ['no sequence', { sequence: undefined }, 'sequence'],
    ['a broken sequence', { sequence: 1.5 }, 'sequence'],
    ['a service in no known state', { services: { A: { state: 'fine', forMs: 1 } } }, 'services.A.state'],
    ['a service for less than no time', { services: { A: { state: 'running', forMs: -1 } } }, 'services.A.forMs'],
    ['a time that no store can hold', { answeredMsAgo: 1e200 }, 'answeredMsAgo'],
    ['three open doors', { gate: { open: ['a', 'b', 'c'], kind: 'front' } }, 'gate.open'],
    ['the door of no name', { gate: { open: ['alpha,beta'], kind: 'front' } }, 'gate.open.0'],
    ['a boot id with "|"', { bootId: 'a|b' }, 'bootId'],
    ['no body', [], ''],
  ])('with %s is malformed', async (_, different, path) => {
    const heartbeat = Array.isArray(different) ? different : { ...alpha.next(), ...different }

    const { body } = await expectStatus(400, alpha.post(heartbeat))

    expect(body.errors).toEqual([{ path, message: expect.any(String) }])
  })
})

describe('a node that is in no group', () => {
  it('is told to wait, and what it says is recorded', async () => {
    const alone = new ScriptedAgent(api, 'c', 'alone')
    const before = (await api.get('/clusters/c')).headers.etag
    for (let count = 0; count < 2; count++) {
      const answer = await alone.beat({ softwareVersion: '14.9', database: { state: 'failed', forMs: 1 } })
      expect(answer).not.toHaveProperty('group')
      expect(answer).toMatchObject({ state: 'Unknown', serve: [], leaseMs: 0, commands: [], nextHeartbeatInMs: 15_000 })
    }

    const { body, headers } = await api.get('/clusters/c/nodes/alone')

    expect(body).toMatchObject({
      group: null,
      softwareVersion: '15.0',
      reported: { softwareVersion: '14.9', databaseService: 'failed', criticalServices: { 'SIP Proxy': 'running' } },
    })
    expect(Math.abs(Date.now() - Date.parse(body.lastHeartbeatAt))).toBeLessThan(10_000)
    expect(headers.etag).toBe(before)
  })

  it('learns its group with the heartbeat after it has been put into one', async () => {
    const alone = new ScriptedAgent(api, 'c', 'alone')
    await alone.beat()
    await expectStatus(200, api.put('/clusters/c/groups/single', { nodes: ['alone'] }))

    expect(await alone.beat()).toMatchObject({ group: 'single', serve: [] })
    expect(await alone.beat()).toMatchObject({ group: 'single', serve: ['alone'], leaseMs: null })
    await expectStatus(204, api.delete('/clusters/c/groups/single'))
    expect(await alone.beat()).toMatchObject({ serve: [], leaseMs: 0 })
  })
})
