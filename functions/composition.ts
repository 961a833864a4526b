import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { SFNClient } from '@aws-sdk/client-sfn'
import type { BrakeEvent } from '../domain/brake.ts'
import { groupOfNode as groupOf, nodeIn } from '../domain/cluster.ts'
import { createBrakeStore, entryOfBrake } from './adapters/brake-store.ts'
import { systemClock } from './adapters/clock.ts'
import { createClusterStore } from './adapters/cluster-store.ts'
import type { ArnOfMachine, Dispatch } from './adapters/dispatch.ts'
import { createDispatch, putOnBus } from './adapters/dispatch.ts'
import { requireEnv, wholeNumber } from './adapters/environment.ts'
import type { GroupStore } from './adapters/group-store.ts'
import type { HistoryEntry, HistoryTable } from './adapters/history-store.ts'
import { createHistoryStore, keepOnce } from './adapters/history-store.ts'
import { failure } from './adapters/log.ts'
import { principalHash } from './adapters/principal.ts'
import { createSightingStore } from './adapters/sighting-store.ts'
import { ProblemError } from './problem.ts'
import type { HeartbeatCall } from './usecases/accept-heartbeat.ts'
import { checkPrincipal } from './usecases/accept-heartbeat.ts'
import type { BrakePorts } from './usecases/brake.ts'
import type { RefusedHeartbeat } from './usecases/trace-refusal.ts'
import { traceRefusal } from './usecases/trace-refusal.ts'

let dispatcher: Dispatch | undefined
let publisher: Dispatch | undefined
let bus: EventBridgeClient | undefined

/** One client for all that is published. */
function busPorts() {
  bus ??= new EventBridgeClient({})
  return { events: bus, eventBusName: requireEnv('EVENT_BUS_NAME') }
}

/** Where the history is, and for how long it is kept [B32]. */
export const historyTable = (): HistoryTable => ({
  table: requireEnv('HISTORY_TABLE'),
  keptDays: wholeNumber('HISTORY_DAYS', requireEnv('HISTORY_DAYS')),
})

const eventPorts = (client: DynamoDBClient, groups: GroupStore) => ({
  groups,
  history: createHistoryStore(client, historyTable()),
  ...busPorts(),
})

/** The dispatcher of this container, made when an effect is first carried out. */
export function dispatch(client: DynamoDBClient, groups: GroupStore): Dispatch {
  dispatcher ??= createDispatch({
    ...eventPorts(client, groups),
    workflows: { client: new SFNClient({}), arnOf: arnOfMachine },
  })
  return dispatcher
}

/** The same for a function after whose commits only events follow. Apart, because the stage runs all in one process. */
export function publishOnly(client: DynamoDBClient, groups: GroupStore): Dispatch {
  publisher ??= createDispatch(eventPorts(client, groups))
  return publisher
}

/** Read when it is needed: not every function may start every machine. */
export const arnOfMachine: ArnOfMachine = (machine) => requireEnv(`${machine.toUpperCase()}_STATE_MACHINE_ARN`)

/** The fleet brake: its store, and the way out for what it tells. */
export function brakePorts(client: DynamoDBClient): BrakePorts {
  const history = createHistoryStore(client, historyTable())
  return {
    brake: createBrakeStore(client, requireEnv('BRAKE_TABLE')),
    clock: systemClock,
    publish: async (event: BrakeEvent) => {
      const entries = [entryOfBrake(event)]
      await Promise.all([history.append(entries), putOnBus(busPorts(), entries)])
    },
    failed: failure,
  }
}

/** Finds the group of a node that does not know it; refuses a caller that is not the node's principal. */
export async function groupOfNode(client: DynamoDBClient, call: HeartbeatCall): Promise<string | null> {
  const cluster = await createClusterStore(client, requireEnv('CLUSTERS_TABLE')).read(call.cluster)
  const node = cluster && nodeIn(cluster, call.node)
  if (!cluster || !node) {
    throw new ProblemError(404, 'NodeNotFound', `There is no node "${call.node}" in cluster "${call.cluster}".`)
  }
  const group = groupOf(cluster, call.node) ?? null
  checkPrincipal(call, principalHash(node.principal), group)
  return group
}

/** Leaves a trace of a refused identity. A trace that cannot be left is logged: the caller is refused all the same. */
export async function traceRefused(client: DynamoDBClient, refused: RefusedHeartbeat, nowMs: number): Promise<void> {
  const { events, eventBusName } = busPorts()
  const ports = {
    keepOnce: (entry: HistoryEntry) => keepOnce(client, historyTable(), entry),
    publish: (entry: HistoryEntry) => putOnBus({ events, eventBusName }, [entry]),
  }
  await traceRefusal(ports, refused, nowMs).catch((error) => failure('no trace of a refused identity', error))
}

/** Keeps what a node says that is in no group, and whose caller was checked. */
export async function recordAlone(client: DynamoDBClient, call: HeartbeatCall, atMs: number): Promise<void> {
  const { softwareVersion, services, database } = call.heartbeat
  const states = Object.fromEntries(Object.entries(services).map(([name, { state }]) => [name, state]))
  const sighting = { atMs, softwareVersion, services: states, database: database.state }
  await createSightingStore(client, requireEnv('HISTORY_TABLE')).record(call, sighting)
}
