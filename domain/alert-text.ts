import type { Drift, IncidentDetail, IncidentNode } from './incidents.ts'
import type { CommandKind } from './model.ts'
import type { Reason } from './states.ts'
import { reasonLabel, stateLabel } from './states.ts'

/** What on-call reads. The subject is ASCII and shorter than 100 characters, as SNS wants it for an e-mail. */
export interface AlertText {
  subject: string
  message: string
}

/** An incident in a person's words: what happened, whose users notice, what goes on by itself, what to do. */
export interface Story {
  headline: string
  /** Left out: it goes without saying. */
  why?: string
  users: string
  system: string
  /** Commands, or other things to do, each with what it is for. */
  next: [what: string, how: string][]
}

export const LONGEST_SUBJECT = 99

/** The message of an incident's opening, worsening or closing [B33]; `environment` is where the control plane runs. */
export function alertText(detail: IncidentDetail, environment: string): AlertText {
  const story = storyOf(detail)
  const { status, group, cluster, severity, incident } = detail
  const lines = [
    `${status}: group ${group} of cluster ${cluster}, environment ${environment} (${severity})`,
    '',
    story.headline,
    '',
    ...(story.why === undefined ? [] : [`Why:     ${story.why}`]),
    `Users:   ${story.users}`,
    `System:  ${story.system}`,
    `Nodes:   ${detail.nodes.map(standing).join('; ')}`,
    '',
    ...nextLines(story.next),
    '',
    `Incident ${incident}, open since ${utc(detail.openedAt)}`,
  ]
  const subject = `[${environment}] ${status} ${group}: ${story.headline}`
  return { subject: subject.slice(0, LONGEST_SUBJECT), message: lines.join('\n') }
}

const storyOf = (detail: IncidentDetail): Story =>
  detail.status === 'CLOSED' ? closing(detail) : STORIES[detail.kind](detail)

/** What the message says first. */
export const alertHeadline = (detail: IncidentDetail): string => storyOf(detail).headline

export function nextLines(next: Story['next']): string[] {
  const widest = Math.max(...next.map(([what]) => what.length))
  return next.map(
    ([what, how], index) => `${index === 0 ? 'Next:    ' : '         '}${`${what}:`.padEnd(widest + 1)}  ${how}`,
  )
}

export const utc = (at: string): string => `${at.slice(0, 19).replace('T', ' ')} UTC`

function standing({ node, state, reason, reachable }: IncidentNode): string {
  const because = reason === 'Normal' ? '' : ` (${reasonLabel(reason)})`
  return `${node} is ${stateLabel(state)}${because}${reachable ? '' : ', not heard'}`
}

const command = ({ cluster }: IncidentDetail, words: string): string => `understudy ${words} --cluster ${cluster}`
const look = (detail: IncidentDetail): [string, string] => [
  'See how it stands',
  command(detail, `status ${detail.group}`),
]

