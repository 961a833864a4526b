import { named } from './fact-words.ts'
import type { Occurrence } from './facts.ts'
import { databaseDownSinceMs, factsOf, healthySinceMs, isPresent, serviceDownSinceMs, silentFromMs } from './facts.ts'
import { firstMatch } from './match.ts'
import type { CutOffKind, Group, Maintenance, NodeIndex, NodeRecord } from './model.ts'
import { peerOf } from './model.ts'
import type { NewPair } from './policy-row.ts'
import { scheduleView } from './schedules.ts'
import { stateLabel } from './states.ts'
import { stepLimitSeconds } from './step-limits.ts'
import { heldSets, stepNameOf } from './steps.ts'
import { dueAtMs } from './transitions.ts'
import { withheldOf } from './withheld.ts'

/** What will happen next, if nothing else changes. */
export interface Expectation {
  kind: 'decision' | 'silence' | 'step' | 'schedule' | 'maintenance' | 'cutOff' | 'brake' | 'request'
  /** ISO 8601; null: not at a time, but when somebody acts. */
  at: string | null
  sentence: string
  /** The row of the policy that will apply. */
  rule?: number
}

const iso = (atMs: number): string => new Date(atMs).toISOString()

/** All that will happen by itself, the soonest first, and what waits for somebody. */
export function nextOf(group: Group, nowMs: number): Expectation[] {
  const isPair = group.highAvailability && group.nodes.length === 2
  const timed = [
    ...(isPair ? [...stepEnd(group, nowMs), ...decisions(group, nowMs)] : []),
    ...schedules(group),
    ...maintenanceEnds(group),
  ].sort((one, other) => String(one.at).localeCompare(String(other.at)))
  return [...timed, ...(isPair ? [...restraintEnds(group), ...requests(group)] : [])]
}

/** Until when the running transition's step is waited for at most. */
function stepEnd(group: Group, nowMs: number): Expectation[] {
  const { transition } = group
  if (transition?.phase !== 'running') return []
  const step = stepNameOf(group, transition, nowMs)
  const held = heldSets(group, transition, nowMs)
  if (held.length > 0) {
    const untilMs = Math.max(...held.map((set) => group.nodes[set]?.set.moving?.untilMs ?? nowMs))
    const from = group.nodes[transition.from]?.name
    const sentence = `The lease of ${from} has lapsed by then, so the ${transition.kind} goes on, whether or not ${from} answers.`
    return [{ kind: 'step', at: iso(untilMs), sentence }]
  }
  const limitSeconds = stepLimitSeconds(step)
  const begunMs = transition.steps?.findLast((each) => each.step === step)?.atMs
  if (limitSeconds === null || begunMs === undefined) return []
  const sentence = `The step ${step} of the ${transition.kind} is given up, if it is not done by then.`
  return [{ kind: 'step', at: iso(begunMs + limitSeconds * 1000), sentence }]
}

/** Nothing was heard of a node that should have been: its heartbeat is overdue. */
const isLate = (group: Group, node: NodeRecord, nowMs: number): boolean =>
  node.lastOkAtMs > 0 && nowMs - node.lastOkAtMs > OVERDUE_INTERVALS * group.settings.keepAliveIntervalMs
const OVERDUE_INTERVALS = 1.5

/**
 * What the policy will decide at each time at which a fact may change, asked of the policy itself: the group as it will
 * stand then, where who is heard is heard on, and who is late stays silent.
 */
function decisions(group: Group, nowMs: number): Expectation[] {
  // What would be decided now as well is not brought about by time.
  const told = new Set([decisionAt(group, nowMs, nowMs)?.rule])
  const times = [...new Set(deadlines(group, nowMs))].filter((atMs) => atMs > nowMs).sort((one, two) => one - two)
  return times.flatMap((atMs) => {
    const found = decisionAt(group, nowMs, atMs)
    if (found === null || told.has(found.rule)) return silentFor(group, nowMs, atMs)
    told.add(found.rule)
    return [found]
  })
}

/** When a node counts as silent, judged by its peer (rule 9). */
const silentAt = (group: Group, index: NodeIndex, nowMs: number): number =>
  silentFromMs(group, group.nodes[index] as NodeRecord, group.nodes[peerOf(index)] as NodeRecord, nowMs)

function deadlines(group: Group, nowMs: number): number[] {
  const { settings, transition } = group
  const due = group.nodes.flatMap((node, index) => {
    const downs = [serviceDownSinceMs(node), databaseDownSinceMs(node)].filter((sinceMs) => sinceMs !== null)
    const healthy = settings.automaticFallbackEnabled ? healthySinceMs(group, node, nowMs) : null
    const waitsForPeer = node.state === 'Initializing' ? [Math.max(node.okSinceMs, node.sinceMs)] : []
    return [
      ...(isLate(group, node, nowMs) ? [silentAt(group, index as NodeIndex, nowMs)] : []),
      ...downs.map((sinceMs) => sinceMs + settings.criticalServiceDelayMs),
      ...(healthy === null ? [] : [healthy + settings.automaticFallbackDelayMs]),
      ...waitsForPeer.map((sinceMs) => sinceMs + settings.initializationTimeoutMs),
    ]
  })
  return transition?.phase === 'waiting' ? [...due, dueAtMs(group, transition, nowMs)] : due
}

