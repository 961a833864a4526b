import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  acknowledgementSchema,
  brakeSchema,
  commandSchema,
  highAvailabilitySchema,
  maintenanceSchema,
  recoverySchema,
  scheduleSchema,
} from '../../domain/contract/configuration.ts'
import type { Group } from '../../domain/model.ts'
import type { ActionName } from '../../domain/status.ts'
import { statusOf } from '../../domain/status.ts'
import { systemClock } from '../adapters/clock.ts'
import { createClusterStore } from '../adapters/cluster-store.ts'
import { createCountStore } from '../adapters/count-store.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { observe } from '../adapters/observe.ts'
import { createRequestStore } from '../adapters/request-store.ts'
import { brakePorts, dispatch } from '../composition.ts'
import type { HttpEvent } from '../http.ts'
import {
  answer,
  byRoute,
  callerOf,
  checked,
  configurationAnswer,
  httpHandler,
  jsonBody,
  parameter,
  preconditionOf,
} from '../http.ts'
import { idempotently } from '../idempotency.ts'
import { flagParameter } from '../query-parameters.ts'
import { orderBrake } from '../usecases/brake.ts'
import { command } from '../usecases/command.ts'
import { groupBodyOf, readCluster } from '../usecases/configure.ts'
import { dryRun } from '../usecases/dry-run.ts'
import { setHighAvailability } from '../usecases/high-availability.ts'
import { acknowledgeIncidents, maintain, placeOfNode } from '../usecases/maintenance.ts'
import { schedule, unschedule } from '../usecases/schedules.ts'
import { usersByNode } from '../usecases/user-counts.ts'

const client = new DynamoDBClient({})
const groups = createGroupStore(client, requireEnv('GROUPS_TABLE'))
const ports = {
  groups,
  clusters: createClusterStore(client, requireEnv('CLUSTERS_TABLE')),
  clock: systemClock,
  dispatch: async () => dispatch(client, groups),
  observe,
  counts: createCountStore(client, requireEnv('USERS_TABLE')),
}

const groupOf = (event: HttpEvent) => ({ cluster: parameter(event, 'cluster'), group: parameter(event, 'group') })

/** The status of a group that was just changed. */
async function status(group: Group) {
  const [cluster, users] = await Promise.all([
    readCluster(ports.clusters, group.cluster),
    ports.counts.ofCluster(group.cluster).then(usersByNode),
  ])
  return answer(200, statusOf(group, groupBodyOf(cluster, group.name).description, systemClock.read().nowMs, users))
}

const once = idempotently(createRequestStore(client, requireEnv('REQUESTS_TABLE')))

/**
 * A transition is named after the call, so that a repeated call finds it. A dry run changes nothing, and so needs no key.
 */
function ask(action: ActionName) {
  const callOf = (event: HttpEvent, id: string) => {
    const body = jsonBody(event)
    const named = action === 'recovery' ? checked(recoverySchema, body) : checked(commandSchema, body)
    return { ...groupOf(event), action, ...named, by: callerOf(event), id: `${action}-${id}` }
  }
  const carryOut = once(async (event, id) => answer(202, { transition: await command(ports, callOf(event, id)) }))
  return async (event: HttpEvent) => {
    if (!flagParameter(event, 'dryRun')) return carryOut(event)
    const users = async () => usersByNode(await ports.counts.ofCluster(parameter(event, 'cluster')))
    return answer(200, await dryRun({ groups, clock: systemClock, users }, callOf(event, 'dry-run')))
  }
}

/** Short, as people type it; unique among the executions of its workflow, which are named after it. */
const scheduleId = (id: string): string =>
  `schedule-${id
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, 12)}`

/** Operators' commands upon a group, and upon the brake of all. */
export const handler = httpHandler(
  byRoute({
    'POST /clusters/{cluster}/groups/{group}/failover': ask('failover'),
    'POST /clusters/{cluster}/groups/{group}/fallback': ask('fallback'),
    'POST /clusters/{cluster}/groups/{group}/recovery': ask('recovery'),
    'POST /clusters/{cluster}/groups/{group}/schedules': once(async (event, id) => {
      const call = checked(scheduleSchema, jsonBody(event))
      const planned = await schedule(ports, groupOf(event), call, callerOf(event), scheduleId(id))
      return answer(201, { schedule: planned })
    }),
    'DELETE /clusters/{cluster}/groups/{group}/schedules/{schedule}': async (event) => {
      await unschedule(ports, groupOf(event), parameter(event, 'schedule'), callerOf(event))
      return { statusCode: 204 }
    },
    'PUT /clusters/{cluster}/groups/{group}/high-availability': once(async (event) => {
      const { cluster, group } = groupOf(event)
      const wanted = checked(highAvailabilitySchema, jsonBody(event))
      return status(await setHighAvailability(ports, cluster, group, wanted, callerOf(event)))
    }),
    'PUT /clusters/{cluster}/groups/{group}/maintenance': once(async (event) => {
      const wanted = checked(maintenanceSchema, jsonBody(event))
      return status(await maintain(ports, groupOf(event), wanted, callerOf(event)))
    }),
    'PUT /clusters/{cluster}/nodes/{node}/maintenance': once(async (event) => {
      const wanted = checked(maintenanceSchema, jsonBody(event))
      const place = placeOfNode(
        await readCluster(ports.clusters, parameter(event, 'cluster')),
        parameter(event, 'node'),
      )
      return status(await maintain(ports, place, wanted, callerOf(event)))
    }),
    'POST /clusters/{cluster}/groups/{group}/acknowledgement': once(async (event) => {
      checked(acknowledgementSchema, jsonBody(event))
      return status(await acknowledgeIncidents(ports, groupOf(event), callerOf(event)))
    }),
    'PUT /brake': once(async (event) => {
      const order = checked(brakeSchema, jsonBody(event))
      const brake = await orderBrake(brakePorts(client), order, callerOf(event), preconditionOf(event))
      return configurationAnswer(brake.version, brake)
    }),
  }),
)
