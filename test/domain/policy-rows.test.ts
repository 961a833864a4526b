import { decide } from '../../domain/decide.ts'
import { factsOf } from '../../domain/facts.ts'
import { firstMatch } from '../../domain/match.ts'
import type { NodeIndex } from '../../domain/model.ts'
import { POLICY } from '../../domain/policy.ts'
import type { NodeState, Reason, Standing } from '../../domain/states.ts'
import type { Given } from './situation.ts'
import {
  aGroup,
  asked,
  askedRecovery,
  automaticFallback,
  DELAY,
  databaseDown,
  draftFor,
  FALLBACK_DELAY,
  gone,
  HOUR,
  heardSince,
  INTERVAL,
  leaving,
  MINUTE,
  maintained,
  moving,
  NOW,
  node,
  nodeOf,
  ordered,
  owned,
  rebooted,
  restarted,
  SECOND,
  service,
  serviceDown,
  silent,
  situation,
  stepFailed,
  transition,
  usedUp,
} from './situation.ts'

/** The situation that a row is for: x's standing, y's, what is given besides. */
type Case = [x: [NodeState, Reason], y: [NodeState, Reason], ...givens: Given[]]

const BACKUP = 'RunningInBackupMode'
const DOWN = 'FailedOverWithCriticalServicesNotRunning'
const FAILED: [NodeState, Reason] = ['RunningInFailedMode', 'CriticalServiceDown']
const NORMAL: [NodeState, Reason] = ['Normal', 'Normal']

const failingOver = (trigger: Reason, autoRecovery = false): Case => [
  ['FailingOver', trigger],
  ['TakingOver', trigger],
  transition('failover', 'x', { trigger, autoRecovery }),
  moving('x', 'x', true),
]
/** y ran in backup mode and had all users; x, which had failed over, takes everything. */
const autoRecovering = (trigger: Reason): Case => [
  ['FailingOver', trigger],
  ['TakingOver', trigger],
  transition('failover', 'x', { trigger, autoRecovery: true }),
  moving('x', 'x', true),
  moving('y', 'x', true),
  ordered('y', 'takeOver', true),
]
const failedOver = (reason: Reason): Case => [['FailedOver', reason], [BACKUP, reason], owned('x', 'y')]
const notRunning = (reason: Reason): Case => [[DOWN, reason], [BACKUP, reason], owned('x', 'y')]
/** The other orientation: x is the node in backup mode. */
const inBackup = (reason: Reason): Case => [[BACKUP, reason], ['FailedOver', reason], owned('y', 'x')]
const fallingBack: Case = [
  ['TakingBack', 'OnAdminRequest'],
  ['FallingBack', 'OnAdminRequest'],
  transition('fallback', 'y'),
  owned('x', 'y'),
]
const idle: Case = [['Idle', 'OnAdminRequest'], [BACKUP, 'OnAdminRequest'], owned('x', 'y')]
const activated: Case = [
  ['FailoverAffectedServices', 'AutoRecoverCriticalServiceDown'],
  ['BackupActivated', 'AutoRecoverCriticalServiceDown'],
  owned('x', 'y'),
]
const delayed = (trigger: Reason, from: 'x' | 'y') => transition('failover', from, { trigger, phase: 'waiting' })
const wait = transition('fallback', 'y', { trigger: 'AutomaticFallback', phase: 'waiting' })
const healthyFor = (forMs: number) => service('x', 'running', forMs)

/** The other orientation: x is the node in backup mode, y is Idle. */
const backupOfIdle: Case = [[BACKUP, 'OnAdminRequest'], ['Idle', 'OnAdminRequest'], owned('y', 'x')]
const startingIdle: Case = [...backupOfIdle, transition('failover', 'x', { trigger: 'PeerDown', autoRecovery: true })]