/** The group as it will stand at a time to come. */
function standingAt(group: Group, nowMs: number, atMs: number): Group {
  const later = structuredClone(group)
  for (const node of later.nodes) {
    if (!isPresent(group, node, nowMs) || isLate(group, node, nowMs)) continue
    node.lastAtMs = atMs
    node.lastOkAtMs = atMs
  }
  return later
}

function decisionAt(group: Group, nowMs: number, atMs: number): Expectation | null {
  const later = standingAt(group, nowMs, atMs)
  for (const node of [0, 1] as const) {
    const record = later.nodes[node] as NodeRecord
    if (!isPresent(later, record, atMs)) continue
    const arrival: Occurrence = { kind: 'heartbeat', node, restarted: false }
    const found = firstMatch(later, factsOf(later, atMs, arrival))
    const held = found ? null : withheldOf(later, atMs, arrival)
    const match = found ?? held
    if (!match) continue
    const { row, x } = match
    const why = named(row.why, nameOf(group, x), nameOf(group, peerOf(x)))
    const holder = held ? ` It would apply, and is held back (${held.because}).` : ''
    return { kind: 'decision', at: iso(atMs), sentence: `${outcome(group, row.to, x)}${why}${holder}`, rule: row.row }
  }
  return null
}

const nameOf = (group: Group, index: NodeIndex): string => group.nodes[index]?.name ?? ''

function outcome(group: Group, to: NewPair | undefined, x: NodeIndex): string {
  if (!to) return 'If nothing changes: '
  const states = [x, peerOf(x)].map((index, side) => {
    const [state] = to[side as 0 | 1]
    return state === 'keep' ? null : `${nameOf(group, index)} becomes ${stateLabel(state)}`
  })
  const changes = states.filter((state) => state !== null)
  return changes.length === 0 ? 'If nothing changes: ' : `If nothing changes, ${changes.join(', ')}: `
}

/** A node's deadline from which nothing follows by itself. */
function silentFor(group: Group, nowMs: number, atMs: number): Expectation[] {
  return group.nodes
    .filter((node, index) => isLate(group, node, nowMs) && silentAt(group, index as NodeIndex, nowMs) === atMs)
    .map(({ name }) => ({
      kind: 'silence',
      at: iso(atMs),
      sentence: `${name} counts as silent, if it is not heard by then; nothing follows from it by itself, as things are.`,
    }))
}

const schedules = (group: Group): Expectation[] =>
  group.schedules.map((schedule) => {
    const { action, node, by, at } = scheduleView(group, schedule)
    const way = action === 'failover' ? 'of' : 'to'
    return { kind: 'schedule', at, sentence: `The ${action} ${way} ${node} that ${shortName(by)} has planned is run.` }
  })

const shortName = (by: string): string => by.split('/').at(-1) ?? by

function maintenanceEnds(group: Group): Expectation[] {
  const places: { name: string; maintenance: Maintenance | null }[] = [
    { name: 'the group', maintenance: group.maintenance },
    ...group.nodes,
  ]
  return places.flatMap(({ name, maintenance }) =>
    maintenance
      ? [
          {
            kind: 'maintenance' as const,
            at: maintenance.untilMs === null ? null : iso(maintenance.untilMs),
            sentence: `Maintenance of ${name} ends${maintenance.untilMs === null ? ' when somebody ends it' : ''}.`,
          },
        ]
      : [],
  )
}

const CUT_OFF_ENDS: Record<CutOffKind, string> = {
  automaticFallback: 'Users go home by themselves again when somebody acknowledges the incident.',
  serviceFailover: 'Users are moved again when services fail, as soon as somebody acknowledges the incident.',
}

const restraintEnds = (group: Group): Expectation[] => [
  ...group.cutOffs.map(({ what }) => ({ kind: 'cutOff' as const, at: null, sentence: CUT_OFF_ENDS[what] })),
  ...(group.withheld?.because === 'fleet brake'
    ? [{ kind: 'brake' as const, at: null, sentence: 'A failover follows when somebody releases the fleet brake.' }]
    : []),
]

/** What nobody but an operator will change. */
function requests(group: Group): Expectation[] {
  if (group.transition) return []
  const request = (sentence: string): Expectation[] => [{ kind: 'request', at: null, sentence }]
  const states = group.nodes.map(({ state }) => state)
  if (states.every((state) => state === 'RunningInFailedMode')) {
    return request('The nodes stay in failed mode until somebody asks for a recovery.')
  }
  const away = ([0, 1] as const).filter((home) => group.nodes[home]?.set.owner !== home)
  const waits = away.filter((home) => group.nodes[home]?.state === 'Idle' || !group.settings.automaticFallbackEnabled)
  return waits.flatMap((home) =>
    request(
      `The users of ${nameOf(group, home)} stay with ${nameOf(group, peerOf(home))} until somebody asks for a fallback.`,
    ),
  )
}
