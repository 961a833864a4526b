import type { GroupStatus } from '../../../client/answers.ts'

/** How much a group needs somebody, worst first. */
export const URGENCIES = ['unserved', 'moving', 'away', 'attention', 'restrained', 'unprotected', 'fine'] as const
export type Urgency = (typeof URGENCIES)[number]

/** What each means, in the words of the overview. */
export const URGENCY_TEXTS: Readonly<Record<Urgency, { label: string; meaning: string }>> = {
  unserved: { label: 'Users not served', meaning: 'users of at least one node can log in nowhere' },
  moving: { label: 'In transition', meaning: 'a failover, fallback or recovery is running or waiting to begin' },
  away: { label: 'Users away from home', meaning: 'one node serves the users of both' },
  attention: { label: 'Needs attention', meaning: 'all users are served, and something is not as it should be' },
  restrained: { label: 'Held back', meaning: 'maintenance or a cut-off: not everything automatic happens' },
  unprotected: { label: 'Without high availability', meaning: 'no peer stands in' },
  fine: { label: 'Normal', meaning: 'both nodes serve their users and stand in for each other' },
}

/** The indicator of each. */
export const URGENCY_INDICATORS = {
  unserved: 'error',
  moving: 'in-progress',
  away: 'warning',
  attention: 'warning',
  restrained: 'info',
  unprotected: 'stopped',
  fine: 'success',
} as const satisfies Readonly<Record<Urgency, string>>

export function urgencyOf(status: GroupStatus): Urgency {
  const { nodes, transition } = status
  const served = new Set(nodes.flatMap(({ serves }) => serves))
  if (nodes.some(({ node }) => !served.has(node)))
    return transition?.waitingUntil || !transition ? 'unserved' : 'moving'
  if (transition) return 'moving'
  if (nodes.some(({ node, serves }) => !serves.includes(node))) return 'away'
  if (nodes.some(({ reachable, state }) => !reachable || state !== 'Normal') || status.incidents.length > 0)
    return 'attention'
  if (
    status.maintenance ||
    nodes.some(({ maintenance }) => maintenance) ||
    status.cutOffs.length > 0 ||
    status.withheld
  )
    return 'restrained'
  return status.highAvailability ? 'fine' : 'unprotected'
}

/** When the group came to be as it is: the latest change of one of its nodes. */
export const sinceOf = ({ nodes }: GroupStatus): string =>
  nodes
    .map(({ since }) => since)
    .sort()
    .at(-1) ?? ''

const names = new Intl.Collator('en', { numeric: true })

/** The worst first; of equally bad ones what changed last. */
export function byUrgency(groups: Iterable<GroupStatus>): GroupStatus[] {
  const keyed = Array.from(groups, (status) => ({
    status,
    rank: URGENCIES.indexOf(urgencyOf(status)),
    since: Date.parse(sinceOf(status)),
    name: `${status.cluster}/${status.group}`,
  }))
  keyed.sort((one, other) => one.rank - other.rank || other.since - one.since || names.compare(one.name, other.name))
  return keyed.map(({ status }) => status)
}
