import type { IncidentDetail } from '../../../../../domain/incidents.ts'
import type { ServiceState } from '../../../../../domain/model.ts'
import type { EventRecord } from '../../../../client/answers.ts'
import type { Tone } from '../../../../client/words/words.ts'

/** What entries of a history are about, as one looks for them. */
export const ENTRY_KINDS = {
  state: 'States of the nodes',
  transition: 'Transitions',
  command: 'Commands and schedules',
  refusal: 'Refusals',
  incident: 'Incidents',
  held: 'Held back',
  service: 'Services',
  node: 'Reports of nodes',
  maintenance: 'Maintenance',
  configuration: 'Configuration',
} as const
export type EntryKind = keyof typeof ENTRY_KINDS

const KINDS: Readonly<Record<EventRecord['detailType'], EntryKind>> = {
  'Group State Change': 'state',
  'Transition State Change': 'transition',
  'Service State Change': 'service',
  'Node Reachability Change': 'node',
  'Command Result': 'node',
  'Request Refused': 'refusal',
  'Configuration Change': 'configuration',
  'Incident State Change': 'incident',
  'Operator Order': 'command',
  'Maintenance State Change': 'maintenance',
  'Automatic Action Withheld': 'held',
  'Incident Acknowledged': 'command',
  'Fleet Brake State Change': 'held',
  'Schedule State Change': 'command',
  'Sessions Restored': 'node',
}

/** A transition that somebody asked for begins with a command. */
export function kindOf({ detailType, detail }: EventRecord): EntryKind {
  const { requestedBy } = (detail.transition ?? {}) as { requestedBy?: string }
  const isAsked = requestedBy !== undefined && requestedBy !== '' && requestedBy !== 'understudy'
  if (detailType === 'Transition State Change' && detail.status === 'RUNNING' && isAsked) return 'command'
  return KINDS[detailType] ?? 'node'
}

const SERVICE_TONES: readonly [ServiceState, Tone][] = [
  ['failed', 'bad'],
  ['unknown', 'bad'],
  ['stopped', 'warning'],
  ['starting', 'busy'],
]

/** How good or bad the news is. */
export function toneOf(event: EventRecord): Tone {
  const { detail, detailType } = event
  switch (kindOf(event)) {
    case 'service': {
      const states = (detail.services as { state: ServiceState }[]).map(({ state }) => state)
      return SERVICE_TONES.find(([state]) => states.includes(state))?.[1] ?? 'good'
    }
    case 'incident': {
      const { status, severity } = detail as unknown as IncidentDetail
      if (status === 'CLOSED') return 'good'
      return severity === 'page' ? 'bad' : 'warning'
    }
    case 'node':
      return toneOfReport(event)
    case 'maintenance':
      return detail.enabled ? 'warning' : 'quiet'
    case 'transition':
      return detail.status === 'FAILED' ? 'bad' : 'quiet'
    case 'refusal':
    case 'held':
      return 'warning'
    case 'command':
      return detailType === 'Schedule State Change' && detail.status === 'FAILED' ? 'bad' : 'busy'
    default:
      return 'quiet'
  }
}

function toneOfReport({ detailType, detail }: EventRecord): Tone {
  if (detailType === 'Node Reachability Change') return detail.reachable ? 'good' : 'bad'
  if (detailType === 'Sessions Restored') return Number(detail.failed) > 0 ? 'warning' : 'quiet'
  return detail.ok ? 'quiet' : 'bad'
}

const GRAVITY: readonly Tone[] = ['quiet', 'good', 'busy', 'warning', 'bad']
/** Of several things that are shown as one, the worst is what one has to see. */
export const worst = (tones: readonly Tone[]): Tone =>
  tones.reduce((one, other) => (GRAVITY.indexOf(other) > GRAVITY.indexOf(one) ? other : one), 'quiet')
