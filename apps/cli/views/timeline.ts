import type { IncidentKind } from '../../../domain/model.ts'
import { stateLabel } from '../../../domain/states.ts'
import type { StepTime } from '../../../domain/steps.ts'
import type { EventRecord } from '../../client/answers.ts'
import { eventWords } from './events.ts'
import { clock, measured } from './time.ts'
import { beginMs, type Incident, nodesOf, type Stretch, serversOf, statesOf } from './timeline-events.ts'
import { clip, oneLine, paintOf, type View } from './view.ts'
import { stateWords, transitionName } from './words.ts'

const KINDS: Readonly<Partial<Record<IncidentKind, string>>> = {
  RoadLost: 'Road lost',
  Failover: 'Failover',
  FailedTransition: 'Failed transition',
  FailedMode: 'Failed mode',
  BothNodesSilent: 'Both nodes silent',
}

const NARROWEST = 72
const WIDEST = 140
const TIME_WIDTH = 10
const MOST_LANE = 26

/** The last incident, drawn: a lane for each node, time going down; then how long each state lasted, and who served whom. */
export function timelineView(incident: Incident, view: View): string {
  const nodes = nodesOf(incident)
  const width = Math.max(NARROWEST, Math.min(view.width, WIDEST))
  const lane = laneWidth(incident, nodes, width)
  const rows = nodes.length === 0 ? plainRows(incident, view) : drawing(incident, nodes, { lane, width }, view)
  return [title(incident, view), rows, ...summaries(incident, nodes, view)].filter((part) => part !== '').join('\n\n')
}

function title({ group, cluster, kinds, openedAt, closedAt, ...incident }: Incident, view: View): string {
  const paint = paintOf(view)
  const names = kinds.map((kind) => KINDS[kind] ?? kind).join(' → ')
  const begunMs = beginMs({ group, cluster, kinds, openedAt, closedAt, ...incident })
  const end = closedAt === null ? 'goes on' : `over after ${measured(Date.parse(closedAt) - begunMs)}`
  const when = clock(new Date(begunMs).toISOString(), view)
  return (
    paint.bold(`${names} of ${oneLine(group)}`) + paint.dim(` · cluster ${oneLine(cluster)} · from ${when} on · ${end}`)
  )
}

function laneWidth(incident: Incident, nodes: string[], width: number): number {
  const labels = nodes.flatMap((node) => statesOf(incident, node).map(({ value }) => stateLabel(value)))
  const longest = Math.max(12, ...nodes.map((node) => node.length), ...labels.map((label) => label.length))
  return Math.min(longest, MOST_LANE, Math.floor((width - TIME_WIDTH) / 4)) + 4
}

const offset = (ms: number): string => `+${measured(ms)}`.padStart(TIME_WIDTH - 1)

/** What happened, where no state has changed: there are no lanes to draw. */
const plainRows = (incident: Incident, view: View): string =>
  incident.events
    .map((event) => `${offset(Date.parse(event.at) - beginMs(incident))}  ${eventWords(event, view)}`)
    .join('\n')

interface Widths {
  lane: number
  width: number
}

function drawing(incident: Incident, nodes: string[], widths: Widths, view: View): string {
  const paint = paintOf(view)
  const begun = beginMs(incident)
  const head = `${' '.repeat(TIME_WIDTH)}${nodes.map((node) => paint.bold(clip(oneLine(node), widths.lane - 2).padEnd(widths.lane))).join('')}`
  const first = nodes.map((node) => statesOf(incident, node)[0]?.value)
  const start = laneLine(
    ' '.repeat(TIME_WIDTH),
    first.map((state) => (state ? `│ ${stateLabel(state)}` : '│')),
    widths,
  )
  const moments = Map.groupBy(incident.events, ({ at }) => at)
  const rows = [...moments].flatMap(([at, events]) => moment(incident, nodes, { at, events }, begun, widths, view))
  return [head, start, ...rows].join('\n')
}

/** One moment: the states that begin in it stand in their lanes, what happened stands beside them. */
function moment(
  incident: Incident,
  nodes: string[],
  { at, events }: { at: string; events: EventRecord[] },
  begun: number,
  widths: Widths,
  view: View,
): string[] {
  const atMs = Date.parse(at)
  const cells = nodes.map((node) => {
    const begins = statesOf(incident, node).find(({ fromMs }, index) => index > 0 && fromMs === atMs)
    return begins ? `┿ ${stateLabel(begins.value)}` : bar(incident, node, atMs)
  })
  const after = nodes.map((node) => bar(incident, node, atMs))
  const room = widths.width - TIME_WIDTH - nodes.length * widths.lane
  const texts = events
    .filter((event) => !isSaidByLanes(event))
    .flatMap((event) => wrapped(eventWords(event, view), room))
  const groups = events
    .filter(isSaidByLanes)
    .flatMap(({ detail }) => wrapped(`rule ${detail.rule}: ${detail.why}`, room))
  const lines = [...groups, ...texts]
  const time = offset(atMs - begun).padEnd(TIME_WIDTH)
  const blank = ' '.repeat(TIME_WIDTH)
  return (lines.length === 0 ? [''] : lines).map((text, index) =>
    laneLine(index === 0 ? time : blank, index === 0 ? cells : after, widths, text),
  )
}

const isSaidByLanes = ({ detailType }: EventRecord): boolean => detailType === 'Group State Change'

/** A node that serves somebody has a solid line. */
function bar(incident: Incident, node: string, atMs: number): string {
  const isServing = nodesOf(incident).some((home) =>
    serversOf(incident, home).some(
      ({ value, fromMs, toMs }) => value === node && fromMs <= atMs && (toMs === null || atMs < toMs),
    ),
  )
  return isServing ? '│' : '┊'
}

const laneLine = (time: string, cells: string[], { lane }: Widths, text = ''): string =>
  `${time}${cells.map((cell) => clip(cell, lane - 2).padEnd(lane)).join('')}${text}`.trimEnd()

function wrapped(text: string, room: number): string[] {
  const lines: string[] = []
  for (const word of oneLine(text).split(' ')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function summaries(incident: Incident, nodes: string[], view: View): string[] {
  const paint = paintOf(view)
  const part = (name: string, lines: string[]) => (lines.length === 0 ? '' : [paint.bold(name), ...lines].join('\n'))
  const widest = Math.max(0, ...nodes.map((node) => node.length))
  const states = nodes.map((node) => {
    const all = statesOf(incident, node).map((each) => `${stateWords(each.value, view)}${spoken(each)}`)
    return `  ${node.padEnd(widest)}  ${all.join(' · ')}`
  })
  const served = nodes.map((home) => {
    const all = serversOf(incident, home).map((each) => `${each.value ?? 'nobody'}${spoken(each)}`)
    return `  users of ${home.padEnd(widest)}  ${all.join(' · ')}`
  })
  return [part('States', states), part('Served by', served), part('Steps', stepLines(incident))]
}

const spoken = ({ fromMs, toMs }: Stretch<unknown>): string =>
  toMs === null ? ', still' : ` ${measured(toMs - fromMs)}`

function stepLines({ events }: Incident): string[] {
  return events.flatMap(({ detailType, detail }) => {
    const steps = (detail.stepTimes ?? []) as StepTime[]
    if (detailType !== 'Transition State Change' || steps.length === 0) return []
    const name = transitionName(detail.transition as Parameters<typeof transitionName>[0])
    const times = steps.map(({ step, durationMs }) => `${step} ${measured(durationMs)}`)
    return [`  ${name} (${String(detail.status).toLowerCase()}): ${times.join(' · ')}`]
  })
}
