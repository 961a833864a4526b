import { allowedActions, statusOf, stepOf } from '../../domain/status.ts'
import { FAILED, FAILED_OVER, FAILING_OVER, FALLING_BACK, groupIn, IDLE, NORMAL, type Pair } from './pairs.ts'
import type { Given } from './situation.ts'
import {
  automaticFallback,
  DELAY,
  FALLBACK_DELAY,
  gone,
  MINUTE,
  moving,
  NOW,
  node,
  ordered,
  owned,
  SECOND,
  service,
  serviceDown,
  TIMEOUT,
  transition,
} from './situation.ts'

const status = (pair: Pair, ...givens: Given[]) => statusOf(groupIn(pair, ...givens), 'a pair', NOW)
const allowed = (pair: Pair, ...givens: Given[]) =>
  allowedActions(groupIn(pair, ...givens), NOW).map(({ action, node: name }) => (name ? `${action} ${name}` : action))

describe('what an operator may ask for [B23]', () => {
  it.each<[string, string[], Pair, Given[]]>([
    ['a failover of either node, from Normal', ['failover alpha', 'failover beta'], NORMAL, []],
    ['no failover to a node that cannot serve', ['failover beta'], NORMAL, [serviceDown('y', SECOND)]],
    ['a fallback to the Idle node', ['fallback alpha'], IDLE, [owned('x', 'y')]],
    ['nothing of an Idle node that is not heard', [], IDLE, [owned('x', 'y'), gone('x')]],
    ['a fallback to the Failed Over node', ['fallback alpha'], FAILED_OVER, [owned('x', 'y')]],
    ['a recovery, in failed mode', ['recovery'], FAILED, []],
    [
      'a recovery or a fallback to a rebooted node, too',
      ['fallback alpha', 'recovery'],
      FAILED,
      [node('x', { rebooted: true })],
    ],
    ['nothing, while a transition runs', [], FAILING_OVER, [transition('failover', 'x'), moving('x', 'x', false)]],
  ])('is %s', (_, actions, pair, givens) => {
    expect(allowed(pair, ...givens)).toEqual(actions)
  })

  it('is nothing where high availability is off, or there is one node', () => {
    const off = groupIn(NORMAL)
    off.highAvailability = false
    const alone = groupIn(NORMAL)
    alone.nodes.pop()

    expect([allowedActions(off, NOW), allowedActions(alone, NOW)]).toEqual([[], []])
  })

  it('is asked of the policy without any change to the group', () => {
    const group = groupIn(NORMAL)
    const before = structuredClone(group)
    allowedActions(group, NOW)

    expect(group).toEqual(before)
  })
})

describe('the step of a transition [B31]', () => {
  const stepIn = (pair: Pair, ...givens: Given[]) => {
    const group = groupIn(pair, ...givens)
    return group.transition && stepOf(group, group.transition, NOW)
  }
  const waiting = { phase: 'waiting', trigger: 'CriticalServiceDown' } as const
  const home = { phase: 'waiting', trigger: 'AutomaticFallback' } as const

  it.each<[string, unknown, Pair, Given[]]>([
    [
      'the Critical Service Delay, and until when',
      { step: 'CriticalServiceDelay', untilMs: NOW + DELAY - SECOND },
      NORMAL,
      [serviceDown('x', SECOND), transition('failover', 'x', waiting)],
    ],
    [
      'the fallback delay, and until when',
      { step: 'FallbackDelay', untilMs: NOW + FALLBACK_DELAY - MINUTE },
      FAILED_OVER,
      [service('x', 'running', MINUTE), automaticFallback, transition('fallback', 'y', home)],
    ],
    [
      'the release of the door, and until when at the latest',
      { step: 'Release', untilMs: NOW + MINUTE },
      FAILING_OVER,
      [transition('failover', 'x'), moving('x', 'x', false)],
    ],
    [
      'the take-over, which comes before the stopping of services',
      { step: 'TakeOver' },
      FAILING_OVER,
      [transition('failover', 'x'), moving('x', 'x', true), ordered('x', 'stopServices'), ordered('y', 'takeOver')],
    ],
    [
      'the start of services',
      { step: 'StartServices' },
      FALLING_BACK,
      [transition('fallback', 'y'), ordered('x', 'startServices')],
    ],
    [
      'the taking back',
      { step: 'TakeBack' },
      FALLING_BACK,
      [transition('fallback', 'y'), ordered('x', 'startServices', true), ordered('x', 'takeBack')],
    ],
    ['the restart of an agent', { step: 'Restart' }, FAILED, [transition('recovery', 'x'), ordered('x', 'restart')]],
  ])('is %s', (_, expected, pair, givens) => {
    expect(stepIn(pair, ...givens)).toEqual(expected)
  })
})

