import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency'
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb'
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import type { Context, EventBridgeEvent } from 'aws-lambda'
import { type AlertText, alertText } from '../../domain/alert-text.ts'
import type { BrakeDetail } from '../../domain/brake.ts'
import { brakeAlertText } from '../../domain/brake-alert.ts'
import type { IncidentDetail } from '../../domain/incidents.ts'
import { scheduleAlertText } from '../../domain/schedule-alert.ts'
import type { ScheduleDetail } from '../../domain/schedules.ts'
import { requireEnv } from '../adapters/environment.ts'
import { during } from '../adapters/invocation.ts'
import { info } from '../adapters/log.ts'

export type AlertEvent =
  | EventBridgeEvent<'Incident State Change', IncidentDetail & { id: string }>
  | EventBridgeEvent<'Fleet Brake State Change', BrakeDetail & { id: string }>
  | EventBridgeEvent<'Schedule State Change', ScheduleDetail & { id: string }>

interface Alert extends AlertText {
  attributes: Record<string, string>
}

const client = new SNSClient({})
const topicArn = requireEnv('ALERT_TOPIC_ARN')
const environment = requireEnv('ENVIRONMENT_NAME')

const attribute = (value: string) => ({ DataType: 'String', StringValue: value })

function alertOf({ 'detail-type': type, detail }: AlertEvent): Alert {
  if (type === 'Fleet Brake State Change') {
    const { severity } = detail
    const status = detail.status === 'HOLDS' ? 'OPENED' : 'CLOSED'
    return { ...brakeAlertText(detail, environment), attributes: { severity, status, kind: 'FleetBrake' } }
  }
  if (type === 'Schedule State Change') {
    const { status, cluster, group } = detail
    const attributes = { severity: 'notice', status, kind: 'Schedule', cluster, group }
    return { ...scheduleAlertText(detail, environment), attributes }
  }
  const { severity, status, kind, cluster, group } = detail
  return { ...alertText(detail, environment), attributes: { severity, status, kind, cluster, group } }
}

/** Subscriptions to the topic may filter by the attributes. */
async function publish(event: AlertEvent): Promise<string> {
  const { subject, message, attributes } = alertOf(event)
  const { MessageId = '' } = await client.send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: subject,
      Message: message,
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, attribute(value)]),
      ),
    }),
  )
  const { severity, status, kind } = attributes
  await info('on-call told', { severity, status, kind, messageId: MessageId })
  return MessageId
}

const WEEK_SECONDS = 7 * 86_400

/** An event's id is unique in its group; the fleet brake has none. Delivered twice, it is told once. */
const config = new IdempotencyConfig({
  eventKeyJmesPath: 'detail.[cluster, group, id]',
  throwOnNoIdempotencyKey: true,
  expiresAfterSeconds: WEEK_SECONDS,
})
const persistenceStore = new DynamoDBPersistenceLayer({ tableName: requireEnv('REQUESTS_TABLE') })
const publishOnce = makeIdempotent(publish, { persistenceStore, config, keyPrefix: 'alerts' })

/** Called by EventBridge for each incident of a group, the fleet brake, and what was planned and not done [B33]. */
export async function handler(event: AlertEvent, context: Context): Promise<void> {
  config.registerLambdaContext(context)
  await during(
    () => ({ requestId: context.awsRequestId, ...whomItConcerns(event) }),
    () => publishOnce(event),
  )
}

function whomItConcerns({ 'detail-type': type, detail }: AlertEvent): Record<string, string | undefined> {
  if (type === 'Fleet Brake State Change') return {}
  if (type === 'Schedule State Change') {
    const { cluster, group, schedule } = detail
    return { cluster, group, schedule: schedule.id }
  }
  const { cluster, group, incident, transition } = detail
  return { cluster, group, incident, transition: transition?.id }
}
