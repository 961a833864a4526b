import type { IncidentDetail } from '../../../../../domain/incidents.ts'
import { NODE_STATES, type NodeState, stateLabel } from '../../../../../domain/states.ts'
import type { EventRecord, GroupStatus } from '../../../../client/answers.ts'
import { changesOf, type Stretch, serversOf, statesOf } from '../../../../client/stretches.ts'
import { STATE_TONES, type Tone } from '../../../../client/words/words.ts'
import { type EntryKind, kindOf, toneOf } from './entry-kinds.ts'
import { stepBars, transitionBars } from './transition-bars.ts'

/** A stretch of time in a lane. */
export interface Bar {
  key: string
  fromMs: number
  /** Null: it goes on. */
  toMs: number | null
  tone: Tone
  /** Tells apart what has the same tone; the same thing always has the same. */
  pattern: number
  label: string
  /** Who or what it is about: `alpha`, `Users of alpha`. */
  about: string
  /** The entry that it begins with, where that is known. */
  entry: string | null
}

/** A moment in a lane. */
export interface Mark {
  entry: string
  atMs: number
  kind: EntryKind
  tone: Tone
}

export interface Lane {
  id: string
  name: string
  bars: Bar[]
  marks: Mark[]
}

interface Known {
  /** Oldest first. */
  events: readonly EventRecord[]
  /** The group as it is now; undefined: it is not known. */
  status: GroupStatus | undefined
  /** Whether nothing is older than the oldest event. */
  isComplete: boolean
  /** From when on there is something to draw. */
  beginMs: number
}

/** The lanes of a group's history: its nodes, who served whom, what ran, what happened. */
export function lanesOf(known: Known): Lane[] {
  const nodes = nodesOf(known)
  const transitions = transitionBars(known.events, known.status)
  const marks = known.events.map(markOf)
  const only = (...kinds: EntryKind[]) => marks.filter(({ kind }) => kinds.includes(kind))
  return [
    ...nodes.map((node) => lane(`node ${node}`, node, stateBars(known, node))),
    ...nodes.map((home) => lane(`users ${home}`, `Users of ${home}`, serverBars(known, home))),
    lane('transitions', 'Transitions', transitions),
    lane('steps', 'Steps', stepBars(known.events, known.status)),
    lane('incidents', 'Incidents', incidentBars(known.events), only('incident', 'held')),
    lane('services', 'Services, nodes', [], only('service', 'node')),
    lane('people', 'People', [], only('command', 'refusal', 'maintenance', 'configuration')),
  ]
}

const lane = (id: string, name: string, bars: Bar[], marks: Mark[] = []): Lane => ({ id, name, bars, marks })

const markOf = (event: EventRecord): Mark => ({
  entry: event.id,
  atMs: Date.parse(event.at),
  kind: kindOf(event),
  tone: toneOf(event),
})

/** Those of now first; a node that is in the group no more has its lane as long as the history knows it. */
function nodesOf({ events, status }: Known): string[] {
  const present = status?.nodes.map(({ node }) => node) ?? []
  const past = changesOf(events).flatMap(({ nodes }) => nodes.map(({ node }) => node))
  return [...new Set([...present, ...past])]
}

/** The place of a state among those of its tone. */
export const patternOf = (state: NodeState): number =>
  NODE_STATES.filter((other) => STATE_TONES[other] === STATE_TONES[state]).indexOf(state)

function stateBars({ events, status, beginMs }: Known, node: string): Bar[] {
  const present = status?.nodes.find((each) => each.node === node)
  const entries = entriesByTime(events)
  return statesOf(events, node, beginMs, present?.state)
    .filter(hasLength)
    .map(({ value, fromMs, toMs }) => ({
      key: `${node} ${fromMs}`,
      fromMs,
      toMs,
      tone: STATE_TONES[value],
      pattern: patternOf(value),
      label: stateLabel(value),
      about: node,
      entry: entries.get(fromMs) ?? null,
    }))
}

/** What ended with the beginning is not seen. */
const hasLength = ({ fromMs, toMs }: Stretch<unknown>): boolean => toMs === null || toMs > fromMs

/** What changed the states, or who serves, at a moment. */
function entriesByTime(events: readonly EventRecord[]): Map<number, string> {
  const entries = new Map<number, string>()
  for (const { id, at, detailType, detail } of events) {
    const isChange =
      detailType === 'Group State Change' ||
      (detailType === 'Configuration Change' && detail.highAvailability !== undefined)
    if (isChange) entries.set(Date.parse(at), id)
  }
  return entries
}

function serverBars({ events, status, isComplete, beginMs }: Known, home: string): Bar[] {
  const hasChanges = changesOf(events).some(({ nodes }) => nodes.every(({ serves }) => serves !== undefined))
  const now = status && (status.nodes.find(({ serves }) => serves.includes(home))?.node ?? null)
  // Where the history begins everybody is at home; what was before an entry that is not read yet, nobody can say.
  const first = hasChanges ? (isComplete ? home : undefined) : now
  const entries = entriesByTime(events)
  return serversOf(events, home, { value: first, fromMs: beginMs })
    .filter(hasLength)
    .map(({ value, fromMs, toMs }) => ({
      key: `users ${home} ${fromMs}`,
      fromMs,
      toMs,
      ...serverLook(value, home),
      about: `Users of ${home}`,
      entry: entries.get(fromMs) ?? null,
    }))
}

function serverLook(server: string | null | undefined, home: string): Pick<Bar, 'tone' | 'pattern' | 'label'> {
  if (server === undefined) return { tone: 'quiet', pattern: 1, label: 'not read yet' }
  if (server === null) return { tone: 'bad', pattern: 1, label: 'nobody' }
  return server === home
    ? { tone: 'good', pattern: 0, label: `by ${server}` }
    : { tone: 'warning', pattern: 1, label: `by ${server}` }
}

/** From its opening to its closing; of one that was opened before what is read, its own word tells when. */
function incidentBars(events: readonly EventRecord[]): Bar[] {
  const bars = new Map<string, Bar>()
  for (const event of events) {
    if (event.detailType !== 'Incident State Change') continue
    const { incident, kind, status, severity, openedAt } = event.detail as unknown as IncidentDetail
    const before = bars.get(incident)
    bars.set(incident, {
      key: incident,
      fromMs: Date.parse(openedAt),
      toMs: status === 'CLOSED' ? Date.parse(event.at) : null,
      tone: severity === 'page' ? 'bad' : 'warning',
      pattern: 0,
      label: INCIDENTS[kind],
      about: 'Incident',
      entry: before?.entry ?? event.id,
    })
  }
  return [...bars.values()].sort((one, other) => one.fromMs - other.fromMs)
}

const INCIDENTS: Readonly<Record<IncidentDetail['kind'], string>> = {
  RoadLost: 'Road lost',
  Failover: 'Failover',
  FailedTransition: 'Failed transition',
  FailedMode: 'Failed mode',
  BothNodesSilent: 'Both nodes silent',
  AutomaticFallbackOff: 'Automatic fallbacks off',
  ServiceFailoverOff: 'Service failovers off',
  VersionDrift: 'Software versions differ',
  ReplicationDrift: 'Replication state differs',
}
