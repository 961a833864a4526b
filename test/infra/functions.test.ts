import { Match } from 'aws-cdk-lib/assertions'
import { Permissions } from './permissions.ts'
import { settings, synthesized, tableShapes } from './synthesized.ts'

interface LambdaFunction {
  Properties: {
    FunctionName: string
    Role: { 'Fn::GetAtt': [string, string] }
    Environment: { Variables: object }
    ReservedConcurrentExecutions?: number
    TracingConfig?: { Mode: string }
  }
}

const { stateful, stateless } = synthesized('trial')
const permissions = new Permissions(stateful, stateless)
const functions = Object.values(stateless.findResources('AWS::Lambda::Function')) as LambdaFunction[]

const calls = ['heartbeat', 'configuration', 'commands', 'queries', 'users', 'sessions']
const names = [...calls, 'workflow-step', 'sweeper', 'alerts']

/** What every function is told. */
const always = ['NODE_OPTIONS', 'POWERTOOLS_SERVICE_NAME', 'POWERTOOLS_METRICS_NAMESPACE']

function functionNamed(name: string): LambdaFunction['Properties'] {
  const found = functions.find(({ Properties }) => Properties.FunctionName === `understudy-trial-${name}`)
  if (!found) throw new Error(`There is no function understudy-trial-${name}.`)
  return found.Properties
}

const roleOf = (name: string) => functionNamed(name).Role['Fn::GetAtt'][0]
const permissionsOf = (name: string) => permissions.ofRole(roleOf(name))
const actionsOn = (name: string, resource: string) =>
  permissionsOf(name)
    .filter((permission) => permission.resource === `understudy-trial-${resource}`)
    .map(({ action }) => action)
    .sort()

describe('the functions', () => {
  it('are nine', () => {
    expect(functions.map(({ Properties }) => Properties.FunctionName).sort()).toEqual(
      names.map((name) => `understudy-trial-${name}`).sort(),
    )
  })

  it('run on Node 24 on ARM, and log as long as the environment says', () => {
    for (const name of names) {
      stateless.hasResourceProperties('AWS::Lambda::Function', {
        FunctionName: `understudy-trial-${name}`,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        LoggingConfig: { LogFormat: 'JSON', SystemLogLevel: 'WARN', LogGroup: Match.anyValue() },
      })
      stateless.hasResourceProperties('AWS::Logs::LogGroup', {
        LogGroupName: `/aws/lambda/understudy-trial-${name}`,
        RetentionInDays: settings.logRetentionDays,
      })
    }
  })

  it('have a role each, and none that AWS manages', () => {
    expect(new Set(names.map(roleOf)).size).toBe(names.length)
    stateless.allResourcesProperties('AWS::IAM::Role', { ManagedPolicyArns: Match.absent() })
  })

  it.each(names)('%s learns of what it may act on, and of nothing else', (name) => {
    const resources = permissionsOf(name).map(({ resource }) => resource)
    const tables = Object.keys(tableShapes).filter((table) => resources.includes(`understudy-trial-${table}`))
    const workflows = ['failover', 'fallback', 'recovery', 'schedule'].filter((workflow) =>
      resources.some((resource) => resource.endsWith(`:stateMachine:understudy-trial-${workflow}`)),
    )
    const expected = [
      ...always,
      ...tables.map((table) => `${table.toUpperCase()}_TABLE`),
      ...(tables.includes('history') ? ['HISTORY_DAYS'] : []),
      ...workflows.map((workflow) => `${workflow.toUpperCase()}_STATE_MACHINE_ARN`),
      ...(resources.includes('understudy-trial-events') ? ['EVENT_BUS_NAME'] : []),
      ...(resources.includes('understudy-trial-incidents') ? ['ALERT_TOPIC_ARN', 'ENVIRONMENT_NAME'] : []),
    ]

    expect(Object.keys(functionNamed(name).Environment.Variables).sort()).toEqual(expected.sort())
  })

  it('are told the names of the very resources they may act on', () => {
    const variables = functionNamed('heartbeat').Environment.Variables

    expect(
      Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, permissions.rendered(value)])),
    ).toEqual({
      NODE_OPTIONS: '--enable-source-maps',
      POWERTOOLS_SERVICE_NAME: 'understudy-trial',
      POWERTOOLS_METRICS_NAMESPACE: 'Understudy',
      GROUPS_TABLE: 'understudy-trial-groups',
      CLUSTERS_TABLE: 'understudy-trial-clusters',
      HISTORY_TABLE: 'understudy-trial-history',
      HISTORY_DAYS: String(settings.historyDays),
      BRAKE_TABLE: 'understudy-trial-brake',
      EVENT_BUS_NAME: 'understudy-trial-events',
      ...Object.fromEntries(
        ['failover', 'fallback', 'recovery'].map((workflow) => [
          `${workflow.toUpperCase()}_STATE_MACHINE_ARN`,
          `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:stateMachine:understudy-trial-${workflow}`,
        ]),
      ),
    })
  })
})

