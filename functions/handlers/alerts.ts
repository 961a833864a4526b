import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency'
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb'
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import type { Context, EventBridgeEvent } from 'aws-lambda'
import { alertText } from '../../domain/alert-text.ts'
import type { IncidentDetail } from '../../domain/incidents.ts'
import { requireEnv } from '../adapters/environment.ts'
import { during } from '../adapters/invocation.ts'
import { info } from '../adapters/log.ts'

export type IncidentEvent = EventBridgeEvent<'Incident State Change', IncidentDetail & { id: string }>

const client = new SNSClient({})
const topicArn = requireEnv('ALERT_TOPIC_ARN')
const environment = requireEnv('ENVIRONMENT_NAME')

const attribute = (value: string) => ({ DataType: 'String', StringValue: value })

/** Subscriptions to the topic may filter by the attributes. */
async function publish(detail: IncidentDetail): Promise<string> {
  const { subject, message } = alertText(detail, environment)
  const { severity, status, kind, cluster, group } = detail
  const attributes = Object.entries({ severity, status, kind, cluster, group })
  const { MessageId = '' } = await client.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: subject,
      Message: message,
      MessageAttributes: Object.fromEntries(attributes.map(([name, value]) => [name, attribute(value)])),
    }),
  )
  await info('on-call told', { severity, status, kind, messageId: MessageId })
  return MessageId
}

const WEEK_SECONDS = 7 * 86_400

/** An event's id is unique in its group. Delivered twice, it is told once. */
const config = new IdempotencyConfig({
  eventKeyJmesPath: '[cluster, group, id]',
  throwOnNoIdempotencyKey: true,
  expiresAfterSeconds: WEEK_SECONDS,
})
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: requireEnv('REQUESTS_TABLE') })
const publishOnce = makeIdempotent(publish, { persistenceStore, config, keyPrefix: 'alerts' })

/** Called by EventBridge for each `Incident State Change`: writes to on-call [B33]. */
export async function handler({ detail }: IncidentEvent, context: Context): Promise<void> {
  config.registerLambdaContext(context)
  const { cluster, group, incident, transition } = detail
  await during(
    () => ({ requestId: context.awsRequestId, cluster, group, incident, transition: transition?.id }),
    () => publishOnce(detail),
  )
}
