import type { BrakeOrder } from '../../domain/brake.ts'
import type { Plan } from '../../domain/plan.ts'
import type { ScheduleView } from '../../domain/schedules.ts'
import type {
  BrakeStatus,
  EventRecord,
  GroupStatus,
  SessionEntry,
  TransitionKind,
  TransitionReport,
} from './answers.ts'
import {
  type ClusterAnswer,
  type ConfigurationApi,
  createConfigurationApi,
  type NodeAnswer,
} from './configuration-api.ts'
import { NotTheApiError } from './problem.ts'
import { type ApiRequest, apiPath, type SignedClient } from './signed-client.ts'
import { createUserApi, type UserApi } from './user-api.ts'

/** The answer to a request for a transition, as the API gave it. */
export interface Accepted {
  transition: Omit<TransitionReport, 'steps' | 'status'>
}

export interface EventsPage {
  events: EventRecord[]
  cursor: string
}

export interface HistoryPage {
  events: EventRecord[]
  /** Left out: there is nothing older. */
  cursor?: string
}

/** The calls that the commands make. */
export interface Api {
  endpoint: string
  configuration: ConfigurationApi
  /** The cluster that was named, or the only one there is. */
  cluster(): Promise<string>
  /** The same calls about the cluster of that name. */
  inCluster(cluster: string): Api
  clusters(signal?: AbortSignal): Promise<ClusterAnswer[]>
  nodes(): Promise<NodeAnswer[]>
  groups(signal?: AbortSignal): Promise<GroupStatus[]>
  /** The same, page by page. */
  groupPages(signal?: AbortSignal): AsyncGenerator<GroupStatus[]>
  group(name: string, signal?: AbortSignal): Promise<GroupStatus>
  begin(kind: TransitionKind, group: string, node: string | undefined, idempotencyKey: string): Promise<Accepted>
  /** What it would do; throws the refusal of the command itself. */
  dryRun(kind: TransitionKind, group: string, node: string | undefined): Promise<{ plan: Plan }>
  transition(group: string, id: string): Promise<TransitionReport>
  schedules(group: string): Promise<ScheduleView[]>
  schedule(group: string, body: object, idempotencyKey: string): Promise<{ schedule: ScheduleView }>
  unschedule(group: string, id: string): Promise<void>
  /** Of one of its nodes, where it is named. */
  maintain(group: string, node: string | undefined, wanted: object, idempotencyKey: string): Promise<GroupStatus>
  acknowledge(group: string, idempotencyKey: string): Promise<GroupStatus>
  /** What happened to a group, oldest first: all since a time, or the newest 50. */
  history(group: string, since: string | undefined): Promise<EventRecord[]>
  /** The newest of a group, newest first. */
  latest(group: string, limit: number): Promise<EventRecord[]>
  /** A page of what happened to a group, newest first, from the cursor of the page before on. */
  historyPage(group: string, page: { limit: number; cursor?: string | undefined }): Promise<HistoryPage>
  /** All that happened to a group since a time, or ever, oldest first, page by page. */
  wholeHistory(group: string, since: string | undefined): AsyncGenerator<EventRecord[]>
  /** Names of the groups of the cluster. */
  groupNames(): Promise<string[]>
  sessionsOfUser(user: string): Promise<SessionEntry[]>
  /** Of the users whose home the node is. */
  sessionsOfNode(node: string, filter: ApiRequest['query']): Promise<SessionEntry[]>
  lostSessions(node: string): Promise<SessionEntry[]>
  clusterEntry(): Promise<ClusterAnswer>
  users: UserApi
  brake(signal?: AbortSignal): Promise<BrakeStatus>
  /** `version`: the brake is changed only if it still is at it. */
  orderBrake(order: BrakeOrder, idempotencyKey: string, version?: number): Promise<BrakeStatus>
  /**
   * What happens to any group from the cursor on, or from a time, or from now. Waits 20 s for something to happen, or
   * as long as it is told, and answers an empty page after that.
   */
  nextEvents(place: { cursor?: string; since?: string; wait?: number }, signal: AbortSignal): Promise<EventsPage>
}

const NO_CONTENT = 204
const LONG_POLL_SECONDS = 20
const LONG_POLL_TIMEOUT_MS = 35_000
/** How many events of the past are told where no time is given. */
export const NEWEST = 50
const LARGEST_PAGE = 500
const LARGEST_SESSION_PAGE = 1000

