import type { ZodError } from 'zod'
import type { Cluster, NodeConfiguration } from '../../../domain/cluster.ts'
import type { ClusterBody, GroupBody, NodeBody } from '../../../domain/contract/configuration.ts'
import { clusterSchema, groupSchema, nodeSchema } from '../../../domain/contract/configuration.ts'
import { type Difference, differences } from './difference.ts'
import { type ClusterDocument, told } from './document.ts'
import { Rehearsal } from './rehearsal.ts'
import type { Standing } from './standing.ts'

/** One call upon the API, and what it changes. */
export type Step =
  | { do: 'put'; what: 'cluster'; name: string; isNew: boolean; body: ClusterBody; differences: Difference[] }
  | { do: 'put'; what: 'node'; name: string; isNew: boolean; body: NodeBody; differences: Difference[] }
  | { do: 'put'; what: 'group'; name: string; isNew: boolean; body: GroupBody; differences: Difference[] }
  | { do: 'delete'; what: 'node' | 'group'; name: string }
  /** `isReady`: null where only its agents can say it, once the group is what it shall be. */
  | { do: 'switch'; what: 'high availability'; name: string; on: boolean; isReady: true | null }

/** What is wrong with the wish, and where it stands in the file. */
export interface Objection {
  path: PropertyKey[]
  message: string
  /** What it goes against: the wish itself, whatever the state, or what the cluster's state allows now. */
  against: 'rule' | 'state'
}

export interface Plan {
  /** In their order; empty: all is as it shall be. */
  steps: Step[]
  /** Where there is one, nothing is done. */
  objections: Objection[]
}

/**
 * What must be done so that the cluster is as the document says. Nodes come before the groups that they are in, high
 * availability is switched off before what it forbids and on at the very end, and each step is rehearsed by the rules
 * that the API goes by, so that nothing is begun that could not be finished. What the document does not name stays,
 * unless it is pruned.
 */
export function planOf(document: ClusterDocument, standing: Standing, prune: boolean): Plan {
  const rehearsal = new Rehearsal(document.cluster, standing)
  putCluster(document, standing.cluster, rehearsal)
  if (rehearsal.isHopeless) return rehearsal.plan
  const unnamed = (what: 'nodes' | 'groups') =>
    prune
      ? Object.keys(standing.cluster?.[what] ?? {}).filter((name) => !Object.hasOwn(document[what] ?? {}, name))
      : []
  const groups = Object.entries(document.groups ?? {})
  const off = groups.filter(([, group]) => group.highAvailability === false).map(([name]) => name)
  for (const name of [...off, ...unnamed('groups')]) rehearsal.switchOff(name)
  for (const [name, given] of Object.entries(document.nodes ?? {})) putNode(name, given, rehearsal)
  for (const name of unnamed('groups')) rehearsal.deleteGroup(name)
  putGroups(groups, rehearsal)
  for (const name of unnamed('nodes')) rehearsal.deleteNode(name)
  for (const [name, { highAvailability }] of groups) if (highAvailability) rehearsal.switchOn(name)
  return rehearsal.plan
}

function putCluster(document: ClusterDocument, existing: Cluster | null, rehearsal: Rehearsal): void {
  const { databasePublisher, criticalServices, serviceParameters, enterpriseParameters } = document
  const before = existing && bodyOf(existing)
  const wanted = {
    ...before,
    ...given({ databasePublisher, criticalServices }),
    serviceParameters: { ...before?.serviceParameters, ...serviceParameters },
    enterpriseParameters: {
      ...(before?.enterpriseParameters ?? DEFAULT_ENTERPRISE),
      ...given(enterpriseParameters ?? {}),
    },
  }
  const checked = clusterSchema.safeParse(wanted)
  if (checked.success) rehearsal.putCluster(checked.data, differences(before ?? {}, checked.data))
  else rehearsal.object(wrong(checked.error, [], existing === null))
}

const DEFAULT_ENTERPRISE = { userAssignmentMode: 'balanced' }

const bodyOf = ({ databasePublisher, criticalServices, serviceParameters, enterpriseParameters }: Cluster) => ({
  ...{ databasePublisher, criticalServices, serviceParameters, enterpriseParameters },
})

/** Only what is there. */
const given = <Fields extends object>(fields: Fields): Partial<Fields> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>

type GivenNode = NonNullable<ClusterDocument['nodes']>[string]
type GivenGroup = NonNullable<ClusterDocument['groups']>[string]

function putNode(name: string, fields: GivenNode, rehearsal: Rehearsal): void {
  const before = rehearsal.node(name)
  const wanted = { databasePublisher: rehearsal.cluster.databasePublisher, ...before, ...given(fields) }
  const checked = nodeSchema.safeParse(wanted)
  if (checked.success)
    rehearsal.putNode(name, checked.data as NodeConfiguration, differences(before ?? {}, checked.data))
  else {
    rehearsal.object(wrong(checked.error, ['nodes', name], before === undefined))
  }
}

/** What is wrong with a thing that stands below the path. */
const wrong = ({ issues }: ZodError, above: string[], isNew: boolean): Objection[] =>
  issues.flatMap(told).map(({ path, message }) => ({
    path: [...above, ...path],
    message: isNew && message.endsWith('received undefined') ? 'is missing, and must be there for a new one' : message,
    against: 'rule',
  }))

/** A node may leave one group for another: whichever can be done first is done first. */
function putGroups(groups: [string, GivenGroup][], rehearsal: Rehearsal): void {
  let left = groups
  while (left.length > 0) {
    const blocked = left.filter(([name, fields]) => !putGroup(name, fields, rehearsal, 'if it can be done'))
    if (blocked.length === left.length) {
      for (const [name, fields] of blocked) putGroup(name, fields, rehearsal, 'or object')
      return
    }
    left = blocked
  }
}

function putGroup(
  name: string,
  { highAvailability: _, ...fields }: GivenGroup,
  rehearsal: Rehearsal,
  how: 'if it can be done' | 'or object',
): boolean {
  const before = rehearsal.group(name)
  const checked = groupSchema.safeParse({ ...before, ...given(fields) })
  if (!checked.success) {
    rehearsal.object(wrong(checked.error, ['groups', name], before === undefined))
    return true
  }
  return rehearsal.putGroup(name, checked.data, differences(before ?? {}, checked.data), how === 'or object')
}
