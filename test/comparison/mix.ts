import type { ServiceParameters } from '../../domain/settings.ts'
import { type Fault, type FaultTrace, type Place, SERVICES } from '../simulation/faults.ts'
import { Random } from '../simulation/random.ts'
import type { Way } from '../world/world.ts'

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

type Kind = keyof typeof MAKERS
type Made = Fault extends infer Each ? (Each extends Fault ? Omit<Each, 'atMs' | 'cue'> : never) : never

/** Short ones as often as ten times longer ones. */
const span = (random: Random, leastMs: number, mostMs: number) => ({ forMs: random.spread(leastMs, mostMs) })
const node = (random: Random) => ({ node: random.between(0, 1) as Place })

const cut = (node: Place, ways: readonly Way[], forMs: number): Made[] =>
  ways.map((way) => ({ kind: 'road cut', node, way, forMs }))
const CLOUD_WAYS: readonly Way[] = ['to control plane', 'from control plane']

const poor = (random: Random) => ({
  lost: random.pick([0.05, 0.3, 0.7]),
  twice: random.pick([0, 0.1]),
  late: random.pick([0, 0.2, 1]),
  lateMs: random.spread(50, 20_000),
})

/** Each thing that may befall a pair, as the faults of a trace that make it up. */
const MAKERS = {
  'a host loses power': (random) => [
    { kind: 'power lost', ...node(random), ...span(random, 20 * SECOND_MS, 30 * MINUTE_MS) },
  ],
  'a host is rebooted': (random) => [
    { kind: 'shut down', leaving: 'reboot', ...node(random), ...span(random, 30 * SECOND_MS, 10 * MINUTE_MS) },
  ],
  'a service fails': (random) => [
    {
      kind: random.happens(0.2) ? 'service broken' : 'service failed',
      service: random.pick(SERVICES),
      left: random.happens(0.3),
      ...node(random),
      ...span(random, 5 * SECOND_MS, 30 * MINUTE_MS),
    },
  ],
  'the database service fails': (random) => [
    {
      kind: 'database failed',
      left: random.happens(0.3),
      ...node(random),
      ...span(random, 5 * SECOND_MS, 30 * MINUTE_MS),
    },
  ],
  'services are slow': (random) => [
    {
      kind: 'services slow',
      startMs: 60_000,
      stopMs: 30_000,
      ...node(random),
      ...span(random, 10 * MINUTE_MS, 2 * HOUR_MS),
    },
  ],
  'users cannot be moved': (random) => [
    {
      kind: 'hook bad',
      hook: random.pick(['onTakeOver', 'onTakeBack']),
      manner: random.pick(['fails', 'fails-once', 'hangs']),
      limitMs: MINUTE_MS,
      ...node(random),
      ...span(random, 10 * MINUTE_MS, 2 * HOUR_MS),
    },
  ],
  'an agent is killed': (random) => [
    { kind: 'agent killed', ...node(random), ...span(random, SECOND_MS, 20 * MINUTE_MS) },
  ],
  'an agent is restarted': (random) => [{ kind: 'agent restarted', ...node(random) }],
  'an agent hangs': (random) => [{ kind: 'agent frozen', ...node(random), ...span(random, SECOND_MS, 10 * MINUTE_MS) }],
  'the link between the nodes is cut': (random) => {
    const { forMs } = span(random, 2 * SECOND_MS, 30 * MINUTE_MS)
    return [...cut(0, ['to peer'], forMs), ...cut(1, ['to peer'], forMs)]
  },
  'the link is cut in one direction': (random) =>
    cut(node(random).node, ['to peer'], span(random, 2 * SECOND_MS, 30 * MINUTE_MS).forMs),
  'the link is poor': (random) => {
    const of = {
      kind: 'road poor' as const,
      way: 'to peer' as const,
      ...poor(random),
      ...span(random, MINUTE_MS, HOUR_MS),
    }
    return [
      { ...of, node: 0 },
      { ...of, node: 1 },
    ]
  },
  'a node is cut off from everything': (random) => {
    const { node: place } = node(random)
    const { forMs } = span(random, 2 * SECOND_MS, 30 * MINUTE_MS)
    const peer: Place = place === 0 ? 1 : 0
    return [...cut(place, ['to peer', ...CLOUD_WAYS], forMs), ...cut(peer, ['to peer'], forMs)]
  },
  'a road to the control plane is cut': (random) =>
    cut(node(random).node, CLOUD_WAYS, span(random, 2 * SECOND_MS, 30 * MINUTE_MS).forMs),
  'a road to the control plane is cut in one direction': (random) =>
    cut(node(random).node, [random.pick(CLOUD_WAYS)], span(random, 2 * SECOND_MS, 30 * MINUTE_MS).forMs),
  'a road to the control plane is poor': (random) => {
    const of = { kind: 'road poor' as const, ...node(random), ...poor(random), ...span(random, MINUTE_MS, HOUR_MS) }
    return CLOUD_WAYS.map((way) => ({ ...of, way }))
  },
  'both roads to the control plane are cut': (random) => {
    const { forMs } = span(random, 2 * SECOND_MS, 30 * MINUTE_MS)
    return [...cut(0, CLOUD_WAYS, forMs), ...cut(1, CLOUD_WAYS, forMs)]
  },
  'the control plane is down': (random) => [
    { kind: 'control plane down', ...span(random, 2 * SECOND_MS, 30 * MINUTE_MS) },
  ],
  'Lambdas die': (random) => [
    { kind: random.pick(['lambda dies after commit', 'lambda dies after effects']), count: random.between(1, 3) },
  ],
  'what follows a decision fails': (random) => [
    { kind: 'effects fail', rate: 0.3, ...span(random, MINUTE_MS, 10 * MINUTE_MS) },
  ],
  'calls of workflows fail': (random) => [
    { kind: 'workflow calls fail', rate: 0.3, ...span(random, MINUTE_MS, 10 * MINUTE_MS) },
  ],
  'the table is slow': (random) => [
    { kind: 'table slow', mostMs: random.spread(5, 3000), ...span(random, MINUTE_MS, 10 * MINUTE_MS) },
  ],
  'an operator fails a node over': (random) => [{ kind: 'ask', action: 'failover', twice: false, ...node(random) }],
} satisfies Record<string, (random: Random) => Made[]>

