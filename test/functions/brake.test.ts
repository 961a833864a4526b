import type { BrakeChange } from '../../domain/brake.ts'
import { ordered } from '../../domain/brake.ts'
import { functions } from '../../infra/functions.ts'
import { until } from '../stage/stage-under-test.ts'
import { beatUntil } from './agent.ts'
import { Api, expectStatus } from './api.ts'
import type { Pair } from './fleet.ts'
import { askUntil, brakeOf, CLUSTER, fleetOf, isHeldBack, mailsOf, TIMEOUT_MS, those } from './fleet.ts'

let api: Api
let pairs: Pair[]
beforeAll(async () => {
  api = await Api.start()
  pairs = await fleetOf(api, 6)
}, 60_000)
afterAll(() => api.end())

const brake = () => brakeOf(api)
const mails = () => mailsOf(api)

describe('the fleet brake of a deployment of six groups', () => {
  it('does not hold, and knows how many groups there are', async () => {
    expect(await brake()).toMatchObject({ holds: false, hold: null, groups: 6, leastGroups: 5, leastPercent: 30 })
  })

  it('holds when five nodes fall silent at once: at most four groups fail over, although all ask in one moment', async () => {
    const silent = pairs.slice(0, 5)
    await Promise.all(silent.map((pair) => pair.fallSilent()))
    await askUntil(silent, async (pair) => (await isHeldBack(pair)) || (await pair.isFailedOver()))

    const held = await those(silent, isHeldBack)
    expect(held.length).toBeGreaterThanOrEqual(1)
    const found = await brake()
    expect(found).toMatchObject({ holds: true, hold: { by: 'understudy' }, silentGroups: 5 })
    expect(found.heldBack.map(({ group }: { group: string }) => group).sort()).toEqual(held.map(({ group }) => group))
    for (const pair of held) {
      expect(await pair.states()).toBe('Normal Normal')
      expect((await pair.status()).explanation).toContain('Without the fleet brake')
    }
  })

  it('holds back whoever falls silent after that, and its peer goes on serving', async () => {
    const last = pairs[5] as Pair
    await last.fallSilent()

    await askUntil([last], isHeldBack)

    expect(await last.ask()).toMatchObject({ serve: [last.survivor.node], leaseMs: expect.any(Number) })
    expect((await brake()).heldBack).toContainEqual({
      ...{ cluster: CLUSTER, group: last.group, node: last.dead.node, silentSince: expect.any(String) },
    })
  })

  it('lets commands of operators pass', async () => {
    const last = pairs[5] as Pair
    await expectStatus(202, api.post(`${last.path}/failover`, { node: last.dead.node }))
    await beatUntil([last.survivor], async () => (await last.states()).endsWith('RunningInBackupMode'))
    expect(await brake()).toMatchObject({ holds: true })
  })

  it('is released by an operator who knows how it stands, and by nobody else', async () => {
    const { version } = await brake()
    const release = { holds: false }
    await expectStatus(403, api.call('PUT', '/brake', release, { as: 'viewer' }))
    await expectStatus(412, api.put('/brake', release, { 'if-match': `"${version + 1}"` }))
    expect(await brake()).toMatchObject({ holds: true })
    expect((await expectStatus(200, api.get('/brake', { as: 'viewer' }))).headers.etag).toBe(`"${version}"`)

    const key = { 'if-match': `"${version}"`, 'idempotency-key': 'release-1' }
    const { body } = await expectStatus(200, api.put('/brake', release, key))
    expect(body).toMatchObject({ holds: false, heldBack: [], release: { by: expect.stringMatching(/operator$/) } })
    expect((await expectStatus(200, api.put('/brake', release, key))).body).toEqual(body)
  })

  it('then lets all fail over that were held back, and does not hold again', async () => {
    const silent = pairs.slice(0, 5)
    await askUntil(silent, (pair) => pair.isFailedOver())

    expect(await brake()).toMatchObject({ holds: false, silentGroups: 0 })
    expect((await (pairs[0] as Pair).status()).withheld).toBeNull()
  })

  it('has told on-call once that it holds, and once that it was released', async () => {
    await api.sweep()
    await until('both messages', async () => (await mails()).length >= 2)
    expect(await mails()).toEqual([
      'Subject: [stage] OPENED fleet brake: 5 of 6 groups fell silent at once: no more fail over for silence.',
      expect.stringMatching(/^Subject: \[stage] CLOSED fleet brake: The brake is released\. It held for \d+ s\.$/),
    ])
    expect((await api.brake.read()).outbox).toEqual([])
    const { events } = (await api.get(`/events?since=${new Date(Date.now() - 600_000).toISOString()}`)).body
    const told = events.filter(({ detailType }: { detailType: string }) => detailType === 'Fleet Brake State Change')
    expect(told.map(({ detail }: { detail: { status: string } }) => detail.status)).toEqual(['HOLDS', 'RELEASED'])
  })
})

