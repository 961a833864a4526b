import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { ON_CALL_FILE } from '../../apps/stage/stage.ts'
import { until } from '../stage/stage-under-test.ts'
import { beatUntil, ScriptedAgent, SHORT } from './agent.ts'
import { Api, expectStatus } from './api.ts'

let api: Api
beforeAll(async () => {
  api = await Api.start()
})
afterAll(() => api.end())

const mailbox = () => join(api.dataFolder, ON_CALL_FILE)
const subjects = async () =>
  (await readFile(mailbox(), 'utf8').catch(() => '')).split('\n').filter((line) => line.startsWith('Subject: '))

/** A pair that is Normal, with the agents of its nodes. */
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
  const mails = async () => (await subjects()).filter((subject) => subject.includes(` ${group}: `))
  return { path, nodes, come, mails }
}

/** Puts events on the bus, as they stand in the history. */
const put = (events: { id: string; detailType: string; detail: object }[]) =>
  new EventBridgeClient({}).send(
    new PutEventsCommand({
      Entries: events.map(({ id, detailType, detail }) => ({
        Source: 'understudy',
        DetailType: detailType,
        Detail: JSON.stringify({ ...detail, id }),
      })),
    }),
  )

describe('[B33] on-call', () => {
  it('gets one message when an incident opens and one when it is over, however often the events come', async () => {
    const { path, nodes, come, mails } = await aNormalPair('told-once')

    await expectStatus(202, api.post(`${path}/failover`, { node: nodes[0] }))
    await come('Idle RunningInBackupMode')
    await expectStatus(202, api.post(`${path}/fallback`, { node: nodes[0] }))
    await come('Normal Normal')

    await until('the closing', async () => (await mails()).length === 2)
    const expected = [
      `Subject: [stage] OPENED told-once: ${nodes[0]} fails over to ${nodes[1]}.`,
      expect.stringContaining('Subject: [stage] CLOSED told-once: All users are home.'),
    ]
    expect(await mails()).toEqual(expected)

    // EventBridge may deliver an event again, and so may the sweeper.
    const told = (await api.get(`${path}/history`)).body.events.filter(
      ({ detailType }: { detailType: string }) => detailType === 'Incident State Change',
    )
    expect(told).toHaveLength(2)
    await put(told)
    const [closed] = told
    await put([{ ...closed, id: 'another', detail: { ...closed.detail, kind: 'BothNodesSilent' } }])
    await until('the other, which was put last', async () => (await mails()).some((subject) => / heard /.test(subject)))
    expect(await mails()).toEqual([...expected, expect.stringContaining('CLOSED told-once: A node is heard again.')])
  })

  it('gets its message all the same when it could not be sent at first', async () => {
    const { path, nodes, come, mails } = await aNormalPair('sent-again')
    const kept = await readFile(mailbox())
    await rm(mailbox())
    await mkdir(mailbox())
    const { onError } = api.told
    const failures: string[] = []
    api.told.onError = (where) => failures.push(where)

    await expectStatus(202, api.post(`${path}/failover`, { node: nodes[0] }))
    await come('Idle RunningInBackupMode')
    await until('a failure', () => failures.includes('the topic'))
    await rm(mailbox(), { recursive: true })
    api.told.onError = onError

    await until('the message', async () => (await mails()).length > 0)
    expect(await mails()).toEqual([expect.stringContaining('OPENED sent-again')])
    expect(kept.length).toBeGreaterThan(0)
  })
})
