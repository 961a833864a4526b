import { breachesOf, DEFAULT_SERVICE_PARAMETERS, type ServiceParameters } from '../../domain/settings.ts'
import { WAYS, type Way } from '../world/world.ts'
import { CUES, type Fault, type FaultKind, type FaultTrace, type Phase, type Place, SERVICES } from './faults.ts'
import { Random } from './random.ts'

/** What the protocol assumes of clocks: ε of a host's, σ of a Lambda's (protocol.md, Numbers). */
export const MOST_DRIFT = 0.001
export const MOST_CLOCK_ERROR_MS = 50

/** How often each kind of fault comes, against the others. */
const WEIGHTS: Readonly<Record<FaultKind, number>> = {
  'agent killed': 8,
  'agent restarted': 6,
  'agent frozen': 7,
  'power lost': 7,
  'shut down': 5,
  'service failed': 10,
  'service broken': 6,
  'database failed': 6,
  'services slow': 2,
  'hook bad': 4,
  'clock drifts': 3,
  'wall clock jumps': 2,
  'road cut': 12,
  'road poor': 6,
  'control plane down': 6,
  'fleet brake holds': 1,
  'lambda dies after commit': 6,
  'lambda dies after effects': 3,
  'effects fail': 3,
  'workflow calls fail': 3,
  'lambda calls twice': 3,
  'table slow': 4,
  'lambda clocks differ': 3,
  ask: 12,
  fence: 2,
  set: 2,
  maintenance: 3,
  acknowledge: 2,
}

/** How much of what befalls is a plot: several faults that are meant for each other. */
const PLOT_RATE = 0.2
/** A part of the phases has one or two faults, so that what they lead to is seen in full. */
const FEW_RATE = 0.3
const CUE_RATE = 0.3
const OTHER_PARAMETERS_RATE = 0.3
const QUICK_RATE = 0.15

/** All that befalls one group in so many hours at least. */
export function generateTrace(seed: string, hours: number): FaultTrace {
  const random = new Random(seed)
  const parameters = generateParameters(random)
  const phases: Phase[] = []
  for (let leftMs = hours * 3_600_000; leftMs > 0 || phases.length === 0; ) {
    const phase = generatePhase(random, parameters)
    phases.push(phase)
    leftMs -= phase.lastsMs
  }
  return { seed, parameters, phases }
}

const merged = (parameters: Partial<ServiceParameters>): ServiceParameters => ({
  ...DEFAULT_SERVICE_PARAMETERS,
  ...parameters,
})

/** Mostly the field's own; otherwise others within their bounds. */
export function generateParameters(random: Random): Partial<ServiceParameters> {
  if (!random.happens(OTHER_PARAMETERS_RATE)) return random.happens(0.3) ? { automaticFallbackEnabled: true } : {}
  const keepAliveTimeoutSeconds = random.pick([5, 12, 30, 60, 60, 120])
  const parameters = {
    keepAliveTimeoutSeconds,
    keepAliveIntervalSeconds: keepAliveTimeoutSeconds / random.pick([4, 5, 8]),
    initializationKeepAliveTimeoutSeconds: keepAliveTimeoutSeconds * random.pick([1, 2, 3]),
    criticalServiceDelaySeconds: random.pick([1, 10, 90, 90, 300]),
    automaticFallbackEnabled: random.happens(0.5),
    automaticFallbackDelaySeconds: random.pick([1, 60, 600, 1800]),
  }
  return breachesOf(merged(parameters)).length === 0 ? parameters : {}
}

/** A phase's times go with the longest wait that its parameters know, so that waits are sometimes waited out. */
function generatePhase(random: Random, parameters: Partial<ServiceParameters>): Phase {
  const { keepAliveTimeoutSeconds, criticalServiceDelaySeconds } = merged(parameters)
  const paceMs = 1000 * Math.max(keepAliveTimeoutSeconds, Math.min(criticalServiceDelaySeconds, 90))
  const lastsMs = Math.round(paceMs * (2 + 14 * random.next()))
  const count = random.happens(FEW_RATE) ? random.between(1, 2) : random.between(3, 14)
  const quick = random.happens(QUICK_RATE)
  const pace = { lastsMs, paceMs, quick }
  const faults = Array.from({ length: count }, () =>
    random.happens(PLOT_RATE) ? plotted(random, pace) : [generateFault(random, pace)],
  ).flat()
  return { lastsMs, faults: faults.sort((one, other) => one.atMs - other.atMs) }
}

