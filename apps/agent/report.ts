import type { AgentCore, Report } from './core.ts'
import type { Leaving } from './host.ts'
import { mayRelay, relayed } from './peer/failsafe.ts'
import type { LinkReading } from './peer/peer-link.ts'
import type { ServiceStatus } from './services/service.ts'

/** What an agent has seen of its node by the time of a heartbeat. */
export interface Sightings {
  bootId: string
  softwareVersion: string
  services: Record<string, ServiceStatus>
  /** Which of the services is the database. */
  databaseService: string
  replicationSetup: number
  gateKind: string
  /** Null: the peer has not been heard by the agents' own road. */
  link: LinkReading | null
  /** The throughput to the peer; null: not measured. */
  mbitPerSecond: number | null
  leaving: Leaving | undefined
  /** How far sessions are re-created, where the control plane has not heard it. */
  restores: Pick<Report, 'sessions'>
}

/** What the next heartbeat says besides what the core knows. Services are those that the control plane asks for. */
export function reportOf(core: AgentCore, seen: Sightings, nowMs: number): Report {
  const { bootId, softwareVersion, services, databaseService, replicationSetup, gateKind, leaving } = seen
  const reportOn = (name: string) => {
    const status = services[name]
    if (!status) return { state: 'unknown' as const, forMs: 0 }
    return { state: status.state, forMs: Math.max(0, Math.round(nowMs - status.sinceMs)) }
  }
  const asked = core.last?.settings.criticalServices ?? []
  const names = asked.length > 0 ? asked : Object.keys(services).filter((name) => name !== databaseService)
  return {
    bootId,
    softwareVersion,
    services: Object.fromEntries(names.map((name) => [name, reportOn(name)])),
    database: reportOn(databaseService),
    replicationSetup,
    gateKind,
    wallClockMs: Date.now(),
    ...peerReport(core, seen, nowMs),
    ...seen.restores,
    ...(leaving ? { leaving } : {}),
  }
}

/** What is known of the peer by the agents' own road; where it has not been heard, only what an earlier agent may have promised. */
function peerReport(core: AgentCore, { link, mbitPerSecond }: Sightings, nowMs: number) {
  if (!link) return mayRelay(core, nowMs)
  const measured = mbitPerSecond === null ? {} : { mbitPerSecond }
  return { peer: { ...link, ...measured, promises: relayed(core, nowMs) } }
}
