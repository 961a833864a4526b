import { DEFAULT_CRITICAL_SERVICES, type ServiceParameters } from '../../domain/settings.ts'
import type { Way } from '../world/world.ts'

/** A node of the pair. */
export type Place = 0 | 1

/**
 * What a fault may be tied to instead of a time: it comes `delayMs` after the next time that this happens. Each of them
 * can be seen from outside: of a pair that is kept by something else than our control plane, too.
 */
export const CUES = [
  'a door closes',
  'a door opens',
  'a transition begins',
  'a command is given',
  'something is decided',
] as const
export type Cue = (typeof CUES)[number]

/** When a fault comes: so long after its phase began; with a cue, so long after the first cue from then on. */
interface When {
  atMs: number
  cue?: { of: Cue; delayMs: number }
}

/** A fault that ends by itself: after so long, or with its phase. */
interface Span {
  forMs: number
}

/** What befalls a host, its agent, its services and its clock. */
export type HostFault = When &
  (
    | ({ kind: 'agent killed'; node: Place } & Span)
    | { kind: 'agent restarted'; node: Place }
    /** Paused and continued; what reaches it meanwhile waits. */
    | ({ kind: 'agent frozen'; node: Place } & Span)
    | ({ kind: 'power lost'; node: Place } & Span)
    /** The host goes down in good order, saying good-bye. */
    | ({ kind: 'shut down'; node: Place; leaving: 'shutdown' | 'reboot' } & Span)
    /** A service fails; when the span is over an administrator starts it, unless it is left as it is. */
    | ({ kind: 'service failed'; node: Place; service: string; left: boolean } & Span)
    /** As before, and until the span is over no command can start it. */
    | ({ kind: 'service broken'; node: Place; service: string; left: boolean } & Span)
    | ({ kind: 'database failed'; node: Place; left: boolean } & Span)
    /** Services take so long to start and to stop. */
    | ({ kind: 'services slow'; node: Place; startMs: number; stopMs: number } & Span)
    | ({
        kind: 'hook bad'
        node: Place
        hook: 'onTakeOver' | 'onTakeBack'
        manner: 'fails' | 'fails-once' | 'hangs'
        /** When it hangs: how long until it is given up by the agent. */
        limitMs: number
      } & Span)
    /** Within the drift that the protocol assumes (ε). */
    | ({ kind: 'clock drifts'; node: Place; rate: number } & Span)
    /** Of the wall clock; what deadlines are counted on does not jump. */
    | { kind: 'wall clock jumps'; node: Place; byMs: number }
  )

/** What befalls messages. */
export type LinkFault = When &
  (
    | ({ kind: 'road cut'; node: Place; way: Way } & Span)
    /** Each message with these probabilities; one that is late overtakes none, and may be overtaken. */
    | ({ kind: 'road poor'; node: Place; way: Way; lost: number; twice: number; late: number; lateMs: number } & Span)
  )

/** What befalls the control plane; of no meaning to a pair that has none. */
export type CloudFault = When &
  (
    | ({ kind: 'control plane down' } & Span)
    /** Too many groups would fail over for silence. */
    | ({ kind: 'fleet brake holds' } & Span)
    /** So many of the next Lambdas that commit something die before they have carried out what follows from it. */
    | { kind: 'lambda dies after commit'; count: number }
    /** So many effects are carried out, and their Lambda dies before it strikes them off. */
    | { kind: 'lambda dies after effects'; count: number }
    /** What follows from decisions cannot be carried out, with this probability: the bus, the history, Step Functions fail. */
    | ({ kind: 'effects fail'; rate: number } & Span)
    /** A workflow's calls fail, with this probability, after they did their work: they are made again. */
    | ({ kind: 'workflow calls fail'; rate: number } & Span)
    /** Calls of Lambdas come twice with this probability. */
    | ({ kind: 'lambda calls twice'; rate: number } & Span)
    /** Every access to the table takes up to so long, so that Lambdas interleave. */
    | ({ kind: 'table slow'; mostMs: number } & Span)
    /** Each Lambda's clock is off by up to so much, either way; within σ of the protocol. */
    | ({ kind: 'lambda clocks differ'; mostMs: number } & Span)
  )

/** What operators ask for. */
export type OperatorRequest = When &
  (
    | { kind: 'ask'; action: 'failover' | 'fallback'; node: Place; twice: boolean }
    | { kind: 'ask'; action: 'recovery'; twice: boolean }
    /** An administrator closes every door on the node itself, and releases them when the span is over. */
    | ({ kind: 'fence'; node: Place } & Span)
    | { kind: 'set'; parameters: Partial<ServiceParameters> }
    /** Of the group, or of one node. */
    | ({ kind: 'maintenance'; node?: Place } & Span)
    /** On-call has seen what happened. */
    | { kind: 'acknowledge' }
  )

export type Fault = HostFault | LinkFault | CloudFault | OperatorRequest
export type FaultKind = Fault['kind']

/** Faults for so long; then all of them end, and the pair must come to a stable state. */
export interface Phase {
  lastsMs: number
  faults: Fault[]
}

/** All that befalls one group: plain data. It begins with a pair that is Normal. */
export interface FaultTrace {
  /** Of what is left to chance while it is played, such as which messages a poor road loses. */
  seed: string
  parameters: Partial<ServiceParameters>
  phases: Phase[]
}

/** Who a kind of fault is about. */
export const KINDS = {
  hosts: [
    'agent killed',
    'agent restarted',
    'agent frozen',
    'power lost',
    'shut down',
    'service failed',
    'service broken',
    'database failed',
    'services slow',
    'hook bad',
    'clock drifts',
    'wall clock jumps',
  ],
  links: ['road cut', 'road poor'],
  cloud: [
    'control plane down',
    'fleet brake holds',
    'lambda dies after commit',
    'lambda dies after effects',
    'effects fail',
    'workflow calls fail',
    'lambda calls twice',
    'table slow',
    'lambda clocks differ',
  ],
  operators: ['ask', 'fence', 'set', 'maintenance', 'acknowledge'],
} as const satisfies Record<string, readonly FaultKind[]>

export const FAULT_KINDS: readonly FaultKind[] = Object.values(KINDS).flat()
export const SERVICES: readonly string[] = DEFAULT_CRITICAL_SERVICES