/** `cluster` is the one that the user named; otherwise the API is asked, once, which one there is. */
export function createApi(client: SignedClient, endpoint: string, cluster: string | undefined): Api {
  async function call<Body>(request: ApiRequest): Promise<Body> {
    const { status, body } = await client.request<Body>(request)
    if ((typeof body === 'object' && body !== null) || status === NO_CONTENT) return body
    throw new NotTheApiError(endpoint)
  }
  const get = <Body>(path: string, signal?: AbortSignal) => call<Body>({ method: 'GET', path, signal })

  async function* eachPage<Entry>(
    path: string,
    member: string,
    query: ApiRequest['query'] = {},
    signal?: AbortSignal,
  ): AsyncGenerator<Entry[]> {
    let cursor: string | undefined
    do {
      const page = await call<Record<string, unknown>>({ method: 'GET', path, query: { ...query, cursor }, signal })
      yield (page[member] ?? []) as Entry[]
      cursor = page.cursor as string | undefined
    } while (cursor)
  }
  const pages = async <Entry>(...asked: Parameters<typeof eachPage>): Promise<Entry[]> =>
    (await Array.fromAsync(eachPage<Entry>(...asked))).flat()

  const clusters = (signal?: AbortSignal) => pages<ClusterAnswer>('/clusters', 'clusters', {}, signal)
  let asked: Promise<string> | undefined
  const theCluster = (): Promise<string> => {
    asked ??= cluster === undefined ? clusters().then(only) : Promise.resolve(cluster)
    return asked
  }
  const theClusterEntry = async () => get<ClusterAnswer>(apiPath`/clusters/${await theCluster()}`)
  const groupPath = async (group: string) => apiPath`/clusters/${await theCluster()}/groups/${group}`

  return {
    endpoint,
    configuration: createConfigurationApi(client, theCluster),
    cluster: theCluster,
    inCluster: (name) => createApi(client, endpoint, name),
    clusters,
    nodes: async () => pages(apiPath`/clusters/${await theCluster()}/nodes`, 'nodes'),
    groups: async (signal) => pages(apiPath`/clusters/${await theCluster()}/groups`, 'groups', {}, signal),
    async *groupPages(signal) {
      yield* eachPage<GroupStatus>(apiPath`/clusters/${await theCluster()}/groups`, 'groups', {}, signal)
    },
    group: async (name, signal) => get(await groupPath(name), signal),
    async begin(kind, group, node, idempotencyKey) {
      const path = `${await groupPath(group)}/${kind}`
      const body = node === undefined ? {} : { node }
      return call({ method: 'POST', path, body, headers: { 'idempotency-key': idempotencyKey } })
    },
    async dryRun(kind, group, node) {
      const path = `${await groupPath(group)}/${kind}`
      return call({ method: 'POST', path, query: { dryRun: true }, body: node === undefined ? {} : { node } })
    },
    async maintain(group, node, body, idempotencyKey) {
      const place = node === undefined ? await groupPath(group) : apiPath`/clusters/${await theCluster()}/nodes/${node}`
      const headers = { 'idempotency-key': idempotencyKey }
      return call({ method: 'PUT', path: `${place}/maintenance`, body, headers })
    },
    async acknowledge(group, idempotencyKey) {
      const path = `${await groupPath(group)}/acknowledgement`
      return call({ method: 'POST', path, body: {}, headers: { 'idempotency-key': idempotencyKey } })
    },
    async schedules(group) {
      const { schedules } = await get<{ schedules: ScheduleView[] }>(`${await groupPath(group)}/schedules`)
      return schedules
    },
    async schedule(group, body, idempotencyKey) {
      const path = `${await groupPath(group)}/schedules`
      return call({ method: 'POST', path, body, headers: { 'idempotency-key': idempotencyKey } })
    },
    async unschedule(group, id) {
      const path = `${await groupPath(group)}${apiPath`/schedules/${id}`}`
      await client.request({ method: 'DELETE', path })
    },
    transition: async (group, id) => get(`${await groupPath(group)}${apiPath`/transitions/${id}`}`),
    async history(group, since) {
      const path = `${await groupPath(group)}/history`
      if (since === undefined) {
        const { events } = await call<{ events: EventRecord[] }>({ method: 'GET', path, query: { limit: NEWEST } })
        return events.reverse()
      }
      return (await pages<EventRecord>(path, 'events', { since, limit: LARGEST_PAGE })).reverse()
    },
    async latest(group, limit) {
      const path = `${await groupPath(group)}/history`
      const { events } = await call<HistoryPage>({ method: 'GET', path, query: { limit } })
      return events
    },
    historyPage: async (group, page) => call({ method: 'GET', path: `${await groupPath(group)}/history`, query: page }),
    async *wholeHistory(group, since) {
      const path = `${await groupPath(group)}/history`
      let cursor: string | undefined
      do {
        const query = { order: 'oldest', limit: LARGEST_PAGE, since, cursor }
        const page: { events: EventRecord[]; cursor?: string } = await call({ method: 'GET', path, query })
        yield page.events
        cursor = page.cursor
      } while (cursor !== undefined)
    },
    async sessionsOfUser(user) {
      const path = apiPath`/clusters/${await theCluster()}/users/${user}/sessions`
      return (await get<{ sessions: SessionEntry[] }>(path)).sessions
    },
    async sessionsOfNode(node, filter) {
      const path = apiPath`/clusters/${await theCluster()}/nodes/${node}/sessions`
      return pages(path, 'sessions', { ...filter, limit: LARGEST_SESSION_PAGE })
    },
    async lostSessions(node) {
      const path = apiPath`/clusters/${await theCluster()}/nodes/${node}/lost-sessions`
      return pages(path, 'sessions', { limit: LARGEST_SESSION_PAGE })
    },
    groupNames: async () => (await theClusterEntry()).groups,
    clusterEntry: theClusterEntry,
    users: createUserApi(call, theCluster),
    brake: (signal) => get('/brake', signal),
    orderBrake: (order, idempotencyKey, version) =>
      call({
        method: 'PUT',
        path: '/brake',
        body: order,
        headers: {
          'idempotency-key': idempotencyKey,
          ...(version === undefined ? {} : { 'if-match': `"${version}"` }),
        },
      }),
    nextEvents: (place, signal) =>
      call({
        method: 'GET',
        path: '/events',
        query: { wait: LONG_POLL_SECONDS, ...place },
        signal,
        timeoutMs: LONG_POLL_TIMEOUT_MS,
      }),
  }
}

/** No cluster was named, and there is none yet, or more than one. */
export class WhichClusterError extends Error {
  override readonly name = 'WhichClusterError'
  readonly clusters: string[]

  constructor(clusters: string[]) {
    super(clusters.length === 0 ? 'there is no cluster yet' : `there are several clusters: ${clusters.join(', ')}`)
    this.clusters = clusters
  }
}

function only(clusters: ClusterAnswer[]): string {
  const [first, ...others] = clusters.map(({ cluster }) => cluster)
  if (first === undefined || others.length > 0) throw new WhichClusterError(clusters.map(({ cluster }) => cluster))
  return first
}
