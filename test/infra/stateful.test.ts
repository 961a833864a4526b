import { Match } from 'aws-cdk-lib/assertions'
import { settings, synthesized, tableShapes } from './synthesized.ts'

const { stateful } = synthesized('trial')

const keySchema = (key: { partitionKey: string; sortKey?: string }) => [
  { AttributeName: key.partitionKey, KeyType: 'HASH' },
  ...(key.sortKey ? [{ AttributeName: key.sortKey, KeyType: 'RANGE' }] : []),
]

describe('the stateful stack', () => {
  it('has the tables of tables.json and no other', () => {
    stateful.resourceCountIs('AWS::DynamoDB::Table', Object.keys(tableShapes).length)
  })

  describe.each(Object.entries(tableShapes))('table %s', (name, shape) => {
    const table = (properties: object) =>
      stateful.hasResourceProperties('AWS::DynamoDB::Table', { TableName: `understudy-trial-${name}`, ...properties })

    it('has the keys, indexes and expiry that the functions rely on', () => {
      table({
        KeySchema: keySchema(shape),
        GlobalSecondaryIndexes: shape.indexes
          ? Object.entries(shape.indexes).map(([IndexName, index]) =>
              Match.objectLike({ IndexName, KeySchema: keySchema(index), Projection: { ProjectionType: 'ALL' } }),
            )
          : Match.absent(),
        TimeToLiveSpecification: shape.timeToLive ? { AttributeName: shape.timeToLive, Enabled: true } : Match.absent(),
      })
    })

    it('takes strings as keys', () => {
      const keys = [shape, ...Object.values(shape.indexes ?? {})].flatMap(keySchema)
      const names = new Set(keys.map(({ AttributeName }) => AttributeName))
      table({
        AttributeDefinitions: [...names].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      })
    })

    it('is billed by request, encrypted, and can be restored as far back as the environment says', () => {
      table({
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: {
          PointInTimeRecoveryEnabled: true,
          RecoveryPeriodInDays: settings.tableRecoveryDays,
        },
      })
    })
  })

  it('keeps the tables of an environment that protects them, even when they are taken out of the stack', () => {
    stateful.allResources('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      Properties: { DeletionProtectionEnabled: true },
    })
  })

  it('lets the tables of an environment that does not protect them go with the stack', () => {
    const unprotected = synthesized('trial', { ...settings, deletionProtection: false })
    unprotected.stateful.allResources('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtectionEnabled: false },
    })
  })

  it('archives all that is published on the bus', () => {
    const [bus] = Object.keys(
      stateful.findResources('AWS::Events::EventBus', { Properties: { Name: 'understudy-trial-events' } }),
    )
    stateful.hasResourceProperties('AWS::Events::Archive', {
      SourceArn: { 'Fn::GetAtt': [bus, 'Arn'] },
      EventPattern: { account: [{ Ref: 'AWS::AccountId' }] },
      RetentionDays: settings.eventArchiveDays,
    })
  })

  it('has no archive in an environment that gives no time for one', () => {
    const { eventArchiveDays: _, ...unarchived } = settings
    const { stateful } = synthesized('trial', unarchived)

    stateful.resourceCountIs('AWS::Events::EventBus', 1)
    stateful.resourceCountIs('AWS::Events::Archive', 0)
  })

  it('says the names of the tables and of the bus', () => {
    for (const name of [
      'ClustersTableName',
      'GroupsTableName',
      'HistoryTableName',
      'RequestsTableName',
      'UsersTableName',
      'EventBusName',
    ]) {
      stateful.hasOutput(name, {})
    }
  })
})
