import { reasonLabel } from '../../../domain/states.ts'
import type { GroupStatus, NodeStatus, ServiceStatus } from '../../client/answers.ts'
import { clip, oneLine } from '../../client/words/text.ts'
import { ago, clock, lasted } from '../../client/words/time.ts'
import { allowedWords, CUT_OFFS, restoreWords } from '../../client/words/words.ts'
import { scheduleWords } from './schedules.ts'
import { runningTransition } from './transition.ts'
import { columns, indent, paintOf, paragraph, type View, widthOf } from './view.ts'
import { serviceWords, standing, stateWords, toned } from './words.ts'

const WIDEST_LABEL = 30
const WIDEST_NODE = 38
const LONGEST_NAME = 24
const DATABASE = 'Database service'

/** Everything about one group: both nodes side by side, their services, the running transition, what to do. */
export function groupCard(status: GroupStatus, view: View): string {
  const parts = [title(status, view), nodeTable(status, view)]
  if (status.transition) parts.push(indent(runningTransition(status.transition, view)))
  parts.push(
    restoreWords(status, view)
      .map((words) => paragraph('', words, view))
      .join('\n'),
  )
  parts.push(advice(status, view))
  return parts.filter((part) => part !== '').join('\n\n')
}

function title({ cluster, group, description, highAvailability }: GroupStatus, view: View): string {
  const paint = paintOf(view)
  const name = clip(oneLine(group), LONGEST_NAME)
  const facts = [`cluster ${oneLine(cluster)}`, `high availability ${highAvailability ? 'on' : 'off'}`]
  const text = [...facts, ...(description ? [oneLine(description)] : [])].join(' · ')
  return paint.bold(name) + paint.dim(clip(` · ${text}`, widthOf(view) - name.length))
}

function nodeTable({ nodes }: GroupStatus, view: View): string {
  const paint = paintOf(view)
  const services = [...new Set(nodes.flatMap((node) => Object.keys(node.criticalServices)))]
  const row = (label: string, cell: (node: NodeStatus) => string) => [paint.dim(label), ...nodes.map(cell)]
  const rows = [
    row('', (node) => paint.bold(oneLine(node.node))),
    row('State', (node) => stateWords(node.state, view)),
    row('Reason', (node) => reasonLabel(node.reason)),
    row('Since', (node) => `${clock(node.since, view)} (${lasted(node.since, view)})`),
    row('Serves', (node) => servesWords(node, view)),
    row('Users', (node) => String(node.users)),
    row('Heartbeat', (node) => heartbeatWords(node, view)),
    [''],
    ...services.map((name) => row(oneLine(name), (node) => serviceCell(node.criticalServices[name], view))),
    row(DATABASE, (node) => serviceCell(node.databaseService, view)),
  ]
  const longest = Math.max(DATABASE.length, ...services.map((name) => name.length))
  const label = Math.min(longest, WIDEST_LABEL) + 2
  const node = Math.min(WIDEST_NODE, Math.floor((widthOf(view) - 2 - label) / Math.max(1, nodes.length)))
  return indent(columns(rows, [label, ...nodes.map(() => node)]))
}

function servesWords({ serves }: NodeStatus, view: View): string {
  return serves.length === 0 ? toned('quiet', 'nobody', view) : `users of ${serves.map(oneLine).join(' and ')}`
}

function heartbeatWords({ lastHeartbeatAt, reachable }: NodeStatus, view: View): string {
  if (lastHeartbeatAt === null) return toned('bad', 'never heard', view)
  if (reachable) return ago(lastHeartbeatAt, view)
  return toned('bad', `silent for ${lasted(lastHeartbeatAt, view)}`, view)
}

function serviceCell(service: ServiceStatus | undefined, view: View): string {
  if (!service) return ''
  return `${serviceWords(service.state, view)} ${paintOf(view).dim(lasted(service.since, view))}`
}

/** What the state means and what to do about it. */
function advice({ explanation, recommendedActions, schedules, allowed }: GroupStatus, view: View): string {
  const paint = paintOf(view)
  const lines = explanation ? [paragraph('', explanation, view)] : []
  lines.push(...recommendedActions.map((action) => paragraph('→', action, view)))
  lines.push(...schedules.map((schedule) => paragraph('', `Planned: ${scheduleWords(schedule, view)}`, view)))
  if (allowed.length > 0) lines.push(indent(paint.dim(`Possible now: ${allowedWords(allowed)}`)))
  return lines.join('\n')
}

/** Several groups, a line for each node; what runs or is wrong stands below its group. */
export function groupsOverview(groups: GroupStatus[], view: View): string {
  const width = (names: string[], most: number) => Math.min(most, Math.max(5, ...names.map((name) => name.length))) + 2
  const group = width(
    groups.map((status) => status.group),
    LONGEST_NAME,
  )
  const node = width(
    groups.flatMap((status) => status.nodes.map((one) => one.node)),
    LONGEST_NAME,
  )
  const [users, heartbeat] = [7, 25]
  const widths = [group, node, widthOf(view) - group - node - users - heartbeat, users, heartbeat]
  const head = ['Group', 'Node', 'State', 'Users', 'Heartbeat'].map((name) => paintOf(view).dim(name))
  const blocks = groups.map((status) => overviewOf(status, widths, view))
  return [columns([head], widths), ...blocks].join('\n')
}

function overviewOf(status: GroupStatus, widths: number[], view: View): string {
  const rows = status.nodes.map((node, index) => [
    index === 0 ? paintOf(view).bold(oneLine(status.group)) : '',
    oneLine(node.node),
    standing(node, view),
    String(node.users),
    heartbeatWords(node, view),
  ])
  const below = status.transition ? [indent(runningTransition(status.transition, view))] : []
  const [next] = status.schedules
  if (next) below.push(indent(clip(`Planned: ${scheduleWords(next, view)}`, widthOf(view) - 2)))
  const isRestoring = status.restores.some(({ endedAt }) => endedAt === null)
  if (isRestoring) below.push(...restoreWords(status, view).map((words) => indent(clip(words, widthOf(view) - 2))))
  below.push(...restraints(status).map((text) => indent(toned('warning', clip(text, widthOf(view) - 2), view))))
  return [columns(rows, widths), ...below].join('\n')
}

/** What holds automatic actions of the group back. */
function restraints({ maintenance, nodes, cutOffs, withheld }: GroupStatus): string[] {
  const places = [{ node: undefined, maintenance }, ...nodes]
  const maintained = places.flatMap(({ node, maintenance: at }) =>
    at ? [`In maintenance${node === undefined ? '' : ` (${oneLine(node)})`}: ${oneLine(at.reason)}`] : [],
  )
  const off = cutOffs.map(({ what }) => `Switched off: ${CUT_OFFS[what]}`)
  const held = withheld ? [`Held back by ${withheld.because}: rule ${withheld.rule}`] : []
  return [...maintained, ...off, ...held]
}
