import type { AgentCommand, Heartbeat, HeartbeatAnswer } from '../../domain/contract/heartbeat.ts'

/** When a door closes by itself, on the boot clock in ms; `unleased` while high availability is off [B5]. */
export type Deadline = number | 'unleased'
/** Doors that are to be open, by home node; one that is not named is to be closed. */
export type Doors = Record<string, Deadline>

type OperatorOrders = NonNullable<Heartbeat['operatorOrders']>

/** What an answer lays down until the next one. An agent that starts goes by what the last one said to its earlier self. */
export type Terms = Pick<HeartbeatAnswer, 'serve' | 'leaseMs' | 'settings'>

/** What an agent that starts knows of its group. */
export interface Known {
  group?: string | undefined
  epoch: number
  terms?: Terms | undefined
}

/** The agent's part of the safety protocol (rules 12–15): a value, changed only by the functions below. */
export interface AgentCore {
  readonly node: string
  readonly incarnation: number
  sequence: number
  group: string | undefined
  epoch: number
  /** The one request that is under way. Only its answer counts; a newer request abandons it (rules 12 and 15). */
  outstanding: { sequence: number; sentAtMs: number; results: string[]; orders: OperatorOrders } | null
  /** When the newest request whose answer was processed was sent; null: none in this incarnation (rule 9). */
  heardSentAtMs: number | null
  /** How old the answer before was that the newest answered request could tell of: what the control plane knows of it. */
  toldMsAgo: number
  /** How many requests in a row have had no answer. */
  missed: number
  terms: Terms | null
  doors: Doors
  /** What the gate itself said last (rule 14). */
  open: string[]
  results: NonNullable<Heartbeat['commandResults']>
  /** What was ordered on the node itself and the control plane may not know yet. */
  orders: OperatorOrders
  /** A closed door opens only from then on, on the boot clock: it was promised to the peer, or may have been (rule 13). */
  noOpenMs: Record<string, number>
  /** Of an agent that has just started: its earlier self may have promised any door but these (rule 19). */
  assumed: { untilMs: number; except: string[] }
  /** Doors of the peer that it said are open, and until when they are promised to it (rules 17 and 20). */
  promisedMs: Record<string, number>
  /** By an operator's order every door stays closed, whatever is granted. */
  fenced: boolean
  /** Doors that an operator has forced open while the control plane was away: the next answer that counts ends that. */
  forced: string[]
  /** Something must be said at once, not at the next interval. */
  urgent: boolean
  nextAtMs: number
  last: HeartbeatAnswer | null
}

export function createCore(node: string, incarnation: number, known: Known): AgentCore {
  return {
    node,
    incarnation,
    sequence: 0,
    group: known.group,
    epoch: known.epoch,
    outstanding: null,
    heardSentAtMs: null,
    toldMsAgo: 0,
    missed: 0,
    terms: known.terms ?? null,
    doors: {},
    open: [],
    results: [],
    orders: [],
    noOpenMs: {},
    assumed: { untilMs: 0, except: [] },
    promisedMs: {},
    fenced: false,
    forced: [],
    urgent: false,
    nextAtMs: 0,
    last: null,
  }
}

/** What the rest of the agent knows and the core does not. */
export type Report = Pick<
  Heartbeat,
  | 'bootId'
  | 'softwareVersion'
  | 'services'
  | 'database'
  | 'replicationSetup'
  | 'peer'
  | 'mayRelay'
  | 'sessions'
  | 'leaving'
> & { gateKind: string; wallClockMs: number }

/**
 * No answer to the request that is under way counts any more. It comes before the gate is read for the next heartbeat:
 * an answer that came in between could open a door that the heartbeat then says is closed (rules 12 and 15).
 */
export function abandon(core: AgentCore): void {
  core.outstanding = null
}

/** The next heartbeat, made right after the gate was read (rule 14), with no other request under way (rule 15). */
export function compose(core: AgentCore, openDoors: string[], report: Report, nowMs: number): Heartbeat {
  core.sequence += 1
  core.open = openDoors
  core.urgent = false
  core.outstanding = {
    sequence: core.sequence,
    sentAtMs: nowMs,
    results: core.results.map(({ id }) => id),
    orders: core.orders,
  }
  const { gateKind, wallClockMs, leaving, ...said } = report
  return {
    ...(core.group === undefined ? {} : { group: core.group }),
    incarnation: core.incarnation,
    sequence: core.sequence,
    sentAtMs: wallClockMs,
    epoch: core.epoch,
    ...(core.heardSentAtMs === null ? {} : { answeredMsAgo: Math.max(0, nowMs - core.heardSentAtMs) }),
    ...said,
    gate: { open: openDoors, kind: gateKind },
    ...(core.fenced ? { fenced: true } : {}),
    ...(core.orders.length > 0 ? { operatorOrders: [...core.orders] } : {}),
    ...(core.results.length > 0 ? { commandResults: [...core.results] } : {}),
    ...(leaving ? { leaving } : {}),
  }
}

/** What an answer asks for. The doors come first: a service is stopped only behind a closed door. */
export interface Orders {
  doors: Doors
  commands: AgentCommand[]
}

