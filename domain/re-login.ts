import type { Cluster, NodeConfiguration } from './cluster.ts'
import { groupIn, groupOfNode, nodeIn } from './cluster.ts'
import type { ReLoginLimits } from './login.ts'
import type { UserCounts } from './users.ts'

/** How many users a second a node of that capacity lets log in, while both nodes of its group have users or one alone. */
interface LoginRates {
  bothActive: number
  activeStandby: number
}

/** The vendor's classes of nodes, by the users that one carries. */
export const LOGIN_RATES: Readonly<Record<number, LoginRates>> = {
  500: { bothActive: 1.5, activeStandby: 1.5 },
  1000: { bothActive: 3, activeStandby: 3 },
  2000: { bothActive: 3, activeStandby: 3 },
  5000: { bothActive: 6, activeStandby: 3 },
  15000: { bothActive: 15, activeStandby: 6 },
  25000: { bothActive: 9, activeStandby: 8 },
}
export const CAPACITY_CLASSES = Object.keys(LOGIN_RATES).map(Number)

/** The class whose pair, half full on each side, needs just the limits that a node has unless it is given others. */
export const DEFAULT_CAPACITY_CLASS = 5000

/** What a client waits at least, also for few users: until then the node that takes over is sure to serve. */
const LEAST_WAIT_SECONDS = 120
const LONGEST_WAIT_SECONDS = 3600

export interface Recommendation extends ReLoginLimits {
  /** So many users may log in at once: those of the node of the group that has most. */
  users: number
  /** By the capacity class of the slower node. */
  usersPerSecond: number
}

const capacityOf = ({ capacityClass = DEFAULT_CAPACITY_CLASS }: NodeConfiguration): number => capacityClass

/**
 * The limits of re-login that fit the users whom a node of this group may have to take at once, over or back [B26]:
 * upper = 120 + users / rate. Both nodes need the same. Null: the node stands alone, and nobody moves.
 */
export function recommendedReLogin(cluster: Cluster, node: string, counts: UserCounts): Recommendation | null {
  const group = groupIn(cluster, groupOfNode(cluster, node) ?? '')
  if (!group || group.nodes.length < 2) return null
  const users = group.nodes.map((name) => counts.get(name) ?? 0)
  const most = Math.max(...users)
  const isStandby =
    cluster.enterpriseParameters.userAssignmentMode === 'active-standby' || (most > 0 && Math.min(...users) === 0)
  const rates = group.nodes.flatMap((name) => {
    const configured = nodeIn(cluster, name)
    const { bothActive, activeStandby } = (configured && LOGIN_RATES[capacityOf(configured)]) as LoginRates
    return isStandby ? activeStandby : bothActive
  })
  const usersPerSecond = Math.min(...rates)
  const upperLimitSeconds = Math.min(LONGEST_WAIT_SECONDS, LEAST_WAIT_SECONDS + Math.ceil(most / usersPerSecond))
  return { lowerLimitSeconds: LEAST_WAIT_SECONDS, upperLimitSeconds, users: most, usersPerSecond }
}

/** Do clients come no faster than the node lets them in? Whoever waits for longer than needed is content, too. */
export const isWideEnough = (
  { lowerLimitSeconds, upperLimitSeconds }: ReLoginLimits,
  wanted: Recommendation,
): boolean => upperLimitSeconds - lowerLimitSeconds >= wanted.upperLimitSeconds - wanted.lowerLimitSeconds

/** Nodes that could not carry the users of their whole group [B7], with what they carry. */
export function overloadedAlone(cluster: Cluster, group: string, counts: UserCounts) {
  const nodes = groupIn(cluster, group)?.nodes ?? []
  const users = nodes.reduce((sum, node) => sum + (counts.get(node) ?? 0), 0)
  const small = nodes.flatMap((node) => {
    const configured = nodeIn(cluster, node)
    return configured && capacityOf(configured) < users ? [{ node, capacityClass: capacityOf(configured) }] : []
  })
  return { users, small }
}
