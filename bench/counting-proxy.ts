import { createServer } from 'node:http'
import { listenOnLoopback, readBody } from '../apps/stage/loopback-server.ts'

/** One call that went through, with the capacity units that the store said it consumed. */
export interface StoreCall {
  operation: string
  units: number
}

export interface CountingProxy {
  origin: string
  /** The calls since the last asking. */
  take(): StoreCall[]
  close(): Promise<void>
}

const BODY_LIMIT_BYTES = 4 * 1024 * 1024

/**
 * Stands before DynamoDB: asks with every call for the capacity that it consumes, and keeps what the answer says. The
 * caller notices nothing.
 */
export async function startCountingProxy(store: string): Promise<CountingProxy> {
  let calls: StoreCall[] = []
  const server = createServer(async (request, response) => {
    const input = JSON.parse((await readBody(request, BODY_LIMIT_BYTES)).toString())
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
    const answer = await fetch(store, {
      method: 'POST',
      headers: headers as Record<string, string>,
      body: JSON.stringify({ ...input, ReturnConsumedCapacity: 'TOTAL' }),
    })
    const body = await answer.text()
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
    calls.push({ operation, units: unitsOf(JSON.parse(body)) })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    response.end(body)
  })
  const { origin, close } = await listenOnLoopback(server)
  return {
    origin,
    take() {
      const taken = calls
      calls = []
      return taken
    },
    close,
  }
}

/** One call's units; those of a batch come as a list. A call that failed says none. */
function unitsOf(answer: { ConsumedCapacity?: { CapacityUnits: number } | { CapacityUnits: number }[] }): number {
  return [answer.ConsumedCapacity ?? []].flat().reduce((sum, { CapacityUnits }) => sum + CapacityUnits, 0)
}
