import type { ConfigurationChange } from './configuration-change.ts'
import type { ClusterBody, GroupBody, NodeBody } from './contract/configuration.ts'
import type { Group, NodeIndex, NodeRecord } from './model.ts'
import { boundTimeoutMs } from './model.ts'
import { settingsOf } from './settings.ts'

/** Most nodes of one cluster: its item must stay well below 400 KB. The field's own limit is 6. */
export const MOST_NODES = 200

export interface NodeConfiguration extends Omit<NodeBody, 'databasePublisher'> {
  databasePublisher: string
}

/** A cluster's configuration: one item, changed under its version. */
export interface Cluster extends ClusterBody {
  cluster: string
  version: number
  nodes: Record<string, NodeConfiguration>
  groups: Record<string, GroupBody>
  /** Groups that this version was not yet brought over to; the sweeper heals what a crash left. */
  pending: string[]
  /** What these groups are still to be told of; left out: nothing. */
  changes?: ConfigurationChange[]
}

/** A rule that a change would break; `code` is stable. */
export interface Refusal {
  status: 404 | 409 | 422
  code: string
  detail: string
}
const refuse = (status: Refusal['status'], code: string, detail: string): Refusal => ({ status, code, detail })

const own = <Value>(entries: Record<string, Value>, name: string): Value | undefined =>
  Object.hasOwn(entries, name) ? entries[name] : undefined

/** The node of that name; "toString" is a name like any other, and not there unless it was configured. */
export const nodeIn = (cluster: Cluster, name: string): NodeConfiguration | undefined => own(cluster.nodes, name)
export const groupIn = (cluster: Cluster, name: string): GroupBody | undefined => own(cluster.groups, name)

/** Which nodes each group has. */
export interface Grouping {
  groups: Record<string, Pick<GroupBody, 'nodes'>>
}

export const groupOfNode = (cluster: Grouping, node: string): string | undefined =>
  Object.entries(cluster.groups).find(([, group]) => group.nodes.includes(node))?.[0]

/**
 * The rules of a group in its cluster: [B1] one group a node, [B2] same publisher and version; null: none is broken. The
 * versions of a pair that stays together may differ while its nodes are upgraded one after the other.
 */
export function checkGroup(cluster: Cluster, name: string, body: GroupBody): Refusal | null {
  for (const node of body.nodes) {
    if (!nodeIn(cluster, node)) {
      return refuse(422, 'NodeUnknown', `Node "${node}" is not in cluster "${cluster.cluster}": add it first.`)
    }
    const other = groupOfNode(cluster, node)
    if (other !== undefined && other !== name) {
      return refuse(422, 'NodeInAnotherGroup', `Node "${node}" is in group "${other}"; a node is in at most one group.`)
    }
  }
  const [one, two] = body.nodes.map((node) => nodeIn(cluster, node))
  if (!one || !two) return null
  const staysTogether = groupIn(cluster, name)?.nodes.join() === body.nodes.join()
  if (one.databasePublisher !== two.databasePublisher) {
    return refuse(422, 'PublishersDiffer', 'Both nodes of a group must have the same database publisher.')
  }
  if (!staysTogether && one.softwareVersion !== two.softwareVersion) {
    const [first, second] = body.nodes
    return refuse(
      422,
      'VersionsDiffer',
      `Both nodes of a group must have the same software version: ${first} has ${one.softwareVersion}, ` +
        `${second} has ${two.softwareVersion}.`,
    )
  }
  return null
}

/** The peer whose software version a node's new configuration would not share; null: there is none. */
export function peerOfAnotherVersion(cluster: Cluster, name: string, softwareVersion: string): string | null {
  const group = groupOfNode(cluster, name)
  const nodes = group === undefined ? [] : (cluster.groups[group]?.nodes ?? [])
  const peer = nodes.find((node) => node !== name)
  return peer !== undefined && nodeIn(cluster, peer)?.softwareVersion !== softwareVersion ? peer : null
}

/** The rules of a node that is in a group already, for its new configuration. */
export function checkNode(cluster: Cluster, name: string, body: NodeConfiguration): Refusal | null {
  if (!nodeIn(cluster, name) && Object.keys(cluster.nodes).length >= MOST_NODES) {
    return refuse(422, 'TooManyNodes', `A cluster has at most ${MOST_NODES} nodes.`)
  }
  const group = groupOfNode(cluster, name)
  if (group === undefined) return null
  const changed: Cluster = { ...cluster, nodes: { ...cluster.nodes, [name]: body } }
  return checkGroup(changed, group, cluster.groups[group] as GroupBody)
}

