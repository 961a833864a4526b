import type { CutOffKind, IncidentKind } from '../../../domain/model.ts'
import type { NodeState } from '../../../domain/states.ts'
import type { AllowedAction, GroupStatus, TransitionKind } from '../answers.ts'
import { oneLine } from './text.ts'
import { ago, lasted, type Moment } from './time.ts'

/** How good or bad something is, for whatever paints it. */
export type Tone = 'good' | 'busy' | 'warning' | 'bad' | 'quiet'

export const STATE_TONES: Readonly<Record<NodeState, Tone>> = {
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

/** What a cut-off switches off. */
export const CUT_OFFS: Readonly<Record<CutOffKind, string>> = {
  automaticFallback: 'automatic fallbacks',
  serviceFailover: 'failovers because services fail',
}

/** What an open incident is about. */
export const INCIDENTS: Readonly<Record<IncidentKind, string>> = {
  RoadLost: 'A node lives, and its way to the control plane is lost',
  Failover: 'Users are away from home',
  FailedTransition: 'A transition failed',
  FailedMode: 'The nodes run in failed mode',
  BothNodesSilent: 'Neither node is heard',
  VersionDrift: 'A software version is not the configured one',
  ReplicationDrift: 'Database replication is not set up on both nodes',
  AutomaticFallbackOff: 'Automatic fallbacks are switched off',
  ServiceFailoverOff: 'Failovers because services fail are switched off',
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

/** The step that a transition is in, by the names of its workflow's states. */
export function stepWords(step: string, { from, to }: Moving): string {
  const words: Record<string, string> = {
    CriticalServiceDelay: `waiting whether the services of ${from} come back`,
    FallbackDelay: `watching whether ${to} stays healthy`,
    Release: `closing the door of ${from}`,
    TakeOver: `${to} takes over`,
    StopServices: `stopping the services of ${from}`,
    StartServices: 'starting services',
    TakeBack: `${to} takes its users back`,
    Restart: 'restarting the agents',
    Finish: 'finishing',
  }
  return oneLine(words[step] ?? step)
}

/** What may be asked for, in the words of the command line: `failover of a or b, recover`. */
export function allowedWords(allowed: AllowedAction[]): string {
  const actions = [...new Set(allowed.map(({ action }) => action))]
  const words = actions.map((action) => {
    const nodes = allowed.filter((one) => one.action === action).flatMap(({ node }) => (node ? [oneLine(node)] : []))
    if (action === 'recovery') return 'recover'
    return `${action} ${action === 'failover' ? 'of' : 'to'} ${nodes.join(' or ')}`
  })
  return words.join(', ') || 'nothing'
}

/** Of sessions that are re-created after a takeover. */
export function restoreCounts({ restored, failed, lost }: { restored: number; failed: number; lost: number }): string {
  const failures = failed > 0 ? `, ${failed} could not be (the agent's log names them)` : ''
  const losses = lost > 0 ? `; what was queued for ${lost} went with the crash (understudy sessions lost)` : ''
  return `${restored} re-created${failures}${losses}`
}

/** How far the sessions of users who moved are re-created, a sentence for each home. */
export const restoreWords = ({ restores }: GroupStatus, moment: Moment): string[] =>
  restores.map(({ homeNode, node, startedAt, endedAt, ...counts }) => {
    const users = `Sessions of ${oneLine(homeNode)}'s users on ${oneLine(node)}`
    if (endedAt === null) return `${users}: ${restoreCounts(counts)} so far, for ${lasted(startedAt, moment)}.`
    return `${users}: ${restoreCounts(counts)}, ${ago(endedAt, moment)}.`
  })

/** Who asked, as short as it can be said: the last part of an ARN. */
export const callerName = (arn: unknown): string => String(arn).split('/').at(-1) ?? ''

/** `failover of a`, `fallback to a`. */
export const plannedWords = ({ action, node }: { action: string; node: string }): string =>
  `${action} ${action === 'failover' ? 'of' : 'to'} ${oneLine(node)}`
