import type { IncidentDetail } from '../../domain/incidents.ts'
import type { IncidentKind } from '../../domain/model.ts'
import type { EventRecord } from './answers.ts'
import { changesOf } from './stretches.ts'

/** An incident about who serves, with all that happened to its group meanwhile, oldest first. */
export interface Incident {
  cluster: string
  group: string
  /** As it was when it was opened, and what it became. */
  kinds: IncidentKind[]
  openedAt: string
  /** Null: it goes on. */
  closedAt: string | null
  events: EventRecord[]
}

const SERVING: readonly IncidentKind[] = ['RoadLost', 'Failover', 'FailedTransition', 'FailedMode', 'BothNodesSilent']
/** What may have brought an incident about, and how long before its opening. */
const CAUSES: readonly EventRecord['detailType'][] = [
  'Service State Change',
  'Transition State Change',
  'Operator Order',
]
const CAUSED_WITHIN_MS = 15 * 60_000

/** The last incident, from a history that begins with its newest entry; null: it knows of none. */
export function lastIncident(newestFirst: readonly EventRecord[]): Incident | null {
  const events = [...newestFirst].reverse()
  const told = (event: EventRecord) => event.detail as unknown as IncidentDetail
  const isServing = (event: EventRecord) =>
    event.detailType === 'Incident State Change' && SERVING.includes(told(event).kind)
  const opened = events.findLastIndex((event) => isServing(event) && told(event).status === 'OPENED')
  const opening = events[opened]
  if (!opening) return null
  const { incident, cluster, group } = told(opening)
  const isOurs = (event: EventRecord) =>
    event.detailType === 'Incident State Change' && told(event).incident === incident
  const closed = events.findIndex((event) => isOurs(event) && told(event).status === 'CLOSED')
  const last = closed < 0 ? events.length - 1 : lastOfCommit(events, closed)
  const kinds = events
    .filter(isOurs)
    .filter((event) => told(event).status !== 'CLOSED')
    .map((event) => told(event).kind)
  return {
    cluster,
    group,
    kinds: [...new Set(kinds)],
    openedAt: opening.at,
    closedAt: events[closed]?.at ?? null,
    events: events.slice(firstCause(events, opened), last + 1),
  }
}

/** Goes back from the opening as long as what stands there may have led to it. */
function firstCause(events: EventRecord[], opened: number): number {
  const opening = events[opened] as EventRecord
  let first = opened
  while (first > 0 && events[first - 1]?.at === opening.at) first -= 1
  for (let index = first - 1; index >= 0; index--) {
    const event = events[index] as EventRecord
    const isRecent = Date.parse(opening.at) - Date.parse(event.at) <= CAUSED_WITHIN_MS
    if (!isRecent || !CAUSES.includes(event.detailType)) break
    first = index
  }
  return first
}

/** What was decided in the same write belongs to it. */
function lastOfCommit(events: EventRecord[], index: number): number {
  let last = index
  while (events[last + 1]?.at === events[index]?.at) last += 1
  return last
}

export const nodesOf = ({ events }: Incident): string[] => changesOf(events)[0]?.nodes.map(({ node }) => node) ?? []

export const beginMs = ({ events, openedAt }: Incident): number => Date.parse(events[0]?.at ?? openedAt)

/** How long before the incident a node was last heard that is failed over for its silence; null: it is not. */
export function lastHeardMsBefore({ events }: Incident, name: string): number | null {
  const change = changesOf(events)[0]?.nodes.find(({ node }) => node === name)
  const isSilent = change?.state === 'FailingOver' && (change.reason ?? '').startsWith('PeerDown')
  return isSilent ? (change.heardMsAgo ?? null) : null
}
