import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge'
import { call } from './aws-calls.ts'
import { ACCOUNT, type Emulator, REGION, ROOT_KEY } from './emulator.ts'

/** A queue that is read as long as the test runs: it keeps what it has read. */
export class Queue {
  readonly arn: string
  readonly #emulator: Emulator
  readonly #url: string
  readonly #read: string[] = []

  private constructor(emulator: Emulator, name: string, url: string) {
    this.#emulator = emulator
    this.#url = url
    this.arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`
  }

  /** Makes a queue, to which EventBridge and SNS may send. */
  static async create(emulator: Emulator, name: string): Promise<Queue> {
    const senders = { Service: ['events.amazonaws.com', 'sns.amazonaws.com'] }
    const Statement = [{ Effect: 'Allow', Principal: senders, Action: 'sqs:SendMessage', Resource: '*' }]
    const { QueueUrl } = await call<{ QueueUrl: string }>(emulator, 'sqs', 'CreateQueue', {
      QueueName: name,
      Attributes: { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) },
    })
    return new Queue(emulator, name, QueueUrl)
  }

  /** A queue that somebody else made. */
  static async find(emulator: Emulator, name: string): Promise<Queue> {
    const { QueueUrl } = await call<{ QueueUrl: string }>(emulator, 'sqs', 'GetQueueUrl', { QueueName: name })
    return new Queue(emulator, name, QueueUrl)
  }

  /** The bodies of all messages so far, as JSON. */
  async messages<Message>(): Promise<Message[]> {
    for (;;) {
      const { Messages = [] } = await call<{ Messages?: { Body: string; ReceiptHandle: string }[] }>(
        this.#emulator,
        'sqs',
        'ReceiveMessage',
        { QueueUrl: this.#url, MaxNumberOfMessages: 10 },
      )
      if (Messages.length === 0) return this.#read.map((body) => JSON.parse(body))
      this.#read.push(...Messages.map(({ Body }) => Body))
      const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }))
      await call(this.#emulator, 'sqs', 'DeleteMessageBatch', { QueueUrl: this.#url, Entries })
    }
  }
}

/** Has everything that the control plane publishes sent to a queue. */
export async function sendEvents(emulator: Emulator, bus: string, queue: Queue): Promise<void> {
  const client = new EventBridgeClient({ endpoint: emulator.endpoint, region: REGION, credentials: ROOT_KEY })
  const EventPattern = JSON.stringify({ source: ['understudy'] })
  await client.send(new PutRuleCommand({ Name: 'all-events', EventBusName: bus, EventPattern }))
  const Targets = [{ Id: 'queue', Arn: queue.arn }]
  await client.send(new PutTargetsCommand({ Rule: 'all-events', EventBusName: bus, Targets }))
  client.destroy()
}
