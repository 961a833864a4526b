import type { Cluster } from './cluster.ts'
import { isPresent } from './facts.ts'
import { LEAST_MBIT_PER_SECOND, LONGEST_ROUND_TRIP_MS } from './heartbeat.ts'
import { REPLICATION_SET_UP } from './incidents.ts'
import type { GateKind, Group, NodeRecord, WanQuality } from './model.ts'
import { isWideEnough, overloadedAlone, recommendedReLogin } from './re-login.ts'
import type { UserCounts } from './users.ts'

/** One check of the readiness report [B7]. A warning never refuses. */
export interface ReadinessCheck {
  check: string
  severity: 'error' | 'warning'
  ok: boolean
  found: string
  remedy?: string
}
export interface Readiness {
  ready: boolean
  checks: ReadinessCheck[]
}

function check(
  severity: ReadinessCheck['severity'],
  name: string,
  ok: boolean,
  found: string,
  remedy: string,
): ReadinessCheck {
  return { check: name, severity, ok, found, ...(ok ? {} : { remedy }) }
}

/** Is the group ready for high availability [B7]? Asks what agents have said and who is at home; the time is the caller's. */
export function readinessOf(cluster: Cluster, group: Group, nowMs: number, users: UserCounts): Readiness {
  const checks: ReadinessCheck[] = [
    check(
      'error',
      'two nodes',
      group.nodes.length === 2,
      `the group has ${group.nodes.length} node${group.nodes.length === 1 ? '' : 's'}`,
      'Add a second node to the group.',
    ),
  ]
  for (const node of group.nodes) {
    const present = isPresent(group, node, nowMs)
    checks.push(
      check(
        'error',
        `agent of ${node.name} reports`,
        present,
        node.lastAtMs === 0
          ? 'it has never reported'
          : `its last heartbeat came ${new Date(node.lastAtMs).toISOString()}`,
        `Start the agent on ${node.name}, and see that it reaches the control plane.`,
      ),
    )
    const down = group.services.filter((_, index) => node.services[index]?.state !== 'running')
    const database = node.services.at(-1)?.state === 'running' ? [] : ['the database service']
    const stopped = [...down, ...database]
    checks.push(
      check(
        'error',
        `critical services of ${node.name} run`,
        stopped.length === 0,
        stopped.length === 0 ? 'all run' : `not running: ${stopped.join(', ')}`,
        `Start ${stopped.join(', ')} on ${node.name}.`,
      ),
      check(
        'error',
        `database replication on ${node.name}`,
        node.replicationSetup === REPLICATION_SET_UP,
        `its state reads ${node.replicationSetup}`,
        `Set up database replication on ${node.name}: its state must read ${REPLICATION_SET_UP}.`,
      ),
    )
  }
  const versions = group.nodes.map((node) => node.softwareVersion || cluster.nodes[node.name]?.softwareVersion || '')
  checks.push(
    check(
      'error',
      'software versions',
      new Set(versions).size <= 1,
      group.nodes.map((node, index) => `${node.name} runs ${versions[index]}`).join(', '),
      'Bring both nodes to the same software version.',
    ),
    ...group.nodes.map(gateCheck),
    wanCheck(group.nodes),
    capacityCheck(cluster, group, users),
    ...group.nodes.flatMap(({ name }) => reLoginCheck(cluster, name, users)),
  )
  return { ready: checks.every(({ ok, severity }) => ok || severity === 'warning'), checks }
}

/** What enforces a node's doors, in words. */
export const GATES: Readonly<Record<GateKind, string>> = {
  '': 'its agent has not said',
  front: 'a front process',
  nftables: 'nftables: the kernel closes the ports with the lease',
  commands: 'commands, whose door closes by itself at its deadline',
  'commands-unenforced': 'commands: nothing but the agent closes the door when its lease lapses',
  none: 'none: critical services are stopped to keep users out',
  other: 'of a kind that this version does not know',
}

/** A record or an address without an expiry is no gate (protocol.md rule 21). */
const gateCheck = ({ name, gate }: NodeRecord): ReadinessCheck =>
  check(
    'warning',
    `gate of ${name}`,
    ['front', 'nftables', 'commands'].includes(gate),
    GATES[gate],
    `Users could log in to ${name} when it is failed over: give its agent the gate nftables.`,
  )

const WAN: Record<WanQuality, string> = {
  good: 'within bounds',
  poor: 'out of bounds',
  unmeasured: 'not measured by both',
}

function wanCheck(nodes: NodeRecord[]): ReadinessCheck {
  const worst = nodes.find(({ wan }) => wan === 'poor') ?? nodes.find(({ wan }) => wan === 'unmeasured')
  const bounds = `${LONGEST_ROUND_TRIP_MS} ms round trip and at least ${LEAST_MBIT_PER_SECOND} Mbit/s`
  return check(
    'warning',
    'round trip and bandwidth between the nodes',
    worst === undefined,
    WAN[worst?.wan ?? 'good'],
    `See that the nodes have at most ${bounds} between them: understudy-agent wan-check measures it, once high availability is on.`,
  )
}

function capacityCheck(cluster: Cluster, { name, nodes }: Group, counts: UserCounts): ReadinessCheck {
  const { users, small } = overloadedAlone(cluster, name, counts)
  const found = small.map(({ node, capacityClass }) => `${node} is of the class that carries ${capacityClass}`)
  return check(
    'warning',
    'one node could carry all users',
    small.length === 0,
    [`${nodes.map((node) => node.name).join(' and ')}: ${users} users`, ...found].join('; '),
    'Move users to another group (understudy users rebalance), or give the nodes their right capacityClass.',
  )
}

/** Clients that come back faster than the node lets them in are turned away, and come again. */
function reLoginCheck(cluster: Cluster, node: string, counts: UserCounts): ReadinessCheck[] {
  const wanted = recommendedReLogin(cluster, node, counts)
  const limits = cluster.nodes[node]?.clientReLogin
  if (!wanted || !limits) return []
  const found =
    `${limits.lowerLimitSeconds} to ${limits.upperLimitSeconds} s; for ${wanted.users} users at ${wanted.usersPerSecond} a ` +
    `second ${wanted.lowerLimitSeconds} to ${wanted.upperLimitSeconds} s are recommended`
  const remedy = `Give ${node}, and its peer, an upperLimitSeconds of ${limits.lowerLimitSeconds + wanted.upperLimitSeconds - wanted.lowerLimitSeconds}.`
  return [check('warning', `re-login limits of ${node}`, isWideEnough(limits, wanted), found, remedy)]
}
