import { BatchWriteItemCommand, DynamoDBClient, type WriteRequest } from '@aws-sdk/client-dynamodb'
import { marshall } from '@aws-sdk/util-dynamodb'
import { DEMO } from '../apps/stage/demo.ts'
import { startTables } from '../apps/stage/tables.ts'
import type { Session } from '../domain/sessions.ts'
import { toItem } from '../functions/adapters/session-store.ts'
import { progress } from './report.ts'

/** Of one BatchWriteItem. */
const BATCH = 25
const LANES = 8
const WEEK_MS = 7 * 86_400_000

export interface Crowd {
  users: number
  /** Suspended sessions that take pushes, of each user. */
  devices: number
}

/**
 * Puts users into the tables of a stage that does not run yet, all of them at home on the first node of its demo
 * (`active-standby`), each logged in with suspended clients that take pushes: as the API would have kept them, without the
 * hours that it would take.
 */
export async function seed(folder: string, { users, devices }: Crowd): Promise<void> {
  const tables = await startTables({ path: folder })
  const credentials = { accessKeyId: 'bench', secretAccessKey: 'bench' }
  const client = new DynamoDBClient({ endpoint: tables.endpoint, region: 'us-east-1', credentials })
  const items = itemsOf({ users, devices }, tables.tableNames)
  let written = 0
  const lane = async () => {
    for (let batch = take(items, BATCH); batch.length > 0; batch = take(items, BATCH)) {
      const byTable = Map.groupBy(batch, ({ table }) => table)
      const RequestItems = Object.fromEntries([...byTable].map(([table, each]) => [table, each.map(({ put }) => put)]))
      await client.send(new BatchWriteItemCommand({ RequestItems }))
      written += batch.length
      progress(`${users} users: ${written} of ${users * (1 + devices)} items written`)
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  client.destroy()
  await tables.close()
}

interface Write {
  table: string
  put: WriteRequest
}

function* itemsOf({ users, devices }: Crowd, tables: { users: string; sessions: string }): Generator<Write> {
  const putAtMs = Date.now()
  for (let number = 0; number < users; number++) {
    const of = { cluster: DEMO.cluster, user: `user-${number}`, home: DEMO.nodes[0] ?? '' }
    const assignment = `assignment-${number}`
    const user = { ...of, home: `${of.cluster}/${of.home}`, id: assignment, createdAtMs: putAtMs }
    yield { table: tables.users, put: { PutRequest: { Item: marshall(user) } } }
    for (let device = 0; device < devices; device++) {
      const session: Session = {
        ...{ ...of, assignment, device: `device-${device}`, platform: 'ios', mode: 'background', pushEnabled: true },
        ...{ node: of.home, putAtMs, expiresAtMs: putAtMs + WEEK_MS },
      }
      yield { table: tables.sessions, put: { PutRequest: { Item: toItem(session) } } }
    }
  }
}

function take<Value>(values: Generator<Value>, count: number): Value[] {
  const taken: Value[] = []
  while (taken.length < count) {
    const { value, done } = values.next()
    if (done) break
    taken.push(value)
  }
  return taken
}
