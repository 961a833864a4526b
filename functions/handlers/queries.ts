import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { Cluster } from '../../domain/cluster.ts'
import { openApi } from '../../domain/openapi.ts'
import { readinessOf } from '../../domain/readiness.ts'
import { schedulesView } from '../../domain/schedules.ts'
import { statusOf } from '../../domain/status.ts'
import { createBrakeStore } from '../adapters/brake-store.ts'
import { systemClock } from '../adapters/clock.ts'
import { createClusterStore } from '../adapters/cluster-store.ts'
import { createCountStore } from '../adapters/count-store.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { createHistoryStore } from '../adapters/history-store.ts'
import type { Sighting } from '../adapters/sighting-store.ts'
import { createSightingStore } from '../adapters/sighting-store.ts'
import { historyTable } from '../composition.ts'
import type { HttpEvent } from '../http.ts'
import { answer, byRoute, configurationAnswer, httpHandler, parameter } from '../http.ts'
import {
  badCursor,
  cut,
  orderParameter,
  pageOf,
  pageParameters,
  queryParameter,
  sinceParameter,
  wholeParameter,
} from '../query-parameters.ts'
import { readBrake } from '../usecases/brake.ts'
import { readCluster } from '../usecases/configure.ts'
import type { From } from '../usecases/follow.ts'
import { eventsAfter } from '../usecases/follow.ts'
import { readGroup, transitionOf } from '../usecases/look.ts'
import { usersByNode } from '../usecases/user-counts.ts'
import { clusterView, eventView, groupView, nodeView, reLoginView, sightingOf, sightingView } from '../views.ts'

const client = new DynamoDBClient({})
const groups = createGroupStore(client, requireEnv('GROUPS_TABLE'))
const clusters = createClusterStore(client, requireEnv('CLUSTERS_TABLE'))
const history = createHistoryStore(client, historyTable())
const counts = createCountStore(client, requireEnv('USERS_TABLE'))
const sightings = createSightingStore(client, requireEnv('HISTORY_TABLE'))
const brakePorts = { brake: createBrakeStore(client, requireEnv('BRAKE_TABLE')), clock: systemClock }

const WAIT = { least: 0, most: 20, fallback: 0 }
const HISTORY_PAGE = { least: 1, most: 500, fallback: 50 }
const BETWEEN_LOOKS_MS = 200

const clusterNamed = (event: HttpEvent) => readCluster(clusters, parameter(event, 'cluster'))
const usersOf = async ({ cluster }: Cluster) => usersByNode(await counts.ofCluster(cluster))
const groupKey = (event: HttpEvent) => ({ cluster: parameter(event, 'cluster'), group: parameter(event, 'group') })

async function clusterList(event: HttpEvent) {
  const { limit, after } = pageParameters(event)
  const found: Cluster[] = []
  for await (const cluster of clusters.all(after)) {
    found.push(cluster)
    if (found.length > limit) break
  }
  const { page, ...more } = cut(found, limit, ({ cluster }) => cluster)
  return answer(200, { clusters: page.map(clusterView), ...more })
}

async function nodeList(event: HttpEvent) {
  const cluster = await clusterNamed(event)
  const { page, ...more } = pageOf(Object.keys(cluster.nodes), pageParameters(event))
  const users = await usersOf(cluster)
  const nodes = page.map((node) => ({ ...nodeView(cluster, node), ...reLoginView(cluster, node, users) }))
  return answer(200, { nodes, ...more })
}

async function oneNode(event: HttpEvent) {
  const cluster = await clusterNamed(event)
  const node = parameter(event, 'node')
  const configured = nodeView(cluster, node)
  const key = { cluster: cluster.cluster, node }
  const seen = configured.group === null ? await sightings.find(key) : await memberSeen(cluster, configured.group, node)
  const recommended = reLoginView(cluster, node, await usersOf(cluster))
  return configurationAnswer(cluster.version, { ...configured, ...recommended, ...sightingView(seen) })
}

async function memberSeen({ cluster }: Cluster, group: string, name: string): Promise<Sighting | null> {
  const found = await groups.read({ cluster, group })
  const node = found?.nodes.find((each) => each.name === name)
  return found && node ? sightingOf(found.services, node) : null
}

