import type { Cluster, NodeConfiguration, Refusal } from '../../domain/cluster.ts'
import {
  checkGroup,
  checkNode,
  groupIn,
  groupOfNode,
  nodeIn,
  peerOfAnotherVersion,
  project,
} from '../../domain/cluster.ts'
import { differencesFor, differencesOf } from '../../domain/configuration-change.ts'
import type { ClusterBody, GroupBody, NodeBody } from '../../domain/contract/configuration.ts'
import { serviceParametersSchema } from '../../domain/contract/configuration.ts'
import type { Draft } from '../../domain/draft.ts'
import { publish } from '../../domain/draft.ts'
import { dropSchedules } from '../../domain/schedules.ts'
import type { ServiceParameters } from '../../domain/settings.ts'
import type { ClusterStore } from '../adapters/cluster-store.ts'
import { principalHash } from '../adapters/principal.ts'
import type { Precondition } from '../http.ts'
import { checked } from '../http.ts'
import { ProblemError } from '../problem.ts'
import type { ChangePorts } from './change-group.ts'
import { changeImage, pause } from './change-group.ts'
import type { CountPorts } from './user-counts.ts'
import { requireNoUsers } from './user-counts.ts'

export interface ConfigurePorts extends ChangePorts {
  clusters: ClusterStore
}

const TRIES = 10

const refusal = ({ status, code, detail }: Refusal): ProblemError => new ProblemError(status, code, detail)

export async function readCluster(clusters: ClusterStore, name: string): Promise<Cluster> {
  const cluster = await clusters.read(name)
  if (!cluster) throw new ProblemError(404, 'ClusterNotFound', `There is no cluster "${name}".`)
  return cluster
}

export const nodeOf = (cluster: Cluster, name: string): NodeConfiguration => {
  const node = nodeIn(cluster, name)
  if (!node) throw new ProblemError(404, 'NodeNotFound', `There is no node "${name}" in cluster "${cluster.cluster}".`)
  return node
}

export const groupBodyOf = (cluster: Cluster, name: string): GroupBody => {
  const group = groupIn(cluster, name)
  if (!group)
    throw new ProblemError(404, 'GroupNotFound', `There is no group "${name}" in cluster "${cluster.cluster}".`)
  return group
}

/** A cluster's item must stay below DynamoDB's 400 KB, and JSON is hardly shorter than what DynamoDB counts. */
const LARGEST_CLUSTER_BYTES = 350_000

function requireRoom(cluster: Cluster): void {
  if (Buffer.byteLength(JSON.stringify(cluster)) <= LARGEST_CLUSTER_BYTES) return
  throw new ProblemError(
    413,
    'ClusterTooLarge',
    `The configuration of cluster "${cluster.cluster}" would be larger than ${LARGEST_CLUSTER_BYTES / 1000} KB: ` +
      'use shorter texts, or another cluster.',
  )
}

/** Who changes the configuration, and what they have read of it. */
export interface Caller {
  by: string
  builtUpon: Precondition
}

interface Edit {
  cluster: Cluster
  groups: string[]
}

/**
 * Changes a cluster's configuration under its version, then brings it over to the groups concerned. The groups still
 * to be done stand in the same write, so that the sweeper finishes what a crash leaves.
 */
async function change(
  ports: ConfigurePorts,
  name: string,
  caller: Caller,
  edit: (cluster: Cluster) => Edit | Promise<Edit>,
  isThere: (cluster: Cluster) => boolean = () => true,
): Promise<Cluster> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const before = await readCluster(ports.clusters, name)
    caller.builtUpon(before.version, isThere(before))
    const { cluster, groups } = await edit(structuredClone(before))
    requireRoom(cluster)
    const version = before.version + 1
    const pending = [...new Set([...before.pending, ...groups])]
    const told = { version, by: caller.by, atMs: ports.clock.read().nowMs, differences: differencesOf(before, cluster) }
    const changed = {
      ...cluster,
      pending,
      ...(groups.length > 0 ? { changes: [...(before.changes ?? []), told] } : {}),
    }
    if (await ports.clusters.commit(changed, before.version)) {
      await ports.observe?.({ kind: 'configuration', cluster: name, version, groups })
      return finishPending(ports, { ...changed, version })
    }
    await pause(attempt)
  }
  throw new ProblemError(503, 'Busy', `Cluster "${name}" changes too quickly; try again.`)
}

