import { Match } from 'aws-cdk-lib/assertions'
import { settings, synthesized } from './synthesized.ts'

const { stateful, stateless } = synthesized('trial')

const idOf = (template: typeof stateful, type: string, properties: object): string => {
  const [id, another] = Object.keys(template.findResources(type, { Properties: properties }))
  if (!id || another) throw new Error(`Expected one ${type} with ${JSON.stringify(properties)}.`)
  return id
}
const topicId = (name: string) => idOf(stateful, 'AWS::SNS::Topic', { TopicName: `understudy-trial-${name}` })

const ofOurAlarms = {
  StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } },
  ArnLike: {
    'aws:SourceArn': {
      'Fn::Join': ['', Match.arrayWith([':cloudwatch:', ':alarm:understudy-trial-*'])],
    },
  },
}

describe('the roads to on-call', () => {
  it.each(['incidents', 'control-plane'])('%s are encrypted with a key of our own, at rest and in transit', (name) => {
    const key = idOf(stateful, 'AWS::KMS::Key', {})
    stateful.hasResourceProperties('AWS::SNS::Topic', {
      TopicName: `understudy-trial-${name}`,
      KmsMasterKeyId: { 'Fn::GetAtt': [key, 'Arn'] },
    })
    stateful.hasResourceProperties('AWS::SNS::TopicPolicy', {
      Topics: [{ Ref: topicId(name) }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Effect: 'Deny',
            Action: 'sns:Publish',
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          }),
        ]),
      },
    })
  })

  it('have a key that changes every year, and that our alarms may use', () => {
    stateful.hasResource('AWS::KMS::Key', {
      DeletionPolicy: 'Retain',
      Properties: {
        EnableKeyRotation: true,
        KeyPolicy: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Effect: 'Allow',
              Principal: { Service: 'cloudwatch.amazonaws.com' },
              Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
              Condition: ofOurAlarms,
            }),
          ]),
        },
      },
    })
  })

  it('let our alarms speak of the control plane, and not of groups', () => {
    const speaking = stateful.findResources('AWS::SNS::TopicPolicy', {
      Properties: {
        PolicyDocument: {
          Statement: Match.arrayWith([
            Match.objectLike({
              Effect: 'Allow',
              Principal: { Service: 'cloudwatch.amazonaws.com' },
              Action: 'sns:Publish',
              Condition: ofOurAlarms,
            }),
          ]),
        },
      },
    })

    expect(Object.values(speaking).map(({ Properties }) => Properties.Topics)).toEqual([
      [{ Ref: topicId('control-plane') }],
    ])
  })

  it('lead to the targets: without a severity to all, else to what has it', () => {
    const subscriptions = Object.values(stateful.findResources('AWS::SNS::Subscription')).map(({ Properties }) => [
      Properties.TopicArn.Ref === topicId('incidents') ? 'incidents' : 'control plane',
      Properties.Protocol,
      Properties.Endpoint,
      Properties.FilterPolicy ?? 'all',
    ])

    expect(subscriptions).toEqual([
      ['incidents', 'https', 'https://pager.example.com/', { severity: ['page'] }],
      ['control plane', 'https', 'https://pager.example.com/', 'all'],
      ['incidents', 'email', 'team@example.com', 'all'],
      ['control plane', 'email', 'team@example.com', 'all'],
      ['incidents', 'sqs', 'arn:aws:sqs:eu-central-1:111122223333:chat', { severity: ['notice'] }],
    ])
  })

  it('say their names', () => {
    stateful.hasOutput('IncidentTopicArn', { Value: { Ref: topicId('incidents') } })
    stateful.hasOutput('ControlPlaneTopicArn', { Value: { Ref: topicId('control-plane') } })
  })
})

