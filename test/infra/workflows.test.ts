import { readFileSync } from 'node:fs'
import { Match } from 'aws-cdk-lib/assertions'
import { Permissions } from './permissions.ts'
import { settings, synthesized } from './synthesized.ts'

interface StateMachine {
  Properties: { DefinitionString: string; RoleArn: { 'Fn::GetAtt': [string, string] } }
}

const { stateful, stateless } = synthesized('trial')
const permissions = new Permissions(stateful, stateless)

const only = <Item>(found: Record<string, Item>): [string, Item] => {
  const entries = Object.entries(found)
  const [entry] = entries
  if (!entry || entries.length > 1) throw new Error(`Expected one, found ${entries.length}.`)
  return entry
}

const functionId = (name: string) =>
  only(
    stateless.findResources('AWS::Lambda::Function', { Properties: { FunctionName: `understudy-trial-${name}` } }),
  )[0]

describe.each(['failover', 'fallback', 'recovery', 'schedule'])('the workflow %s', (name) => {
  const properties = { StateMachineName: `understudy-trial-${name}` }
  const machine = only(
    stateless.findResources('AWS::StepFunctions::StateMachine', { Properties: properties }),
  )[1] as StateMachine

  it('is its file, calling the function that applies steps', () => {
    const file = new URL(`../../statemachines/${name}.asl.json`, import.meta.url)

    expect(JSON.parse(machine.Properties.DefinitionString)).toEqual(JSON.parse(readFileSync(file, 'utf8')))
    stateless.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      ...properties,
      StateMachineType: 'STANDARD',
      DefinitionSubstitutions: { WorkflowStepFunctionArn: { 'Fn::GetAtt': [functionId('workflow-step'), 'Arn'] } },
    })
  })

  it('leaves nothing in its file that is not substituted', () => {
    const placeholders = machine.Properties.DefinitionString.matchAll(/\$\{([^}]*)\}/g)

    expect(new Set([...placeholders].map(([, name]) => name))).toEqual(new Set(['WorkflowStepFunctionArn']))
  })

  it('may call that function and no other', () => {
    const calls = permissions
      .ofRole(machine.Properties.RoleArn['Fn::GetAtt'][0])
      .filter(({ action }) => action.startsWith('lambda:'))

    expect(calls).toEqual([{ action: 'lambda:InvokeFunction', resource: 'understudy-trial-workflow-step' }])
  })

  it('logs everything and is traced', () => {
    const [log] = only(
      stateless.findResources('AWS::Logs::LogGroup', {
        Properties: {
          LogGroupName: `/aws/vendedlogs/states/understudy-trial-${name}`,
          RetentionInDays: settings.logRetentionDays,
        },
      }),
    )
    stateless.hasResourceProperties('AWS::StepFunctions::StateMachine', {
      ...properties,
      LoggingConfiguration: {
        Level: 'ALL',
        IncludeExecutionData: true,
        Destinations: [{ CloudWatchLogsLogGroup: { LogGroupArn: { 'Fn::GetAtt': [log, 'Arn'] } } }],
      },
      TracingConfiguration: { Enabled: true },
    })
  })
})

describe('the sweeper', () => {
  const [queue] = only(
    stateless.findResources('AWS::SQS::Queue', {
      Properties: { QueueName: 'understudy-trial-sweeper-dead-letters', SqsManagedSseEnabled: true },
    }),
  )
  const queueArn = { 'Fn::GetAtt': [queue, 'Arn'] }
  const sweeperArn = { 'Fn::GetAtt': [functionId('sweeper'), 'Arn'] }

  it('runs once a minute, and what could not be delivered is kept', () => {
    stateless.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: sweeperArn,
        DeadLetterConfig: { Arn: queueArn },
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 },
      },
    })
  })

  it('is not tried again when it fails, as the next minute does the same; that it failed is kept', () => {
    stateless.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: functionId('sweeper') },
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: queueArn } },
    })
  })

  it('is all that its schedule may call', () => {
    const [, schedule] = only(stateless.findResources('AWS::Scheduler::Schedule'))
    const role = schedule.Properties.Target.RoleArn['Fn::GetAtt'][0]

    expect(permissions.ofRole(role)).toEqual([
      { action: 'lambda:InvokeFunction', resource: 'understudy-trial-sweeper' },
      { action: 'sqs:SendMessage', resource: 'understudy-trial-sweeper-dead-letters' },
    ])
  })

  it('has dead letters that travel encrypted only', () => {
    stateless.hasResourceProperties('AWS::SQS::QueuePolicy', {
      Queues: [{ Ref: queue }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        ]),
      },
    })
  })
})
