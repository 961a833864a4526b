import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { Heartbeat } from '../../domain/contract/heartbeat.ts'
import { shortHash } from '../../domain/draft.ts'
import { gateOf, relaysIn, wanOf } from '../../domain/heartbeat.ts'
import type {
  Command,
  CutOff,
  Effect,
  GateKind,
  Group,
  Incident,
  Maintenance,
  NodeIndex,
  NodeRecord,
  PeerKey,
  Restore,
  Schedule,
  ServiceState,
  Transition,
  WanQuality,
  Withheld,
} from '../../domain/model.ts'
import { GATE_KINDS, WAN_QUALITIES } from '../../domain/model.ts'
import { leaseMs, okAgeMs } from '../../domain/settings.ts'
import type { NodeState, Reason } from '../../domain/states.ts'

/** The format of the item; it is written into each, so that a later version can read what an earlier one wrote. */
export const FORMAT = 1

/**
 * The group's item in DynamoDB. Names are short because the item is rewritten with every heartbeat and must stay below
 * 1 KB: one write unit. What an agent *said* stands in one string, so that the steady heartbeat's condition "nothing
 * new" is one comparison.
 */
interface GroupItem {
  cluster: string
  group: string
  /** format */ f: number
  /** version */ v: number
  /** configuration version */ c: number
  /** epoch */ e: number
  /** high availability */ h: boolean
  /** keep-alive timeout, ms; alone, because the steady heartbeat's update adds it to a time */ T: number
  /** lease, ms */ L: number
  /** longest gap between ok heartbeats that needs no look, ms; alone for the same reason */ x: number
  /** how old the answer may be that an ok heartbeat has heard, ms; alone for the same reason */ w: number
  /** the other settings */ p: number[]
  /** critical services */ s: string[]
  /** nodes by name */ n: Record<string, NodeItem>
  /** moves, while a set moves */ m?: string
  /** transition */ t?: string
  /** commands */ k?: string
  /** outbox: effect by id */ o?: Record<string, string>
  /** earlier, longer timeout */ b?: [number, number]
  /** silence told */ z?: boolean
  /** automatic fallbacks */ a?: number[]
  /** incidents */ i?: string
  /** keys of the peer link */ y?: string
  /** service moves */ j?: number[]
  /** maintenance */ M?: string
  /** cut-offs */ q?: string
  /** withheld */ W?: string
  /** schedules */ S?: string
}

interface NodeItem {
  /** index */ i: number
  /** host name */ h: string
  /** principal's hash */ p: string
  /** state and reason */ s: string
  /** since */ a: number
  /** what the agent said, see `saidBy` */ f: string
  /** sequence */ q: number
  /** acknowledged epoch */ e: number
  /** last heartbeat */ l: number
  /** last ok heartbeat */ k: number
  /** ok since */ K: number
  /** unheard: for how long, until when */ U?: [number, number]
  /** ok until: the next ok heartbeat must come before */ d: number
  /** services since */ t: number[]
  /** owner of the node's set */ o: number
  /** rebooted */ r?: boolean
  /** users moved at */ u?: number
  /** maintenance */ M?: string
  /** crashes: node and time */ C?: [number, number][]
  /** restore: restored, failed, lost, begun so long after the move, and, when it is done, how long it took */ R?: number[]
}

const LETTERS: Record<ServiceState, string> = { running: 'r', starting: 's', stopped: 'x', failed: 'f', unknown: 'u' }
const STATES = Object.fromEntries(Object.entries(LETTERS).map(([state, letter]) => [letter, state as ServiceState]))

interface Said {
  /** Of the critical services. */
  names: readonly string[]
  /** In the order of the item. */
  services: readonly { state: ServiceState }[]
  open: readonly string[]
  incarnation: number
  replicationSetup: number
  leaving: 'shutdown' | 'reboot' | null
  softwareVersion: string
  bootId: string
  gate: GateKind
  wan: WanQuality
  fenced: boolean
  relays: boolean
}

/**
 * The services as an item keeps them: by name, the database service last. So a heartbeat can be compared with the item
 * by one who does not know the group.
 */
const inItemOrder = (names: readonly string[]): string[] => [...names].sort()

const saidString = (said: Said): string =>
  [
    `${said.services.map(({ state }) => LETTERS[state]).join('')}:${shortHash(inItemOrder(said.names).join('\n'))}`,
    said.open.join(','),
    said.incarnation,
    said.replicationSetup,
    said.leaving ?? '',
    said.softwareVersion,
    said.bootId,
    `${GATE_KINDS.indexOf(said.gate)}${WAN_QUALITIES.indexOf(said.wan)}${said.relays ? 1 : 0}${said.fenced ? 1 : 0}`,
  ].join('|')