describe('an incident', () => {
  const queue = idOf(stateless, 'AWS::SQS::Queue', { QueueName: 'understudy-trial-alerts-dead-letters' })
  const deadLetters = { 'Fn::GetAtt': [queue, 'Arn'] }
  const alerts = idOf(stateless, 'AWS::Lambda::Function', { FunctionName: 'understudy-trial-alerts' })

  it('is given to the function alerts, again and again for an hour, and then kept', () => {
    stateless.hasResourceProperties('AWS::Events::Rule', {
      Name: 'understudy-trial-incidents',
      EventBusName: { 'Fn::ImportValue': Match.stringLikeRegexp('EventsBus') },
      EventPattern: {
        source: ['understudy'],
        'detail-type': ['Incident State Change', 'Fleet Brake State Change', 'Schedule State Change'],
        detail: { status: ['OPENED', 'WORSENED', 'CLOSED', 'HOLDS', 'RELEASED', 'REFUSED', 'MISSED'] },
      },
      State: 'ENABLED',
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [alerts, 'Arn'] },
          DeadLetterConfig: { Arn: deadLetters },
          RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 185 },
        }),
      ],
    })
  })

  it('on which the function breaks down is tried twice more, and then kept', () => {
    stateless.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: alerts },
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 3600,
      DestinationConfig: { OnFailure: { Destination: deadLetters } },
    })
  })

  it('may be kept by its own rule only, and travels encrypted', () => {
    const rule = idOf(stateless, 'AWS::Events::Rule', { Name: 'understudy-trial-incidents' })
    stateless.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: queue }],
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
          Match.objectLike({
            Effect: 'Allow',
            Principal: { Service: 'events.amazonaws.com' },
            Action: 'sqs:SendMessage',
            Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [rule, 'Arn'] } } },
          }),
        ],
      },
    })
  })

  it('reaches the topic for incidents', () => {
    stateless.hasResourceProperties('AWS::Lambda::Function', {
      FunctionName: 'understudy-trial-alerts',
      Environment: {
        Variables: Match.objectLike({
          ALERT_TOPIC_ARN: { 'Fn::ImportValue': Match.stringLikeRegexp('OnCallIncidents') },
          ENVIRONMENT_NAME: 'trial',
        }),
      },
    })
  })
})

describe('every event', () => {
  const rule = idOf(stateless, 'AWS::Events::Rule', { Name: 'understudy-trial-event-log' })
  const log = idOf(stateless, 'AWS::Logs::LogGroup', { LogGroupName: '/aws/events/understudy-trial-events' })

  it('is written into a log group', () => {
    stateless.hasResourceProperties('AWS::Events::Rule', {
      Name: 'understudy-trial-event-log',
      EventBusName: { 'Fn::ImportValue': Match.stringLikeRegexp('EventsBus') },
      EventPattern: { account: [{ Ref: 'AWS::AccountId' }] },
      Targets: [{ Id: 'log', Arn: { 'Fn::Join': ['', Match.arrayWith([':log-group:', { Ref: log }])] } }],
    })
    stateless.hasResourceProperties('AWS::Logs::LogGroup', {
      LogGroupName: '/aws/events/understudy-trial-events',
      RetentionInDays: settings.logRetentionDays,
    })
  })

  it('is written there by leave of a policy for this rule, without a function in between', () => {
    const [policy] = Object.values(stateless.findResources('AWS::Logs::ResourcePolicy'))
    const document = policy?.Properties.PolicyDocument['Fn::Join'][1]
      .map((part: string | { Ref?: string; 'Fn::GetAtt'?: string[] }) =>
        typeof part === 'string' ? part : `<${part.Ref ?? part['Fn::GetAtt']?.join('.')}>`,
      )
      .join('')
    const statements = JSON.parse(document).Statement
    const resource = `arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:<${log}>:*`
    const principal = { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] }

    expect(statements).toEqual([
      { Effect: 'Allow', Principal: principal, Action: 'logs:CreateLogStream', Resource: resource },
      {
        Effect: 'Allow',
        Principal: principal,
        Action: 'logs:PutLogEvents',
        Resource: resource,
        Condition: { ArnEquals: { 'aws:SourceArn': `<${rule}.Arn>` } },
      },
    ])
  })
})
