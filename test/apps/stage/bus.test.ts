import { EventBridgeClient, PutEventsCommand, type PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import { startAwsEndpoint } from '../../../apps/stage/aws-endpoint.ts'
import { type Bus, type BusEvent, createBus } from '../../../apps/stage/bus.ts'
import type { LoopbackServer } from '../../../apps/stage/loopback-server.ts'

let bus: Bus
let endpoint: LoopbackServer
let client: EventBridgeClient
let errors: unknown[]

beforeEach(async () => {
  errors = []
  const onError = (error: unknown) => void errors.push(error)
  bus = createBus({ region: 'us-east-1', accountId: '000000000000', onError })
  endpoint = await startAwsEndpoint({ services: { AWSEvents: bus.service }, onError })
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  client = new EventBridgeClient({ endpoint: endpoint.origin, region: 'us-east-1', credentials })
})

afterEach(async () => {
  client.destroy()
  await endpoint.close()
})

const put = (...Entries: PutEventsRequestEntry[]) => client.send(new PutEventsCommand({ Entries }))
const entry = { Source: 'understudy', DetailType: 'StateChanged', Detail: '{"rule":12}' }

describe('the event bus', () => {
  it('hands an event to everybody who listens, in the envelope of EventBridge', async () => {
    const heard: BusEvent[][] = [[], []]
    for (const events of heard) bus.subscribe((event) => events.push(event))

    const answer = await put({ ...entry, Resources: ['c/g'], Time: new Date('2026-01-31T12:00:00.750Z') })

    expect(answer).toMatchObject({ FailedEntryCount: 0, Entries: [{ EventId: heard[0]?.[0]?.id }] })
    expect(heard[0]).toEqual([
      {
        version: '0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        'detail-type': 'StateChanged',
        source: 'understudy',
        account: '000000000000',
        time: '2026-01-31T12:00:00Z',
        region: 'us-east-1',
        resources: ['c/g'],
        detail: { rule: 12 },
      },
    ])
    expect(heard[1]).toEqual(heard[0])
  })

  it('is silent for who no longer listens', async () => {
    const heard: BusEvent[] = []
    const unsubscribe = bus.subscribe((event) => heard.push(event))
    unsubscribe()

    await put(entry)

    expect(heard).toEqual([])
  })

  it('reports a listener that throws, and calls the others', async () => {
    const heard: BusEvent[] = []
    bus.subscribe(() => {
      throw new Error('deaf')
    })
    bus.subscribe((event) => heard.push(event))

    expect((await put(entry)).FailedEntryCount).toBe(0)

    expect(heard).toHaveLength(1)
    expect(errors).toEqual([new Error('deaf')])
  })

  it('takes the good entries of a call and says what is wrong with the others', async () => {
    const heard: BusEvent[] = []
    bus.subscribe((event) => heard.push(event))

    const answer = await put(entry, { ...entry, Detail: '"text"' }, { ...entry, Detail: '{' }, { Source: 'understudy' })

    expect(answer.FailedEntryCount).toBe(3)
    expect(answer.Entries?.map(({ ErrorCode }) => ErrorCode)).toEqual([
      undefined,
      'MalformedDetail',
      'MalformedDetail',
      'InvalidArgument',
    ])
    expect(heard).toHaveLength(1)
  })

  it('takes ten entries a call, and no more', async () => {
    expect((await put(...Array(10).fill(entry))).FailedEntryCount).toBe(0)
    await expect(put(...Array(11).fill(entry))).rejects.toMatchObject({ name: 'ValidationException' })
  })
})