/** Brings the configuration over to every group that is still to be done. The sweeper calls it, too. */
export async function finishPending(ports: ConfigurePorts, cluster: Cluster): Promise<Cluster> {
  for (const group of cluster.pending) await bringOver(ports, cluster, group)
  if (cluster.pending.length === 0) return cluster
  const { changes: _, ...rest } = cluster
  const done = { ...rest, pending: [] }
  const committed = await ports.clusters.commit(done, cluster.version)
  return committed ? { ...done, version: cluster.version + 1 } : cluster
}

async function bringOver(ports: ConfigurePorts, cluster: Cluster, name: string): Promise<void> {
  const key = { cluster: cluster.cluster, group: name }
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const existing = await ports.groups.read(key)
    if (!groupIn(cluster, name)) {
      if (!existing || (await ports.groups.remove(key, existing.version))) return
      continue
    }
    if (existing && existing.configurationVersion > cluster.version) return
    const { nowMs } = ports.clock.read()
    const projected = project(cluster, name, existing, nowMs, principalHash)
    const changed = await changeImage(ports, existing ?? projected, (draft) => {
      draft.group = { ...projected, outbox: draft.group.outbox }
      tellChanges(draft, cluster, existing?.configurationVersion ?? 0)
      if (!existing) return
      const { schedules } = projected
      dropSchedules(
        draft,
        existing.schedules.filter((each) => !schedules.includes(each)),
        existing,
      )
    })
    if (changed) return
  }
  throw new ProblemError(503, 'Busy', `Group "${name}" changes too quickly; the change is brought over later.`)
}

/** Who changed what, of all that the group has not been told of yet [B32]. */
function tellChanges(draft: Draft, { version, changes = [] }: Cluster, toldVersion: number): void {
  const nodes = draft.group.nodes.map((node) => node.name)
  const untold = changes.filter((each) => each.version > toldVersion)
  for (const { version: of, by, differences } of untold) {
    const mine = differencesFor(differences, draft.group.name, nodes)
    publish(draft, 'Configuration Change', { configurationVersion: of, by, differences: mine })
  }
  // An earlier version kept no changes.
  if (untold.length === 0 && toldVersion < version)
    publish(draft, 'Configuration Change', { configurationVersion: version })
}

export async function putCluster(
  ports: ConfigurePorts,
  name: string,
  body: ClusterBody,
  caller: Caller,
): Promise<Cluster> {
  const existing = await ports.clusters.read(name)
  if (!existing) {
    caller.builtUpon(0)
    const cluster: Cluster = { ...body, cluster: name, version: 0, nodes: {}, groups: {}, pending: [] }
    if (await ports.clusters.commit(cluster, 0)) {
      await ports.observe?.({ kind: 'configuration', cluster: name, version: 1, groups: [] })
      return { ...cluster, version: 1 }
    }
  }
  return change(ports, name, caller, (cluster) => ({
    cluster: { ...cluster, ...body },
    groups: Object.keys(cluster.groups),
  }))
}

export async function deleteCluster(ports: ConfigurePorts, name: string, caller: Caller): Promise<void> {
  const cluster = await readCluster(ports.clusters, name)
  caller.builtUpon(cluster.version)
  const nodes = Object.keys(cluster.nodes)
  if (nodes.length > 0) {
    throw new ProblemError(
      409,
      'ClusterHasNodes',
      `Cluster "${name}" has nodes (${nodes.join(', ')}): delete them first.`,
    )
  }
  if (!(await ports.clusters.remove(name, cluster.version))) {
    throw new ProblemError(409, 'ChangedMeanwhile', `Cluster "${name}" was changed meanwhile; try again.`)
  }
  await ports.observe?.({ kind: 'configuration', cluster: name, version: cluster.version, groups: [] })
}

/** [B6]: the parameters are checked as a whole, and running nodes learn them with their next answer. */
export const patchServiceParameters = (
  ports: ConfigurePorts,
  name: string,
  patch: Partial<ServiceParameters>,
  caller: Caller,
) =>
  change(ports, name, caller, (cluster) => ({
    cluster: {
      ...cluster,
      serviceParameters: checked(serviceParametersSchema, { ...cluster.serviceParameters, ...patch }),
    },
    groups: Object.keys(cluster.groups),
  }))