/** What a heartbeat says, in the form in which the item keeps it; equal strings say nothing new. */
export function saidBy(heartbeat: Heartbeat, nowMs: number): { said: string; sinceMs: number[] } {
  const names = inItemOrder(Object.keys(heartbeat.services))
  const services = [...names.map((name) => heartbeat.services[name]), heartbeat.database].filter(
    (report) => report !== undefined,
  )
  return {
    said: saidString({
      ...heartbeat,
      names,
      services,
      open: [...heartbeat.gate.open].sort(),
      leaving: heartbeat.leaving ?? null,
      gate: gateOf(heartbeat),
      wan: wanOf(heartbeat),
      fenced: heartbeat.fenced ?? false,
      relays: relaysIn(heartbeat),
    }),
    sinceMs: services.map(({ forMs }) => Math.round(nowMs - forMs)),
  }
}

function toNodeItem(group: Group, node: NodeRecord, index: number): NodeItem {
  const critical = inItemOrder(group.services).map((name) => node.services[group.services.indexOf(name)])
  const services = [...critical, node.services.at(-1)].filter((service) => service !== undefined)
  const open = node.open.map((set) => group.nodes[set]?.name ?? '').sort()
  return {
    i: index,
    h: node.hostName,
    p: node.principal,
    s: `${node.state}|${node.reason}`,
    a: node.sinceMs,
    f: saidString({ ...node, names: group.services, services, open }),
    q: node.sequence,
    e: node.acknowledgedEpoch,
    l: node.lastAtMs,
    k: node.lastOkAtMs,
    K: node.okSinceMs,
    d: node.lastOkAtMs === 0 ? 0 : node.lastOkAtMs + okAgeMs(group.settings),
    t: services.map(({ sinceMs }) => sinceMs),
    o: node.set.owner,
    ...(node.unheard ? { U: [node.unheard.forMs, node.unheard.untilMs] } : {}),
    ...(node.rebooted ? { r: true } : {}),
    ...(node.movedAtMs === undefined ? {} : { u: node.movedAtMs }),
    ...(node.maintenance ? { M: JSON.stringify(node.maintenance) } : {}),
    ...(node.crashes ? { C: node.crashes.map((crash): [number, number] => [crash.node, crash.atMs]) } : {}),
    ...(node.restore ? { R: restoreNumbers(node.restore, node.movedAtMs ?? 0) } : {}),
  }
}

/** Numbers are small where they are told from the move on, and an item is to stay below 1 KB. */
function restoreNumbers({ restored, failed, lost, startedAtMs, endedAtMs }: Restore, movedAtMs: number): number[] {
  const took = endedAtMs === null ? [] : [endedAtMs - startedAtMs]
  return [restored, failed, lost, startedAtMs - movedAtMs, ...took]
}

function restoreOf([restored = 0, failed = 0, lost = 0, begun = 0, took]: number[], movedAtMs: number): Restore {
  const startedAtMs = movedAtMs + begun
  return { restored, failed, lost, startedAtMs, endedAtMs: took === undefined ? null : startedAtMs + took }
}

function fromNodeItem(
  name: string,
  item: NodeItem,
  group: { services: string[]; names: string[] },
  moving: NodeRecord['set']['moving'],
): NodeRecord {
  const [
    letters = '',
    open = '',
    incarnation = '0',
    replication = '0',
    leaving = '',
    softwareVersion = '',
    bootId = '',
    // An item of release 0.1.0 has no more than those above.
    [gate = '0', wan = '0', relays = '0', fenced = '0'] = '',
  ] = item.f.split('|')
  const order = inItemOrder(group.services)
  const [state, reason] = item.s.split('|') as [NodeState, Reason]
  return {
    name,
    hostName: item.h,
    principal: item.p,
    state,
    reason,
    sinceMs: item.a,
    incarnation: Number(incarnation),
    sequence: item.q,
    bootId,
    acknowledgedEpoch: item.e,
    lastAtMs: item.l,
    lastOkAtMs: item.k,
    okSinceMs: item.K,
    unheard: item.U ? { forMs: item.U[0], untilMs: item.U[1] } : null,
    services: [...group.services.map((service) => order.indexOf(service)), order.length].map((place) => ({
      state: STATES[letters[place] ?? 'u'] ?? 'unknown',
      sinceMs: item.t[place] ?? 0,
    })),
    open: ([0, 1] as const).filter((set) => open.split(',').includes(group.names[set] ?? '|')),
    leaving: leaving === '' ? null : (leaving as 'shutdown' | 'reboot'),
    softwareVersion,
    replicationSetup: Number(replication),
    gate: GATE_KINDS[Number(gate)] ?? 'other',
    wan: WAN_QUALITIES[Number(wan)] ?? 'unmeasured',
    fenced: fenced === '1',
    relays: relays === '1',
    rebooted: item.r ?? false,
    ...(item.u === undefined ? {} : { movedAtMs: item.u }),
    ...(item.C === undefined ? {} : { crashes: item.C.map(([of, atMs]) => ({ node: of as NodeIndex, atMs })) }),
    ...(item.R === undefined ? {} : { restore: restoreOf(item.R, item.u ?? 0) }),
    maintenance: parsed<Maintenance>(item.M),
    set: { owner: item.o as NodeIndex, moving },
  }
}

