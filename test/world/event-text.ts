import { alertHeadline } from '../../domain/alert-text.ts'
import type { IncidentDetail } from '../../domain/incidents.ts'
import type { ScheduleDetail } from '../../domain/schedules.ts'
import { DEFAULT_CRITICAL_SERVICES } from '../../domain/settings.ts'
import type { NodeState, Reason } from '../../domain/states.ts'
import { reasonLabel, stateLabel } from '../../domain/states.ts'
import type { HistoryEntry } from '../../functions/adapters/history-store.ts'

interface NodeChange {
  node: string
  state: NodeState
  reason: Reason
}
interface ServiceChange {
  service: string
  state: string
}
interface TransitionTold {
  kind: string
  trigger: Reason
  from: string
  to: string
  requestedBy: string
}

const label = ({ node, state }: NodeChange): string => `${node} ${stateLabel(state)}`
const withReason = (text: string, reason: Reason): string =>
  reason === 'Normal' ? text : `${text} (${reasonLabel(reason)})`

/** `alpha Failing Over, beta Taking Over (On Admin Request)`; each with its reason, where they differ. */
export function describePair([one, two]: readonly NodeChange[]): string {
  if (!one || !two) return ''
  if (one.reason === two.reason) return withReason(`${label(one)}, ${label(two)}`, one.reason)
  return [one, two].map((node) => withReason(label(node), node.reason)).join(', ')
}

function describeTransition(detail: Record<string, unknown>, clock: (at: string) => string): string {
  const { kind, trigger, from, to, requestedBy } = detail.transition as TransitionTold
  const name = kind === 'recovery' ? 'recovery' : `${kind} from ${from} to ${to}`
  const because = requestedBy === 'understudy' ? reasonLabel(trigger) : `requested by ${requestedBy}`
  switch (detail.status) {
    case 'WAITING':
      return `${name} waits until ${clock(String(detail.waitingUntil))} (${because})`
    case 'RUNNING':
      return `${name} begins (${because})`
    case 'SUCCEEDED':
      return `${name} is done`
    case 'FAILED':
      return `${name} has failed`
    default:
      return `${name} is called off`
  }
}

/** Services that changed to the same state at once, in one line. */
function describeServices(changes: ServiceChange[]): string[] {
  const states = [...new Set(changes.map(({ state }) => state))]
  return states.map((state) => {
    const names = changes.filter((change) => change.state === state).map(({ service }) => service)
    if (names.length === 1) return `${names[0]} is ${state}`
    const all = DEFAULT_CRITICAL_SERVICES.every((service) => names.includes(service))
    const rest = names.filter((name) => !all || !DEFAULT_CRITICAL_SERVICES.includes(name))
    return `${[...(all ? ['all critical services'] : []), ...rest].join(', ')} are ${state}`
  })
}

/** An event of the bus as lines of a scenario, with the number of the policy's row that decided it. */
export function describeEvent({ detailType, detail }: HistoryEntry, clock: (at: string) => string): string[] {
  const row = `[${detail.rule}]`
  switch (detailType) {
    case 'Group State Change':
      return [`${row} ${describePair(detail.nodes as NodeChange[])}`]
    case 'Transition State Change':
      return [`${row} ${describeTransition(detail, clock)}`]
    case 'Service State Change':
      return describeServices(detail.services as ServiceChange[]).map((text) => `${detail.node}: ${text}`)
    case 'Command Result': {
      const { kind } = detail.command as { kind: string }
      return [`${detail.node}: ${kind} ${detail.ok ? 'done' : `failed: ${detail.output}`}`]
    }
    case 'Node Reachability Change':
      return [String(detail.why)]
    case 'Configuration Change':
      return [`high availability is ${detail.highAvailability ? 'on' : 'off'}`]
    case 'Operator Order': {
      const { kind, endedAt } = detail.order as { kind: string; endedAt?: string }
      return [`${detail.node}: ${kind} ${endedAt ? 'is over' : 'on the node itself'}`]
    }
    case 'Sessions Restored':
      return [`${detail.node}: ${detail.restored} sessions of the users of ${detail.homeNode} re-created`]
    case 'Incident State Change': {
      const incident = detail as unknown as IncidentDetail
      return [`on-call (${incident.severity}) ${incident.status}: ${alertHeadline(incident)}`]
    }
    case 'Maintenance State Change':
      return [
        `maintenance${detail.node ? ` of ${detail.node}` : ''} ${detail.enabled ? `begins: ${detail.reason}` : 'ends'}`,
      ]
    case 'Automatic Action Withheld':
      return [`${row} held back (${detail.because}): ${(detail.would as NodeChange[]).map(label).join(', ')}`]
    case 'Schedule State Change': {
      const { status, schedule } = detail as unknown as ScheduleDetail
      return [`the ${schedule.action} of ${schedule.node} planned for ${clock(schedule.at)}: ${status.toLowerCase()}`]
    }
    case 'Incident Acknowledged': {
      const on = detail.switchedOn as string[]
      return [`acknowledged by ${detail.by}${on.length > 0 ? `, on again: ${on.join(', ')}` : ''}`]
    }
    default:
      return []
  }
}