interface Pace {
  lastsMs: number
  /** The longest timeout that matters: spans are shorter than it as often as longer. */
  paceMs: number
  /** All of it happens within a few seconds. */
  quick: boolean
}

/** Faults that seldom come together by themselves, and that the rules of the protocol are for. */
function plotted(random: Random, { lastsMs, paceMs }: Pace): Fault[] {
  const atMs = random.between(0, lastsMs - 1)
  const node = random.between(0, 1) as Place
  const peer = (1 - node) as Place
  const forMs = random.spread(1000, 4 * paceMs)
  const soonMs = atMs + random.spread(1, paceMs)
  const cutOff = (fromMs: number): Fault[] => [
    ...WAYS.map((way) => ({ atMs: fromMs, kind: 'road cut' as const, node, way, forMs })),
    { atMs: fromMs, kind: 'road cut', node: peer, way: 'to peer', forMs },
  ]
  const late = (way: Way): Extract<Fault, { kind: 'road poor' }> => ({
    ...{ atMs, kind: 'road poor', node, way, forMs: random.spread(paceMs, 4 * paceMs) },
    ...{ lost: random.pick([0, 0.2]), twice: random.pick([0, 0.5]), late: random.pick([0.3, 1]) },
    lateMs: random.spread(1000, paceMs),
  })
  const asked: Fault = {
    ...{ atMs: soonMs, kind: 'ask', action: random.pick(['failover', 'fallback']), node, twice: false },
    ...(random.happens(0.5) ? { cue: { of: random.pick(CUES), delayMs: random.between(0, 3000) } } : {}),
  }
  switch (
    random.weighed({
      'cut off': 4,
      late: 4,
      shorter: 2,
      'nodes alone': 3,
      'stuck work': 3,
      'old word': 3,
      'road away': 3,
    })
  ) {
    case 'cut off':
      return cutOff(atMs)
    case 'late':
      return [late(random.pick(WAYS)), late(random.pick(WAYS)), asked, ...(random.happens(0.5) ? cutOff(soonMs) : [])]
    case 'shorter':
      return [{ atMs, kind: 'set', parameters: generateParameters(random) }, ...cutOff(soonMs)]
    case 'nodes alone':
      return [{ atMs, kind: 'control plane down', forMs }, generateFault(random, { lastsMs, paceMs, quick: false })]
    case 'stuck work':
      return [
        random.happens(0.5)
          ? { atMs, kind: 'control plane down', forMs }
          : { atMs, kind: 'workflow calls fail', rate: 0.95, forMs },
        { atMs, kind: 'hook bad', node: peer, hook: 'onTakeOver', manner: 'fails', limitMs: 10_000, forMs },
        { ...asked, atMs },
      ]
    case 'old word': {
      // What a node said when its door was closed comes late, when the door has opened again and nobody reaches the node.
      const opened = (delayMs: number) => ({ atMs: atMs + 1, cue: { of: 'a door opens' as const, delayMs } })
      return [
        { atMs, kind: 'power lost', node, forMs: random.between(1000, 5000) },
        { ...late('to control plane'), forMs: 2 * paceMs },
        ...cutOff(0).map((fault) => ({ ...fault, ...opened(100) })),
        { ...opened(random.between(120, 1000)), kind: 'ask', action: 'failover', node, twice: false },
      ]
    }
    case 'road away':
      return [{ atMs, kind: 'road cut', node, way: random.pick(['to control plane', 'from control plane']), forMs }]
  }
}

