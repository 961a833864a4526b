import type { ClusterBody, GroupBody, NodeBody } from '../../domain/contract/configuration.ts'
import type { Recommendation } from '../../domain/re-login.ts'
import type { Readiness } from '../../domain/readiness.ts'
import type { GroupStatus } from './answers.ts'
import { ProblemError } from './problem.ts'
import { type ApiRequest, apiPath, type SignedClient } from './signed-client.ts'

export type ClusterAnswer = ClusterBody & {
  cluster: string
  version: number
  /** Their names. */
  nodes: string[]
  groups: string[]
}

export type NodeAnswer = NodeBody & {
  cluster: string
  node: string
  /** Null: in none yet. */
  group: string | null
  users: number
  /** What fits the users of its group; null: it stands alone. */
  recommendedReLogin: Recommendation | null
  /** Answered for one node alone; null: its agent was never heard. */
  lastHeartbeatAt?: string | null
  reported?: { softwareVersion: string } | null
}

/** What the API answered, and the version under which it stands: a cluster has one for all that belongs to it. */
export interface Versioned<Body> {
  body: Body
  etag: string
}

/** The version that a change builds upon; null: what is put is to be new. The change is refused where it is otherwise. */
export type BuiltUpon = string | null

/** The calls that read and change what is configured. */
export interface ConfigurationApi {
  cluster(name: string): Promise<Versioned<ClusterAnswer>>
  putCluster(name: string, body: Partial<ClusterBody>, etag: BuiltUpon): Promise<Versioned<ClusterAnswer>>
  deleteCluster(name: string, etag: string): Promise<void>
  node(name: string): Promise<Versioned<NodeAnswer>>
  putNode(name: string, body: Partial<NodeBody>, etag: BuiltUpon): Promise<Versioned<NodeAnswer>>
  deleteNode(name: string, etag: string): Promise<void>
  group(name: string): Promise<Versioned<GroupStatus>>
  putGroup(name: string, body: Partial<GroupBody>, etag: BuiltUpon): Promise<Versioned<GroupBody>>
  deleteGroup(name: string, etag: string): Promise<void>
  patchParameters(which: 'service' | 'enterprise', patch: object, etag: string): Promise<Versioned<object>>
  readiness(group: string): Promise<Readiness>
  setHighAvailability(group: string, enabled: boolean, force: boolean): Promise<GroupStatus>
}

/** `cluster` names the cluster that all but the calls upon clusters are about. */
export function createConfigurationApi(client: SignedClient, cluster: () => Promise<string>): ConfigurationApi {
  async function call<Body>(method: ApiRequest['method'], path: string, body?: unknown, etag?: BuiltUpon) {
    const headers = {
      ...(method === 'PUT' ? { 'idempotency-key': crypto.randomUUID() } : {}),
      ...(etag === null ? { 'if-none-match': '*' } : {}),
      ...(typeof etag === 'string' ? { 'if-match': etag } : {}),
    }
    const answer = await client.request<Body>({ method, path, headers, ...(body === undefined ? {} : { body }) })
    return { body: answer.body, etag: answer.headers.get('etag') ?? '' }
  }
  const clusterPath = (name: string) => apiPath`/clusters/${name}`
  const nodePath = async (name: string) => apiPath`/clusters/${await cluster()}/nodes/${name}`
  const groupPath = async (name: string) => apiPath`/clusters/${await cluster()}/groups/${name}`
  const remove = async (path: string, etag: string) => void (await call('DELETE', path, undefined, etag))

  return {
    cluster: (name) => call('GET', clusterPath(name)),
    putCluster: (name, body, etag) => call('PUT', clusterPath(name), body, etag),
    deleteCluster: (name, etag) => remove(clusterPath(name), etag),
    node: async (name) => call('GET', await nodePath(name)),
    putNode: async (name, body, etag) => call('PUT', await nodePath(name), body, etag),
    deleteNode: async (name, etag) => remove(await nodePath(name), etag),
    group: async (name) => call('GET', await groupPath(name)),
    putGroup: async (name, body, etag) => call('PUT', await groupPath(name), body, etag),
    deleteGroup: async (name, etag) => remove(await groupPath(name), etag),
    patchParameters: async (which, patch, etag) =>
      call('PATCH', `${clusterPath(await cluster())}/${which}-parameters`, patch, etag),
    readiness: async (group) => (await call<Readiness>('GET', `${await groupPath(group)}/readiness`)).body,
    setHighAvailability: async (group, enabled, force) =>
      (await call<GroupStatus>('PUT', `${await groupPath(group)}/high-availability`, { enabled, force })).body,
  }
}

/** What is there, or null. */
export const ifThere = <Found>(found: Promise<Found>): Promise<Found | null> =>
  found.catch((error: unknown) => {
    if (error instanceof ProblemError && error.status === 404) return null
    throw error
  })
