import { appendFileSync } from 'node:fs'
import { ClientRequest } from 'node:http'
import { functionAtWork } from '../apps/stage/function-output.ts'

/**
 * Loaded into a stage before everything else (`--import`): notes every write that its functions send to DynamoDB but for
 * steady heartbeats and what the sweeper counts for the fleet brake, which come whatever happens. Said in a file, a line of
 * JSON each.
 */
export interface WriteNote {
  atMs: number
  table: string
  operation: string
}

const file = new URL(import.meta.url).searchParams.get('file') ?? ''
const WRITES = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem', 'TransactWriteItems']
/** Of a steady heartbeat (group-store.ts). */
const STEADY = 'SET v = v + :one, n.#node.q = :q'

const { end } = ClientRequest.prototype
ClientRequest.prototype.end = function (this: ClientRequest, ...args: Parameters<typeof end>) {
  const [service = '', operation = ''] = String(this.getHeader('x-amz-target') ?? '').split('.')
  const body = String(args[0] ?? '')
  if (service.startsWith('DynamoDB') && WRITES.includes(operation) && !body.includes(STEADY)) {
    const { TableName: table = '' } = JSON.parse(body) as { TableName?: string }
    if (functionAtWork() === 'sweeper') return end.apply(this, args)
    const note: WriteNote = { atMs: Date.now(), table, operation }
    appendFileSync(file, `${JSON.stringify(note)}\n`)
  }
  return end.apply(this, args)
} as typeof end
