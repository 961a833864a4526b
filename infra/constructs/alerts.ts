import { Duration } from 'aws-cdk-lib'
import { type EventBus, Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { EventInvokeConfig, type IFunction } from 'aws-cdk-lib/aws-lambda'
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations'
import type { Queue } from 'aws-cdk-lib/aws-sqs'
import { Construct } from 'constructs'
import { type Environment, physicalName } from '../environments/environment.ts'
import { createDeadLetters } from './dead-letters.ts'

/** On-call is better told late than never; what is older than this is in the dead-letter queue, and an alarm says so. */
const longestDelay = Duration.hours(1)

/** Gives every incident to the function that tells on-call [B33], and keeps what it could not tell. */
export class IncidentAlerts extends Construct {
  readonly deadLetters: Queue

  constructor(scope: Construct, id: string, environment: Environment, bus: EventBus, alerts: IFunction) {
    super(scope, id)
    this.deadLetters = createDeadLetters(this, environment, 'alerts')
    new Rule(this, 'Rule', {
      ruleName: physicalName(environment, 'incidents'),
      description: 'Incidents of groups and of the fleet, and plans that failed, to the function that tells on-call',
      eventBus: bus,
      eventPattern: {
        source: ['understudy'],
        detailType: ['Incident State Change', 'Fleet Brake State Change', 'Schedule State Change'],
        // Of schedules only those that were not run.
        detail: { status: ['OPENED', 'WORSENED', 'CLOSED', 'HOLDS', 'RELEASED', 'REFUSED', 'MISSED'] },
      },
      targets: [
        new LambdaFunction(alerts, {
          deadLetterQueue: this.deadLetters,
          maxEventAge: longestDelay,
          retryAttempts: 185,
        }),
      ],
    })
    new EventInvokeConfig(this, 'Invocation', {
      function: alerts,
      maxEventAge: longestDelay,
      retryAttempts: 2,
      onFailure: new SqsDestination(this.deadLetters),
    })
  }
}
