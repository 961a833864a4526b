import { Match } from 'aws-cdk-lib/assertions'
import { Permissions } from './permissions.ts'
import { settings, synthesized, tableShapes } from './synthesized.ts'

interface LambdaFunction {
  Properties: { FunctionName: string; Role: { 'Fn::GetAtt': [string, string] }; Environment: { Variables: object } }
}

const { stateful, stateless } = synthesized('trial')
const permissions = new Permissions(stateful, stateless)
const functions = Object.values(stateless.findResources('AWS::Lambda::Function')) as LambdaFunction[]

const names = ['heartbeat', 'configuration', 'commands', 'queries', 'workflow-step', 'sweeper']

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
  it('are six', () => {
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
        LoggingConfig: { LogFormat: 'JSON', LogGroup: Match.anyValue() },
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
    const workflows = ['failover', 'fallback', 'recovery'].filter((workflow) =>
      resources.some((resource) => resource.endsWith(`:stateMachine:understudy-trial-${workflow}`)),
    )
    const expected = [
      'NODE_OPTIONS',
      ...tables.map((table) => `${table.toUpperCase()}_TABLE`),
      ...workflows.map((workflow) => `${workflow.toUpperCase()}_STATE_MACHINE_ARN`),
      ...(resources.includes('understudy-trial-events') ? ['EVENT_BUS_NAME'] : []),
    ]

    expect(Object.keys(functionNamed(name).Environment.Variables).sort()).toEqual(expected.sort())
  })

  it('are told the names of the very resources they may act on', () => {
    const variables = functionNamed('heartbeat').Environment.Variables

    expect(
      Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, permissions.rendered(value)])),
    ).toEqual({
      NODE_OPTIONS: '--enable-source-maps',
      GROUPS_TABLE: 'understudy-trial-groups',
      CLUSTERS_TABLE: 'understudy-trial-clusters',
      HISTORY_TABLE: 'understudy-trial-history',
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

describe('least privilege', () => {
  it('leaves "*" only to what IAM cannot name: the delivery of logs and X-Ray, both of workflows', () => {
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
      ['failover', 'fallback', 'recovery'].map((workflow) => ({
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
    expect(actionsOn('queries', 'history/index/feed')).toEqual(['dynamodb:Query', 'dynamodb:Scan'])
  })

  it('lets nobody change or delete what the history says', () => {
    for (const name of names.filter((name) => name !== 'queries')) {
      expect(actionsOn(name, 'history')).toEqual(['dynamodb:BatchWriteItem'])
    }
  })

  it('lets only configuration delete clusters and groups, and start no workflow', () => {
    for (const name of names.filter((name) => name !== 'configuration')) {
      expect(actionsOn(name, 'groups')).not.toContain('dynamodb:DeleteItem')
      expect(actionsOn(name, 'clusters')).not.toContain('dynamodb:DeleteItem')
    }
    expect(actionsOn('configuration', 'groups')).toContain('dynamodb:DeleteItem')
    expect(permissionsOf('configuration').filter(({ action }) => action.startsWith('states:'))).toEqual([])
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