export function spoken(durationMs: number): string {
  const minutes = Math.round(durationMs / 60_000)
  if (minutes < 1) return `${Math.round(durationMs / 1000)} s`
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

const listed = (names: string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

const down = (services: string[]): string => (services.length === 1 ? `${services[0]} is` : `${listed(services)} are`)

const nodeNamed = ({ nodes }: IncidentDetail, name: string | undefined): IncidentNode | undefined =>
  nodes.find(({ node }) => node === name)

function causeOf(trigger: Reason, from: IncidentNode | undefined, requestedBy: string): string {
  const node = from?.node ?? 'the node'
  const services = from && from.servicesDown.length > 0 ? ` (${down(from.servicesDown)} down)` : ''
  const causes: Partial<Record<Reason, string>> = {
    OnAdminRequest:
      requestedBy === 'understudy'
        ? `An administrator fenced ${node} on the node itself.`
        : `${requestedBy.split('/').at(-1)} asked for it.`,
    CriticalServiceDown: `A critical service of ${node} has been down for longer than the Critical Service Delay${services}.`,
    DatabaseFailure: `The database service of ${node} has been down for longer than the Critical Service Delay.`,
    PeerDown: `${node} has not been heard for the keep-alive timeout: host, agent or network.`,
    PeerReboot: `The host of ${node} said good-bye: it is shutting down or rebooting.`,
    PeerDownDuringInitialization: `${node} did not come up within the initialization timeout.`,
  }
  return causes[trigger] ?? `${reasonLabel(trigger)}.`
}

/** Where the users end, and what brings them home. */
function wayHome(detail: IncidentDetail, from: string, to: string): string {
  const delayMs = detail.automaticFallbackDelayMs
  const isAutomatic = delayMs !== undefined && detail.transition?.trigger !== 'OnAdminRequest'
  return isAutomatic
    ? `Users go home by themselves when ${from} has been healthy for ${spoken(delayMs)}.`
    : `Users stay with ${to} until somebody asks for a fallback.`
}

function failover(detail: IncidentDetail): Story {
  const { from = '', to = '', trigger = 'Unknown', requestedBy = '' } = detail.transition ?? {}
  const taker = nodeNamed(detail, to)
  const moved = taker?.serves.filter((set) => set !== to) ?? []
  const isAsked = trigger === 'OnAdminRequest'
  const both = detail.transition?.autoRecovery === true
  const homecoming: Story['next'][number] = [
    isAsked ? `To bring them home` : `Repair ${from}, then`,
    command(detail, `fallback ${detail.group} ${from}`),
  ]
  return {
    headline: both
      ? `${from}, which served everybody, fails too: everything moves to ${to}.`
      : `${from} fails over to ${to}.`,
    why: causeOf(trigger as Reason, nodeNamed(detail, from), requestedBy),
    users: both
      ? `Those of ${listed([from, to])} are disconnected and log in to ${to}.`
      : `Those of ${listed(moved)} are disconnected and log in to ${to}. Those of ${to} notice nothing.`,
    system: `It makes sure that no door of ${from} is open, then ${to} takes over. ${wayHome(detail, from, to)}`,
    next: [look(detail), homecoming],
  }
}

const ORDERS: Record<CommandKind, string> = {
  startServices: 'could not start its services',
  stopServices: 'could not stop its services',
  takeOver: 'could not take over the users',
  takeBack: 'could not take its users back',
  restart: 'did not come back from the restart of its agent',
}

function failureCause(detail: IncidentDetail): string {
  const { failure } = detail
  if (!failure) return ''
  const { kind, from, to, command: order } = failure
  const name = kind === 'recovery' ? `The recovery of ${from} and ${to}` : `The ${kind} from ${from} to ${to}`
  const silent = detail.nodes.filter(({ reachable }) => !reachable).map(({ node }) => node)
  if (!order && silent.length > 0) return `${name} failed: ${listed(silent)} fell silent.`
  if (!order) return `${name} failed: no answer came in time.`
  const output = order.output === '' ? '' : ` It said: "${order.output}".`
  return `${name} failed: ${order.node} ${ORDERS[order.kind]}.${output}`
}

const ownUsers = ({ nodes }: IncidentDetail): string => listed(nodes.map(({ node }) => node))

function failedTransition(detail: IncidentDetail): Story {
  const { from = '', to = '' } = detail.failure ?? {}
  const again = detail.transition?.kind === 'failover'
  return {
    headline: `The ${detail.failure?.kind ?? 'transition'} from ${from} to ${to} failed.`,
    why: failureCause(detail),
    users: again
      ? `Those of ${to} had come home and are disconnected again; they log in to ${from}.`
      : `Those of ${to} stay with ${from}, which serves everybody.`,
    system: again ? `${from} takes over again.` : `It does not try again by itself while ${to} is not healthy.`,
    next: [look(detail), [`Repair ${to}, then`, command(detail, `fallback ${detail.group} ${to}`)]],
  }
}

/** What is wrong with which node; empty: nothing is. */
function brokenServices({ nodes }: IncidentDetail): string {
  const broken = nodes.filter(({ servicesDown, reachable }) => servicesDown.length > 0 || !reachable)
  const found = broken.map(({ node, servicesDown, reachable }) =>
    reachable ? `${node}: ${down(servicesDown)} down` : `${node} is not heard`,
  )
  return found.length > 0 ? `${found.join('; ')}.` : ''
}

function failedMode(detail: IncidentDetail): Story {
  const cause = detail.failure ? failureCause(detail) : 'A node failed, and its peer cannot take over.'
  return {
    headline:
      detail.failure?.kind === 'recovery'
        ? 'The recovery failed: both nodes still run in failed mode.'
        : 'Both nodes run in failed mode: nobody stands in for anybody.',
    why: [cause, brokenServices(detail)].filter(Boolean).join(' '),
    users: `Those of ${ownUsers(detail)} are served by their own node, as far as its services run, else by nobody.`,
    system: 'It waits: there is no automatic way out of failed mode.',
    next: [look(detail), ['Repair what is down, then', command(detail, `recover ${detail.group}`)]],
  }
}

const bothSilent = (detail: IncidentDetail): Story => ({
  headline: 'Both nodes are silent.',
  why: 'Neither agent has been heard for the keep-alive timeout: both hosts, or their road to the control plane.',
  users: `Those of ${ownUsers(detail)}: nobody serves them, as every lease has lapsed and the doors have closed.`,
  system: 'It moves nobody: without a node that is heard there is no judge. It goes on by itself when one is back.',
  next: [
    ['Look at the hosts', `of ${ownUsers(detail)}, their agents (understudy-agent), and the network to the API`],
    look(detail),
  ],
})

function roadLost(detail: IncidentDetail): Story {
  const cut = listed(detail.nodes.filter(({ reachable }) => !reachable).map(({ node }) => node))
  const peer = listed(detail.nodes.filter(({ reachable }) => reachable).map(({ node }) => node))
  return {
    headline: `${cut} cannot reach the control plane.`,
    why: `${cut} has not been heard for the keep-alive timeout, but ${peer} hears it and answers for it.`,
    users: `Nobody is affected: ${cut} goes on serving while ${peer} promises not to.`,
    system: `It does not fail ${cut} over. If ${peer} loses ${cut}, too, it does so at once.`,
    next: [
      [`Repair the road from ${cut} to the API`, 'network, proxy, DNS, certificates, clock, credentials'],
      look(detail),
    ],
  }
}

const drifted = (drift: Drift[], of: string): string =>
  drift
    .map(({ node, configured, reported }) => `${node} has ${of} ${reported}, and ${configured} is configured`)
    .join('; ')

const versionDrift = (detail: IncidentDetail): Story => ({
  headline: `The software version of ${listed((detail.drift ?? []).map(({ node }) => node))} is not the configured one.`,
  why: `${drifted(detail.drift ?? [], 'version')}.`,
  users: 'Nobody is affected now. Users may be lost or doubled at a failover between different versions.',
  system: 'Both nodes keep working, and failovers go on.',
  next: [['Bring both nodes to one version, or correct the configuration', 'docs/operating.md, Upgrade'], look(detail)],
})

const replicationDrift = (detail: IncidentDetail): Story => ({
  headline: `Database replication is not set up on ${listed((detail.drift ?? []).map(({ node }) => node))}.`,
  why:
    (detail.drift ?? []).map(({ node, reported }) => `${node} reads state ${reported}, and 2 is set up`).join('; ') +
    '.',
  users: 'Nobody is affected now. After a failover users may find old data, or none.',
  system: 'Both nodes keep working, and failovers go on.',
  next: [["Repair the presence database's replication", "with the server's own tools"], look(detail)],
})

const serviceFailoverOff = (detail: IncidentDetail): Story => ({
  headline: 'It is not failed over any more because services fail: that has happened three times in an hour.',
  why: brokenServices(detail) || 'The services run at this moment.',
  users: `Those of ${ownUsers(detail)} stay where they are, although services fail there.`,
  system: 'It still takes over from a node that falls silent, and does what an operator asks for.',
  next: [
    look(detail),
    ['Find out why services fail on both nodes, then', command(detail, `acknowledge ${detail.group}`)],
  ],
})

const automaticFallbackOff = (detail: IncidentDetail): Story => ({
  headline: 'Users do not go home by themselves any more: they have done so three times in 24 hours.',
  why: 'The node that they go home to fails again and again.',
  users: 'They stay where they are, and are served.',
  system: 'It still fails over, and does what an operator asks for.',
  next: [
    look(detail),
    ['Find out why the node fails, then', command(detail, `acknowledge ${detail.group}`)],
    ['To bring users home now', command(detail, `fallback ${detail.group} NODE`)],
  ],
})

const STORIES: Record<IncidentDetail['kind'], (detail: IncidentDetail) => Story> = {
  RoadLost: roadLost,
  Failover: failover,
  FailedTransition: failedTransition,
  FailedMode: failedMode,
  BothNodesSilent: bothSilent,
  VersionDrift: versionDrift,
  ReplicationDrift: replicationDrift,
  AutomaticFallbackOff: automaticFallbackOff,
  ServiceFailoverOff: serviceFailoverOff,
}

const CLOSED: Record<IncidentDetail['kind'], string> = {
  RoadLost: 'Both nodes are heard by the control plane again.',
  Failover: 'All users are home.',
  FailedTransition: 'All users are home.',
  FailedMode: 'The group has left failed mode, and all users are home.',
  BothNodesSilent: 'A node is heard again.',
  VersionDrift: 'Both nodes have the configured software version.',
  ReplicationDrift: 'Database replication is set up on both nodes.',
  AutomaticFallbackOff: 'Automatic fallbacks are on again.',
  ServiceFailoverOff: 'Failovers because services fail are on again.',
}

const HARMLESS: IncidentDetail['kind'][] = [
  'VersionDrift',
  'ReplicationDrift',
  'AutomaticFallbackOff',
  'ServiceFailoverOff',
]

function closing(detail: IncidentDetail): Story {
  const isOff = !detail.highAvailability
  const isHarmless = HARMLESS.includes(detail.kind)
  const settled = detail.nodes.every(({ state }) => state === 'Normal')
  const served = `Those of ${ownUsers(detail)} are served by their own node${settled || isOff ? '' : ' as soon as it is up'}.`
  return {
    headline: `${isOff ? 'High availability was switched off.' : CLOSED[detail.kind]} It lasted ${spoken(detail.durationMs)}.`,
    users: isHarmless ? 'Nobody was affected.' : served,
    system: isOff ? 'No peer stands in until it is enabled again.' : 'It watches both nodes.',
    next: [
      settled ? ['Nothing to do. What happened', command(detail, `events ${detail.group} --since 1d`)] : look(detail),
    ],
  }
}
