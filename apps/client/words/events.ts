import { alertHeadline } from '../../../domain/alert-text.ts'
import type { BrakeDetail, BrakeNumbers } from '../../../domain/brake.ts'
import { brakeHeadline } from '../../../domain/brake-alert.ts'
import type { Difference } from '../../../domain/configuration-change.ts'
import type { IncidentDetail } from '../../../domain/incidents.ts'
import type { CutOffKind, DetailType, ServiceState } from '../../../domain/model.ts'
import type { ScheduleDetail } from '../../../domain/schedules.ts'
import { type NodeState, type Reason, reasonLabel, stateLabel } from '../../../domain/states.ts'
import type { EventRecord, TransitionKind } from '../answers.ts'
import { oneLine } from './text.ts'
import { clock, type Moment, measured } from './time.ts'
import { CUT_OFFS, callerName, plannedWords, restoreCounts, transitionName } from './words.ts'

type Detail = Record<string, unknown>

/** What happened, in words; the shapes of the details are those that `domain/` publishes. */
export function eventWords({ detailType, detail }: Pick<EventRecord, 'detailType' | 'detail'>, moment: Moment): string {
  return oneLine(WORDS[detailType]?.(detail, moment) ?? detailType)
}

const WORDS: Record<DetailType, (detail: Detail, moment: Moment) => string> = {
  'Group State Change': groupStateChange,
  'Transition State Change': transitionStateChange,
  'Service State Change': serviceStateChange,
  'Node Reachability Change': reachabilityChange,
  'Command Result': commandResult,
  'Request Refused': requestRefused,
  'Configuration Change': configurationChange,
  'Incident State Change': incidentStateChange,
  'Operator Order': operatorOrder,
  'Maintenance State Change': maintenanceChange,
  'Automatic Action Withheld': actionWithheld,
  'Incident Acknowledged': incidentAcknowledged,
  'Fleet Brake State Change': brakeStateChange,
  'Schedule State Change': scheduleStateChange,
  'Sessions Restored': sessionsRestored,
}

const ruleWords = ({ rule }: Detail): string => (rule === undefined ? '' : `, rule ${rule}`)

/** What an administrator did on the node itself. */
function operatorOrder(detail: Detail): string {
  const order = detail.order as { kind: 'fence' | 'serve'; doors: string[]; endedAt?: string; why?: string }
  const what = order.kind === 'fence' ? 'fenced on the node itself' : `forced to serve ${order.doors.join(' and ')}`
  return `${detail.node}: ${order.endedAt ? 'no longer ' : ''}${what}${order.why ? `: ${order.why}` : ''}`
}

function maintenanceChange({ enabled, node, reason, until, by }: Detail): string {
  const place = node === undefined ? 'maintenance' : `maintenance of ${node}`
  if (!enabled) return `${place} ends, by ${callerName(String(by))}`
  return `${place} begins, by ${callerName(String(by))}: ${reason}${until ? `, until ${until}` : ''}`
}

function actionWithheld(detail: Detail): string {
  const would = detail.would as { node: string; state: NodeState }[]
  const states = would.map(({ node, state }) => `${node} ${stateLabel(state)}`).join(', ')
  return `held back (${detail.because}): ${states}${ruleWords(detail)}`
}

function incidentAcknowledged({ by, switchedOn }: Detail): string {
  const on = (switchedOn as CutOffKind[]).map((what) => CUT_OFFS[what])
  return `acknowledged by ${callerName(String(by))}${on.length > 0 ? `; on again: ${on.join(', ')}` : ''}`
}

/** As on-call is told it. */
function incidentStateChange(detail: Detail): string {
  const incident = detail as unknown as IncidentDetail
  return `incident ${incident.status.toLowerCase()} (${incident.severity}): ${alertHeadline(incident)}`
}

function brakeStateChange(detail: Detail): string {
  const told = detail as unknown as BrakeDetail
  return `fleet brake ${told.status === 'HOLDS' ? 'holds' : 'released'} (${told.severity}): ${brakeHeadline(told)}`
}

function scheduleStateChange(detail: Detail, moment: Moment): string {
  const { status, schedule, by, detail: why } = detail as unknown as ScheduleDetail
  const planned = `${plannedWords(schedule)} planned for ${clock(schedule.at, moment)}`
  if (status === 'SCHEDULED') return `${planned}, by ${callerName(by)}${schedule.reason ? `: ${schedule.reason}` : ''}`
  if (status === 'CANCELLED') return `${planned}: cancelled by ${callerName(by)}${why ? `: ${why}` : ''}`
  return `${planned} by ${callerName(schedule.by)}: ${status.toLowerCase()}${why ? `: ${why}` : ''}`
}

interface NodeChange {
  node: string
  state: NodeState
  reason: Reason
  previousState: NodeState
  previousReason: Reason
}

