import { isHeard } from './facts.ts'
import type { Group } from './model.ts'
import { boundTimeoutMs } from './model.ts'

/** The brake engages when both are reached (behaviour reference, section 5). */
export interface BrakeNumbers {
  leastGroups: number
  /** Of all groups with high availability. */
  leastPercent: number
}

export const DEFAULT_BRAKE_NUMBERS: BrakeNumbers = { leastGroups: 5, leastPercent: 30 }

/** While it lasts no group fails over for silence; an operator ends it. */
export interface Hold {
  sinceMs: number
  /** An operator, or `understudy`: the numbers were reached. */
  by: string
  reason: string
}

export interface Brake extends BrakeNumbers {
  /** Grows with every change by an asker or an operator; 0: nothing was ever changed. */
  version: number
  hold: Hold | null
  /** The last one. */
  release: { atMs: number; by: string } | null
  /** How many groups with high availability the sweeper saw, and when; null: it has not counted yet. */
  counted: { groups: number; atMs: number } | null
  /** What is not published yet. */
  outbox: BrakeEvent[]
}

/** A group would fail over because a node is silent; it says so each time that it asks. */
export interface BrakeIntent {
  cluster: string
  group: string
  /** The silent one. */
  node: string
  /** When it was last heard. */
  silentSinceMs: number
  /** When the group last asked. */
  atMs: number
  /** The keep-alive timeout of the group. */
  timeoutMs: number
}

export interface BrakeEvent {
  id: string
  atMs: number
  detailType: 'Fleet Brake State Change' | 'Configuration Change'
  detail: Record<string, unknown>
}

/** What a `Fleet Brake State Change` tells. */
export interface BrakeDetail extends BrakeNumbers {
  version: '1'
  status: 'HOLDS' | 'RELEASED'
  severity: 'page' | 'notice'
  /** Who engaged or released it. */
  by: string
  reason: string
  since: string
  durationMs: number
  /** All groups with high availability; null: nobody has counted them yet. */
  groups: number | null
  /** HOLDS: how many would have failed over within two timeouts. RELEASED: how many are held back until now. */
  silentGroups: number
  /** The first of them. */
  silent: { cluster: string; group: string; node: string }[]
}

/** Whom the brake knows as `by` when no operator did it. */
export const BY_ITSELF = 'understudy'

/** What the group says that asks: which node is silent, and since when. */
export function intentOf(group: Group, nowMs: number): BrakeIntent {
  const silent = group.nodes.find((node) => !isHeard(group, node, nowMs))
  return {
    cluster: group.cluster,
    group: group.name,
    node: silent?.name ?? '',
    silentSinceMs: silent?.lastOkAtMs || (silent?.sinceMs ?? nowMs),
    atMs: nowMs,
    timeoutMs: boundTimeoutMs(group, nowMs),
  }
}

/**
 * May a group go on that has asked the brake in vain? When it could have for a whole keep-alive timeout: its node was
 * silent that long, and the judge had watched. Not if the brake was seen to hold it back: that ends with an answer.
 */
export function mayGoUnanswered(group: Group, nowMs: number): boolean {
  if (group.withheld?.because === 'fleet brake') return false
  const { node, silentSinceMs, timeoutMs } = intentOf(group, nowMs)
  const judges = group.nodes.filter(({ name }) => name !== node)
  const watchedSinceMs = Math.max(silentSinceMs, ...judges.map(({ okSinceMs }) => okSinceMs))
  return nowMs - watchedSinceMs >= 2 * timeoutMs
}

/** For how long an intent counts: two timeouts of its group. */
export const intentLastsMs = ({ timeoutMs }: Pick<BrakeIntent, 'timeoutMs'>): number => 2 * timeoutMs

/** A release decides about the silences that it found: for two timeouts, who was silent before it fails over uncounted. */
export const isReleased = ({ release }: Brake, intent: BrakeIntent): boolean =>
  release !== null && intent.silentSinceMs < release.atMs && intent.atMs < release.atMs + intentLastsMs(intent)

/** The groups that would fail over, or have, within two timeouts. */
export const countedIntents = (brake: Brake, intents: BrakeIntent[], nowMs: number): BrakeIntent[] =>
  intents.filter((intent) => nowMs - intent.atMs < intentLastsMs(intent) && !isReleased(brake, intent))

/** Are so many groups more than chance takes? While nobody has counted all groups, the number alone decides. */
export function isReached({ leastGroups, leastPercent, counted }: Brake, silentGroups: number): boolean {
  return silentGroups >= leastGroups && 100 * silentGroups >= leastPercent * (counted?.groups ?? 0)
}