describe('the explanation', () => {
  it('says of each node how it is and why, and who serves whose users', () => {
    const { explanation } = status(FAILED_OVER, owned('x', 'y'))

    expect(explanation).toBe(
      'alpha is Failed Over (Peer Down). beta is Running in Backup Mode (Peer Down). beta serves the users of alpha.',
    )
  })

  it('says of a node that it is not heard', () => {
    expect(status(NORMAL, gone('x')).explanation).toBe('alpha is Normal, and is not heard. beta is Normal.')
  })

  it('counts a delay down', () => {
    const waiting = transition('failover', 'x', { phase: 'waiting', trigger: 'CriticalServiceDown' })

    expect(status(NORMAL, serviceDown('x', 30 * SECOND), waiting).explanation).toContain(
      'A critical service of alpha is down: unless it comes back, beta takes over in 60 s.',
    )
  })

  it('names the step of a running transition', () => {
    const running = [transition('failover', 'x'), moving('x', 'x', false)]

    expect(status(FAILING_OVER, ...running).explanation).toContain(
      'A failover from alpha to beta is in progress, in step Release.',
    )
  })

  it('says so where high availability is off', () => {
    const group = groupIn(NORMAL)
    group.highAvailability = false

    expect(statusOf(group, '', NOW).explanation).toMatch(/^High availability is not enabled/)
  })
})

describe('the status of a node', () => {
  const alpha = (...givens: Given[]) => status(NORMAL, ...givens).nodes[0]

  it('says that it serves while its door is open and its lease may hold', () => {
    expect(alpha()).toMatchObject({ reachable: true, serving: true, serves: ['alpha'] })
    expect(alpha(node('x', { open: [] }))).toMatchObject({ serving: false, serves: [] })
    expect(alpha(node('x', { lastAtMs: NOW - TIMEOUT }))).toMatchObject({ serving: false, serves: [] })
    expect(alpha(moving('x', 'x', false))).toMatchObject({ serving: false })
  })

  it('names the doors that it may hold open, and until when each lease for them can hold', () => {
    const door = (usersOf: string, granted: boolean, open: boolean) => ({
      ...{ usersOf, granted, open },
      leaseUntil: new Date(NOW + TIMEOUT).toISOString(),
    })
    expect(alpha()).toMatchObject({ doors: [door('alpha', true, true)], fenced: false })
    expect(alpha(moving('x', 'x', false))).toMatchObject({ doors: [door('alpha', false, true)] })
    expect(alpha(owned('y', 'x'))).toMatchObject({ doors: [door('alpha', true, true), door('beta', true, false)] })
    expect(alpha(owned('x', 'y'), node('x', { open: [] }))).toMatchObject({ doors: [] })
  })

  it('says of a door that needs no lease when none is given', () => {
    const group = groupIn(NORMAL)
    group.highAvailability = false
    expect(statusOf(group, '', NOW).nodes[0]?.doors).toEqual([
      { usersOf: 'alpha', granted: true, open: true, leaseUntil: null },
    ])
  })

  it('says since when each service has been as it is, and when the node was last heard', () => {
    expect(alpha(serviceDown('x', MINUTE))).toMatchObject({
      lastHeartbeatAt: new Date(NOW).toISOString(),
      criticalServices: { 'Client Profile Agent': { state: 'failed', since: new Date(NOW - MINUTE).toISOString() } },
    })
    expect(alpha(node('x', { lastAtMs: 0, lastOkAtMs: 0 }))).toMatchObject({ lastHeartbeatAt: null, reachable: false })
  })
})

describe('the recommended actions', () => {
  it('are the field’s for the pair, with the names of the nodes, in either orientation', () => {
    const [x, y] = IDLE

    expect(status(IDLE, owned('x', 'y')).recommendedActions).toEqual(['When alpha is ready, fall back to alpha.'])
    expect(status([y, x], owned('y', 'x')).recommendedActions).toEqual(['When beta is ready, fall back to beta.'])
  })

  it('are none where all is well', () => {
    expect(status(NORMAL).recommendedActions).toEqual([])
  })

  it('tell a node that is not heard apart from one that is back', () => {
    const pair: Pair = [['FailedOverWithCriticalServicesNotRunning', 'PeerDown'], FAILED_OVER[1]]

    expect(status(pair, owned('x', 'y'), gone('x')).recommendedActions[0]).toMatch(
      /^If alpha is up: repair the network/,
    )
    expect(status(pair, owned('x', 'y')).recommendedActions).toEqual([
      'When all critical services run on alpha, fall back to alpha.',
    ])
  })

  it('are those of the rows that a row refers to: nobody is told "As rows 16 and 17."', () => {
    const standing: Pair[0] = ['FailedOverWithCriticalServicesNotRunning', 'PeerDownDuringInitialization']
    const pair: Pair = [standing, ['RunningInBackupMode', 'PeerDownDuringInitialization']]

    expect(status(pair, owned('x', 'y'), gone('x')).recommendedActions).toEqual([
      expect.stringMatching(/^If alpha is up: repair the network/),
      'Start the agent of alpha and fall back to alpha.',
      expect.stringMatching(/^If alpha is down: repair it/),
      'Repair alpha and power it up.',
      'When alpha is up and all its critical services run, fall back to alpha.',
    ])
  })
})
