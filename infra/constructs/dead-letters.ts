import { Duration, Validations } from 'aws-cdk-lib'
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs'
import type { Construct } from 'constructs'
import { type Environment, physicalName } from '../environments/environment.ts'

/** Keeps for two weeks what could not be delivered to a function, or broke it. It is encrypted at rest and in transit. */
export function createDeadLetters(scope: Construct, environment: Environment, of: string): Queue {
  const queue = new Queue(scope, 'DeadLetters', {
    queueName: physicalName(environment, `${of}-dead-letters`),
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  })
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'It is itself a dead-letter queue, of a schedule or rule and of a function, which this rule does not see.',
  })
  return queue
}