/**
 * How often each of them comes in a thousand hours of a pair. It is far more than a pair sees in reality, so that a run of
 * minutes sees thousands; what matters is how the two systems compare.
 */
const PER_THOUSAND_HOURS: Readonly<Record<Kind, number>> = {
  'a host loses power': 80,
  'a host is rebooted': 80,
  'a service fails': 200,
  'the database service fails': 60,
  'services are slow': 20,
  'users cannot be moved': 20,
  'an agent is killed': 80,
  'an agent is restarted': 100,
  'an agent hangs': 60,
  'the link between the nodes is cut': 120,
  'the link is cut in one direction': 40,
  'the link is poor': 60,
  'a node is cut off from everything': 60,
  'a road to the control plane is cut': 80,
  'a road to the control plane is cut in one direction': 40,
  'a road to the control plane is poor': 80,
  'both roads to the control plane are cut': 40,
  'the control plane is down': 60,
  'Lambdas die': 60,
  'what follows a decision fails': 30,
  'calls of workflows fail': 30,
  'the table is slow': 30,
  'an operator fails a node over': 60,
}

const LINKS: readonly Kind[] = [
  'the link between the nodes is cut',
  'the link is cut in one direction',
  'the link is poor',
]
const CLOUD: readonly Kind[] = [
  'a road to the control plane is cut',
  'a road to the control plane is cut in one direction',
  'a road to the control plane is poor',
  'both roads to the control plane are cut',
  'the control plane is down',
  'Lambdas die',
  'what follows a decision fails',
  'calls of workflows fail',
  'the table is slow',
]

export interface Mix {
  title: string
  kinds: readonly Kind[]
  parameters: Partial<ServiceParameters>
}

const ALL = Object.keys(MAKERS) as Kind[]
/** What the two systems are compared under; everything else is the field's default. */
export const MIXES = {
  everything: { title: 'Every kind of fault', kinds: ALL, parameters: {} },
  fallback: {
    title: 'Every kind of fault, with automatic fallback',
    kinds: ALL,
    parameters: { automaticFallbackEnabled: true },
  },
  links: { title: 'Faults of the link between the nodes alone', kinds: LINKS, parameters: {} },
  cloud: { title: 'Faults of the control plane and the roads to it alone', kinds: CLOUD, parameters: {} },
} as const satisfies Record<string, Mix>
export type MixName = keyof typeof MIXES

/** The faults of one group: each kind comes by itself, at any moment as likely as at any other. */
export function traceOf(seed: string, mix: MixName, hours: number): FaultTrace {
  const { kinds, parameters }: Mix = MIXES[mix]
  const lastsMs = hours * HOUR_MS
  const faults: Fault[] = []
  for (const kind of kinds) {
    const random = new Random(seed, kind)
    const meanMs = (1000 / PER_THOUSAND_HOURS[kind]) * HOUR_MS
    const waitMs = () => Math.round(-Math.log(1 - random.next()) * meanMs)
    for (let atMs = waitMs(); atMs < lastsMs; atMs += waitMs()) {
      for (const made of MAKERS[kind](random) as Made[]) faults.push({ ...made, atMs })
    }
  }
  faults.sort((one, other) => one.atMs - other.atMs)
  return { seed, parameters, phases: [{ lastsMs, faults }] }
}

/** The kinds with their rates, for who reads about them. */
export const mixLines = (): string[] => ALL.map((kind) => `| ${kind} | ${PER_THOUSAND_HOURS[kind]} |`)
