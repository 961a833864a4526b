import { CONDITIONS, conditionOf, type GroupCondition } from '../../domain/condition.ts'
import type { Group } from '../../domain/model.ts'
import { NODE_STATES, type NodeState } from '../../domain/states.ts'
import { type Given, owned, situation, transition } from './situation.ts'

const pair = (state: NodeState, ...givens: Given[]): Group =>
  situation(
    0,
    [
      { state, reason: 'Normal' },
      { state, reason: 'Normal' },
    ],
    givens,
  ).group

const group =
  (change: Partial<Group>): Given =>
  (it) => {
    Object.assign(it.group, change)
  }
const alone: Given = ({ group }) => {
  group.nodes.pop()
}

describe('the condition of a group', () => {
  it.each<[string, Group, GroupCondition]>([
    ['a pair whose users are at home', pair('Normal'), 'Normal'],
    ['a group of one node', pair('Normal', alone), 'HighAvailabilityOff'],
    [
      'a pair whose high availability is off, and of which nothing is heard',
      pair('Unknown', group({ highAvailability: false, silenceTold: true })),
      'HighAvailabilityOff',
    ],
    [
      'a pair of which nothing is heard, in failed mode',
      pair('RunningInFailedMode', group({ silenceTold: true })),
      'BothSilent',
    ],
    ['a pair that was never heard', pair('Unknown'), 'Unknown'],
    ['a pair that starts up', pair('Initializing'), 'Unknown'],
    ['a pair in failed mode', pair('RunningInFailedMode'), 'FailedMode'],
    ['a pair in failed mode that recovers', pair('RunningInFailedMode', transition('recovery', 'x')), 'FailedMode'],
    ['a pair whose failover runs', pair('FailingOver', transition('failover', 'x')), 'InTransition'],
    [
      'a pair whose failover waits for its delay',
      pair('Normal', transition('failover', 'x', { phase: 'waiting' })),
      'Normal',
    ],
    ['a pair of which one node serves all users', pair('RunningInBackupMode', owned('x', 'y')), 'UsersAway'],
    [
      'a pair whose users wait to go home',
      pair('RunningInBackupMode', owned('x', 'y'), transition('fallback', 'y', { phase: 'waiting' })),
      'UsersAway',
    ],
  ])('of %s', (_, found, condition) => {
    expect(conditionOf(found)).toBe(condition)
  })

  it('is one of those that are counted, whatever states the nodes have', () => {
    for (const state of NODE_STATES) expect(CONDITIONS).toContain(conditionOf(pair(state)))
  })
})
