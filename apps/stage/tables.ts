import type { Server } from 'node:http'
import {
  type AttributeDefinition,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  type KeySchemaElement,
  ResourceNotFoundException,
  type TableDescription,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import dynalite from 'dynalite'
import { Level } from 'level'
import definitions from '../../functions/adapters/tables.json' with { type: 'json' }
import { type LoopbackServer, listenOnLoopback } from './loopback-server.ts'

export type TableKey = keyof typeof definitions
export type TableNames = Record<TableKey, string>
export type Tables = { endpoint: string; tableNames: TableNames; close(): Promise<void> }

type Keys = { partitionKey: string; sortKey?: string }
type TableDefinition = Keys & { indexes?: Record<string, Keys> }

/**
 * Starts dynalite on a free port of 127.0.0.1 and makes the tables that are not there yet. With `path` they outlive the
 * process; without, they stand in memory. Rejects when another stage has the folder open.
 */
export async function startTables({ path }: { path?: string } = {}): Promise<Tables> {
  if (path !== undefined) await assertNotInUse(path)
  const server = dynalite({ ...(path !== undefined && { path }), createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
  surviveBrokenConnections(server)
  const listening = await listenOnLoopback(server)
  try {
    return { endpoint: listening.origin, tableNames: await createTablesAt(listening), close: listening.close }
  } catch (error) {
    await listening.close()
    throw error
  }
}

/** Dynalite opens its store with the first request, and ends the process when it cannot; so it is tried here before. */
async function assertNotInUse(path: string): Promise<void> {
  const store = new Level(path)
  try {
    await store.open()
    await store.close()
  } catch (error) {
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined
    if (cause?.code !== 'LEVEL_LOCKED') throw new Error(`Cannot open the tables in ${path}: ${cause?.message ?? error}`)
    throw new Error(`The tables in ${path} are in use by another stage: stop it, or choose another data folder.`)
  }
}

/** Dynalite throws the error of a connection that breaks, which nobody could catch: it would end the stage. */
function surviveBrokenConnections(server: Server): void {
  server.on('request', (request) => {
    request.removeAllListeners('error')
    request.on('error', () => {})
  })
}

async function createTablesAt({ origin }: LoopbackServer): Promise<TableNames> {
  const credentials = { accessKeyId: 'stage', secretAccessKey: 'stage' }
  const client = new DynamoDBClient({ endpoint: origin, region: 'us-east-1', credentials })
  try {
    return await createTables(client, 'understudy-')
  } finally {
    client.destroy()
  }
}

/**
 * Makes the tables of functions/adapters/tables.json that are not there yet, named prefix + key, on anything that
 * speaks DynamoDB. Rejects when a table of that name has other keys or indexes. Time to live is not set: dynalite has
 * none.
 */
export async function createTables(client: DynamoDBClient, prefix: string): Promise<TableNames> {
  const named = await Promise.all(
    Object.entries<TableDefinition>(definitions).map(async ([key, definition]) => {
      await createTable(client, `${prefix}${key}`, definition)
      return [key, `${prefix}${key}`]
    }),
  )
  return Object.fromEntries(named)
}

async function createTable(client: DynamoDBClient, name: string, definition: TableDefinition): Promise<void> {
  const existing = await describe(client, name)
  if (existing) return assertSameShape(existing, name, definition)
  const indexes = Object.entries(definition.indexes ?? {})
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributesOf([definition, ...indexes.map(([, keys]) => keys)]),
      KeySchema: keySchemaOf(definition),
      ...(indexes.length > 0 && {
        GlobalSecondaryIndexes: indexes.map(([IndexName, keys]) => ({
          IndexName,
          KeySchema: keySchemaOf(keys),
          Projection: { ProjectionType: 'ALL' },
        })),
      }),
    }),
  )
  await waitUntilTableExists({ client, maxWaitTime: 30, minDelay: 0.01, maxDelay: 1 }, { TableName: name })
}

async function describe(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}

function assertSameShape(existing: TableDescription, name: string, definition: TableDefinition): void {
  const found = [
    shapeOf('table', existing.KeySchema),
    ...(existing.GlobalSecondaryIndexes ?? []).map((index) => shapeOf(index.IndexName, index.KeySchema)),
  ]
  const wanted = [
    shapeOf('table', keySchemaOf(definition)),
    ...Object.entries(definition.indexes ?? {}).map(([index, keys]) => shapeOf(index, keySchemaOf(keys))),
  ]
  if (found.sort().join() === wanted.sort().join()) return
  throw new Error(
    `The table ${name} was made by another version, with the keys ${found.join(', ')} instead of ${wanted.join(', ')}: ` +
      'delete the data folder, or choose another.',
  )
}

function shapeOf(name: string | undefined, schema: KeySchemaElement[] = []): string {
  return `${name}(${schema.map(({ AttributeName }) => AttributeName).join('/')})`
}

function keySchemaOf({ partitionKey, sortKey }: Keys): KeySchemaElement[] {
  const partition: KeySchemaElement = { AttributeName: partitionKey, KeyType: 'HASH' }
  return sortKey === undefined ? [partition] : [partition, { AttributeName: sortKey, KeyType: 'RANGE' }]
}

function attributesOf(keys: Keys[]): AttributeDefinition[] {
  const names = new Set(keys.flatMap((key) => keySchemaOf(key).map(({ AttributeName }) => AttributeName)))
  return [...names].map((AttributeName) => ({ AttributeName, AttributeType: 'S' }))
}
