import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb'
import { createTables, startTables, type Tables } from '../../../apps/stage/tables.ts'

const clients: DynamoDBClient[] = []

function clientOf({ endpoint }: Tables): DynamoDBClient {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials })
  clients.push(client)
  return client
}

afterEach(() => {
  for (const client of clients.splice(0)) client.destroy()
})

describe('tables in memory', () => {
  let tables: Tables

  beforeEach(async () => {
    tables = await startTables()
  })

  afterEach(() => tables.close())

  it('are those of the project, under names of their own', async () => {
    expect(tables.tableNames).toEqual({
      brake: 'understudy-brake',
      clusters: 'understudy-clusters',
      groups: 'understudy-groups',
      history: 'understudy-history',
      requests: 'understudy-requests',
      sessions: 'understudy-sessions',
      users: 'understudy-users',
    })
    expect(tables.endpoint).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const { Table } = await clientOf(tables).send(new DescribeTableCommand({ TableName: tables.tableNames.groups }))
    expect(Table?.KeySchema).toEqual([
      { AttributeName: 'cluster', KeyType: 'HASH' },
      { AttributeName: 'group', KeyType: 'RANGE' },
    ])
  })

  it('answer queries by their indexes, with whole items', async () => {
    const client = clientOf(tables)
    const text = (S: string) => ({ S })
    const item = { group: text('g'), id: text('1'), hour: text('2026-01-31T12'), at: text('a'), rule: { N: '12' } }
    await client.send(new PutItemCommand({ TableName: tables.tableNames.history, Item: item }))

    const { Items } = await client.send(
      new QueryCommand({
        TableName: tables.tableNames.history,
        IndexName: 'feed',
        KeyConditionExpression: '#hour = :hour',
        ExpressionAttributeNames: { '#hour': 'hour' },
        ExpressionAttributeValues: { ':hour': text('2026-01-31T12') },
      }),
    )

    expect(Items).toEqual([item])
  })

  it('outlive a connection that breaks in the middle of a request', async () => {
    const socket = connect(Number(new URL(tables.endpoint).port), '127.0.0.1')
    await once(socket, 'connect')
    socket.write('POST / HTTP/1.1\r\nhost: here\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n{')
    await once(socket, 'data')
    socket.resetAndDestroy()
    await once(socket, 'close')

    const { Table } = await clientOf(tables).send(new DescribeTableCommand({ TableName: tables.tableNames.clusters }))
    expect(Table?.TableStatus).toBe('ACTIVE')
  })

  it('that are missing are made, those that are there are kept, those of another shape are refused', async () => {
    const client = clientOf(tables)
    const cluster = { TableName: tables.tableNames.clusters, Key: { cluster: { S: 'c' } } }
    await client.send(new PutItemCommand({ TableName: cluster.TableName, Item: cluster.Key }))
    await client.send(new DeleteTableCommand({ TableName: tables.tableNames.history }))

    expect(await createTables(client, 'understudy-')).toEqual(tables.tableNames)
    expect((await client.send(new GetItemCommand(cluster))).Item).toEqual(cluster.Key)

    await client.send(
      new CreateTableCommand({
        TableName: 'other-groups',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'group', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'group', KeyType: 'HASH' }],
      }),
    )
    await expect(createTables(client, 'other-')).rejects.toThrow(
      'other-groups was made by another version, with the keys table(group) instead of table(cluster/group)',
    )
  })
})

describe('tables in a folder', () => {
  let path: string

  beforeEach(async () => {
    path = await mkdtemp(join(tmpdir(), 'understudy-tables-'))
  })

  afterEach(() => rm(path, { recursive: true, force: true }))

  it('keep what was written when they are closed and started again', async () => {
    const key = { cluster: { S: 'c' } }
    const before = await startTables({ path })
    await clientOf(before).send(new PutItemCommand({ TableName: before.tableNames.clusters, Item: key }))
    await before.close()

    const after = await startTables({ path })

    const { Item } = await clientOf(after).send(new GetItemCommand({ TableName: after.tableNames.clusters, Key: key }))
    await after.close()
    expect(Item).toEqual(key)
  })

  it('are not opened by a second stage', async () => {
    const first = await startTables({ path })

    await expect(startTables({ path })).rejects.toThrow(`The tables in ${path} are in use by another stage`)

    await first.close()
  })
})