const CASES: Record<number, Case> = {
  50: [NORMAL, NORMAL, delayed('CriticalServiceDown', 'x'), serviceDown('x', SECOND), maintained('y')],

  100: [
    ['Unknown', 'Unknown'],
    ['Unknown', 'Unknown'],
    node('y', { lastAtMs: 0, lastOkAtMs: 0, acknowledgedEpoch: 0 }),
  ],
  110: [
    ['Initializing', 'Initialization'],
    ['Initializing', 'Initialization'],
  ],
  112: [
    ['Initializing', 'Initialization'],
    ['Initializing', 'Initialization'],
    node('x', { acknowledgedEpoch: 0 }),
    node('y', { sinceMs: NOW - HOUR }),
  ],
  114: [['Initializing', 'Initialization'], NORMAL],
  116: [['Initializing', 'Initialization'], NORMAL, silent('x')],
  120: [
    ['Initializing', 'Initialization'],
    ['Initializing', 'Initialization'],
    silent('x'),
    node('y', { sinceMs: NOW - HOUR }),
  ],

  200: [NORMAL, NORMAL, asked('failover', 'x')],
  204: [NORMAL, NORMAL, node('x', { fenced: true })],
  210: [NORMAL, NORMAL, leaving('x')],
  220: [NORMAL, NORMAL, rebooted('x'), heardSince('x', 2 * INTERVAL), gone('y')],
  230: [NORMAL, NORMAL, silent('x')],
  238: [NORMAL, NORMAL, databaseDown('x', DELAY), usedUp('serviceMovesAtMs')],
  240: [NORMAL, NORMAL, serviceDown('x', DELAY)],
  250: [NORMAL, NORMAL, databaseDown('x', DELAY)],
  260: [NORMAL, NORMAL, serviceDown('x', DELAY), databaseDown('y', DELAY)],
  270: [NORMAL, NORMAL, delayed('CriticalServiceDown', 'x')],
  272: [NORMAL, NORMAL, delayed('DatabaseFailure', 'x')],
  280: [NORMAL, NORMAL, serviceDown('x', DELAY - 1)],
  282: [NORMAL, NORMAL, databaseDown('x', DELAY - 1)],

  300: [...failingOver('OnAdminRequest'), ordered('y', 'takeOver', false), stepFailed('TakeOver')],
  310: [...failingOver('CriticalServiceDown'), ordered('y', 'takeOver'), silent('y')],
  320: failingOver('PeerDown'),
  330: autoRecovering('CriticalServiceDown'),
  332: autoRecovering('DatabaseFailure'),
  334: autoRecovering('PeerDown'),
  340: [...failingOver('OnAdminRequest'), ordered('y', 'takeOver', true)],
  350: [...failingOver('CriticalServiceDown'), ordered('y', 'takeOver', true)],
  360: [...failingOver('OnAdminRequest'), ordered('y', 'takeOver'), restarted('y')],

  400: [...idle, transition('failover', 'x'), ordered('x', 'stopServices', true)],
  402: [...idle, transition('failover', 'x'), ordered('x', 'stopServices'), stepFailed('StopServices')],
  403: [...startingIdle, ordered('y', 'startServices', false), stepFailed('StartServices')],
  404: [...startingIdle, ordered('y', 'startServices', true)],
  410: [...idle, asked('fallback', 'x')],
  420: [...idle, restarted('x')],
  422: [...idle, restarted('y')],

  424: [...backupOfIdle, leaving('x')],
  425: [...backupOfIdle, silent('x')],
  426: [...backupOfIdle, serviceDown('x', DELAY), usedUp('serviceMovesAtMs')],
  427: [...backupOfIdle, serviceDown('x', DELAY)],
  428: [...backupOfIdle, databaseDown('x', DELAY)],

  430: [...inBackup('PeerDown'), leaving('x')],
  432: [...inBackup('PeerDown'), silent('x')],
  433: [...inBackup('CriticalServiceDown'), serviceDown('x', DELAY), usedUp('serviceMovesAtMs')],
  434: [...inBackup('CriticalServiceDown'), serviceDown('x', DELAY)],
  436: [...inBackup('CriticalServiceDown'), databaseDown('x', DELAY)],
  440: [
    [BACKUP, 'CriticalServiceDown'],
    [DOWN, 'CriticalServiceDown'],
    owned('y', 'x'),
    serviceDown('x', DELAY),
    serviceDown('y', HOUR),
  ],
  441: [...backupOfIdle, serviceDown('x', DELAY), node('y', { fenced: true })],
  442: [
    [BACKUP, 'CriticalServiceDown'],
    [DOWN, 'CriticalServiceDown'],
    owned('y', 'x'),
    serviceDown('y', HOUR),
    silent('x'),
  ],
  443: [...backupOfIdle, silent('x'), node('y', { fenced: true })],
  450: [...failedOver('CriticalServiceDown'), gone('x')],
  452: [...failedOver('CriticalServiceDown'), serviceDown('x', SECOND)],
  454: [...failedOver('PeerDown'), serviceDown('x', SECOND)],
  460: [...failedOver('PeerDown'), asked('fallback', 'x')],
  461: [...failedOver('PeerDown'), automaticFallback, healthyFor(FALLBACK_DELAY), usedUp('automaticFallbacksAtMs')],
  462: [...failedOver('PeerDown'), automaticFallback, healthyFor(FALLBACK_DELAY)],
  464: [...failedOver('PeerDown'), wait],
  466: [...failedOver('PeerDown'), delayed('CriticalServiceDown', 'y')],
  468: [...failedOver('PeerDown'), delayed('DatabaseFailure', 'y')],
  470: [...inBackup('PeerDown'), serviceDown('x', SECOND)],
  472: [...inBackup('PeerDown'), databaseDown('x', SECOND)],
  474: [...failedOver('PeerDown'), automaticFallback, healthyFor(MINUTE)],
  480: [...notRunning('PeerDown'), rebooted('x')],
  482: [...notRunning('PeerReboot'), rebooted('x')],
  484: notRunning('PeerReboot'),
  486: notRunning('PeerDownDuringInitialization'),
  490: [...notRunning('CriticalServiceDown'), rebooted('x')],
  492: [...notRunning('DatabaseFailure'), rebooted('x')],
  494: notRunning('DatabaseFailure'),
  496: notRunning('CriticalServiceDown'),

  500: [...fallingBack, ordered('x', 'startServices', false), stepFailed('StartServices')],
  502: [...fallingBack, owned('x', 'x'), ordered('x', 'takeBack', false), stepFailed('TakeBack')],
  508: [...fallingBack, ordered('x', 'startServices'), service('x', 'stopped', HOUR), silent('x')],
  510: [...fallingBack, ordered('x', 'startServices'), silent('x')],
  512: [...fallingBack, owned('x', 'x'), ordered('x', 'takeBack'), silent('x')],
  520: [...fallingBack, ordered('x', 'startServices', true)],
  522: [...fallingBack, ordered('x', 'startServices', true), moving('x', 'y', true)],
  530: [...fallingBack, owned('x', 'x'), ordered('x', 'startServices', true)],
  540: [...fallingBack, owned('x', 'x'), ordered('x', 'startServices', true), ordered('x', 'takeBack', true)],
  550: [...fallingBack, ordered('x', 'startServices'), restarted('x')],

  600: [FAILED, FAILED, moving('y', 'x', true)],
  610: [FAILED, FAILED, askedRecovery],
  620: [FAILED, FAILED, transition('recovery', 'x'), ordered('x', 'restart'), stepFailed('Restart')],
  622: [FAILED, FAILED, transition('recovery', 'x'), ordered('x', 'startServices', false), stepFailed('StartServices')],
  630: [FAILED, FAILED, transition('recovery', 'x'), ordered('x', 'restart', true)],
  640: [
    FAILED,
    FAILED,
    transition('recovery', 'x'),
    ...(['x', 'y'] as const).flatMap((side) => [ordered(side, 'restart', true), ordered(side, 'startServices', true)]),
  ],
  650: [FAILED, FAILED, rebooted('x'), asked('fallback', 'x')],
  660: [FAILED, FAILED, restarted('x')],

  700: [...activated, asked('fallback', 'x')],
  710: [...activated, serviceDown('y', DELAY)],
  712: [...activated, silent('y')],
}

