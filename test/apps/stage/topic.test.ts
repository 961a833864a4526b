import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import { startTopic, type TopicMessage } from '../../../apps/stage/topic.ts'

async function topicWith(onMessage: (message: TopicMessage) => Promise<void>) {
  const errors: unknown[] = []
  const topic = await startTopic({ onMessage, onError: (error) => errors.push(error) })
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new SNSClient({ endpoint: topic.origin, region: 'us-east-1', credentials, maxAttempts: 1 })
  return { topic, client, errors, TopicArn: 'arn:aws:sns:us-east-1:000000000000:on-call' }
}

describe('the topic of the stage', () => {
  it('takes a message from the real client, as it was sent', async () => {
    const messages: TopicMessage[] = []
    const { topic, client, TopicArn } = await topicWith(async (message) => void messages.push(message))
    const attribute = (StringValue: string) => ({ DataType: 'String', StringValue })

    const { MessageId } = await client.send(
      new PublishCommand({
        TopicArn,
        Subject: 'a & b',
        Message: 'line 1\nline 2: ü <&>',
        MessageAttributes: { severity: attribute('page'), status: attribute('OPENED') },
      }),
    )

    expect(MessageId).toMatch(/^[0-9a-f-]{36}$/)
    expect(messages).toEqual([
      {
        topicArn: TopicArn,
        subject: 'a & b',
        message: 'line 1\nline 2: ü <&>',
        attributes: { severity: 'page', status: 'OPENED' },
      },
    ])
    await topic.close()
  })

  it('refuses what SNS refuses, and tells the sender when a message could not be kept', async () => {
    const full = new Error('no space left <here>')
    const { topic, client, errors, TopicArn } = await topicWith(() => Promise.reject(full))

    await expect(client.send(new PublishCommand({ TopicArn, Message: '' }))).rejects.toThrow('Empty message')
    await expect(client.send(new PublishCommand({ TopicArn, Message: 'x' }))).rejects.toThrow('no space left <here>')
    expect(errors).toEqual([full])
    await topic.close()
  })
})
