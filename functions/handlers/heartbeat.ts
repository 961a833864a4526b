import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { heartbeatSchema } from '../../domain/contract/heartbeat.ts'
import { systemClock } from '../adapters/clock.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { principalHash, principalsOf } from '../adapters/principal.ts'
import { answer, callerOf, checked, inCall, jsonBody, parameter, quietHttpHandler } from '../http.ts'
import type { ProblemError } from '../problem.ts'
import type { HeartbeatPorts } from '../usecases/accept-heartbeat.ts'
import { acceptHeartbeat } from '../usecases/accept-heartbeat.ts'

const client = new DynamoDBClient({})
const groups = createGroupStore(client, requireEnv('GROUPS_TABLE'))
const hashes = new Map<string, readonly string[]>()

/** The caller's hashes; a container serves few callers, so they are worth remembering. */
function principals(caller: string): readonly string[] {
  const known = hashes.get(caller) ?? principalsOf(caller).map(principalHash)
  if (hashes.size < 10_000) hashes.set(caller, known)
  return known
}

// What a steady heartbeat does not need is loaded when it is needed: cold starts matter on this path.
const ports: HeartbeatPorts = {
  groups,
  clock: systemClock,
  dispatch: async () => (await import('../composition.ts')).dispatch(client, groups),
  groupOf: async (call) => (await import('../composition.ts')).groupOfNode(client, call),
  recordAlone: async (call, nowMs) => (await import('../composition.ts')).recordAlone(client, call, nowMs),
  traceRefusal: async ({ cluster, node, caller }, { group, message }, nowMs) => {
    const refused = { cluster, group, node, by: caller, detail: message }
    return (await import('../composition.ts')).traceRefused(client, refused, nowMs)
  },
  brakeHolds: async (group) => {
    const [{ brakePorts }, { brakeHolds }] = await Promise.all([
      import('../composition.ts'),
      import('../usecases/brake.ts'),
    ])
    return brakeHolds(brakePorts(client), group)
  },
  changeGroup: () => import('../usecases/change-group.ts'),
  observe: async (observation) => (await import('../adapters/observe.ts')).observe(observation),
}

async function countRejected({ status }: ProblemError): Promise<void> {
  const { emit } = await import('../adapters/metrics.ts')
  if (status < 500) emit([{ name: 'RejectedHeartbeats', unit: 'Count', value: 1 }])
}

/** `POST /clusters/{cluster}/nodes/{node}/heartbeats` */
export const handler = quietHttpHandler(async (event, context) => {
  const heartbeat = checked(heartbeatSchema, jsonBody(event))
  const caller = callerOf(event)
  const call = { cluster: parameter(event, 'cluster'), node: parameter(event, 'node'), heartbeat }
  const logging = <Result>(work: () => Result) => inCall(event, context, work)
  return answer(200, await acceptHeartbeat(ports, { ...call, caller, principals: principals(caller), inCall: logging }))
}, countRejected)
