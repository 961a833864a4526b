import type { PeerTimes } from '../../../domain/settings.ts'
import type { AgentCore, Doors } from '../core.ts'

/** What one agent asks of the other (rule 16): the doors that it holds open. */
export interface Ping {
  epoch: number
  open: string[]
}

/** What the other promises (rule 17), and how long a door may stay open on that. */
export interface Pong {
  promised: string[]
  failsafeMs: number
}

/** How long after the last answered request the control plane counts as out of reach, in intervals. */
const OUT_OF_REACH_INTERVALS = 1.5

/**
 * The doors that the peer is asked to promise: those that are open, and only while the control plane is out of reach
 * (rule 16). While it answers there is no promise that an operator's move would have to wait for. It is in reach again
 * when it has answered a heartbeat that told it so: until then it may judge this node silent, and the relay must not end
 * before (rule 20).
 */
export const asksFor = (core: AgentCore, nowMs: number): string[] =>
  isOutOfReach(core, nowMs) ? openUnderLease(core, nowMs) : []

/** An agent that has just started does not know how long nobody has answered: one request without an answer is enough. */
function isOutOfReach({ terms, heardSentAtMs, toldMsAgo, missed }: AgentCore, nowMs: number): boolean {
  if (!terms) return false
  if (heardSentAtMs === null) return missed > 0
  const limitMs = OUT_OF_REACH_INTERVALS * terms.settings.keepAliveIntervalMs
  return nowMs - heardSentAtMs >= limitMs || toldMsAgo >= limitMs
}

/** Of the time between two pings. */
const ASK_AGAIN_PART = 1 / 5

/** After so long a ping that asked for a promise and is not answered is sent anew: on a poor road many are lost. */
export const askAgainMs = ({ pingIntervalMs }: PeerTimes): number => Math.round(pingIntervalMs * ASK_AGAIN_PART)

/** The doors that this agent holds open under a lease; without a lease there is nothing to promise. */
export const openUnderLease = ({ doors, open }: AgentCore, nowMs: number): string[] =>
  open.filter((home) => typeof doors[home] === 'number' && nowMs < (doors[home] as number))

/**
 * Promises the peer's open doors to it (rule 17): those that are closed here, and that the last answer did not grant
 * here. `nowMs`: the ping's receipt. A ping of another membership is promised nothing.
 */
export function promise(core: AgentCore, ping: Ping, promiseMs: number, nowMs: number): string[] {
  if (ping.epoch !== core.epoch) return []
  const mine = [...core.open, ...Object.keys(core.doors), ...(core.terms?.serve ?? [])]
  const promised = ping.open.filter((home) => !mine.includes(home))
  const before = relayed(core, nowMs)
  for (const home of promised) {
    core.noOpenMs[home] = Math.max(core.noOpenMs[home] ?? 0, nowMs + promiseMs)
    core.promisedMs[home] = nowMs + promiseMs
  }
  // A door that the peer does not hold open any more needs no relay, though the promise for it stands.
  for (const home of Object.keys(core.promisedMs)) if (!ping.open.includes(home)) delete core.promisedMs[home]
  if (before.join() !== relayed(core, nowMs).join()) core.urgent = true
  return promised
}

/** Doors of the peer under an outstanding promise: the peer is alive, whatever the control plane hears (rule 20). */
export const relayed = ({ promisedMs }: AgentCore, nowMs: number): string[] =>
  Object.keys(promisedMs)
    .filter((home) => nowMs < (promisedMs[home] ?? 0))
    .sort()

/** What an agent says of that which has not heard the peer itself. */
export function mayRelay(core: AgentCore, nowMs: number): { mayRelay?: string[] } {
  const homes = relayed(core, nowMs)
  return homes.length > 0 ? { mayRelay: homes } : {}
}

/**
 * Extends the doors that are still open (rule 18), `sentAtMs` being the sending of the ping; null: nothing changes. A
 * promise never opens a door again.
 */
export function extend(core: AgentCore, pong: Pong, sentAtMs: number, nowMs: number): Doors | null {
  const still = openUnderLease(core, nowMs).filter((home) => pong.promised.includes(home))
  const later = still.filter((home) => sentAtMs + pong.failsafeMs > (core.doors[home] as number))
  if (later.length === 0) return null
  for (const home of later) core.doors = { ...core.doors, [home]: sentAtMs + pong.failsafeMs }
  return core.doors
}

/** What an agent that ends in good order leaves to the next one: all that it has promised. */
export type HandedOver = Pick<AgentCore, 'noOpenMs' | 'assumed' | 'promisedMs'>

export const handOver = ({ noOpenMs, assumed, promisedMs }: AgentCore): HandedOver => ({
  noOpenMs,
  assumed,
  promisedMs,
})

/** What an agent finds when it starts. */
export interface Inheritance {
  /** What the earlier agent has promised; null: nobody knows. */
  handedOver: HandedOver | null
  /** The doors that the earlier agent has left open, as the gate says. */
  doors: Doors
  /** P, as the earlier agent knew it. */
  promiseMs: number
}

/**
 * What an agent that starts may not open (rule 19): what its predecessor handed over, exactly; without that, as after a
 * crash, any door that is not open here may have been promised. What may be promised is relayed (rule 20), until the
 * peer says what it holds open.
 */
export function inherit(core: AgentCore, { handedOver, doors, promiseMs }: Inheritance, nowMs: number): void {
  core.doors = doors
  core.open = Object.keys(doors)
  Object.assign(core, handedOver ?? assumeAll(core, nowMs + promiseMs))
}

function assumeAll({ node, open, terms }: AgentCore, untilMs: number): Partial<HandedOver> {
  const peer = terms?.settings.peer?.node
  const homes = peer === undefined ? [] : [node, peer].filter((home) => !open.includes(home))
  return {
    assumed: { untilMs, except: open },
    promisedMs: Object.fromEntries(homes.map((home) => [home, untilMs])),
  }
}
