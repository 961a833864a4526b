import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { commandSchema, highAvailabilitySchema, recoverySchema } from '../../domain/contract/configuration.ts'
import type { ActionName } from '../../domain/status.ts'
import { statusOf } from '../../domain/status.ts'
import { systemClock } from '../adapters/clock.ts'
import { createClusterStore } from '../adapters/cluster-store.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { createRequestStore, hashOf } from '../adapters/request-store.ts'
import { dispatch } from '../composition.ts'
import type { HttpEvent, HttpResult } from '../http.ts'
import { answer, byRoute, callerOf, checked, httpHandler, jsonBody, parameter } from '../http.ts'
import { ProblemError, problemBody } from '../problem.ts'
import { command } from '../usecases/command.ts'
import { setHighAvailability } from '../usecases/configure.ts'

const client = new DynamoDBClient({})
const groups = createGroupStore(client, requireEnv('GROUPS_TABLE'))
const requests = createRequestStore(client, requireEnv('REQUESTS_TABLE'))
const ports = {
  groups,
  clusters: createClusterStore(client, requireEnv('CLUSTERS_TABLE')),
  clock: systemClock,
  dispatch: async () => dispatch(client, groups),
}

const groupOf = (event: HttpEvent) => ({ cluster: parameter(event, 'cluster'), group: parameter(event, 'group') })

/**
 * Answers the same for the same key and body [B23]. A transition is named after its key, so that a command whose
 * answer was lost is not carried out twice.
 */
async function idempotently(event: HttpEvent, work: (id: string) => Promise<HttpResult>): Promise<HttpResult> {
  const key = event.headers['idempotency-key']
  if (key === undefined) return work(randomUUID())
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new ProblemError(400, 'BadIdempotencyKey', 'Idempotency-Key must be 1–255 printable characters.')
  }
  const id = hashOf(callerOf(event), key)
  const bodyHash = hashOf(event.rawPath, event.body ?? '')
  const known = await requests.find(id)
  if (known && known.bodyHash !== bodyHash) {
    throw new ProblemError(422, 'IdempotencyKeyReused', 'This Idempotency-Key was used for another request.')
  }
  if (known) return { statusCode: known.statusCode, headers: contentType(known.statusCode), body: known.body }
  const result = await work(id)
  await requests.remember(id, { bodyHash, statusCode: result.statusCode ?? 200, body: result.body ?? '' })
  return result
}

const contentType = (statusCode: number) => ({
  'content-type': statusCode < 400 ? 'application/json' : 'application/problem+json',
})

const ask = (action: ActionName) => (event: HttpEvent) =>
  idempotently(event, async (id) => {
    const body = jsonBody(event)
    const named = action === 'recovery' ? checked(recoverySchema, body) : checked(commandSchema, body)
    try {
      const call = { ...groupOf(event), action, ...named, by: callerOf(event), id: `${action}-${id}` }
      return answer(202, { transition: await command(ports, call) })
    } catch (error) {
      // A refusal is an answer, too: the same key is refused again.
      if (!(error instanceof ProblemError) || error.status !== 409) throw error
      const problem = problemBody(error, event.requestContext.requestId)
      return { statusCode: 409, headers: contentType(409), body: JSON.stringify(problem) }
    }
  })

/** Operators' commands upon a group. */
export const handler = httpHandler(
  byRoute({
    'POST /clusters/{cluster}/groups/{group}/failover': ask('failover'),
    'POST /clusters/{cluster}/groups/{group}/fallback': ask('fallback'),
    'POST /clusters/{cluster}/groups/{group}/recovery': ask('recovery'),
    'PUT /clusters/{cluster}/groups/{group}/high-availability': async (event) => {
      const { cluster, group } = groupOf(event)
      const wanted = checked(highAvailabilitySchema, jsonBody(event))
      const changed = await setHighAvailability(ports, cluster, group, wanted, callerOf(event))
      const { nowMs } = systemClock.read()
      return answer(200, statusOf(changed, '', nowMs))
    },
  }),
)