export const patchEnterpriseParameters = (
  ports: ConfigurePorts,
  name: string,
  patch: Partial<ClusterBody['enterpriseParameters']>,
  caller: Caller,
) =>
  change(ports, name, caller, (cluster) => ({
    cluster: { ...cluster, enterpriseParameters: { ...cluster.enterpriseParameters, ...patch } },
    groups: [],
  }))

/** A pair runs one version while high availability is on [B2]; for an upgrade of both nodes it is switched off. */
async function requireSameVersion(ports: ConfigurePorts, name: string, node: string, softwareVersion: string) {
  const cluster = await readCluster(ports.clusters, name)
  const peer = peerOfAnotherVersion(cluster, node, softwareVersion)
  const group = groupOfNode(cluster, node)
  if (peer === null || group === undefined) return
  const version = nodeOf(cluster, peer).softwareVersion
  const why = `give "${node}" the software version ${softwareVersion} while "${peer}" has ${version}; enable it when both have it`
  await requireHighAvailabilityOff(ports, name, group, why)
}

export async function putNode(
  ports: ConfigurePorts,
  name: string,
  node: string,
  body: NodeBody,
  caller: Caller,
): Promise<Cluster> {
  await requireSameVersion(ports, name, node, body.softwareVersion)
  const isThere = (cluster: Cluster) => Object.hasOwn(cluster.nodes, node)
  const edit = (cluster: Cluster) => {
    const configured = { ...body, databasePublisher: body.databasePublisher ?? cluster.databasePublisher }
    const broken = checkNode(cluster, node, configured)
    if (broken) throw refusal(broken)
    const group = groupOfNode(cluster, node)
    return {
      cluster: { ...cluster, nodes: { ...cluster.nodes, [node]: configured } },
      groups: group === undefined ? [] : [group],
    }
  }
  return change(ports, name, caller, edit, isThere)
}

export const deleteNode = (ports: ConfigurePorts, name: string, node: string, caller: Caller) =>
  change(ports, name, caller, (cluster) => {
    nodeOf(cluster, node)
    const group = groupOfNode(cluster, node)
    if (group !== undefined) {
      throw new ProblemError(
        409,
        'NodeInGroup',
        `Node "${node}" is in group "${group}": take it out of the group first.`,
      )
    }
    const { [node]: _, ...nodes } = cluster.nodes
    return { cluster: { ...cluster, nodes }, groups: [] }
  })

/** A change of membership is refused while high availability is on: doors may be open under leases (rule 11). */
async function requireHighAvailabilityOff(ports: ConfigurePorts, cluster: string, group: string, why: string) {
  const existing = await ports.groups.read({ cluster, group })
  if (!existing?.highAvailability) return
  throw new ProblemError(
    409,
    'HighAvailabilityOn',
    `High availability of group "${group}" is on: disable it to ${why}.`,
  )
}

export async function putGroup(
  ports: ConfigurePorts & CountPorts,
  name: string,
  group: string,
  body: GroupBody,
  caller: Caller,
): Promise<Cluster> {
  const before = groupIn(await readCluster(ports.clusters, name), group)
  const sameNodes = before !== undefined && before.nodes.join() === body.nodes.join()
  if (before && !sameNodes) await requireHighAvailabilityOff(ports, name, group, 'change its nodes')
  const edit = async (cluster: Cluster) => {
    const broken = checkGroup(cluster, group, body)
    if (broken) throw refusal(broken)
    const leaving = (groupIn(cluster, group)?.nodes ?? []).filter((node) => !body.nodes.includes(node))
    await requireNoUsers(ports, cluster, leaving)
    return { cluster: { ...cluster, groups: { ...cluster.groups, [group]: body } }, groups: [group] }
  }
  return change(ports, name, caller, edit, (cluster) => groupIn(cluster, group) !== undefined)
}

export async function deleteGroup(
  ports: ConfigurePorts & CountPorts,
  name: string,
  group: string,
  caller: Caller,
): Promise<void> {
  groupBodyOf(await readCluster(ports.clusters, name), group)
  await requireHighAvailabilityOff(ports, name, group, 'delete the group')
  await change(ports, name, caller, async (cluster) => {
    await requireNoUsers(ports, cluster, groupIn(cluster, group)?.nodes ?? [])
    const { [group]: _, ...groups } = cluster.groups
    return { cluster: { ...cluster, groups }, groups: [group] }
  })
}
