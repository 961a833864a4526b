import type { IncidentKind } from '../../../domain/model.ts'
import { stateLabel } from '../../../domain/states.ts'
import type { StepTime } from '../../../domain/steps.ts'
import type { EventRecord } from '../../client/answers.ts'
import { beginMs, type Incident, lastHeardMsBefore, nodesOf } from '../../client/incident.ts'
import { type Stretch, serversOf, statesOf } from '../../client/stretches.ts'
import { eventWords } from '../../client/words/events.ts'
import { clip, oneLine } from '../../client/words/text.ts'
import { clock, measured } from '../../client/words/time.ts'
import { whyWords } from '../../client/words/why.ts'
import { callerName, transitionName } from '../../client/words/words.ts'
import { paintOf, type View } from './view.ts'
import { stateWords } from './words.ts'

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
/** Between a lane and what follows it. */
const GAP = 2

/** The last incident, drawn: a lane for each node, time going down; then how long each state lasted, and who served whom. */
export function timelineView(incident: Incident, view: View): string {
  const picture = pictureOf(incident, view)
  const rows = picture.nodes.length === 0 ? plainRows(incident, view) : drawing(picture)
  return [title(incident, view), rows, ...summaries(picture)].filter((part) => part !== '').join('\n\n')
}

const statesIn = (incident: Incident, node: string) => statesOf(incident.events, node, beginMs(incident))

/** An incident begins with everybody at home. */
const serversIn = (incident: Incident, home: string) =>
  serversOf(incident.events, home, { value: home, fromMs: beginMs(incident) })

interface Picture {
  incident: Incident
  nodes: string[]
  view: View
  /** Columns of a lane, and what is left for words. */
  lane: number
  room: number
}

function pictureOf(incident: Incident, view: View): Picture {
  const nodes = nodesOf(incident)
  const width = Math.max(NARROWEST, Math.min(view.width, WIDEST))
  const labels = nodes.flatMap((node) => [node, ...statesIn(incident, node).map(({ value }) => stateLabel(value))])
  const longest = Math.max(0, ...labels.map((label) => label.length))
  const lane = Math.min(longest, MOST_LANE, Math.floor((width - TIME_WIDTH) / 4)) + GAP + 2
  return { incident, nodes, view, lane, room: width - TIME_WIDTH - nodes.length * lane }
}

function title(incident: Incident, view: View): string {
  const { group, cluster, kinds, closedAt } = incident
  const paint = paintOf(view)
  const begunMs = beginMs(incident)
  const names = kinds.map((kind) => KINDS[kind] ?? kind).join(' → ')
  const end = closedAt === null ? 'goes on' : `over after ${measured(Date.parse(closedAt) - begunMs)}`
  const rest = [`cluster ${oneLine(cluster)}`, `from ${clock(new Date(begunMs).toISOString(), view)} on`, end]
  return paint.bold(`${names} of ${oneLine(group)}`) + paint.dim(` · ${rest.join(' · ')}`)
}

const MINUTE_MS = 60_000

/** Since the beginning, to the hundredth of a second; from a minute on `+1:02.3`. */
function offset(ms: number): string {
  const [minutes, restMs] = [Math.floor(ms / MINUTE_MS), ms % MINUTE_MS]
  if (minutes === 0) return `+${(ms / 1000).toFixed(2)} s`.padStart(TIME_WIDTH - 1)
  return `+${minutes}:${(Math.floor(restMs / 100) / 10).toFixed(1).padStart(4, '0')}`.padStart(TIME_WIDTH - 1)
}

/** What happened, where no state has changed: there are no lanes to draw. */
const plainRows = (incident: Incident, view: View): string =>
  incident.events
    .map((event) => `${offset(Date.parse(event.at) - beginMs(incident))}  ${eventWords(event, view)}`)
    .join('\n')

function drawing(picture: Picture): string {
  const { incident, nodes, view } = picture
  const bold = (text: string) => paintOf(view).bold(text)
  const blank = ' '.repeat(TIME_WIDTH)
  const names = nodes.map((node, index) =>
    bold(index === nodes.length - 1 ? oneLine(node) : cell(oneLine(node), picture)),
  )
  const start = nodes.map((node) => `│ ${stateLabel(statesIn(incident, node)[0]?.value ?? 'Unknown')}`)
  const moments = Map.groupBy(incident.events, ({ at }) => at)
  const rows = [...moments].flatMap(([at, events]) => momentRows(picture, Date.parse(at), events))
  return [`${blank}${names.join('')}`, row(picture, blank, start), ...rows].join('\n')
}

