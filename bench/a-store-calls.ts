import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
import { startCountingProxy } from './counting-proxy.ts'
import { itemBytes } from './item-size.ts'
import { endProgress, figure, heading, progress, verdict } from './report.ts'
import { CLUSTER, GROUP, SteadyGroup } from './steady-group.ts'
import { startStore } from './store.ts'

const HEARTBEATS = 200
const READS = ['GetItem', 'BatchGetItem', 'Query', 'Scan', 'TransactGetItems']
const LIMIT_BYTES = 1023

heading('a', 'Store calls and capacity units of a steady heartbeat', [
  'The deployed handler over dynalite, which reckons consumed capacity as AWS does: a group of two nodes with the five',
  `default services and the database each; host names of 30 characters, node names of 12. ${HEARTBEATS} heartbeats, in turn.`,
])
const store = await startStore()
try {
  const endpoint = store.environment.AWS_ENDPOINT_URL_DYNAMODB ?? ''
  const proxy = await startCountingProxy(endpoint)
  Object.assign(process.env, store.environment, { AWS_ENDPOINT_URL_DYNAMODB: proxy.origin })
  progress('setting the group up')
  const group = await SteadyGroup.create()
  proxy.take()
  for (let count = 0; count < HEARTBEATS; count++) {
    progress(`heartbeat ${count + 1} of ${HEARTBEATS}`)
    await group.beat(count % 2 === 0 ? 0 : 1)
  }
  endProgress()
  const calls = proxy.take()
  await proxy.close()

  const isRead = ({ operation }: { operation: string }) => READS.includes(operation)
  const [reads, writes] = [calls.filter(isRead), calls.filter((call) => !isRead(call))]
  const units = writes.reduce((sum, call) => sum + call.units, 0)
  const client = new DynamoDBClient({ endpoint })
  const { Item = {} } = await client.send(
    new GetItemCommand({
      TableName: store.environment.GROUPS_TABLE,
      Key: { cluster: { S: CLUSTER }, group: { S: GROUP } },
    }),
  )
  client.destroy()
  figure('operations', [...new Set(calls.map(({ operation }) => operation))].join(', '))
  verdict('writes per heartbeat', writes.length / HEARTBEATS, 1)
  verdict('write units per heartbeat', units / HEARTBEATS, 1)
  verdict('reads per heartbeat', reads.length / HEARTBEATS, 0)
  verdict("the group's item", itemBytes(Item), LIMIT_BYTES, { unit: ' bytes', digits: 0 })
} finally {
  await store.end()
}
