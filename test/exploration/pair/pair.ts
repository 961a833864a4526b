import type { Group, NodeIndex, NodeRecord } from '../../../domain/model.ts'
import { stateLabel } from '../../../domain/states.ts'
import { aGroup } from '../../domain/situation.ts'
import type { Scope } from './scopes.ts'

export const BOTH = [0, 1] as const

/** What is so on a node, whether or not the control plane knows it. */
export interface Truth {
  /** `speaks`: heartbeats and answers arrive; `deaf`: answers do not; `silent`: no heartbeat for the timeout. */
  voice: 'speaks' | 'deaf' | 'silent'
  /** Whether its door for each set of users is open. */
  doors: [boolean, boolean]
  /** It has no road to the control plane, and keeps its doors open by its peer's promise (rule 18). */
  held: boolean
  /** Its door is open without a lease, from the time before high availability was enabled [B5]. */
  unleased: boolean
  /** Closed by an administrator's order on the node itself. */
  fenced: boolean
}

/** A group as the control plane knows it, and its two nodes as they are. */
export interface Pair {
  group: Group
  truth: [Truth, Truth]
  /** The fleet brake holds, as every heartbeat is told. */
  brake: boolean
}

/** All that happens, happens now; a time is either now or so long ago that everything that waits for it is due. */
export const NOW = 1_000_000_000
export const LONG_AGO = NOW - 10_000_000
export const LATER = NOW + 10_000_000
export const EPOCH = 7

const INTERVAL_MS = 1000
const TIMEOUT_MS = 20_000
const INITIALIZATION_MS = 40_000

/** Since when a node is heard: just now, long enough for row 220, long enough to judge, long enough to have waited. */
export const HEARD_SINCE = [NOW, NOW - 2 * INTERVAL_MS, NOW - TIMEOUT_MS, NOW - INITIALIZATION_MS] as const
export const AWHILE = HEARD_SINCE[1]
export const WATCHED = HEARD_SINCE[2]
export const WAITED = HEARD_SINCE[3]

/** As many automatic fallbacks in a day, or moves for services in an hour, as there may be [B15] [B16]. */
export const USED_UP = [NOW, NOW, NOW]

/** High availability has just been enabled. */
function enabled(): Pair {
  const group = aGroup()
  group.epoch = EPOCH
  group.services = ['service']
  group.settings = {
    ...group.settings,
    keepAliveIntervalMs: INTERVAL_MS,
    keepAliveTimeoutMs: TIMEOUT_MS,
    fenceMarginMs: 2000,
    initializationTimeoutMs: INITIALIZATION_MS,
    criticalServiceDelayMs: 5000,
    automaticFallbackDelayMs: 5000,
  }
  for (const node of group.nodes) {
    Object.assign(node, {
      state: 'Initializing',
      reason: 'Initialization',
      sinceMs: NOW,
      movedAtMs: NOW,
      acknowledgedEpoch: 0,
      incarnation: 1,
      sequence: 1,
      lastAtMs: NOW,
      lastOkAtMs: NOW,
      okSinceMs: NOW,
      services: [0, 1].map(() => ({ state: 'running', sinceMs: NOW })),
      open: [],
    })
  }
  const truth = (index: NodeIndex): Truth => ({
    voice: 'speaks',
    doors: [index === 0, index === 1],
    held: false,
    unleased: true,
    fenced: false,
  })
  return normalised({ group, truth: [truth(0), truth(1)], brake: false })
}

/** High availability was enabled by force, and no agent was ever heard [B8]. */
function enabledUnseen(): Pair {
  const pair = enabled()
  for (const index of BOTH) {
    const node = pair.group.nodes[index] as NodeRecord
    Object.assign(node, { state: 'Unknown', reason: 'Unknown', lastAtMs: 0, lastOkAtMs: 0, okSinceMs: 0, bootId: '' })
    for (const service of node.services) service.state = 'unknown'
    Object.assign(pair.truth[index], { voice: 'silent', doors: [false, false], unleased: false })
  }
  return normalised(pair)
}

