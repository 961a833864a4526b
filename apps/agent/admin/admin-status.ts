import type { Agent } from '../agent.ts'
import { boottime } from '../boottime.ts'
import type { Commands } from '../commands.ts'
import { type AgentCore, type Deadline, noOpenMs } from '../core.ts'
import type { DoorHooks } from '../gate/door-hooks.ts'
import type { Gate, GateReading } from '../gate/gate.ts'
import type { Journal } from '../journal.ts'
import { relayed } from '../peer/failsafe.ts'
import type { Services } from '../services/services.ts'
import type { Restores } from '../sessions/restores.ts'
import type { WanCheck } from './wan-check.ts'

export interface StatusParts {
  node: string
  cluster: string
  agent: Agent
  gate: Gate
  services: Services
  commands: Commands
  journal: Journal
  doorHooks: DoorHooks
  restores: Pick<Restores, 'all'>
  wanCheck: WanCheck
}

/** By what a door is open: the deadline that a lease gives, a promise of the peer, or an operator. */
type OpenBy = 'lease' | 'promise' | 'no lease needed' | 'force' | 'an earlier agent'

/** What an agent knows of its node at one moment; times are lengths, in milliseconds, as the boot clock says nothing to others. */
export type AgentStatus = Awaited<ReturnType<typeof statusOf>>

export async function statusOf(parts: StatusParts) {
  const { node, cluster, agent, services, commands, journal, doorHooks, restores, wanCheck } = parts
  const { core, contact, endpoint, link } = agent.view
  const gate = await gateStatus(parts)
  const nowMs = boottime()
  const { last } = core
  const { sinceMs, ...road } = contact
  return {
    node,
    cluster,
    group: core.group ?? null,
    state: last?.state ?? null,
    reason: last?.reason ?? null,
    epoch: core.epoch,
    incarnation: core.incarnation,
    pid: process.pid,
    contact: {
      ...road,
      forMs: nowMs - sinceMs,
      endpoint,
      lastAnswerMsAgo: core.heardSentAtMs === null ? null : nowMs - core.heardSentAtMs,
    },
    order: journal.order,
    pastOrders: journal.pastOrders,
    gate,
    doors: gate.open.map((homeNode) => doorStatus(core, homeNode, nowMs)),
    promises: {
      given: relayed(core, nowMs).map((homeNode) => ({
        homeNode,
        forMs: (core.promisedMs[homeNode] ?? nowMs) - nowMs,
      })),
      mayNotOpen: homesOf(core)
        .map((homeNode) => ({ homeNode, forMs: noOpenMs(core, homeNode) - nowMs }))
        .filter(({ homeNode, forMs }) => forMs > 0 && !gate.open.includes(homeNode)),
    },
    peer: { node: peerOf(core, journal), heardMsAgo: link?.heardMsAgo ?? null, roundTripMs: link?.roundTripMs ?? null },
    wanCheck: wanCheck.last,
    services: Object.entries(services.status()).map(([name, { state, sinceMs: since, detail, pid }]) => ({
      name,
      state,
      forMs: Math.max(0, nowMs - since),
      detail,
      pid,
    })),
    sessions: Object.entries(restores.all).map(([homeNode, { restored, failed, lost, endedAtMs }]) => ({
      homeNode,
      ...{ restored, failed, lost },
      endedAt: endedAtMs === null ? null : new Date(endedAtMs).toISOString(),
    })),
    commands: { underWay: commands.underWay, last: journal.commands.slice(-5) },
    hooks: doorHooks.results.slice(-5),
    stalls: { count: agent.stalls.count, totalMs: Math.round(agent.stalls.totalMs) },
  }
}

const peerOf = (core: AgentStatusCore, { membership }: Journal): string | null =>
  core.last?.settings.peer?.node ?? membership.peer ?? null

type AgentStatusCore = Readonly<AgentCore>

const homesOf = ({ node, last, noOpenMs: promised }: AgentStatusCore): string[] => [
  ...new Set([node, ...(last?.settings.peer ? [last.settings.peer.node] : []), ...Object.keys(promised)]),
]

type GateStatus = { kind: string; isReadable: boolean } & Pick<GateReading, 'open' | 'problem'>

/** The gate's own word; one that cannot be asked is a problem, and its doors may be open. */
async function gateStatus({ gate, agent }: StatusParts): Promise<GateStatus> {
  try {
    const { open, problem } = await gate.read()
    return { kind: gate.kind, isReadable: true, open, problem }
  } catch (error) {
    const problem = `it cannot be read, so these doors may be open: ${(error as Error).message}`
    return { kind: gate.kind, isReadable: false, open: [...agent.view.core.open], problem }
  }
}

function doorStatus(core: AgentStatusCore, homeNode: string, nowMs: number) {
  const until = core.doors[homeNode]
  const closesInMs = typeof until === 'number' ? until - nowMs : null
  return { homeNode, by: openBy(core, homeNode, until), closesInMs }
}

function openBy(
  { forced, heardSentAtMs, last }: AgentStatusCore,
  homeNode: string,
  until: Deadline | undefined,
): OpenBy {
  if (forced.includes(homeNode)) return 'force'
  if (until === 'unleased') return 'no lease needed'
  if (until === undefined || heardSentAtMs === null) return 'an earlier agent'
  return until > heardSentAtMs + (last?.leaseMs ?? 0) ? 'promise' : 'lease'
}
