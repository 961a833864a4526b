import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Effect, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import { Subscription, SubscriptionFilter, SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns'
import { Construct } from 'constructs'
import type { AlertTarget } from '../alert-target.ts'
import { type Environment, physicalName } from '../environments/environment.ts'

const protocols = {
  email: SubscriptionProtocol.EMAIL,
  https: SubscriptionProtocol.HTTPS,
  sms: SubscriptionProtocol.SMS,
  sqs: SubscriptionProtocol.SQS,
} as const satisfies Record<AlertTarget['protocol'], SubscriptionProtocol>

/**
 * Two roads to people. `incidents` carries what happens to groups, written by the function alerts; `controlPlane` what
 * CloudWatch finds wrong with the control plane itself. They are apart because an alarm's message has no attributes: on
 * one topic, a subscription that filters by severity would never hear that the control plane is down.
 */
export class OnCall extends Construct {
  readonly key: Key
  readonly incidents: Topic
  readonly controlPlane: Topic

  constructor(scope: Construct, id: string, environment: Environment) {
    super(scope, id)
    this.key = this.#createKey(environment)
    this.incidents = this.#createTopic('Incidents', environment, 'incidents')
    this.controlPlane = this.#createTopic('ControlPlane', environment, 'control-plane')
    this.controlPlane.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsMayPublish',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.controlPlane.topicArn],
        conditions: this.#ofOurAlarms(environment),
      }),
    )
    for (const target of environment.alerts.targets) this.#subscribe(target)
  }

  /** A key of our own, because AWS's own for SNS lets no alarm publish. */
  #createKey(environment: Environment): Key {
    const key = new Key(this, 'Key', {
      description: `Understudy (${environment.name}): messages to on-call`,
      alias: physicalName(environment, 'on-call'),
      enableKeyRotation: true,
      pendingWindow: Duration.days(7),
      removalPolicy: environment.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsMayEncrypt',
        effect: Effect.ALLOW,
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        // In a key's own policy this is the key.
        resources: ['*'],
        conditions: this.#ofOurAlarms(environment),
      }),
    )
    return key
  }

  #createTopic(id: string, environment: Environment, name: string): Topic {
    return new Topic(this, id, {
      topicName: physicalName(environment, name),
      displayName: `Understudy ${environment.name}`,
      masterKey: this.key,
      enforceSSL: true,
    })
  }

  #ofOurAlarms(environment: Environment) {
    const stack = Stack.of(this)
    const alarms = stack.formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: physicalName(environment, '*'),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
    return {
      StringEquals: { 'aws:SourceAccount': stack.account },
      ArnLike: { 'aws:SourceArn': alarms },
    }
  }

  #subscribe({ protocol, endpoint, severity }: AlertTarget): void {
    const subscription = { endpoint, protocol: protocols[protocol] }
    new Subscription(this, `Incidents to ${endpoint}`, {
      topic: this.incidents,
      ...subscription,
      ...(severity && { filterPolicy: { severity: SubscriptionFilter.stringFilter({ allowlist: [severity] }) } }),
    })
    if (severity === 'notice') return
    new Subscription(this, `Alarms to ${endpoint}`, { topic: this.controlPlane, ...subscription })
  }
}