describe('bounded concurrency', () => {
  it('holds for the functions for which the environment asks it, and for no other', () => {
    const reserved = functions.map(({ Properties }) => [
      Properties.FunctionName.replace('understudy-trial-', ''),
      Properties.ReservedConcurrentExecutions,
    ])

    expect(Object.fromEntries(reserved.filter(([, limit]) => limit !== undefined))).toEqual({ queries: 33, sweeper: 1 })
  })

  it('asks for nothing where the environment does not, as an account may have nothing to reserve', () => {
    const { reservedConcurrency: _, ...unreserved } = settings
    synthesized('trial', unreserved).stateless.allResourcesProperties('AWS::Lambda::Function', {
      ReservedConcurrentExecutions: Match.absent(),
    })
  })
})

describe('tracing', () => {
  it('samples what is called now and then, and not what is called all the time', () => {
    const traced = functions.filter(({ Properties }) => Properties.TracingConfig?.Mode === 'Active')

    expect(traced.map(({ Properties }) => Properties.FunctionName.replace('understudy-trial-', '')).sort()).toEqual([
      'alerts',
      'commands',
      'configuration',
      'sweeper',
      'workflow-step',
    ])
  })
})

describe('least privilege', () => {
  it('leaves "*" only to what IAM cannot name: the delivery of logs, and X-Ray', () => {
    const everything = permissions.roles.flatMap((role) => permissions.ofRole(role))
    const onAnything = everything.filter(({ resource }) => resource === '*').map(({ action }) => action)

    expect(onAnything.length).toBeGreaterThan(0)
    expect(onAnything.filter((action) => !/^xray:|^logs:.*(LogDeliver|ResourcePolic|LogGroups)/.test(action))).toEqual(
      [],
    )
    expect(everything.filter(({ action }) => action.includes('*'))).toEqual([])
  })

  it('leaves a pattern only to executions, which are named at run time, and only to the sweeper', () => {
    const patterns = permissions.roles.flatMap((role) =>
      permissions
        .ofRole(role)
        .filter(({ resource }) => resource.includes('*') && resource !== '*')
        .map((permission) => ({ role, ...permission })),
    )

    expect(patterns).toEqual(
      ['failover', 'fallback', 'recovery', 'schedule'].map((workflow) => ({
        role: roleOf('sweeper'),
        action: 'states:DescribeExecution',
        resource: `arn:<AWS::Partition>:states:<AWS::Region>:<AWS::AccountId>:execution:understudy-trial-${workflow}:*`,
      })),
    )
  })

  it('lets queries read, the index of the history included, and change nothing', () => {
    const acting = permissionsOf('queries').filter(({ action }) => !action.startsWith('logs:'))

    expect(new Set(acting.map(({ action }) => action))).toEqual(
      new Set(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan']),
    )
    expect(actionsOn('queries', 'history/index/feed')).toEqual(['dynamodb:Query'])
  })

  it('lets the history be written entry by entry, and nobody delete what it says', () => {
    for (const name of names.filter((name) => !['queries', 'users', 'sessions', 'alerts'].includes(name))) {
      expect(actionsOn(name, 'history')).toEqual(['dynamodb:PutItem'])
    }
    expect(actionsOn('queries', 'history')).toEqual(['dynamodb:GetItem', 'dynamodb:Query'])
    expect(actionsOn('alerts', 'history')).toEqual([])
  })

  it('lets only configuration delete, and the sweeper what configuration did not finish', () => {
    const deleting = (table: string) => names.filter((name) => actionsOn(name, table).includes('dynamodb:DeleteItem'))

    expect(deleting('clusters')).toEqual(['configuration'])
    expect(deleting('groups')).toEqual(['configuration', 'sweeper'])
    expect(deleting('users')).toEqual(['users'])
    expect(deleting('sessions').sort()).toEqual(['sessions', 'users'])
  })

  it('lets only the function for sessions keep them, and the one that moves users read, end and take them along', () => {
    const may = (action: string) => names.filter((name) => actionsOn(name, 'sessions').includes(`dynamodb:${action}`))

    expect(may('PutItem').sort()).toEqual(['sessions', 'users'])
    expect(may('UpdateItem')).toEqual([])
    expect(may('Query').sort()).toEqual(['sessions', 'users'])
    expect(actionsOn('sessions', 'groups')).toEqual(['dynamodb:GetItem'])
    expect(actionsOn('sessions', 'users')).toEqual(['dynamodb:GetItem'])
  })

  it('lets only who asks the fleet brake leave intents, and only who counts, asks or is asked change it', () => {
    const may = (action: string) => names.filter((name) => actionsOn(name, 'brake').includes(`dynamodb:${action}`))

    expect(may('PutItem')).toEqual(['heartbeat'])
    expect(may('UpdateItem').sort()).toEqual(['commands', 'heartbeat', 'sweeper'])
    expect(may('Query').sort()).toEqual(['commands', 'heartbeat', 'queries'])
    expect(may('DeleteItem')).toEqual([])
  })

  it('lets configuration start no workflow', () => {
    expect(permissionsOf('configuration').filter(({ action }) => action.startsWith('states:'))).toEqual([])
  })

  it('lets commands begin to wait for the time of a schedule, the sweeper anew, and nobody else', () => {
    const acting = names.flatMap((name) =>
      permissionsOf(name)
        .filter(({ resource }) => resource.endsWith(':stateMachine:understudy-trial-schedule'))
        .map(({ action }) => `${name} ${action}`),
    )

    expect(acting).toEqual(['commands states:StartExecution', 'sweeper states:StartExecution'])
  })

  it('lets only alerts write to on-call, and remember what it told', () => {
    const speaking = names.filter((name) => permissionsOf(name).some(({ action }) => /^(sns|kms):/.test(action)))

    expect(speaking).toEqual(['alerts'])
    expect(actionsOn('alerts', 'incidents')).toEqual(['sns:Publish'])
    expect(permissionsOf('alerts').filter(({ action }) => action.startsWith('kms:'))).toEqual([
      { action: 'kms:Decrypt', resource: expect.stringContaining('OnCallKey') },
      { action: 'kms:GenerateDataKey', resource: expect.stringContaining('OnCallKey') },
    ])
    expect(actionsOn('alerts', 'requests')).toEqual(
      ['DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'].map((action) => `dynamodb:${action}`),
    )
  })

  it.each(['heartbeat', 'commands', 'workflow-step', 'sweeper'])(
    'lets %s start a workflow and answer its tasks',
    (name) => {
      for (const workflow of ['failover', 'fallback', 'recovery']) {
        const actions = permissionsOf(name)
          .filter(({ resource }) => resource.endsWith(`:stateMachine:understudy-trial-${workflow}`))
          .map(({ action }) => action)
        expect(actions.sort()).toEqual(['states:SendTaskSuccess', 'states:StartExecution'])
      }
    },
  )
})
