import { startAwsEndpoint } from '../apps/stage/aws-endpoint.ts'
import { createBus } from '../apps/stage/bus.ts'
import { startTables } from '../apps/stage/tables.ts'

/**
 * A process of its own for what is AWS's part: dynalite in memory, and a bus. What it costs is not the handler's. Says
 * where it is, in one line of JSON, and ends with its standard input, so with whoever started it.
 */
const fail = (error: unknown) => {
  throw error
}
const tables = await startTables()
const bus = createBus({ region: 'us-east-1', accountId: '000000000000', onError: fail })
const aws = await startAwsEndpoint({ services: { AWSEvents: bus.service }, onError: fail })
console.log(JSON.stringify({ dynamodb: tables.endpoint, aws: aws.origin, tables: tables.tableNames }))
process.stdin.resume()
process.stdin.once('close', () => process.exit(0))