/** A reason that all nodes share is said once. */
function groupStateChange(detail: Detail): string {
  const nodes = detail.nodes as NodeChange[]
  const changed = nodes.filter((node) => node.state !== node.previousState || node.reason !== node.previousReason)
  const shared = new Set(changed.map(({ reason }) => reason)).size === 1 && changed.length > 1
  const words = changed.map((node) => nodeChange(node, shared)).join('; ')
  const reason = changed[0]?.reason ?? 'Normal'
  return `${words}${shared && reason !== 'Normal' ? ` (${reasonLabel(reason)})` : ''}${ruleWords(detail)}`
}

function nodeChange(
  { node, state, reason, previousState, previousReason }: NodeChange,
  reasonElsewhere: boolean,
): string {
  if (state === previousState) {
    const change = `${reasonLabel(previousReason)} → ${reasonLabel(reason)}`
    return `${node}: still ${stateLabel(state)}${reasonElsewhere ? '' : ` (${change})`}`
  }
  const why = reasonElsewhere || reason === 'Normal' ? '' : ` (${reasonLabel(reason)})`
  return `${node}: ${stateLabel(previousState)} → ${stateLabel(state)}${why}`
}

function transitionStateChange(detail: Detail, moment: Moment): string {
  const { kind, trigger, from, to, requestedBy, schedule } = detail.transition as {
    kind: TransitionKind
    trigger: Reason
    from: string
    to: string
    requestedBy: string
    schedule?: string
  }
  const asked = schedule === undefined ? 'asked for by' : 'planned by'
  const by = requestedBy && requestedBy !== 'understudy' ? `, ${asked} ${callerName(requestedBy)}` : ''
  const status = String(detail.status).toLowerCase()
  const until = typeof detail.waitingUntil === 'string' ? ` until ${clock(detail.waitingUntil, moment)}` : ''
  const after = typeof detail.durationMs === 'number' && !['waiting', 'running'].includes(status)
  const took = after ? ` after ${measured(detail.durationMs as number)}` : ''
  return `${transitionName({ kind, from, to })}: ${status}${until}${took} (${reasonLabel(trigger)})${by}${ruleWords(detail)}`
}

/** Services that went the same way are named together. */
function serviceStateChange(detail: Detail): string {
  const services = detail.services as { service: string; state: ServiceState; previousState: ServiceState }[]
  const ways = Map.groupBy(services, ({ state, previousState }) => `${previousState} → ${state}`)
  const changes = [...ways].map(([way, changed]) => `${changed.map(({ service }) => service).join(', ')} ${way}`)
  return `${detail.node}: ${changes.join('; ')}`
}

function reachabilityChange(detail: Detail): string {
  const nodes = (detail.nodes as string[]).join(', ')
  return `${nodes}: ${detail.reachable ? 'heard again' : 'not heard'}${detail.why ? `, ${detail.why}` : ''}`
}

function sessionsRestored({ node, homeNode, restored, failed, lost, durationMs }: Detail): string {
  const counts = restoreCounts({ restored: Number(restored), failed: Number(failed), lost: Number(lost) })
  return `${node}: sessions of the users of ${homeNode}: ${counts}, in ${measured(Number(durationMs))}`
}

const COMMANDS: Readonly<Record<string, [done: string, failed: string]>> = {
  startServices: ['started its services', 'could not start its services'],
  stopServices: ['stopped its services', 'could not stop its services'],
  takeOver: ['took over', 'could not take over'],
  takeBack: ['took its users back', 'could not take its users back'],
  restart: ['restarted its agent', 'could not restart its agent'],
}

function commandResult(detail: Detail): string {
  const { kind } = detail.command as { kind: string }
  const [done, failed] = COMMANDS[kind] ?? [`${kind} done`, `${kind} failed`]
  const took = measured(Number(detail.durationMs))
  if (detail.ok) return `${detail.node}: ${done}, in ${took}`
  return `${detail.node}: ${failed}, after ${took}${detail.output ? `: ${detail.output}` : ''}`
}

function requestRefused(detail: Detail): string {
  const { action, node } = detail.request as { action: string; node?: string }
  return `${action}${node ? ` ${node}` : ''}, asked for by ${callerName(detail.by)}, was refused: ${detail.detail}`
}

/** What was changed to what, and by whom. */
function configurationWords({ configurationVersion, by, differences = [] }: Detail): string {
  const version = `version ${configurationVersion} of the configuration`
  if (by === undefined) return version
  const words = (differences as Difference[]).map(({ path, from, to }) => `${path} ${from ?? 'none'} → ${to ?? 'none'}`)
  return `${version}, by ${callerName(by)}: ${words.join('; ') || 'nothing that concerns this group'}`
}

function configurationChange(detail: Detail): string {
  if (detail.brake !== undefined) {
    const { leastGroups, leastPercent } = detail.brake as BrakeNumbers
    return `the fleet brake holds from ${leastGroups} groups and ${leastPercent} % on, by ${callerName(detail.by)}`
  }
  if (detail.highAvailability === undefined) return configurationWords(detail)
  const change = detail.highAvailability ? 'enabled' : 'disabled'
  return `high availability ${change} by ${callerName(detail.by)}${detail.force ? ', by force' : ''}`
}