describe('an operator', () => {
  it('changes the numbers, which is told', async () => {
    const { body } = await expectStatus(200, api.put('/brake', { leastGroups: 8, leastPercent: 12.5 }))
    expect(body).toMatchObject({ leastGroups: 8, leastPercent: 12.5, holds: false })
    expect(await brake()).toMatchObject({ leastGroups: 8, leastPercent: 12.5 })
    await expectStatus(200, api.put('/brake', { leastGroups: 5, leastPercent: 30 }))
  })

  it.each<[object, number, string]>([
    [{ leastGroups: 0 }, 400, 'leastGroups'],
    [{ leastGroups: 2.5 }, 400, 'leastGroups'],
    [{ leastPercent: 0 }, 400, 'leastPercent'],
    [{ leastPercent: 101 }, 400, 'leastPercent'],
    [{ groups: 5 }, 400, 'groups'],
    [{ holds: 'no' }, 400, 'holds'],
    [{ holds: true }, 422, 'reason'],
    [{}, 422, ''],
    [{ reason: 'none' }, 422, ''],
  ])('who asks for %j is refused with %i', async (body, status, path) => {
    const before = await brake()
    const { errors } = (await expectStatus(status, api.put('/brake', body))).body
    expect(errors).toContainEqual({ path, message: expect.any(String) })
    expect(await brake()).toEqual(before)
  })
})

describe('a brake that cannot be asked', () => {
  const { tables } = functions.heartbeat
  const { brake: granted } = tables
  const told: string[] = []
  /** As if the table turned the heartbeat function away. */
  const outOfReach = () => {
    api.told.onError = (where) => told.push(where)
    Object.assign(tables, { brake: ['PutItem'] })
  }
  const withinReach = () => Object.assign(tables, { brake: granted })
  afterEach(() => {
    withinReach()
    api.told.onError = console.error
    api.grants.denied.splice(0)
  })

  it('fails nobody over for another timeout, takes no lease from anybody, and then is in nobody’s way', async () => {
    const pair = pairs[5] as Pair
    await pair.comeHome()
    outOfReach()

    await pair.fallSilent()
    expect(await pair.ask()).toMatchObject({ serve: [pair.survivor.node], leaseMs: expect.any(Number) })
    expect(await pair.states()).toBe('Normal Normal')

    await pair.fallSilent(2 * TIMEOUT_MS)
    await askUntil([pair], () => pair.isFailedOver())
    expect(new Set(api.grants.denied.map(({ action }) => action))).toEqual(new Set(['dynamodb:GetItem']))
    expect(told).toContainEqual('the function heartbeat')
  })

  it('goes on to hold whom it was seen to hold', async () => {
    const pair = pairs[4] as Pair
    await pair.comeHome()
    await expectStatus(200, api.put('/brake', { holds: true, reason: 'a drill' }))
    await pair.fallSilent()
    await askUntil([pair], isHeldBack)
    outOfReach()

    await pair.fallSilent(3 * TIMEOUT_MS)
    await pair.ask()

    expect([await pair.states(), await isHeldBack(pair)]).toEqual(['Normal Normal', true])
    withinReach()
    await expectStatus(200, api.put('/brake', { holds: false }))
    await askUntil([pair], () => pair.isFailedOver())
  })
})

describe('what a crash left of the brake', () => {
  it('the sweeper tells, once', async () => {
    const before = await mails()
    const by = 'arn:aws:iam::000000000000:user/olivia'
    const asked = { holds: true, reason: 'the network is worked on' }
    const change = ordered(await api.brake.read(), [], asked, by, Date.now() - 10_000) as BrakeChange
    expect(await api.brake.commit(change)).toBe(true)
    expect(await brake()).toMatchObject({ holds: true, hold: { reason: asked.reason } })
    expect(await mails()).toEqual(before)

    await api.sweep()
    await until('the message', async () => (await mails()).length > before.length)
    await api.sweep()

    expect((await mails()).slice(before.length)).toEqual([
      'Subject: [stage] OPENED fleet brake: olivia holds the brake: no group fails over for silence.',
    ])
    expect((await api.brake.read()).outbox).toEqual([])
    await expectStatus(200, api.put('/brake', { holds: false }))
  })
})
