import { type AgentStatus, type StatusParts, statusOf } from './admin-status.ts'
import type { Labels, MetricName, Metrics, Sample } from './metrics.ts'

const MS = 1000

/** All that is measured, at this moment. */
export async function samplesOf(parts: StatusParts, metrics: Metrics): Promise<Sample[]> {
  const status = await statusOf(parts)
  return [...metrics.samples, ...gauges(status), ...ofProcess(), ...ofStalls(status)]
}

function gauges(status: AgentStatus): Sample[] {
  const { node, cluster, group, state, reason, contact, order, doors, gate, services, promises, peer, wanCheck } =
    status
  const samples: Sample[] = []
  const say = (name: MetricName, value: number | null | undefined, labels?: Labels) => {
    if (value !== null && value !== undefined) samples.push({ name, value, ...(labels ? { labels } : {}) })
  }
  say('info', 1, { node, cluster, group: group ?? '', gate: gate.kind, incarnation: String(status.incarnation) })
  if (state !== null) say('state', 1, { state, reason: reason ?? '' })
  say('connected', Number(contact.connected === true))
  say('last_answer_age_seconds', seconds(contact.lastAnswerMsAgo))
  say('clock_ahead_seconds', contact.clockAheadSeconds)
  const homes = [...new Set([node, ...(peer.node ? [peer.node] : []), ...gate.open])]
  for (const home of homes) say('door_open', Number(gate.open.includes(home)), { home_node: home })
  for (const { homeNode, closesInMs } of doors)
    say('lease_remaining_seconds', seconds(closesInMs), { home_node: homeNode })
  say('gate_readable', Number(gate.isReadable))
  say('fenced', Number(order?.kind === 'fence'))
  say('forced_doors', order?.kind === 'serve' ? order.doors.length : 0)
  for (const { name, state: is } of services) say('service_up', Number(is === 'running'), { service: name })
  say('peer_heard_age_seconds', seconds(peer.heardMsAgo))
  say('peer_round_trip_seconds', seconds(peer.roundTripMs))
  const rate = wanCheck?.mbitPerSecond
  say('peer_throughput_bits_per_second', rate === null || rate === undefined ? null : Math.round(rate * 1e6))
  say('promises_given', promises.given.length)
  return samples
}

const seconds = (ms: number | null): number | null => (ms === null ? null : Math.max(0, ms) / MS)

function ofStalls({ stalls }: AgentStatus): Sample[] {
  return [
    { name: 'stalls_total', value: stalls.count },
    { name: 'stalled_seconds_total', value: stalls.totalMs / MS },
  ]
}

function ofProcess(): Sample[] {
  const { user, system } = process.cpuUsage()
  return [
    { name: 'process_resident_memory_bytes', value: process.memoryUsage.rss() },
    { name: 'process_cpu_seconds_total', value: (user + system) / 1e6 },
    { name: 'process_uptime_seconds', value: process.uptime() },
  ]
}