const cell = (text: string, { lane }: Picture): string => clip(text, lane - GAP).padEnd(lane)

const row = (picture: Picture, time: string, cells: string[], text = ''): string =>
  `${time}${cells.map((each) => cell(each, picture)).join('')}${text}`.trimEnd()

/** One moment: the states that begin in it stand in their lanes, what happened stands beside them. */
function momentRows(picture: Picture, atMs: number, events: EventRecord[]): string[] {
  const { incident, nodes, view, room } = picture
  const bars = nodes.map((node) => bar(incident, node, atMs))
  const cells = nodes.map((node, index) => {
    const begins = statesIn(incident, node).find(({ fromMs }, place) => place > 0 && fromMs === atMs)
    return begins ? `┿ ${stateLabel(begins.value)}` : (bars[index] ?? '')
  })
  const lines = events.flatMap((event) => wrapped(briefly(event, view), room))
  const time = offset(atMs - beginMs(incident)).padEnd(TIME_WIDTH)
  const [first = '', ...others] = lines
  return [row(picture, time, cells, first), ...others.map((text) => row(picture, ' '.repeat(TIME_WIDTH), bars, text))]
}

/** A node that serves somebody has a solid line. */
function bar(incident: Incident, node: string, atMs: number): string {
  const servesThen = ({ value, fromMs, toMs }: Stretch<string | null>) =>
    value === node && fromMs <= atMs && (toMs === null || atMs < toMs)
  return nodesOf(incident).some((home) => serversIn(incident, home).some(servesThen)) ? '│' : '┊'
}

/** What happened, without what the lanes and the summaries say; '' where that is all. */
function briefly(event: EventRecord, view: View): string {
  const { detailType, detail } = event
  if (detailType === 'Group State Change') return `rule ${detail.rule}: ${whyWords(detail)}`
  if (detailType === 'Transition State Change') return transitionBriefly(event, view)
  if (detailType !== 'Request Refused') return eventWords(event, view)
  const { action, node = '' } = detail.request as { action: string; node?: string }
  return `refused: ${action} ${node}`.trimEnd()
}

function transitionBriefly(event: EventRecord, view: View): string {
  const status = String(event.detail.status).toLowerCase()
  if (status === 'waiting') return eventWords(event, view)
  const transition = event.detail.transition as Parameters<typeof transitionName>[0] & { requestedBy: string }
  if (status !== 'running') return `${transitionName(transition)}: ${status}`
  return transition.requestedBy === 'understudy' ? '' : `asked for by ${callerName(transition.requestedBy)}`
}

function wrapped(text: string, room: number): string[] {
  const lines: string[] = []
  for (const word of oneLine(text)
    .split(' ')
    .filter((each) => each !== '')) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

function summaries({ incident, nodes, view }: Picture): string[] {
  const part = (name: string, lines: string[]) =>
    lines.length === 0 ? '' : [paintOf(view).bold(name), ...lines].join('\n')
  const widest = Math.max(0, ...nodes.map((node) => node.length))
  const states = nodes.map((node) => {
    const all = statesIn(incident, node).map((each) => `${stateWords(each.value, view)}${lasting(each, incident)}`)
    return `  ${node.padEnd(widest)}  ${all.join(' · ')}`
  })
  const served = nodes.map((home) => {
    const heardMs = lastHeardMsBefore(incident, home)
    const all = serversIn(incident, home).map((each, index) =>
      index === 0 && heardMs !== null
        ? `${home}, last heard ${measured(heardMs)} before`
        : `${each.value ?? 'nobody'}${lasting(each, incident)}`,
    )
    return `  users of ${home.padEnd(widest)}  ${all.join(' · ')}`
  })
  return [part('States', states), part('Served by', served), part('Steps', stepLines(incident))]
}

/** What was so at the end of an incident that is over has no length, and neither has what ended with its beginning. */
function lasting({ fromMs, toMs }: Stretch<unknown>, { closedAt }: Incident): string {
  if (toMs === fromMs) return ' before'
  if (toMs !== null) return ` ${measured(toMs - fromMs)}`
  return closedAt === null ? ', still' : ''
}

function stepLines({ events }: Incident): string[] {
  return events.flatMap(({ detailType, detail }) => {
    const steps = (detail.stepTimes ?? []) as StepTime[]
    if (detailType !== 'Transition State Change' || steps.length === 0) return []
    const name = transitionName(detail.transition as Parameters<typeof transitionName>[0])
    const times = steps.map(({ step, durationMs }) => `${step} ${measured(durationMs)}`)
    return [`  ${name} (${String(detail.status).toLowerCase()}): ${times.join(' · ')}`]
  })
}
