import { draftOf } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import type { Effect, Group } from '../../domain/model.ts'
import type { NodeState, Reason } from '../../domain/states.ts'
import { type Given, NOW, situation } from './situation.ts'

/** The two nodes of a pair: x is alpha, y is beta. */
export type Pair = [x: [NodeState, Reason], y: [NodeState, Reason]]

export const NORMAL: Pair = [
  ['Normal', 'Normal'],
  ['Normal', 'Normal'],
]
export const IDLE: Pair = [
  ['Idle', 'OnAdminRequest'],
  ['RunningInBackupMode', 'OnAdminRequest'],
]
export const FAILED_OVER: Pair = [
  ['FailedOver', 'PeerDown'],
  ['RunningInBackupMode', 'PeerDown'],
]
export const FAILED: Pair = [
  ['RunningInFailedMode', 'CriticalServiceDown'],
  ['RunningInFailedMode', 'CriticalServiceDown'],
]
export const FAILING_OVER: Pair = [
  ['FailingOver', 'OnAdminRequest'],
  ['TakingOver', 'OnAdminRequest'],
]
export const FALLING_BACK: Pair = [
  ['TakingBack', 'OnAdminRequest'],
  ['FallingBack', 'OnAdminRequest'],
]

/** The pair at `NOW`, and what is given besides. */
export const groupIn = ([x, y]: Pair, ...givens: Given[]): Group =>
  situation(
    0,
    [
      { state: x[0], reason: x[1] },
      { state: y[0], reason: y[1] },
    ],
    givens,
  ).group
export const draftIn = (pair: Pair, ...givens: Given[]): Draft => draftOf(groupIn(pair, ...givens), NOW)

/** What of this kind follows from what was decided. */
export const effectsOf = <Kind extends Effect['kind']>({ group }: Draft, kind: Kind) =>
  group.outbox.filter((effect): effect is Extract<Effect, { kind: Kind }> => effect.kind === kind)