export const initialPairs = ({ automaticFallback }: Scope) =>
  [
    { name: 'high availability is enabled', state: enabled() },
    { name: 'high availability is enabled, and no agent was ever heard', state: enabledUnseen() },
  ].map(({ name, state }) => {
    state.group.settings.automaticFallbackEnabled = automaticFallback
    return { name, state }
  })

/** Names that differ only by when they were given, and times that nothing waits for, are made the same. */
export function normalised(pair: Pair): Pair {
  const { group } = pair
  const { transition } = group
  const earlier = transition?.id
  for (const command of group.commands) {
    command.transition = command.transition === earlier ? 'current' : 'earlier'
    command.id = `${command.transition}/${command.kind}/${command.node}`
    command.issuedAtMs = NOW
    command.attempt = 1
  }
  if (transition) {
    transition.id = 'current'
    transition.startedAtMs = NOW
    transition.dueAtMs = NOW
    transition.requestedBy = ''
    transition.workflowAttempt = 1
    delete transition.steps
  }
  for (const node of group.nodes) normaliseNode(node)
  // That on-call was told is looked at; what exactly, the random walks of `test/domain/walks.test.ts` look at.
  group.incidents = group.incidents.map(({ kind }) => ({
    id: kind,
    kind: isCutOffIncident(kind) ? kind : 'Failover',
    severity: 'page',
    openedAtMs: NOW,
  }))
  group.withheld = null
  forgetRestraints(group)
  // It holds back what silence would do: where everybody is heard it makes no difference.
  if (pair.truth.every(({ voice }) => voice === 'speaks')) pair.brake = false
  group.automaticFallbacksAtMs = usedUp(group.automaticFallbacksAtMs, mayFallBackSoon(group))
  group.serviceMovesAtMs = usedUp(group.serviceMovesAtMs, isDown(group))
  group.version = 1
  group.outbox = []
  return pair
}

/** What is switched off counts as acknowledged where nothing asks for it. */
function forgetRestraints(group: Group): void {
  const counts = { automaticFallback: mayFallBackSoon(group), serviceFailover: isDown(group) }
  group.cutOffs = group.cutOffs.filter(({ what }) => counts[what])
  const isOff = (kind: string) => group.cutOffs.some(({ what }) => kind.toLowerCase() === `${what}Off`.toLowerCase())
  group.incidents = group.incidents.filter(({ kind }) => !isCutOffIncident(kind) || isOff(kind))
}

export const isCutOffIncident = (kind: string): boolean =>
  kind === 'AutomaticFallbackOff' || kind === 'ServiceFailoverOff'

const usedUp = (timesMs: number[], counts: boolean): number[] =>
  counts && timesMs.length >= USED_UP.length ? [...USED_UP] : []

/** Only where a node is back, or may be in the next moment, it counts how often users went home by themselves [B15]. */
export const mayFallBackSoon = ({ nodes }: Group): boolean =>
  nodes.some(({ state }) => state === 'FailedOver' || state === 'FailedOverWithCriticalServicesNotRunning')

/** Only where a service is down it counts how often users have moved for one [B16]. */
export const isDown = ({ nodes }: Group): boolean =>
  nodes.some(({ services }) => services.some(({ state }) => state === 'failed'))

function normaliseNode(node: NodeRecord): void {
  node.incarnation = 1
  node.sequence = 1
  if (node.bootId !== '') node.bootId = 'boot-1'
  if (node.state !== 'Initializing') {
    node.sinceMs = NOW
    node.okSinceMs = Math.max(node.okSinceMs, WATCHED)
  }
  if (node.state !== 'FailedOver') {
    for (const service of node.services) if (service.state === 'running') service.sinceMs = NOW
  }
  node.movedAtMs = NOW
  delete node.crashes
  // What the doors were last said to be counts in the decision upon that heartbeat only.
  node.open = []
  if (node.lastOkAtMs > LONG_AGO) return
  // What has failed on a node that is not heard is not known; what was stopped on request stays so (row 508).
  node.okSinceMs = LONG_AGO
  for (const [place, service] of node.services.entries()) {
    if (service.state === 'failed') node.services[place] = { state: 'running', sinceMs: NOW }
  }
}

