import { decide, draftOf } from './decide.ts'
import { boundMs, isPresent } from './facts.ts'
import { grants } from './heartbeat.ts'
import { servedSets } from './login.ts'
import { maintenanceView } from './maintenance.ts'
import type { CutOffKind, Group, NodeIndex, NodeRecord, Transition, Withheld } from './model.ts'
import { peerOf } from './model.ts'
import { nextOf } from './next.ts'
import { POLICY } from './policy.ts'
import { restoresOf } from './restores.ts'
import { schedulesView } from './schedules.ts'
import { reasonLabel, rowsOf, stateLabel } from './states.ts'
import { heldSets, stepNameOf, stepTimes } from './steps.ts'
import { dueAtMs } from './transitions.ts'
import type { UserCounts } from './users.ts'

const iso = (atMs: number): string => new Date(atMs).toISOString()

export type ActionName = 'failover' | 'fallback' | 'recovery'

/** Would the policy take this request now? Asked of the policy itself, on a draft that is thrown away. */
function wouldTake(group: Group, action: ActionName, node: NodeIndex, nowMs: number): boolean {
  const draft = draftOf(group, nowMs)
  const asked = { kind: 'request', by: '', id: '' } as const
  decide(draft, action === 'recovery' ? { ...asked, action } : { ...asked, action, node })
  return draft.group.transition?.id === '' && draft.group.transition.phase === 'running'
}

/** What an operator may ask of the group now, and of which node [B23]. */
export function allowedActions(group: Group, nowMs: number): { action: ActionName; node?: string }[] {
  if (!group.highAvailability || group.nodes.length !== 2) return []
  const both: NodeIndex[] = [0, 1]
  const found: { action: ActionName; node?: string }[] = []
  for (const action of ['failover', 'fallback'] as const) {
    for (const node of both) {
      if (wouldTake(group, action, node, nowMs)) found.push({ action, node: (group.nodes[node] as NodeRecord).name })
    }
  }
  if (wouldTake(group, 'recovery', 0, nowMs)) found.push({ action: 'recovery' })
  return found
}

/** The step that a transition is in, by the names of the workflow's states; and until when it waits, where it does. */
export function stepOf(group: Group, transition: Transition, nowMs: number): { step: string; untilMs?: number } {
  const step = stepNameOf(group, transition, nowMs)
  if (transition.phase === 'waiting') return { step, untilMs: dueAtMs(group, transition, nowMs) }
  if (step !== 'Release') return { step }
  const held = heldSets(group, transition, nowMs)
  return { step, untilMs: Math.max(...held.map((set) => group.nodes[set]?.set.moving?.untilMs ?? 0)) }
}

/** A transition as the API tells it. */
export function transitionView(group: Group, transition: Transition, nowMs: number) {
  const { step, untilMs } = stepOf(group, transition, nowMs)
  return {
    id: transition.id,
    kind: transition.kind,
    trigger: transition.trigger,
    from: group.nodes[transition.from]?.name ?? '',
    to: group.nodes[transition.to]?.name ?? '',
    requestedBy: transition.requestedBy,
    ...(transition.schedule === undefined ? {} : { schedule: transition.schedule }),
    step,
    startedAt: iso(transition.startedAtMs),
    stepTimes: stepTimes(transition, nowMs),
    ...(untilMs === undefined ? {} : { waitingUntil: iso(untilMs) }),
  }
}

/**
 * The doors that the node may hold open: granted to it, or said by it to be open. `leaseUntil`: every lease that it can
 * hold for them has lapsed by then, unless it is heard again (rule 4); null: its doors need no lease.
 */
function doorsOf(group: Group, index: NodeIndex, nowMs: number) {
  const { open } = group.nodes[index] as NodeRecord
  const granted = grants(group, index)
  return group.nodes.flatMap(({ name }, set) => {
    const door = { usersOf: name, granted: granted.includes(set as NodeIndex), open: open.includes(set as NodeIndex) }
    if (!door.granted && !door.open) return []
    return [{ ...door, leaseUntil: group.highAvailability ? iso(boundMs(group, index, nowMs)) : null }]
  })
}

