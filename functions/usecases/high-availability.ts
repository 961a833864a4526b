import type { Cluster } from '../../domain/cluster.ts'
import { nextEpoch } from '../../domain/cluster.ts'
import type { Draft } from '../../domain/draft.ts'
import { publish } from '../../domain/draft.ts'
import { noteCutOffs, noteIncident } from '../../domain/incidents.ts'
import type { Group } from '../../domain/model.ts'
import { rotatePeerKeys } from '../../domain/peer-keys.ts'
import { readinessOf } from '../../domain/readiness.ts'
import { circumstancesOf, inProgress } from '../../domain/refusal.ts'
import type { UserCounts } from '../../domain/users.ts'
import type { CountStore } from '../adapters/count-store.ts'
import { freshPeerKey } from '../adapters/peer-key.ts'
import { ProblemError } from '../problem.ts'
import { changeGroup } from './change-group.ts'
import type { ConfigurePorts } from './configure.ts'
import { groupBodyOf, readCluster } from './configure.ts'
import { usersByNode } from './user-counts.ts'

/** States of both nodes in which high availability may be switched off [B5]. */
const MAY_DISABLE = ['Normal', 'Unknown', 'RunningInFailedMode']

/** Enables or disables high availability [B5] [B7] [B8]; both begin a new membership epoch (rule 11). */
export async function setHighAvailability(
  ports: ConfigurePorts & { counts: Pick<CountStore, 'ofCluster'> },
  name: string,
  group: string,
  { enabled, force }: { enabled: boolean; force: boolean },
  by: string,
): Promise<Group> {
  const cluster = await readCluster(ports.clusters, name)
  groupBodyOf(cluster, group)
  const users = usersByNode(await ports.counts.ofCluster(name))
  const changed = await changeGroup(ports, { cluster: name, group }, (draft) => {
    if (draft.group.highAvailability === enabled) return null
    const refused = enabled ? whyNotReady(cluster, draft, users, force) : whyNotRestful(draft)
    if (refused) {
      const action = `${enabled ? 'enable' : 'disable'} high availability`
      publish(draft, 'Request Refused', { by, request: { action }, detail: refused.message })
      return refused
    }
    draft.group.highAvailability = enabled
    draft.group.epoch = nextEpoch(draft.group.epoch, draft.nowMs)
    draft.group.transition = null
    draft.group.commands = []
    draft.group.cutOffs = []
    draft.group.withheld = null
    const seen = draft.group.nodes.some((node) => node.lastAtMs > 0)
    for (const node of draft.group.nodes) {
      node.state = enabled && seen ? 'Initializing' : 'Unknown'
      node.reason = enabled && seen ? 'Initialization' : 'Unknown'
      node.sinceMs = draft.nowMs
      node.rebooted = false
    }
    publish(draft, 'Configuration Change', { highAvailability: enabled, force, by })
    noteIncident(draft)
    noteCutOffs(draft)
    rotatePeerKeys(draft, freshPeerKey)
    return null
  })
  if (changed.result) throw changed.result
  return changed.group
}

function whyNotReady(
  cluster: Cluster,
  { group, nowMs }: Draft,
  users: UserCounts,
  force: boolean,
): ProblemError | null {
  if (group.nodes.length !== 2) return new ProblemError(409, 'OneNode', 'High availability needs a group of two nodes.')
  const readiness = readinessOf(cluster, group, nowMs, users)
  if (readiness.ready || force) return null
  const failed = readiness.checks.filter(({ ok, severity }) => !ok && severity === 'error')
  const first = failed.map(({ check, found }) => `${check}: ${found}`).join('; ')
  return new ProblemError(409, 'NotReady', `The group is not ready for high availability. ${first}.`, { readiness })
}

function whyNotRestful({ group, nowMs }: Draft): ProblemError | null {
  const home = group.nodes.every((node, index) => node.set.owner === index && !node.set.moving)
  const rest = group.nodes.every((node) => MAY_DISABLE.includes(node.state))
  if (home && rest && group.transition?.phase !== 'running') return null
  const states = group.nodes.map((node) => `${node.name} is ${node.state}`).join(', ')
  const blocked = inProgress(group, nowMs)
  return new ProblemError(
    409,
    'NotAtRest',
    'High availability is disabled only while both nodes are Normal, Unknown or in failed mode, with their own users: ' +
      `${states}.${blocked === '' ? '' : ` ${blocked}`}`,
    { circumstances: circumstancesOf(group, nowMs) },
  )
}
