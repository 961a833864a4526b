import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { openApi } from '../../domain/openapi.ts'
import { readinessOf } from '../../domain/readiness.ts'
import { statusOf } from '../../domain/status.ts'
import { systemClock } from '../adapters/clock.ts'
import { createClusterStore } from '../adapters/cluster-store.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { createHistoryStore } from '../adapters/history-store.ts'
import type { HttpEvent } from '../http.ts'
import { answer, byRoute, httpHandler, parameter } from '../http.ts'
import { ProblemError } from '../problem.ts'
import { readCluster } from '../usecases/configure.ts'
import { eventsAfter, readGroup, transitionOf } from '../usecases/look.ts'
import { clusterView, eventView, groupView, nodeView } from '../views.ts'

const client = new DynamoDBClient({})
const groups = createGroupStore(client, requireEnv('GROUPS_TABLE'))
const clusters = createClusterStore(client, requireEnv('CLUSTERS_TABLE'))
const history = createHistoryStore(client, requireEnv('HISTORY_TABLE'))

const LONGEST_WAIT_SECONDS = 20
const BETWEEN_LOOKS_MS = 200

const groupKey = (event: HttpEvent) => ({ cluster: parameter(event, 'cluster'), group: parameter(event, 'group') })

function whole(event: HttpEvent, name: string, fallback: number, most: number): number {
  const text = event.queryStringParameters?.[name]
  if (text === undefined) return fallback
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= most) return value
  throw new ProblemError(400, 'BadParameter', `${name} must be a whole number from 0 to ${most}.`)
}

async function status(event: HttpEvent) {
  const key = groupKey(event)
  const cluster = await readCluster(clusters, key.cluster)
  const { description } = groupView(cluster, key.group)
  const group = await readGroup(groups, key)
  const { nowMs } = systemClock.read()
  return answer(200, statusOf(group, description, nowMs), { etag: `"${group.version}"` })
}

async function statuses(event: HttpEvent) {
  const cluster = await readCluster(clusters, parameter(event, 'cluster'))
  const found = await groups.listOf(cluster.cluster)
  const { nowMs } = systemClock.read()
  return answer(200, {
    groups: found
      .filter(({ name }) => cluster.groups[name])
      .map((group) => statusOf(group, cluster.groups[group.name]?.description ?? '', nowMs)),
  })
}

async function clusterList() {
  const found = []
  for await (const cluster of clusters.all()) found.push(clusterView(cluster))
  return answer(200, { clusters: found })
}

async function readiness(event: HttpEvent) {
  const key = groupKey(event)
  const cluster = await readCluster(clusters, key.cluster)
  const group = await readGroup(groups, key)
  return answer(200, readinessOf(cluster, group, systemClock.read().nowMs))
}

async function groupHistory(event: HttpEvent) {
  const key = groupKey(event)
  await readGroup(groups, key)
  const limit = whole(event, 'limit', 50, 500)
  const { cursor: before, since } = event.queryStringParameters ?? {}
  const entries = await history.ofGroup(key, { limit, before, since })
  const last = entries.at(-1)
  return answer(200, {
    events: entries.map(eventView),
    ...(entries.length === limit && last ? { cursor: last.id } : {}),
  })
}

/** Long poll: answers as soon as there is something, or empty when the wait is over. */
async function events(event: HttpEvent) {
  const waitSeconds = whole(event, 'wait', 0, LONGEST_WAIT_SECONDS)
  const { cursor, since } = event.queryStringParameters ?? {}
  const deadlineMs = systemClock.read().monotonicMs + waitSeconds * 1000
  for (let from = { cursor, since }; ; ) {
    const { nowMs, monotonicMs } = systemClock.read()
    const found = await eventsAfter(history, nowMs, from)
    if (found.entries.length > 0 || monotonicMs >= deadlineMs) {
      return answer(200, { events: found.entries.map(eventView), cursor: found.cursor })
    }
    from = { cursor: found.cursor, since: undefined }
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS))
  }
}

/** Everything that only reads. */
export const handler = httpHandler(
  byRoute({
    'GET /openapi.json': async () => answer(200, openApi()),
    'GET /clusters': clusterList,
    'GET /clusters/{cluster}': async (event) =>
      answer(200, clusterView(await readCluster(clusters, parameter(event, 'cluster')))),
    'GET /clusters/{cluster}/nodes': async (event) => {
      const cluster = await readCluster(clusters, parameter(event, 'cluster'))
      return answer(200, { nodes: Object.keys(cluster.nodes).map((node) => nodeView(cluster, node)) })
    },
    'GET /clusters/{cluster}/nodes/{node}': async (event) =>
      answer(200, nodeView(await readCluster(clusters, parameter(event, 'cluster')), parameter(event, 'node'))),
    'GET /clusters/{cluster}/groups': statuses,
    'GET /clusters/{cluster}/groups/{group}': status,
    'GET /clusters/{cluster}/groups/{group}/readiness': readiness,
    'GET /clusters/{cluster}/groups/{group}/history': groupHistory,
    'GET /clusters/{cluster}/groups/{group}/transitions/{transition}': async (event) =>
      answer(200, await transitionOf(history, groupKey(event), parameter(event, 'transition'))),
    'GET /events': events,
  }),
)