function nodeView(group: Group, index: NodeIndex, nowMs: number, users: UserCounts) {
  const node = group.nodes[index] as NodeRecord
  const reachable = isPresent(group, node, nowMs)
  const serves = servedSets(group, index, nowMs).map((set) => group.nodes[set]?.name ?? '')
  const service = (record: NodeRecord['services'][number] | undefined) => ({
    state: record?.state ?? 'unknown',
    since: iso(record?.sinceMs ?? nowMs),
  })
  return {
    node: node.name,
    state: node.state,
    reason: node.reason,
    since: iso(node.sinceMs),
    lastHeartbeatAt: node.lastAtMs === 0 ? null : iso(node.lastAtMs),
    reachable,
    serving: serves.length > 0,
    serves,
    doors: doorsOf(group, index, nowMs),
    gate: node.gate,
    fenced: node.fenced,
    users: users.get(node.name) ?? 0,
    maintenance: maintenanceView(node.maintenance),
    softwareVersion: node.softwareVersion,
    criticalServices: Object.fromEntries(group.services.map((name, i) => [name, service(node.services[i])])),
    databaseService: service(node.services.at(-1)),
  }
}

/** The whole status of a group, as `GET …/groups/{group}` answers it [B31]. Its item knows nothing of `users`. */
export function statusOf(group: Group, description: string, nowMs: number, users: UserCounts = new Map()) {
  const allowed = allowedActions(group, nowMs)
  return {
    cluster: group.cluster,
    group: group.name,
    description,
    highAvailability: group.highAvailability,
    version: group.version,
    nodes: group.nodes.map((_, index) => nodeView(group, index as NodeIndex, nowMs, users)),
    transition: group.transition ? transitionView(group, group.transition, nowMs) : null,
    restores: restoresOf(group),
    maintenance: maintenanceView(group.maintenance),
    cutOffs: group.cutOffs.map(({ what, sinceMs }) => ({ what, since: iso(sinceMs) })),
    withheld: group.withheld && withheldView(group, group.withheld),
    schedules: schedulesView(group),
    explanation: explain(group, nowMs),
    next: nextOf(group, nowMs),
    recommendedActions: recommendedActions(group, nowMs),
    incidents: group.incidents.map(({ id, kind, severity, openedAtMs, acknowledgedBy }) => ({
      id,
      kind,
      severity,
      openedAt: iso(openedAtMs),
      acknowledgedBy: acknowledgedBy ?? null,
    })),
    allowedActions: [...new Set(allowed.map(({ action }) => action))],
    allowed,
  }
}
export type GroupStatus = ReturnType<typeof statusOf>

/** What the field recommends in this pair of states, with the names of the nodes. */
function recommendedActions(group: Group, nowMs: number): string[] {
  const [one, two] = group.nodes
  if (!one || !two || !group.highAvailability) return []
  const reachable = [isPresent(group, one, nowMs), isPresent(group, two, nowMs)] as const
  const rows = rowsOf([one, two], reachable)
  const named = (swapped: boolean, text: string) => {
    const [first, second] = swapped ? [two.name, one.name] : [one.name, two.name]
    return text.replaceAll('node 1', first).replaceAll('node 2', second)
  }
  return [...new Set(rows.slice(0, 1).flatMap((row) => row.recommendedActions.map((text) => named(row.swapped, text))))]
}

/** Says in sentences why the group is as it is, and what will happen next. */
function explain(group: Group, nowMs: number): string {
  if (group.nodes.length < 2) return 'The group has one node: it serves without a peer.'
  if (!group.highAvailability)
    return 'High availability is not enabled: each node serves its own users, and no peer stands in.'
  const sentences = group.nodes.map((node) => {
    const heard = isPresent(group, node, nowMs) ? '' : ', and is not heard'
    const reason = node.reason === 'Normal' ? '' : ` (${reasonLabel(node.reason)})`
    return `${node.name} is ${stateLabel(node.state)}${reason}${heard}.`
  })
  for (const set of [0, 1] as const) {
    const owner = group.nodes[set]?.set.owner
    if (owner !== set)
      sentences.push(`${group.nodes[peerOf(set)]?.name} serves the users of ${group.nodes[set]?.name}.`)
  }
  sentences.push(...explainStart(group, nowMs))
  const { transition } = group
  if (transition) sentences.push(...explainTransition(group, transition, nowMs))
  const fenced = group.nodes.filter((node) => node.fenced)
  sentences.push(
    ...fenced.map(({ name }) => `${name} is fenced on the node itself: \`understudy-agent release\` ends that.`),
  )
  return [...sentences, ...explainRestraints(group), ...explainDrift(group)].join(' ')
}

