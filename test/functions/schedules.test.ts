import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ON_CALL_FILE } from '../../apps/stage/stage.ts'
import { until } from '../stage/stage-under-test.ts'
import { beatUntil, ScriptedAgent, SHORT } from './agent.ts'
import { Api, expectStatus } from './api.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString()
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

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
  const plan = (body: object, headers = {}) =>
    api.post(`${path}/schedules`, { action: 'failover', node: nodes[0], ...body }, headers)
  const planned = async () => (await api.get(`${path}/schedules`)).body.schedules
  const told = async () => {
    const { events } = (await api.get(`${path}/history?limit=500`)).body
    return events
      .filter(({ detailType }: { detailType: string }) => detailType === 'Schedule State Change')
      .map(({ detail }: { detail: { status: string } }) => detail.status)
      .reverse()
  }
  return { cluster, path, nodes, agents, come, plan, planned, told }
}

describe('what an operator plans', () => {
  it('is run at its time, in the name of the operator, and shown until then', async () => {
    const { path, nodes, come, plan, planned, told } = await aNormalPair('on-time')

    const { body } = await expectStatus(201, plan({ at: inMs(1500), reason: 'new disks' }))
    expect(await planned()).toEqual([body.schedule])
    expect(body.schedule).toMatchObject({ action: 'failover', node: nodes[0], reason: 'new disks' })
    expect((await api.get(path)).body.schedules).toEqual([body.schedule])
    await come('Idle RunningInBackupMode')

    expect(await planned()).toEqual([])
    expect(await told()).toEqual(['SCHEDULED', 'RUN'])
    const { by, id } = body.schedule
    expect((await api.get(`${path}/transitions/failover-${id}`)).body).toMatchObject({ requestedBy: by, schedule: id })
  })

  it('is refused at its time where the state does not allow it, and on-call is told once', async () => {
    const { come, plan, planned, told } = await aNormalPair('refused')

    await expectStatus(201, plan({ action: 'fallback', at: inMs(500) }))
    await come('Normal Normal')
    await until('it was refused', async () => (await told()).length === 2)

    expect(await told()).toEqual(['SCHEDULED', 'REFUSED'])
    expect(await planned()).toEqual([])
    const mail = () => readFile(join(api.dataFolder, ON_CALL_FILE), 'utf8').catch(() => '')
    await until('on-call is told', async () => (await mail()).includes('REFUSED refused: The planned fallback'))
  })

  it('is planned once under one key, and cancelled once', async () => {
    const { path, plan, planned, told } = await aNormalPair('keys')
    const at = inMs(HOUR_MS)

    const first = await expectStatus(201, plan({ at }, { 'idempotency-key': 'tonight' }))
    const second = await expectStatus(201, plan({ at }, { 'idempotency-key': 'tonight' }))
    expect(second.body).toEqual(first.body)
    expect(await planned()).toHaveLength(1)

    const place = `${path}/schedules/${first.body.schedule.id}`
    await expectStatus(204, api.delete(place))
    expect((await expectStatus(404, api.delete(place))).body.code).toBe('ScheduleNotFound')
    expect(await told()).toEqual(['SCHEDULED', 'CANCELLED'])
  })

  it('has bounds', async () => {
    const { path, plan, planned } = await aNormalPair('bounds')
    const code = async (status: number, answer: ReturnType<typeof plan>) =>
      (await expectStatus(status, answer)).body.code
    const at = inMs(HOUR_MS)

    expect(await code(422, plan({ at: inMs(-1000) }))).toBe('TimeHasPassed')
    expect(await code(422, plan({ at: inMs(366 * DAY_MS) }))).toBe('TimeTooFar')
    expect(await code(400, plan({ at: 'tonight' }))).toBe('Invalid')
    expect(await code(400, plan({ at, action: 'recovery' }))).toBe('Invalid')
    expect(await code(404, plan({ at, node: 'nobody' }))).toBe('NodeNotFound')
    await expectStatus(201, plan({ at }))
    expect(await code(409, plan({ at }))).toBe('ScheduleConflict')
    for (let hours = 2; hours <= 10; hours++) await expectStatus(201, plan({ at: inMs(hours * HOUR_MS) }))
    expect(await code(409, plan({ at: inMs(11 * HOUR_MS) }))).toBe('TooManySchedules')
    expect(await planned()).toHaveLength(10)

    await expectStatus(200, api.put(`${path}/high-availability`, { enabled: false }))
    expect(await code(409, plan({ at: inMs(12 * HOUR_MS) }))).toBe('HighAvailabilityOff')
  })

  it('goes with its group, and with the nodes that it was planned for', async () => {
    const { path, plan, planned, told, nodes } = await aNormalPair('gone')
    await expectStatus(201, plan({ at: inMs(HOUR_MS) }))
    await expectStatus(200, api.put(`${path}/high-availability`, { enabled: false }))
    await expectStatus(200, api.put(path, { nodes: nodes.slice(1) }))
    expect([await planned(), await told()]).toEqual([[], ['SCHEDULED', 'CANCELLED']])

    await expectStatus(204, api.delete(path))
    await expectStatus(200, api.put(path, { nodes }))
    expect(await planned()).toEqual([])
  })

  it('is run by the sweeper where its workflow is gone', async () => {
    const { cluster, come, plan, told } = await aNormalPair('swept')
    await expectStatus(201, plan({ at: inMs(HOUR_MS) }))
    const group = await api.groups.read({ cluster, group: 'swept' })
    if (!group) throw new Error('the group is gone')
    const [planned] = group.schedules
    if (!planned) throw new Error('nothing is planned')
    await api.groups.commit({ ...group, schedules: [{ ...planned, atMs: Date.now() - 1000 }] }, group.version)

    await api.sweep()
    await come('Idle RunningInBackupMode')
    expect(await told()).toEqual(['SCHEDULED', 'RUN'])
  })
})