async function groupList(event: HttpEvent) {
  const cluster = await clusterNamed(event)
  const { page, ...more } = pageOf(Object.keys(cluster.groups), pageParameters(event))
  const [all, users] = await Promise.all([groups.listOf(cluster.cluster), usersOf(cluster)])
  const found = new Map(all.map((group) => [group.name, group]))
  const { nowMs } = systemClock.read()
  const statuses = page.flatMap((name) => {
    const group = found.get(name)
    return group ? [statusOf(group, groupView(cluster, name).description, nowMs, users)] : []
  })
  return answer(200, { groups: statuses, ...more })
}

async function status(event: HttpEvent) {
  const key = groupKey(event)
  const cluster = await clusterNamed(event)
  const { description } = groupView(cluster, key.group)
  const [group, users] = await Promise.all([readGroup(groups, key), usersOf(cluster)])
  return configurationAnswer(cluster.version, statusOf(group, description, systemClock.read().nowMs, users))
}

async function readiness(event: HttpEvent) {
  const cluster = await clusterNamed(event)
  const [group, users] = await Promise.all([readGroup(groups, groupKey(event)), usersOf(cluster)])
  return answer(200, readinessOf(cluster, group, systemClock.read().nowMs, users))
}

async function groupHistory(event: HttpEvent) {
  const key = groupKey(event)
  const limit = wholeParameter(event, 'limit', HISTORY_PAGE)
  const beyond = queryParameter(event, 'cursor')
  if (beyond !== undefined && !/^(?=.{1,128}$)\d{14}-\d+-\d+$/.test(beyond)) throw badCursor()
  const oldestFirst = orderParameter(event) === 'oldest'
  const sinceMs = sinceParameter(event)
  await readGroup(groups, key)
  const { entries, more } = await history.ofGroup(key, { limit, beyond, sinceMs, oldestFirst })
  return answer(200, { events: entries.map(eventView), ...(more ? { cursor: entries.at(-1)?.id } : {}) })
}

/** Long poll: answers as soon as there is something, or empty when the wait is over. */
async function events(event: HttpEvent) {
  const waitSeconds = wholeParameter(event, 'wait', WAIT)
  const cursor = queryParameter(event, 'cursor')
  const sinceMs = sinceParameter(event) ?? systemClock.read().nowMs
  const deadlineMs = systemClock.read().monotonicMs + waitSeconds * 1000
  for (let from: From = cursor === undefined ? { sinceMs } : { cursor }; ; ) {
    const { nowMs, monotonicMs } = systemClock.read()
    const found = await eventsAfter(history, nowMs, from)
    if (found.entries.length > 0 || monotonicMs >= deadlineMs) {
      return answer(200, { events: found.entries.map(eventView), cursor: found.cursor })
    }
    from = { cursor: found.cursor }
    if (found.caughtUp) await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS))
  }
}

/** Everything that only reads. */
export const handler = httpHandler(
  byRoute({
    'GET /openapi.json': async () => answer(200, openApi()),
    'GET /clusters': clusterList,
    'GET /clusters/{cluster}': async (event) => {
      const cluster = await clusterNamed(event)
      return configurationAnswer(cluster.version, clusterView(cluster))
    },
    'GET /clusters/{cluster}/nodes': nodeList,
    'GET /clusters/{cluster}/nodes/{node}': oneNode,
    'GET /clusters/{cluster}/groups': groupList,
    'GET /clusters/{cluster}/groups/{group}': status,
    'GET /clusters/{cluster}/groups/{group}/readiness': readiness,
    'GET /clusters/{cluster}/groups/{group}/history': groupHistory,
    'GET /clusters/{cluster}/groups/{group}/transitions/{transition}': async (event) =>
      answer(200, await transitionOf(history, groupKey(event), parameter(event, 'transition'))),
    'GET /clusters/{cluster}/groups/{group}/schedules': async (event) =>
      answer(200, { schedules: schedulesView(await readGroup(groups, groupKey(event))) }),
    'GET /brake': async () => {
      const brake = await readBrake(brakePorts)
      return configurationAnswer(brake.version, brake)
    },
    'GET /events': events,
  }),
)