/** Why users wait for a node that starts up, and until when their peer's do (rule 11, row 112). */
function explainStart(group: Group, nowMs: number): string[] {
  return group.nodes.flatMap((node, index) => {
    if (node.state !== 'Initializing' || node.acknowledgedEpoch === group.epoch) return []
    const peer = group.nodes[peerOf(index as NodeIndex)] as NodeRecord
    const sentence = `Its agent has to say that the doors of ${node.name} are closed: until then its users wait.`
    if (peer.state !== 'Initializing' || !isPresent(group, peer, nowMs)) return [sentence]
    const dueMs = Math.max(peer.okSinceMs, peer.sinceMs) + group.settings.initializationTimeoutMs
    const remaining = Math.max(0, Math.ceil((dueMs - nowMs) / 1000))
    return [sentence, `Those of ${peer.name} wait for it, too, for ${remaining} s at most.`]
  })
}

const withheldView = (group: Group, { row, node, because, sinceMs }: Withheld) => ({
  because,
  rule: row,
  why: POLICY.find((each) => each.row === row)?.why ?? '',
  node: group.nodes[node]?.name ?? '',
  since: iso(sinceMs),
})

const CUT_OFF_SENTENCES: Record<CutOffKind, string> = {
  automaticFallback:
    'Automatic fallbacks are switched off after three in 24 hours: `understudy acknowledge` switches them on again.',
  serviceFailover:
    'Failovers because services fail are switched off after three in an hour: `understudy acknowledge` switches them on again.',
}

/** What holds automatic actions back, and what would happen without it (behaviour reference, section 5). */
function explainRestraints(group: Group): string[] {
  const places = [{ name: 'The group', maintenance: group.maintenance }, ...group.nodes]
  const sentences = places.flatMap(({ name, maintenance }) => {
    if (!maintenance) return []
    const { reason, by, until } = { ...maintenance, until: maintenance.untilMs }
    const end = until === null ? 'until somebody ends it' : `until ${iso(until)}`
    return [`${name} is in maintenance (${reason}; ${by.split('/').at(-1)}), ${end}: nothing automatic happens.`]
  })
  sentences.push(...group.cutOffs.map(({ what }) => CUT_OFF_SENTENCES[what]))
  if (group.withheld) {
    const { because, rule, why, node } = withheldView(group, group.withheld)
    const holder =
      because === 'fleet brake' ? 'the fleet brake' : because === 'cut-off' ? 'that cut-off' : 'maintenance'
    sentences.push(`Without ${holder}, rule ${rule} would apply now (x is ${node}): ${why}`)
  }
  return sentences
}

/** What has drifted from the configuration is shown as long as its incident is open [B2]. */
function explainDrift({ incidents, nodes }: Group): string[] {
  const each = (word: string, of: (node: NodeRecord) => string | number) =>
    `${nodes.map((node) => `${node.name} ${word} ${of(node)}`).join(', ')}.`
  const texts = {
    VersionDrift: `A software version is not the configured one: ${each('runs', (node) => node.softwareVersion)}`,
    ReplicationDrift: `Database replication is not set up on both nodes: ${each('reads', (node) => node.replicationSetup)}`,
  }
  return incidents.flatMap(({ kind }) => (kind === 'VersionDrift' || kind === 'ReplicationDrift' ? [texts[kind]] : []))
}

function explainTransition(group: Group, transition: Transition, nowMs: number): string[] {
  const view = transitionView(group, transition, nowMs)
  const remaining = view.waitingUntil ? Math.max(0, Math.ceil((Date.parse(view.waitingUntil) - nowMs) / 1000)) : 0
  if (transition.phase === 'waiting' && transition.kind === 'failover') {
    const what = transition.trigger === 'DatabaseFailure' ? 'The database service' : 'A critical service'
    return [`${what} of ${view.from} is down: unless it comes back, ${view.to} takes over in ${remaining} s.`]
  }
  if (transition.phase === 'waiting') {
    return [`${view.to} is healthy: unless that changes, its users go home in ${remaining} s.`]
  }
  const where = {
    failover: `A failover from ${view.from} to ${view.to} is in progress`,
    fallback: `A fallback from ${view.from} to ${view.to} is in progress`,
    recovery: 'A recovery of both nodes is in progress',
  }[transition.kind]
  return [`${where}, in step ${view.step}.`]
}