const standing = ([state, reason]: [NodeState, Reason]): Standing => ({ state, reason })
const caseOf = (row: number): Case => {
  const found = CASES[row]
  if (!found) throw new Error(`row ${row} has no situation here: say what it is for`)
  return found
}
const situationOf = (row: number, x: NodeIndex) => {
  const [standingX, standingY, ...givens] = caseOf(row)
  return situation(x, [standing(standingX), standing(standingY)], givens)
}

/** What becomes of x and y in the situation of a row, with x as that node. */
function decided(row: number, x: NodeIndex) {
  const given = situationOf(row, x)
  const draft = draftFor(given)
  decide(draft, given.occurrence)
  const after = { ...given, group: draft.group }
  const side = (which: 'x' | 'y') => {
    const { state, reason, set } = nodeOf(after, which)
    return { state, reason, servedBy: set.owner === x ? 'x' : 'y', moves: set.moving !== null }
  }
  return { fired: draft.fired, x: side('x'), y: side('y') }
}

describe('each row of the policy decides in the situation that it is for', () => {
  it.each(POLICY.map(({ row, why }) => [row, why] as const))('row %i: %s', (row) => {
    const asFirst = decided(row, 0)

    expect(asFirst.fired[0]).toBe(row)
    expect(decided(row, 1)).toEqual(asFirst)
  })

  it('and none where all is well', () => {
    const group = aGroup()

    expect(firstMatch(group, factsOf(group, NOW, { kind: 'look' }))).toBeNull()
  })
})
