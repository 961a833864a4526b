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
export function asksFor(core: AgentCore, nowMs: number): string[] {
  const { last, heardSentAtMs, toldMsAgo } = core
  if (!last || heardSentAtMs === null) return []
  const limitMs = OUT_OF_REACH_INTERVALS * last.settings.keepAliveIntervalMs
  const isOutOfReach = nowMs - heardSentAtMs >= limitMs || toldMsAgo >= limitMs
  return isOutOfReach ? openUnderLease(core, nowMs) : []
}

/** The doors that this agent holds open under a lease; without a lease there is nothing to promise. */
export const openUnderLease = ({ doors, open }: AgentCore, nowMs: number): string[] =>
  open.filter((home) => typeof doors[home] === 'number' && nowMs < (doors[home] as number))

/**
 * Promises the peer's open doors to it (rule 17): those that are closed here, and that the last answer did not grant
 * here. `nowMs`: the ping's receipt. A ping of another membership is promised nothing.
 */
export function promise(core: AgentCore, ping: Ping, promiseMs: number, nowMs: number): string[] {
  if (ping.epoch !== core.epoch) return []
  const mine = [...core.open, ...Object.keys(core.doors), ...(core.last?.serve ?? [])]
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

/** When the last promise of those that stand is over: then it has to be said at once; null: none stands. */
export function relayEndsAtMs(core: AgentCore, nowMs: number): number | null {
  const ends = relayed(core, nowMs).map((home) => core.promisedMs[home] ?? nowMs)
  return ends.length === 0 ? null : Math.min(...ends)
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
export type HandedOver = Pick<AgentCore, 'noOpenMs' | 'assumed'>

export const handOver = ({ noOpenMs, assumed }: AgentCore): HandedOver => ({ noOpenMs, assumed })

/**
 * What an agent that starts may not open (rule 19): what its predecessor handed over, exactly; without that, as after a
 * crash, any door that is not open here may have been promised.
 */
export function inheritPromises(
  core: AgentCore,
  { handedOver, openDoors, promiseMs }: { handedOver: HandedOver | null; openDoors: string[]; promiseMs: number },
  nowMs: number,
): void {
  Object.assign(core, handedOver ?? { assumed: { untilMs: nowMs + promiseMs, except: openDoors } })
}
