import type { EventRecord } from '../../apps/client/answers.ts'
import type { BusEvent } from '../../apps/stage/bus.ts'
import { entryOfRefusal, ONCE_IN_MS } from '../../functions/usecases/trace-refusal.ts'
import { until } from '../stage/stage-under-test.ts'
import { ScriptedAgent } from './agent.ts'
import { Api, expectStatus } from './api.ts'

let api: Api
const published: BusEvent[] = []

beforeAll(async () => {
  api = await Api.start()
  api.bus.subscribe((event) => published.push(event))
})
afterAll(() => api.end())

let count = 0
/** A pair of its own whose agents are heard, and somebody whose identity is valid and none of theirs. */
async function aPair() {
  const cluster = `r${++count}`
  const [alpha, beta, stranger] = ['alpha', 'beta', 'stranger'].map((name) => `${name}-${count}`) as [
    string,
    ...string[],
  ]
  const path = await api.configure(cluster, { pair: [alpha, beta as string] })
  const { userArn } = await api.agent(stranger as string)
  const agent = new ScriptedAgent(api, cluster, alpha)
  for (let times = 0; times < 2; times++) await agent.beat()
  const refusals = async (): Promise<EventRecord[]> =>
    (await api.get(`${path}/groups/pair/history`)).body.events.filter(isRefusal)
  const key = { cluster, group: 'pair' }
  return { path, key, agent, stranger: stranger as string, userArn, refusals }
}
const isRefusal = ({ detailType }: EventRecord) => detailType === 'Request Refused'

describe('[3.3] a valid identity that is not the node’s own', () => {
  it('is refused, and leaves a trace in the history and on the bus', async () => {
    const { agent, stranger, userArn, refusals } = await aPair()

    await expectStatus(403, agent.post(agent.next(), stranger))

    const [trace] = await refusals()
    const detail = {
      version: '1',
      cluster: agent.cluster,
      group: 'pair',
      by: userArn,
      request: { action: 'heartbeat', node: agent.node },
      detail: `This identity is not the principal of node "${agent.node}".`,
    }
    expect(trace).toMatchObject({ id: expect.stringMatching(/^\d{14}-0-\d+$/), detail })
    expect(published.filter(({ detail }) => (detail as { by?: string }).by === userArn)).toEqual([
      expect.objectContaining({ 'detail-type': 'Request Refused', detail: { id: trace?.id, ...detail } }),
    ])
    const { events } = (await api.get(`/events?since=${new Date(Date.now() - 60_000).toISOString()}`)).body
    expect(events.filter(isRefusal)).toContainEqual(trace)
  })

  it('leaves one trace, however often it calls and whatever it says', async () => {
    const { agent, stranger, userArn, refusals } = await aPair()
    await until('these are not the last moments of ten minutes', () => Date.now() % ONCE_IN_MS < ONCE_IN_MS - 5000)
    const before = published.length
    for (const said of [{}, { softwareVersion: '16.0' }, { group: 'unknown' }, { leaving: 'reboot' as const }]) {
      await expectStatus(403, agent.post(agent.next(said), stranger))
    }

    expect((await refusals()).map(({ detail }) => detail.by)).toEqual([userArn])
    expect(published.slice(before)).toHaveLength(1)
  })

  it('leaves a trace of its own for each node and caller, and another one ten minutes later', () => {
    const refused = { cluster: 'c', group: 'pair', node: 'alpha', by: 'arn:one', detail: '' }
    const atMs = Date.UTC(2026, 0, 31, 12)
    const idAt = (laterMs: number, other: object = {}) => entryOfRefusal({ ...refused, ...other }, atMs + laterMs).id

    expect(idAt(599_999)).toBe(idAt(0))
    expect(new Set([idAt(0), idAt(600_000), idAt(0, { node: 'beta' }), idAt(0, { by: 'arn:two' })]).size).toBe(4)
    expect(entryOfRefusal(refused, atMs + 1).at).toBe('2026-01-31T12:00:00.001Z')
  })

  it('disturbs nobody: the group’s item stays as it is, and the node’s own heartbeats go on as steady ones', async () => {
    const { key, agent, stranger } = await aPair()
    const before = await api.groups.read(key)

    await expectStatus(403, agent.post({ ...agent.next(), sequence: 1_000_000 }, stranger))

    expect(await api.groups.read(key)).toEqual(before)
    await agent.beat()
    expect((await api.groups.read(key))?.version).toBe((before?.version ?? 0) + 1)
  })

  it('leaves no trace where the node is in no group, but a line in the log', async () => {
    const { path, agent, stranger, userArn } = await aPair()
    const before = published.length
    await expectStatus(204, api.delete(`${path}/groups/pair`))

    const { headers } = await expectStatus(403, agent.post(agent.next(), stranger))

    expect(published.slice(before)).toEqual([])
    expect(await api.log()).toContainEqual(
      expect.objectContaining({
        level: 'INFO',
        message: 'refused',
        requestId: headers['x-request-id'],
        caller: userArn,
        cluster: agent.cluster,
        node: agent.node,
        status: 403,
        code: 'NotThisNode',
      }),
    )
  })
})