export function toItem(group: Group): Record<string, AttributeValue> {
  const { settings } = group
  const moves = group.nodes.map((node) => node.set.moving)
  const item: GroupItem = {
    cluster: group.cluster,
    group: group.name,
    f: FORMAT,
    v: group.version,
    c: group.configurationVersion,
    e: group.epoch,
    h: group.highAvailability,
    T: settings.keepAliveTimeoutMs,
    L: leaseMs(settings),
    x: okAgeMs(settings),
    w: okAgeMs(settings),
    p: [
      settings.servicePort,
      settings.adminRpcPort,
      settings.criticalServiceDelayMs,
      settings.automaticFallbackEnabled ? 1 : 0,
      settings.automaticFallbackDelayMs,
      settings.initializationTimeoutMs,
      settings.keepAliveIntervalMs,
    ],
    s: group.services,
    n: Object.fromEntries(group.nodes.map((node, index) => [node.name, toNodeItem(group, node, index)])),
    ...(moves.some((move) => move) ? { m: JSON.stringify(moves) } : {}),
    ...(group.transition ? { t: JSON.stringify(group.transition) } : {}),
    ...(group.commands.length > 0 ? { k: JSON.stringify(group.commands) } : {}),
    ...(group.outbox.length > 0
      ? { o: Object.fromEntries(group.outbox.map((effect) => [effect.id, JSON.stringify(effect)])) }
      : {}),
    ...(group.earlierTimeout ? { b: [group.earlierTimeout.timeoutMs, group.earlierTimeout.untilMs] } : {}),
    ...(group.silenceTold ? { z: true } : {}),
    ...(group.automaticFallbacksAtMs.length > 0 ? { a: group.automaticFallbacksAtMs } : {}),
    ...(group.peerKeys.length > 0 ? { y: JSON.stringify(group.peerKeys) } : {}),
    ...(group.incidents.length > 0 ? { i: JSON.stringify(group.incidents) } : {}),
    ...(group.serviceMovesAtMs.length > 0 ? { j: group.serviceMovesAtMs } : {}),
    ...(group.maintenance ? { M: JSON.stringify(group.maintenance) } : {}),
    ...(group.cutOffs.length > 0 ? { q: JSON.stringify(group.cutOffs) } : {}),
    ...(group.withheld ? { W: JSON.stringify(group.withheld) } : {}),
    ...(group.schedules.length > 0 ? { S: JSON.stringify(group.schedules) } : {}),
  }
  return marshall(item)
}

const parsed = <Part>(text: string | undefined): Part | null => (text === undefined ? null : (JSON.parse(text) as Part))

export function fromItem(attributes: Record<string, AttributeValue>): Group {
  const item = unmarshall(attributes) as GroupItem
  if (item.f !== FORMAT) throw new Error(`the item of group ${item.group} has format ${item.f}, not ${FORMAT}`)
  const [
    servicePort = 0,
    adminRpcPort = 0,
    delay = 0,
    automatic = 0,
    fallbackDelay = 0,
    initialization = 0,
    interval = 0,
  ] = item.p
  const moves: NodeRecord['set']['moving'][] = item.m === undefined ? [] : JSON.parse(item.m)
  const nodes = Object.entries(item.n).sort(([, one], [, two]) => one.i - two.i)
  const layout = { services: item.s, names: nodes.map(([name]) => name) }
  return {
    cluster: item.cluster,
    name: item.group,
    version: item.v,
    configurationVersion: item.c,
    epoch: item.e,
    highAvailability: item.h,
    settings: {
      servicePort,
      adminRpcPort,
      criticalServiceDelayMs: delay,
      automaticFallbackEnabled: automatic === 1,
      automaticFallbackDelayMs: fallbackDelay,
      initializationTimeoutMs: initialization,
      keepAliveTimeoutMs: item.T,
      keepAliveIntervalMs: interval,
      fenceMarginMs: item.T - item.L,
    },
    services: item.s,
    nodes: nodes.map(([name, node], index) => fromNodeItem(name, node, layout, moves[index] ?? null)),
    transition: parsed<Transition>(item.t),
    commands: parsed<Command[]>(item.k) ?? [],
    outbox: Object.values(item.o ?? {})
      .map((effect) => JSON.parse(effect) as Effect)
      .sort((one, two) => one.id.localeCompare(two.id)),
    earlierTimeout: item.b ? { timeoutMs: item.b[0], untilMs: item.b[1] } : null,
    silenceTold: item.z ?? false,
    automaticFallbacksAtMs: item.a ?? [],
    serviceMovesAtMs: item.j ?? [],
    maintenance: parsed<Maintenance>(item.M),
    cutOffs: parsed<CutOff[]>(item.q) ?? [],
    withheld: parsed<Withheld>(item.W),
    schedules: parsed<Schedule[]>(item.S) ?? [],
    peerKeys: parsed<PeerKey[]>(item.y) ?? [],
    incidents: parsed<Incident[]>(item.i) ?? [],
  }
}