/**
 * Takes an answer (rules 12 and 13); null: it does not count, because it is not to the request that is under way or not
 * to this incarnation. A granted door is open until the *sending* of the request plus the lease; a deadline never
 * comes nearer. A door that is not granted is closed.
 */
export function take(core: AgentCore, sequence: number, answer: HeartbeatAnswer, nowMs: number): Orders | null {
  const { outstanding } = core
  if (outstanding?.sequence !== sequence || answer.sequence !== sequence) return null
  if (answer.incarnation !== core.incarnation) return null
  core.outstanding = null
  core.toldMsAgo = toldMsAgo(core, outstanding)
  core.heardSentAtMs = outstanding.sentAtMs
  core.missed = 0
  core.results = core.results.filter(({ id }) => !outstanding.results.includes(id))
  core.orders = core.orders.filter((order) => !outstanding.orders.includes(order))
  if (answer.epoch !== core.epoch) core.urgent = true
  core.epoch = answer.epoch
  core.group = answer.group
  core.last = answer
  core.terms = { serve: answer.serve, leaseMs: answer.leaseMs, settings: answer.settings }
  const isHeldOpen = (home: string) => !core.forced.includes(home) && isOpen(core, home, nowMs)
  const held = answer.serve.filter((home) => !isHeldOpen(home) && nowMs < noOpenMs(core, home))
  const granted = core.fenced ? [] : answer.serve.filter((home) => !held.includes(home))
  // The deadline of a forced door was not granted by anybody, and may be later than the lease.
  const before = (home: string) => (core.forced.includes(home) ? undefined : core.doors[home])
  core.doors = Object.fromEntries(granted.map((home) => [home, deadline(before(home), answer, outstanding)]))
  core.forced = []
  // A door that is promised to the peer waits for the next grant, which is asked for when the promise is over.
  const againAtMs = held.map((home) => noOpenMs(core, home))
  core.nextAtMs = Math.min(nowMs + answer.nextHeartbeatInMs, ...againAtMs)
  return { doors: core.doors, commands: answer.commands }
}

/** An agent that had no answer since it started told of none; that it missed some, the control plane does not know. */
function toldMsAgo({ heardSentAtMs, missed }: AgentCore, { sentAtMs }: { sentAtMs: number }): number {
  if (heardSentAtMs === null) return missed > 0 ? Number.POSITIVE_INFINITY : 0
  return sentAtMs - heardSentAtMs
}

/** From when on a closed door may open: it was promised to the peer, or may have been by an earlier self. */
export function noOpenMs({ noOpenMs: promised, assumed }: AgentCore, home: string): number {
  return Math.max(promised[home] ?? 0, assumed.except.includes(home) ? 0 : assumed.untilMs)
}

/** Whether a door is open as far as this agent wants it, or as the gate itself last said. */
function isOpen(core: AgentCore, home: string, nowMs: number): boolean {
  const until = core.doors[home]
  return core.open.includes(home) || until === 'unleased' || (until !== undefined && nowMs < until)
}

function deadline(old: Deadline | undefined, answer: HeartbeatAnswer, request: { sentAtMs: number }): Deadline {
  if (answer.leaseMs === null) return 'unleased'
  const granted = request.sentAtMs + answer.leaseMs
  return typeof old === 'number' ? Math.max(old, granted) : granted
}

/** The request that is under way has failed, or took too long. It is tried again within an interval, spread out. */
export function fail(core: AgentCore, sequence: number, nowMs: number, intervalMs: number, spread: number): void {
  if (core.outstanding?.sequence !== sequence) return
  core.outstanding = null
  core.missed += 1
  const retryAtMs = nowMs + intervalMs * (0.25 + spread / 2)
  // What was due and has now been tried is past; only what is still to come may be sooner than the retry.
  core.nextAtMs = core.nextAtMs > nowMs ? Math.min(core.nextAtMs, retryAtMs) : retryAtMs
}

/** The gate was read again: a change is reported at once. */
export function noteGate(core: AgentCore, openDoors: string[]): void {
  const same = openDoors.length === core.open.length && openDoors.every((home) => core.open.includes(home))
  core.open = openDoors
  if (!same) core.urgent = true
}

const ORDERS_TOLD = 4

/** Something was ordered on the node itself, or has ended: it is told at once, and again until an answer has come. */
export function noteOrder(core: AgentCore, order: OperatorOrders[number]): void {
  core.orders = [...core.orders, order].slice(-ORDERS_TOLD)
  core.urgent = true
}

/** A command has ended: its result is told at once, and again until an answer shows that it arrived. */
export function noteResult(core: AgentCore, result: AgentCore['results'][number]): void {
  core.results = [...core.results.filter(({ id }) => id !== result.id), result]
  core.urgent = true
}

/** When the next heartbeat is due, on the boot clock. While one is under way only what is urgent abandons it. */
export function dueAtMs(core: AgentCore, nowMs: number): number | null {
  if (core.urgent) return nowMs
  if (core.outstanding) return null
  // When the last promise to the peer is over, that it is not heard any more is said at once (rule 20).
  const relayEndsMs = Object.values(core.promisedMs).filter((untilMs) => untilMs > nowMs)
  return Math.min(core.nextAtMs, ...relayEndsMs)
}
