import { ArnFormat, Stack } from 'aws-cdk-lib'
import { CfnRule, type EventBus } from 'aws-cdk-lib/aws-events'
import { CfnResourcePolicy, type LogGroup } from 'aws-cdk-lib/aws-logs'
import { Construct } from 'constructs'
import { type Environment, physicalName } from '../environments/environment.ts'
import { createLog } from './log.ts'

/** Writes every event of the bus into a log group, where it can be searched together with the logs of the functions. */
export class EventLog extends Construct {
  constructor(scope: Construct, id: string, environment: Environment, bus: EventBus) {
    super(scope, id)
    const log = createLog(this, 'Log', environment, `/aws/events/${physicalName(environment, 'events')}`)
    const rule = new CfnRule(this, 'Rule', {
      name: physicalName(environment, 'event-log'),
      description: 'Every event, to the log',
      eventBusName: bus.eventBusName,
      // All that is published here comes from this account: the pattern leaves nothing out.
      eventPattern: { account: [Stack.of(this).account] },
      targets: [{ id: 'log', arn: this.#arnOf(log) }],
    })
    const Principal = { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] }
    const Resource = `${this.#arnOf(log)}:*`
    // The library's own target would bring a function and a custom resource, only to write this policy.
    const policy = new CfnResourcePolicy(this, 'Policy', {
      policyName: physicalName(environment, 'event-log'),
      policyDocument: Stack.of(this).toJsonString({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal, Action: 'logs:CreateLogStream', Resource },
          {
            Effect: 'Allow',
            Principal,
            Action: 'logs:PutLogEvents',
            Resource,
            // Only this call says for which rule it is made.
            Condition: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
          },
        ],
      }),
    })
    policy.node.addDependency(log)
  }

  /** EventBridge takes the ARN of a log group without the ":*" that CloudFormation puts behind it. */
  #arnOf(log: LogGroup): string {
    return Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      resourceName: log.logGroupName,
    })
  }
}