/**
 * A group's new membership epoch: greater than every earlier one, also than one of a deleted group of the same name
 * (rule 11).
 */
export const nextEpoch = (earlier: number, nowMs: number): number => Math.max(earlier + 1, nowMs)

function newRecord(name: string, index: NodeIndex, services: number, nowMs: number): NodeRecord {
  return {
    name,
    hostName: '',
    principal: '',
    state: 'Unknown',
    reason: 'Unknown',
    sinceMs: nowMs,
    incarnation: 0,
    sequence: 0,
    bootId: '',
    acknowledgedEpoch: 0,
    lastAtMs: 0,
    lastOkAtMs: 0,
    okSinceMs: 0,
    unheard: null,
    services: Array.from({ length: services + 1 }, () => ({ state: 'unknown', sinceMs: nowMs })),
    open: [],
    leaving: null,
    softwareVersion: '',
    replicationSetup: 0,
    gate: '',
    wan: 'unmeasured',
    fenced: false,
    relays: false,
    rebooted: false,
    maintenance: null,
    set: { owner: index, moving: null },
  }
}

/**
 * Brings a cluster's configuration over to one of its groups: settings, services, who is in it. A change of membership
 * begins a new epoch. `hash` shortens a principal's ARN. What the group has lived through stays.
 */
export function project(
  cluster: Cluster,
  name: string,
  existing: Group | null,
  nowMs: number,
  hash: (principal: string) => string,
): Group {
  const body = cluster.groups[name] as GroupBody
  const settings = settingsOf(cluster.serviceParameters)
  const sameNodes =
    existing !== null &&
    existing.nodes.length === body.nodes.length &&
    body.nodes.every((node, index) => existing.nodes[index]?.name === node)
  const records = body.nodes.map((node, index) => {
    const before = sameNodes ? existing.nodes[index] : undefined
    const record = before ?? newRecord(node, index as NodeIndex, cluster.criticalServices.length, nowMs)
    const configured = cluster.nodes[node] as NodeConfiguration
    return {
      ...record,
      hostName: configured.hostName,
      principal: hash(configured.principal),
      services: servicesFor(record, existing, cluster.criticalServices, nowMs),
    }
  })
  return {
    cluster: cluster.cluster,
    name,
    version: existing?.version ?? 0,
    configurationVersion: cluster.version,
    epoch: sameNodes ? existing.epoch : nextEpoch(existing?.epoch ?? 0, nowMs),
    highAvailability: sameNodes && existing.highAvailability,
    settings,
    services: cluster.criticalServices,
    nodes: records,
    transition: sameNodes ? existing.transition : null,
    commands: sameNodes ? existing.commands : [],
    outbox: existing?.outbox ?? [],
    earlierTimeout: existing && earlierTimeout(existing, settings.keepAliveTimeoutMs, nowMs),
    silenceTold: existing?.silenceTold ?? false,
    automaticFallbacksAtMs: existing?.automaticFallbacksAtMs ?? [],
    serviceMovesAtMs: existing?.serviceMovesAtMs ?? [],
    maintenance: existing?.maintenance ?? null,
    cutOffs: existing?.cutOffs ?? [],
    withheld: sameNodes ? existing.withheld : null,
    schedules: sameNodes ? existing.schedules : [],
    peerKeys: existing?.peerKeys ?? [],
    incidents: existing?.incidents ?? [],
  }
}

/** Rule 5: what a timeout that becomes shorter leaves behind; null: nothing that still counts. */
function earlierTimeout(existing: Group, timeoutMs: number, nowMs: number): Group['earlierTimeout'] {
  const inForceMs = boundTimeoutMs(existing, nowMs)
  if (timeoutMs >= inForceMs) return null
  return { timeoutMs: inForceMs, untilMs: nowMs + inForceMs }
}

/** The node's reports in the order of the new list of services; the database service stays last. */
function servicesFor(record: NodeRecord, existing: Group | null, names: string[], nowMs: number) {
  const database = record.services.at(-1) ?? { state: 'unknown' as const, sinceMs: nowMs }
  const before = existing?.services ?? []
  const critical = names.map((name) => {
    const index = before.indexOf(name)
    return (index < 0 ? undefined : record.services[index]) ?? { state: 'unknown' as const, sinceMs: nowMs }
  })
  return [...critical, database]
}
