import type { Cluster, NodeConfiguration } from '../../../domain/cluster.ts'
import type { GroupBody } from '../../../domain/contract/configuration.ts'
import type { Readiness } from '../../../domain/readiness.ts'
import type { GroupStatus } from '../../client/answers.ts'
import type { Api } from '../../client/api.ts'
import { type BuiltUpon, ifThere } from '../../client/configuration-api.ts'
import { nodeBodyOf } from '../../client/node-body.ts'
import type { ClusterDocument } from './document.ts'

/** What is configured now, and what it does: all that a plan is made from. */
export interface Standing {
  /** Null: there is no such cluster. */
  cluster: Cluster | null
  etag: BuiltUpon
  statuses: Readonly<Record<string, GroupStatus>>
  /** Of the groups that were asked about. */
  readiness: Readonly<Record<string, Readiness>>
}

/** Reads it all. What changes between two of the calls is found out by the version, when something is to be changed. */
export async function readStanding(api: Api, name: string, document: ClusterDocument | null = null): Promise<Standing> {
  const found = await ifThere(api.configuration.cluster(name))
  if (!found) return { cluster: null, etag: null, statuses: {}, readiness: {} }
  const [nodes, groups] = await Promise.all([api.nodes(), api.groups()])
  const statuses = Object.fromEntries(groups.map((status) => [status.group, status]))
  const { nodes: _, groups: __, ...body } = found.body
  const cluster: Cluster = {
    ...body,
    nodes: Object.fromEntries(nodes.map((node) => [node.node, nodeBodyOf(node) as NodeConfiguration])),
    groups: Object.fromEntries(groups.map((status) => [status.group, groupBody(status)])),
    pending: [],
  }
  return { cluster, etag: found.etag, statuses, readiness: await readinessOf(api, statuses, document) }
}

const groupBody = ({ description, nodes }: GroupStatus): GroupBody => ({
  description,
  nodes: nodes.map(({ node }) => node),
})

/** Of the groups whose high availability is to be switched on. */
async function readinessOf(api: Api, statuses: Standing['statuses'], document: ClusterDocument | null) {
  const wanted = Object.entries(document?.groups ?? {}).filter(([, { highAvailability }]) => highAvailability)
  const off = wanted.map(([name]) => name).filter((name) => statuses[name]?.highAvailability === false)
  return Object.fromEntries(
    await Promise.all(off.map(async (name) => [name, await api.configuration.readiness(name)] as const)),
  )
}

/** A cluster as a file would describe it: whoever applies that changes nothing. */
export function documentOf(cluster: Cluster, statuses: Standing['statuses']): ClusterDocument {
  const { databasePublisher, criticalServices, serviceParameters, enterpriseParameters } = cluster
  return {
    ...{ cluster: cluster.cluster, databasePublisher, criticalServices, serviceParameters, enterpriseParameters },
    nodes: cluster.nodes,
    groups: Object.fromEntries(
      Object.entries(cluster.groups).map(([name, body]) => [
        name,
        { ...body, highAvailability: statuses[name]?.highAvailability ?? false },
      ]),
    ),
  }
}