/**
 * All that differs from one state to another. Nodes are told relative to each other, so that a pair and the same pair
 * with its nodes exchanged have one key: the policy knows no first node (the test of the rows holds it to that).
 */
export const keyOf = (pair: Pair): string => {
  const [one, two] = [nodeKey(pair, 0), nodeKey(pair, 1)]
  if (one < two) return groupKey(pair, 0) + one + two
  if (two < one) return groupKey(pair, 1) + two + one
  return [groupKey(pair, 0), groupKey(pair, 1)].sort().at(0) + one + two
}

/** Of a node's record all but what never changes, and whose users it has, which is told relative to it. */
const NODE_FIELDS = Object.keys(enabled().group.nodes[0] as NodeRecord).filter(
  (field) => !['name', 'hostName', 'principal', 'softwareVersion', 'gate', 'set'].includes(field),
) as (keyof NodeRecord)[]

function nodeKey({ group, truth }: Pair, index: NodeIndex): string {
  const record = group.nodes[index] as NodeRecord
  const { owner, moving } = record.set
  const away = moving && [moving.to === index, moving.untilMs, moving.released]
  const { voice, doors, held, unleased, fenced } = truth[index]
  const isTrue = [owner === index, doors[index], doors[peerIndex(index)], held, unleased, fenced]
  return JSON.stringify([NODE_FIELDS.map((field) => record[field]), away, voice, isTrue])
}

function groupKey({ group, brake }: Pair, first: NodeIndex): string {
  const { settings, outbox: _, cluster: __, name: ___, nodes: ____, transition, commands, ...others } = group
  const orders = commands.map(({ id: _, node, ...command }) => JSON.stringify([command, node === first])).sort()
  const direction = transition && [transition.from === first, transition.to === first]
  return JSON.stringify([
    settings.automaticFallbackEnabled,
    others,
    transition && { ...transition, from: 0, to: 0 },
    direction,
    orders,
    brake,
  ])
}

/** How many kinds of fault the pair has at once: somebody is not heard, services are down, a fence. */
export function faultsOf({ group, truth }: Pair): number {
  const isUnheard = BOTH.some((index) => {
    const { okSinceMs, state } = group.nodes[index] as NodeRecord
    return truth[index].voice !== 'speaks' || (okSinceMs > WATCHED && state !== 'Initializing')
  })
  return [isUnheard, isDown(group), truth.some(({ fenced }) => fenced)].filter((is) => is).length
}

/** One line: what the control plane knows, and in brackets what is so. */
export function describePair({ group, truth, brake }: Pair): string {
  const nodes = BOTH.map((index) => {
    const node = group.nodes[index] as NodeRecord
    const { voice, doors, held, fenced } = truth[index]
    const open = BOTH.filter((set) => doors[set]).map((set) => group.nodes[set]?.name)
    const marks = [
      voice === 'speaks' ? '' : voice,
      held ? 'held by its peer' : '',
      fenced ? 'fenced' : '',
      node.rebooted ? 'rebooted' : '',
      node.services.some(({ state }) => state !== 'running') ? 'services down' : '',
      open.length > 0 ? `serves ${open.join(' and ')}` : 'serves nobody',
    ].filter((mark) => mark !== '')
    return `${node.name} ${stateLabel(node.state)} (${node.reason}) [${marks.join(', ')}]`
  })
  const moving = group.nodes.filter(({ set }) => set.moving).map(({ name }) => `users of ${name} move`)
  const orders = group.commands
    .filter(({ result }) => !result)
    .map(({ kind, node }) => `${kind} of ${group.nodes[node]?.name}`)
  const { transition } = group
  return [
    ...nodes,
    ...moving,
    ...orders,
    ...(transition ? [`${transition.kind} ${transition.phase}`] : []),
    ...(group.maintenance ? ['maintenance'] : []),
    ...(brake ? ['the fleet brake holds'] : []),
    ...group.cutOffs.map(({ what }) => `${what} is switched off`),
  ].join('; ')
}

export const peerIndex = (index: NodeIndex): NodeIndex => (index === 0 ? 1 : 0)
export const nodeOf = ({ group }: Pair, index: NodeIndex): NodeRecord => group.nodes[index] as NodeRecord
