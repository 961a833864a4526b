import fc from 'fast-check'
import type { Heartbeat } from '../../domain/contract/heartbeat.ts'
import type { Group, NodeIndex, NodeRecord } from '../../domain/model.ts'
import { aGroup, HOUR, INTERVAL, NOW, TIMEOUT } from '../domain/situation.ts'

export const nodeAt = (group: Group, index: NodeIndex): NodeRecord => group.nodes[index] as NodeRecord

/** A heartbeat of alpha, and the pair that it reaches. */
export interface Arrival {
  group: Group
  heartbeat: Heartbeat
  principals: string[]
  nowMs: number
}

/** All is well: the heartbeat comes at `NOW`, an interval after the last, and says what that one said. */
export function steadyArrival(name: string): Arrival {
  const group = { ...aGroup(), name }
  for (const node of group.nodes) Object.assign(node, { lastAtMs: NOW - INTERVAL, lastOkAtMs: NOW - INTERVAL })
  const node = nodeAt(group, 0)
  const running = { state: 'running', forMs: HOUR } as const
  const heartbeat: Heartbeat = {
    group: name,
    incarnation: node.incarnation,
    sequence: node.sequence + 1,
    bootId: node.bootId,
    sentAtMs: NOW,
    epoch: group.epoch,
    answeredMsAgo: INTERVAL,
    softwareVersion: node.softwareVersion,
    services: Object.fromEntries(group.services.map((service) => [service, running])),
    database: running,
    replicationSetup: node.replicationSetup,
    gate: { open: ['alpha'], kind: 'front' },
  }
  return { group, heartbeat, principals: [node.principal], nowMs: NOW }
}

/** What is different about a heartbeat, its node, the peer or the group. */
export interface Difference {
  heartbeat?: Partial<Heartbeat>
  node?: Partial<NodeRecord>
  peer?: Partial<NodeRecord>
  group?: Partial<Group>
  principals?: string[]
  nowMs?: number
}

export function differing(arrival: Arrival, { heartbeat, node, peer, group, ...rest }: Difference): Arrival {
  const [one, two] = arrival.group.nodes
  const nodes = [
    { ...one, ...node },
    { ...two, ...peer },
  ] as NodeRecord[]
  return {
    ...arrival,
    ...rest,
    heartbeat: { ...arrival.heartbeat, ...heartbeat },
    group: { ...arrival.group, ...group, nodes },
  }
}

const { group: GROUP, heartbeat: HEARTBEAT } = steadyArrival('any')

const report = fc.record({
  state: fc.constantFrom('running', 'starting', 'stopped', 'failed', 'unknown' as const),
  forMs: fc.double({ min: 0, max: 1e9, noNaN: true }),
})
const services = fc
  .uniqueArray(fc.constantFrom(...GROUP.services, 'Another'), { minLength: GROUP.services.length - 1 })
  .chain((names) => fc.tuple(...names.map((name) => fc.tuple(fc.constant(name), report))))
  .map((reports) => Object.fromEntries(reports))
/** All run, and the agent has them in another order. */
const alike = fc
  .tuple(
    fc.shuffledSubarray(GROUP.services, { minLength: GROUP.services.length }),
    fc.double({ min: 0, max: 1e9, noNaN: true }),
  )
  .map(([names, forMs]) =>
    Object.fromEntries(names.map((name, place) => [name, { state: 'running' as const, forMs: forMs + place / 3 }])),
  )
const around = (value: number) => fc.integer({ min: value - 1, max: value + 1 })

const difference: fc.Arbitrary<Difference> = fc.oneof(
  fc
    .oneof(
      fc.record({ sequence: fc.nat({ max: 200 }) }),
      fc.record({ incarnation: around(HEARTBEAT.incarnation) }),
      fc.record({ bootId: fc.constantFrom('boot-1', 'boot-2') }),
      fc.record({ services }),
      fc.record({ services: alike }),
      fc.record({ database: report }),
      fc.record({ gate: fc.record({ open: fc.subarray(['alpha', 'beta', 'gamma']), kind: fc.constant('front') }) }),
      fc.record({ replicationSetup: fc.nat({ max: 4 }) }),
      fc.record({ answeredMsAgo: fc.double({ min: 0, max: TIMEOUT, noNaN: true }) }),
      fc.record({ epoch: around(HEARTBEAT.epoch) }),
    )
    .map((heartbeat) => ({ heartbeat })),
  fc.record({ nowMs: fc.integer({ min: NOW - TIMEOUT, max: NOW + TIMEOUT }) }),
  fc.record({ node: fc.record({ acknowledgedEpoch: around(HEARTBEAT.epoch) }) }),
  fc.record({ node: fc.record({ lastAtMs: fc.integer({ min: NOW - INTERVAL, max: NOW + TIMEOUT }) }) }),
  fc
    .boolean()
    .map((released): Difference => ({ peer: { set: { owner: 1, moving: { to: 0, untilMs: NOW, released } } } })),
  fc.boolean().map((highAvailability) => ({ group: { highAvailability } })),
  fc.constant({ group: { earlierTimeout: { timeoutMs: 2 * TIMEOUT, untilMs: NOW + 1 } } }),
)

/** Heartbeats that are steady but for a few things. */
export const anyArrival: fc.Arbitrary<Arrival> = fc
  .array(difference, { maxLength: 2 })
  .map((differences) => differences.reduce(differing, steadyArrival('any')))
