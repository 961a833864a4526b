import type { ServiceState } from '../../../domain/model.ts'
import oracle from '../../../domain/node-states.json' with { type: 'json' }
import { type NodeState, type Reason, reasonLabel, stateLabel } from '../../../domain/states.ts'
import type { NodeStatus, TransitionKind } from '../../client/answers.ts'
import { oneLine, paintOf, type View } from './view.ts'

type Tone = 'good' | 'busy' | 'warning' | 'bad' | 'quiet'

const PAINT = { good: 'green', busy: 'cyan', warning: 'yellow', bad: 'red', quiet: 'dim' } as const

export const toned = (tone: Tone, text: string, view: View): string => paintOf(view)[PAINT[tone]](text)

const STATE_TONES: Readonly<Record<NodeState, Tone>> = {
  Initializing: 'busy',
  Idle: 'warning',
  Normal: 'good',
  RunningInBackupMode: 'warning',
  TakingOver: 'busy',
  FailingOver: 'busy',
  FailedOver: 'warning',
  FailedOverWithCriticalServicesNotRunning: 'bad',
  FallingBack: 'busy',
  TakingBack: 'busy',
  RunningInFailedMode: 'bad',
  Unknown: 'bad',
  BackupActivated: 'warning',
  FailoverAffectedServices: 'bad',
}

export const stateWords = (state: NodeState, view: View): string =>
  toned(STATE_TONES[state] ?? 'quiet', stateLabel(state), view)

/** `Idle (On Admin Request)`; the reason Normal says nothing that the state does not. */
export const standing = ({ state, reason }: { state: NodeState; reason: Reason }, view: View): string =>
  stateWords(state, view) + (reason === 'Normal' ? '' : paintOf(view).dim(` (${reasonLabel(reason)})`))

const SERVICE_MARKS: Readonly<Record<ServiceState, [mark: string, tone: Tone]>> = {
  running: ['●', 'good'],
  starting: ['◌', 'busy'],
  stopped: ['○', 'warning'],
  failed: ['✖', 'bad'],
  unknown: ['?', 'quiet'],
}

const LONGEST_SERVICE_STATE = 8

export function serviceWords(state: ServiceState, view: View): string {
  const [mark, tone] = SERVICE_MARKS[state] ?? SERVICE_MARKS.unknown
  return toned(tone, `${mark} ${state.padEnd(LONGEST_SERVICE_STATE)}`, view)
}

const serves = new Map(oracle.states.map((state) => [state.id, state.serves]))

/**
 * The home nodes whose users a node serves, from its state (node-states.json). A node that hands users back serves them
 * until their home node does.
 */
export function servedBy(node: NodeStatus, nodes: NodeStatus[]): string[] {
  if (!node.serving) return []
  const whole = serves.get(node.state)?.startsWith('group') ?? false
  return nodes.filter((home) => home === node || (whole && !home.serving)).map((home) => home.node)
}

interface Moving {
  kind: TransitionKind
  from: string
  to: string
}

/** `Failover of a to b`. */
export function transitionName({ kind, from, to }: Moving): string {
  if (kind === 'failover') return `Failover of ${oneLine(from)} to ${oneLine(to)}`
  if (kind === 'fallback') return `Fallback to ${oneLine(to)} from ${oneLine(from)}`
  return `Recovery of ${oneLine(from)} and ${oneLine(to)}`
}

/** The step that a transition stands at, where it is one of the names that workflows use. */
export function stepWords(step: string, { from, to }: Moving): string {
  const words: Record<string, string> = {
    Release: `closing the door of ${from}`,
    TakeOver: `${to} takes over`,
    StopServices: `stopping the services of ${from}`,
    StartServices: 'starting services',
    TakeBack: `${to} takes its users back`,
    Restart: 'restarting the agents',
  }
  return oneLine(words[step] ?? step)
}

/** What the API allows, in the words of the command line. */
export const commandWords = (actions: string[]): string =>
  actions.map((action) => (action === 'recovery' ? 'recover' : oneLine(action))).join(', ') || 'nothing'
