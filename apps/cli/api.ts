import type { EventRecord, GroupStatus, TransitionKind, TransitionReport } from '../client/answers.ts'
import { type ApiRequest, apiPath, type SignedClient } from '../client/signed-client.ts'
import { CliError, EXIT } from './exit.ts'

export interface ClusterEntry {
  cluster: string
  databasePublisher: string
}

export interface NodeEntry {
  node: string
  hostName: string
  softwareVersion: string
}

/** The answer to a request for a transition, as the API gave it. */
export interface Accepted {
  transition: Omit<TransitionReport, 'steps' | 'status'>
}

export interface EventsPage {
  events: EventRecord[]
  cursor?: string
}

/** The calls that the commands make. */
export interface Api {
  endpoint: string
  clusters(): Promise<ClusterEntry[]>
  nodes(): Promise<NodeEntry[]>
  groups(signal?: AbortSignal): Promise<GroupStatus[]>
  group(name: string, signal?: AbortSignal): Promise<GroupStatus>
  begin(kind: TransitionKind, group: string, node: string | undefined, idempotencyKey: string): Promise<Accepted>
  transition(group: string, id: string): Promise<TransitionReport>
  /** One page from the cursor on; waits for an event where there is none, and answers an empty page after that. */
  events(place: { cursor?: string; since?: string; waitSeconds?: number }, signal?: AbortSignal): Promise<EventsPage>
}

const LONG_POLL_MARGIN_MS = 15_000

/** `cluster` is the one that the user named; otherwise the API is asked, once, which one there is. */
export function createApi(client: SignedClient, endpoint: string, cluster: string | undefined): Api {
  async function call<Body>(request: ApiRequest): Promise<Body> {
    const { body } = await client.request<Body>(request)
    if (typeof body === 'object' && body !== null) return body
    throw new CliError(EXIT.failed, 'NotTheApi', `${endpoint} answered with something that is not Understudy's API`)
  }
  const get = <Body>(path: string, signal?: AbortSignal) => call<Body>({ method: 'GET', path, signal })

  async function pages<Entry>(path: string, member: string, signal?: AbortSignal): Promise<Entry[]> {
    const entries: Entry[] = []
    let cursor: string | undefined
    do {
      const page = await call<Record<string, unknown>>({ method: 'GET', path, query: { cursor }, signal })
      entries.push(...((page[member] ?? []) as Entry[]))
      cursor = page.cursor as string | undefined
    } while (cursor)
    return entries
  }

  const clusters = () => pages<ClusterEntry>('/clusters', 'clusters')
  let asked: Promise<string> | undefined
  const theCluster = (): Promise<string> => {
    asked ??= cluster === undefined ? clusters().then(only) : Promise.resolve(cluster)
    return asked
  }
  const groupPath = async (group: string) => apiPath`/clusters/${await theCluster()}/groups/${group}`

  return {
    endpoint,
    clusters,
    nodes: async () => pages(apiPath`/clusters/${await theCluster()}/nodes`, 'nodes'),
    groups: async (signal) => pages(apiPath`/clusters/${await theCluster()}/groups`, 'groups', signal),
    group: async (name, signal) => get(await groupPath(name), signal),
    async begin(kind, group, node, idempotencyKey) {
      const path = `${await groupPath(group)}/${kind}`
      const body = node === undefined ? {} : { node }
      return call({ method: 'POST', path, body, headers: { 'idempotency-key': idempotencyKey } })
    },
    transition: async (group, id) => get(`${await groupPath(group)}${apiPath`/transitions/${id}`}`),
    events: ({ cursor, since, waitSeconds }, signal) =>
      call({
        method: 'GET',
        path: '/events',
        query: { cursor, since, wait: waitSeconds },
        signal,
        timeoutMs: (waitSeconds ?? 0) * 1000 + LONG_POLL_MARGIN_MS,
      }),
  }
}

function only(clusters: ClusterEntry[]): string {
  const [first, ...others] = clusters.map(({ cluster }) => cluster)
  if (first === undefined) throw new CliError(EXIT.notFound, 'NoCluster', 'there is no cluster yet')
  if (others.length === 0) return first
  const names = [first, ...others].join(', ')
  throw new CliError(EXIT.usage, 'WhichCluster', `there are several clusters: add --cluster with one of ${names}`)
}