/** Who is held back now: has asked since the brake holds, and within its timeout. */
export function heldBack({ hold }: Brake, intents: BrakeIntent[], nowMs: number): BrakeIntent[] {
  if (!hold) return []
  return intents
    .filter(({ atMs, timeoutMs }) => atMs >= hold.sinceMs && nowMs - atMs < timeoutMs)
    .sort((one, other) => one.silentSinceMs - other.silentSinceMs)
}

/** A brake as it is to stand, one version later, and what its change tells. */
export interface BrakeChange {
  brake: Brake
  events: BrakeEvent[]
}

/** The brake engages where the numbers are reached; null: they are not. */
export function engage(brake: Brake, intents: BrakeIntent[], nowMs: number): BrakeChange | null {
  const silent = countedIntents(brake, intents, nowMs)
  if (!isReached(brake, silent.length)) return null
  const reason = `so many groups would fail over for silence within two keep-alive timeouts: ${silent.length}`
  const hold = { sinceMs: nowMs, by: BY_ITSELF, reason }
  const held = { ...brake, hold }
  return changed(held, nowMs, [stateChange(held, 'HOLDS', hold, BY_ITSELF, silent, nowMs)])
}

/** What an operator asks of the brake; what is left out stays as it is. */
export interface BrakeOrder {
  holds?: boolean | undefined
  reason?: string | undefined
  leastGroups?: number | undefined
  leastPercent?: number | undefined
}

/** An operator changes the numbers, holds the brake or releases it; null: it is so already. */
export function ordered(
  brake: Brake,
  intents: BrakeIntent[],
  order: BrakeOrder,
  by: string,
  nowMs: number,
): BrakeChange | null {
  const { leastGroups = brake.leastGroups, leastPercent = brake.leastPercent, holds, reason = '' } = order
  const next = { ...brake, leastGroups, leastPercent }
  const told: Told[] = []
  if (leastGroups !== brake.leastGroups || leastPercent !== brake.leastPercent) {
    const detail = { version: '1', brake: { leastGroups, leastPercent }, by }
    told.push({ detailType: 'Configuration Change', detail })
  }
  if (holds === true && !brake.hold) {
    next.hold = { sinceMs: nowMs, by, reason }
    told.push(stateChange(next, 'HOLDS', next.hold, by, countedIntents(brake, intents, nowMs), nowMs))
  }
  if (holds === false && brake.hold) {
    next.hold = null
    next.release = { atMs: nowMs, by }
    told.push(stateChange(next, 'RELEASED', brake.hold, by, heldBack(brake, intents, nowMs), nowMs))
  }
  return told.length === 0 ? null : changed(next, nowMs, told)
}

type Told = Pick<BrakeEvent, 'detailType' | 'detail'>

/** Ids of events sort by time, as those of groups do. */
function changed(brake: Brake, atMs: number, told: Told[]): BrakeChange {
  const version = brake.version + 1
  const idOf = (place: number) => `${String(atMs).padStart(14, '0')}-${version}-0${place + 1}`
  return { brake: { ...brake, version }, events: told.map((each, place) => ({ id: idOf(place), atMs, ...each })) }
}

const MOST_NAMED = 20

function stateChange(
  { leastGroups, leastPercent, counted }: Brake,
  status: BrakeDetail['status'],
  hold: Hold,
  by: string,
  silent: BrakeIntent[],
  nowMs: number,
): Told {
  const detail: BrakeDetail = {
    version: '1',
    status,
    severity: hold.by === BY_ITSELF ? 'page' : 'notice',
    by,
    reason: hold.reason,
    since: iso(hold.sinceMs),
    durationMs: nowMs - hold.sinceMs,
    leastGroups,
    leastPercent,
    groups: counted?.groups ?? null,
    silentGroups: silent.length,
    silent: silent.slice(0, MOST_NAMED).map(({ cluster, group, node }) => ({ cluster, group, node })),
  }
  return { detailType: 'Fleet Brake State Change', detail: { ...detail } }
}

const iso = (atMs: number): string => new Date(atMs).toISOString()

/** The fleet brake as `GET /brake` answers it. */
export function brakeView(brake: Brake, intents: BrakeIntent[], nowMs: number) {
  const { version, hold, release, counted, leastGroups, leastPercent } = brake
  return {
    version,
    holds: hold !== null,
    hold: hold && { since: iso(hold.sinceMs), by: hold.by, reason: hold.reason },
    leastGroups,
    leastPercent,
    groups: counted?.groups ?? null,
    countedAt: counted && iso(counted.atMs),
    silentGroups: countedIntents(brake, intents, nowMs).length,
    heldBack: heldBack(brake, intents, nowMs).map(({ cluster, group, node, silentSinceMs }) => ({
      cluster,
      group,
      node,
      silentSince: iso(silentSinceMs),
    })),
    release: release && { at: iso(release.atMs), by: release.by },
  }
}
export type BrakeStatus = ReturnType<typeof brakeView>