function generateFault(random: Random, { lastsMs, paceMs, quick }: Pace): Fault {
  const atMs = random.between(0, quick ? Math.min(lastsMs, 5000) : lastsMs - 1)
  const forMs = random.spread(100, 4 * paceMs)
  const node = random.between(0, 1) as Place
  const cue = random.happens(CUE_RATE)
    ? { cue: { of: random.pick(CUES), delayMs: random.pick([0, 0, 1, 15, 25, 500, 1500]) } }
    : {}
  const when = { atMs, ...cue }
  const kind = random.weighed(WEIGHTS)
  switch (kind) {
    case 'agent killed':
    case 'agent frozen':
    case 'power lost':
      return { ...when, kind, node, forMs }
    case 'agent restarted':
      return { ...when, kind, node }
    case 'shut down':
      return { ...when, kind, node, leaving: random.pick(['shutdown', 'reboot']), forMs }
    case 'service failed':
    case 'service broken':
      return { ...when, kind, node, service: random.pick(SERVICES), left: random.happens(0.3), forMs }
    case 'database failed':
      return { ...when, kind, node, left: random.happens(0.2), forMs }
    case 'services slow':
      return { ...when, kind, node, startMs: random.spread(1000, 250_000), stopMs: random.spread(500, 250_000), forMs }
    case 'hook bad':
      return {
        ...when,
        kind,
        node,
        hook: random.pick(['onTakeOver', 'onTakeBack']),
        manner: random.pick(['fails', 'fails-once', 'hangs']),
        limitMs: random.pick([10_000, 400_000]),
        forMs,
      }
    case 'clock drifts':
      return { ...when, kind, node, rate: 1 + random.pick([-1, 1]) * MOST_DRIFT * random.next(), forMs }
    case 'wall clock jumps':
      return { ...when, kind, node, byMs: random.pick([-1, 1]) * random.spread(100, 86_400_000) }
    case 'road cut':
      return { ...when, kind, node, way: random.pick(WAYS), forMs }
    case 'road poor':
      return { ...when, kind, node, way: random.pick(WAYS), ...poorness(random), forMs }
    default:
      return generateOther(random, kind, { ...when, forMs, node })
  }
}

const poorness = (random: Random) => ({
  lost: random.pick([0, 0.05, 0.3, 0.7]),
  twice: random.pick([0, 0.1, 0.5]),
  late: random.pick([0, 0.2, 1]),
  lateMs: random.spread(50, 20_000),
})

type Rest = Exclude<FaultKind, 'agent killed' | 'agent restarted'>

/** Of the control plane, and of operators. */
function generateOther(random: Random, kind: Rest, given: { atMs: number; forMs: number; node: Place }): Fault {
  const { forMs, node, ...when } = given
  switch (kind) {
    case 'lambda dies after commit':
    case 'lambda dies after effects':
      return { ...when, kind, count: random.between(1, 3) }
    case 'effects fail':
    case 'workflow calls fail':
      return { ...when, kind, rate: random.pick([0.3, 0.9]), forMs }
    case 'lambda calls twice':
      return { ...when, kind, rate: random.pick([0.3, 1]), forMs }
    case 'table slow':
      return { ...when, kind, mostMs: random.spread(5, 3000), forMs }
    case 'lambda clocks differ':
      return { ...when, kind, mostMs: random.between(1, MOST_CLOCK_ERROR_MS), forMs }
    case 'fence':
      return { ...when, kind, node, forMs }
    case 'acknowledge':
      return { ...when, kind }
    case 'maintenance':
      return random.happens(0.5) ? { ...when, kind, forMs } : { ...when, kind, node, forMs }
    case 'fleet brake holds':
      return { ...when, kind, forMs }
    case 'set':
      return { ...when, kind, parameters: generateParameters(random) }
    case 'ask': {
      const action = random.weighed({ failover: 5, fallback: 3, recovery: 2 })
      const twice = random.happens(0.2)
      return action === 'recovery' ? { ...when, kind, action, twice } : { ...when, kind, action, node, twice }
    }
    default:
      return { ...when, kind: 'control plane down', forMs }
  }
}
