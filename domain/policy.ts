import type { Condition } from './facts.ts'
import type { CommandKind } from './model.ts'
import type { NodeState, Reason } from './states.ts'

type Side = 'x' | 'y'

/** What a row does besides changing the pair. Each is applied to the group by `apply.ts`. */
export type Action =
  /** A delay runs from now on; the workflow owns the wait. */
  | 'wait to fail x over'
  | 'wait to fail x over for its database'
  | 'wait to fall back to x'
  /** A wait ends, and so does a transition that still runs. */
  | 'drop transition'
  /** A transition begins, triggered by the reason that the row gives to x. */
  | 'begin failover of x'
  | 'begin auto-recovery of x'
  | 'begin fallback to x'
  | 'begin recovery'
  | 'end transition'
  | 'fail transition'
  /** Sets of users move (protocol.md, rules 4 and 6). */
  | "move x's set to y"
  | "move x's set home"
  | 'move all sets to y'
  | 'send all sets home'
  | 'finish moves from x'
  | 'finish moves from y'
  | 'abort moves'
  | `order ${Side} ${CommandKind}`

/** `keep`: as it is. `trigger`: what triggered the running transition. */
type NewReason = Reason | 'keep' | 'trigger'

export interface Row {
  row: number
  /** The states that x and y stand in. */
  x: NodeState | readonly NodeState[]
  y: NodeState | readonly NodeState[]
  /** Facts that must all hold; `!` is not. */
  when: readonly Condition[]
  /** What x and y come to; left out: the pair stays. */
  to?: readonly [x: readonly [NodeState | 'keep', NewReason], y: readonly [NodeState | 'keep', NewReason]]
  actions: readonly Action[]
  why: string
}

const N = 'Normal'
const FO = 'FailingOver'
const TO = 'TakingOver'
const BACKUP = 'RunningInBackupMode'
const DOWN = 'FailedOverWithCriticalServicesNotRunning'
const UP = 'FailedOver'
const TB = 'TakingBack'
const FB = 'FallingBack'
const FAILED = 'RunningInFailedMode'
const INIT = 'Initializing'
const ACTIVATED = 'BackupActivated'
const AFFECTED = 'FailoverAffectedServices'

const FAIL_OVER = ['begin failover of x', "move x's set to y"] as const satisfies Action[]
const AUTO_RECOVER = ['begin auto-recovery of x', 'move all sets to y'] as const satisfies Action[]
const both = (state: NodeState, reason: Reason) =>
  [
    [state, reason],
    [state, reason],
  ] as const
const failingOver = (reason: Reason) =>
  [
    [FO, reason],
    [TO, reason],
  ] as const

/**
 * The policy: every decision that the control plane takes by itself or on request. The first row that matches wins,
 * tried with x as node 1 and then as node 2; no match means hold. Numbers have gaps, and never change their meaning:
 * they stand in every history entry. Rows are grouped by the pair that they start from.
 */
export const POLICY: readonly Row[] = [
  // Enabling, and starting up.
  {
    row: 100,
    x: 'Unknown',
    y: 'Unknown',
    when: ['x.acknowledged', 'x.present'],
    to: both(INIT, 'Initialization'),
    actions: [],
    why: 'An agent reports at last, so the group starts up [B8].',
  },
  {
    row: 110,
    x: INIT,
    y: INIT,
    when: ['x.acknowledged', 'y.acknowledged', 'x.present', 'y.present'],
    to: both(N, 'Normal'),
    actions: [],
    why: 'Both nodes are heard and hold their doors under the present membership (rule 11).',
  },
  {
    row: 120,
    x: INIT,
    y: INIT,
    when: ['x.acknowledged', 'y.acknowledged', 'y.able', 'y.waitedForPeer', 'x.gone'],
    to: failingOver('PeerDownDuringInitialization'),
    actions: FAIL_OVER,
    why: 'A starting node has not seen its peer within the initialization timeout [B13].',
  },

  // Normal: requests first, then what cannot wait, then what must have lasted.
  {
    row: 200,
    x: N,
    y: N,
    when: ['x.askedFailover', 'y.able'],
    to: failingOver('OnAdminRequest'),
    actions: [...FAIL_OVER, 'order x stopServices'],
    why: 'An operator asked for it, and the peer can serve [B20].',
  },
  {
    row: 210,
    x: N,
    y: N,
    when: ['x.leaving', 'y.able'],
    to: failingOver('PeerReboot'),
    actions: FAIL_OVER,
    why: 'The host of x said good-bye: no need to wait for the timeout [B10].',
  },
  {
    row: 220,
    x: N,
    y: N,
    when: ['x.rebooted', 'x.presentForAWhile', 'y.gone', '!y.silent'],
    to: both(INIT, 'Initialization'),
    actions: [],
    why: 'The whole group was down and x is the first to be back: y may be starting, too [B13].',
  },
  {
    row: 230,
    x: N,
    y: N,
    when: ['x.silent', 'y.able'],
    to: failingOver('PeerDown'),
    actions: FAIL_OVER,
    why: 'x has been silent for the keep-alive timeout, and y has watched all that time [B9] (rule 9).',
  },
  {
    row: 240,
    x: N,
    y: N,
    when: ['x.serviceDownLong', 'y.able'],
    to: failingOver('CriticalServiceDown'),
    actions: FAIL_OVER,
    why: 'A critical service of x has been down for the whole delay, without a break [B11].',
  },
  {
    row: 250,
    x: N,
    y: N,
    when: ['x.databaseDownLong', 'y.able'],
    to: failingOver('DatabaseFailure'),
    actions: FAIL_OVER,
    why: 'The database service of x has been down for the whole delay [B12].',
  },
  {
    row: 260,
    x: N,
    y: N,
    when: ['x.brokenLong', 'y.brokenLong'],
    to: both(FAILED, 'CriticalServiceDown'),
    actions: ['drop transition'],
    why: 'Services are down for the whole delay on both nodes: neither can take over [B8] [B17].',
  },
  {
    row: 270,
    x: N,
    y: N,
    when: ['x.delayed', '!x.serviceDown'],
    actions: ['drop transition'],
    why: 'The critical services of x run again before the delay has passed; the next one counts anew [B11].',
  },
  {
    row: 272,
    x: N,
    y: N,
    when: ['x.delayedForDatabase', '!x.databaseDown'],
    actions: ['drop transition'],
    why: 'The database service of x runs again before the delay has passed [B12].',
  },
  {
    row: 280,
    x: N,
    y: N,
    when: ['noTransition', 'x.serviceDown', '!x.serviceDownLong'],
    actions: ['wait to fail x over'],
    why: 'A critical service of x is down: the Critical Service Delay begins [B11].',
  },
  {
    row: 282,
    x: N,
    y: N,
    when: ['noTransition', 'x.databaseDown', '!x.databaseDownLong'],
    actions: ['wait to fail x over for its database'],
    why: 'The database service of x is down: the same delay begins [B12].',
  },

  // Failing over: the door of x closes, y takes over, and only then do the users belong to y.
  {
    row: 300,
    x: FO,
    y: TO,
    when: ['failed.TakeOver'],
    to: both(FAILED, 'TakeOverUsersFailed'),
    actions: ['abort moves', 'fail transition'],
    why: 'y could not take over the users: the owner of the door never changed, so nothing is lost [B18] (rule 7).',
  },
  {
    row: 310,
    x: FO,
    y: TO,
    when: ['y.silent', 'x.present'],
    to: both(FAILED, 'TakeOverUsersFailed'),
    actions: ['abort moves', 'fail transition'],
    why: 'y fell silent while it was taking over; x keeps its users [B18] (rule 7).',
  },
  {
    row: 320,
    x: FO,
    y: TO,
    when: ['x.released', '!y.takeOverOrdered'],
    actions: ['order y takeOver'],
    why: 'The door of x is closed, or no lease of it can hold any more: y may take over (rule 6).',
  },
  {
    row: 330,
    x: FO,
    y: TO,
    when: ['x.released', 'y.tookOver', 'autoRecovery', 'trigger.CriticalServiceDown'],
    to: [
      [AFFECTED, 'AutoRecoverCriticalServiceDown'],
      [ACTIVATED, 'AutoRecoverCriticalServiceDown'],
    ],
    actions: ['finish moves from x', 'end transition'],
    why: 'Everything has moved to the node that had failed over, because its backup failed [B16].',
  },
  {
    row: 332,
    x: FO,
    y: TO,
    when: ['x.released', 'y.tookOver', 'autoRecovery', 'trigger.DatabaseFailure'],
    to: [
      [AFFECTED, 'AutoRecoverDatabaseFailure'],
      [ACTIVATED, 'AutoRecoverDatabaseFailure'],
    ],
    actions: ['finish moves from x', 'end transition'],
    why: 'As row 330, because of the database service [B16].',
  },
  {
    row: 334,
    x: FO,
    y: TO,
    when: ['x.released', 'y.tookOver', 'autoRecovery'],
    to: [
      [AFFECTED, 'trigger'],
      [ACTIVATED, 'trigger'],
    ],
    actions: ['finish moves from x', 'end transition'],
    why: 'As row 330, because the backup node is not heard any more or its host went down [B16].',
  },
  {
    row: 340,
    x: FO,
    y: TO,
    when: ['x.released', 'y.tookOver', 'trigger.OnAdminRequest'],
    to: [
      ['Idle', 'OnAdminRequest'],
      [BACKUP, 'OnAdminRequest'],
    ],
    actions: ['finish moves from x'],
    why: 'The users of x are with y. The transition ends when the services of x are stopped, too [B20].',
  },
  {
    row: 350,
    x: FO,
    y: TO,
    when: ['x.released', 'y.tookOver', 'running'],
    to: [
      [DOWN, 'trigger'],
      [BACKUP, 'trigger'],
    ],
    actions: ['finish moves from x', 'end transition'],
    why: 'The users of x are with y [B9]–[B13].',
  },
  {
    row: 360,
    x: FO,
    y: TO,
    when: ['y.restarted', 'trigger.OnAdminRequest', '!y.reasonInitialization'],
    to: [
      ['keep', 'keep'],
      ['keep', 'Initialization'],
    ],
    actions: [],
    why: 'The agent of y was restarted and is back in time: no failure [B19].',
  },

  // Failed over on request: x is Idle.
  {
    row: 400,
    x: 'Idle',
    y: BACKUP,
    when: ['running', 'x.stopSettled'],
    actions: ['end transition'],
    why: 'The critical services of x are stopped: the failover is complete [B20].',
  },
  {
    row: 402,
    x: 'Idle',
    y: BACKUP,
    when: ['failed.StopServices'],
    actions: ['end transition'],
    why: 'The services of x were not seen to stop in time. Its door is closed, so nobody is served twice.',
  },
  {
    row: 410,
    x: 'Idle',
    y: BACKUP,
    when: ['noTransition', 'x.askedFallback', 'x.present'],
    to: [
      [TB, 'OnAdminRequest'],
      [FB, 'OnAdminRequest'],
    ],
    actions: ['begin fallback to x', 'order x startServices'],
    why: 'An operator asked for it; the services of x are started first [B21].',
  },
  {
    row: 420,
    x: 'Idle',
    y: BACKUP,
    when: ['x.restarted', '!x.reasonInitialization'],
    to: [
      ['keep', 'Initialization'],
      ['keep', 'keep'],
    ],
    actions: [],
    why: 'The agent of x was restarted: the state stays, its services stay stopped [B15] [B19].',
  },
  {
    row: 422,
    x: 'Idle',
    y: BACKUP,
    when: ['y.restarted', '!y.reasonInitialization'],
    to: [
      ['keep', 'keep'],
      ['keep', 'Initialization'],
    ],
    actions: [],
    why: 'The agent of y was restarted and is back in time: no failure [B19].',
  },

  // Failed over by itself. Auto-recovery and failed mode before everything else: they are about users who are not served.
  {
    row: 430,
    x: BACKUP,
    y: UP,
    when: ['x.leaving', 'y.able'],
    to: failingOver('PeerReboot'),
    actions: AUTO_RECOVER,
    why: 'The host of the backup node goes down, and the node that had failed over can serve everybody [B16].',
  },
  {
    row: 432,
    x: BACKUP,
    y: UP,
    when: ['x.silent', 'y.able'],
    to: failingOver('PeerDown'),
    actions: AUTO_RECOVER,
    why: 'The backup node is silent, and the node that had failed over can serve everybody [B16].',
  },
  {
    row: 434,
    x: BACKUP,
    y: UP,
    when: ['x.serviceDownLong', 'y.able'],
    to: failingOver('CriticalServiceDown'),
    actions: AUTO_RECOVER,
    why: 'A critical service of the backup node has been down for the whole delay [B16].',
  },
  {
    row: 436,
    x: BACKUP,
    y: UP,
    when: ['x.databaseDownLong', 'y.able'],
    to: failingOver('DatabaseFailure'),
    actions: AUTO_RECOVER,
    why: 'The database service of the backup node has been down for the whole delay [B16].',
  },
  {
    row: 440,
    x: BACKUP,
    y: ['Idle', DOWN, UP],
    when: ['x.brokenLong', '!y.able'],
    to: both(FAILED, 'CriticalServiceDown'),
    actions: ['drop transition', 'send all sets home'],
    why: 'The backup node fails and its peer cannot serve: each node is left with its own users [B17].',
  },
  {
    row: 442,
    x: BACKUP,
    y: ['Idle', DOWN],
    when: ['x.silent', 'y.present'],
    to: both(FAILED, 'CriticalServiceDown'),
    actions: ['drop transition', 'send all sets home'],
    why: 'The backup node is silent and its peer cannot serve: a recovery can be asked for [B17].',
  },
  {
    row: 450,
    x: UP,
    y: BACKUP,
    when: ['x.gone'],
    to: [
      [DOWN, 'PeerDown'],
      [BACKUP, 'PeerDown'],
    ],
    actions: ['drop transition'],
    why: 'The node that had failed over is not heard: there is nothing to fall back to.',
  },
  {
    row: 452,
    x: UP,
    y: BACKUP,
    when: ['!x.healthy', 'y.reasonCriticalServiceDown'],
    to: [
      [DOWN, 'CriticalServiceDown'],
      ['keep', 'keep'],
    ],
    actions: ['drop transition'],
    why: 'A service of the node that had failed over is down again; the wait for the fallback starts anew [B15].',
  },
  {
    row: 454,
    x: UP,
    y: BACKUP,
    when: ['!x.healthy'],
    to: [
      [DOWN, 'keep'],
      ['keep', 'keep'],
    ],
    actions: ['drop transition'],
    why: 'As row 452.',
  },
  {
    row: 460,
    x: UP,
    y: BACKUP,
    when: ['x.askedFallback', 'x.healthy'],
    to: [
      [TB, 'OnAdminRequest'],
      [FB, 'OnAdminRequest'],
    ],
    actions: ['begin fallback to x', 'order x startServices'],
    why: 'An operator asked for it; a wait for the automatic fallback ends with it [B15] [B21].',
  },
  {
    row: 462,
    x: UP,
    y: BACKUP,
    when: ['automaticFallback', 'x.healthyLong'],
    to: [
      [TB, 'AutomaticFallback'],
      [FB, 'AutomaticFallback'],
    ],
    actions: ['begin fallback to x', 'order x startServices'],
    why: 'x has been healthy for the whole fallback delay, without a break [B15].',
  },
  {
    row: 464,
    x: UP,
    y: BACKUP,
    when: ['x.fallbackDelayed', '!automaticFallback'],
    actions: ['drop transition'],
    why: 'Automatic fallback was switched off [B15].',
  },
  {
    row: 466,
    x: UP,
    y: BACKUP,
    when: ['y.delayed', '!y.serviceDown'],
    actions: ['drop transition'],
    why: 'The critical services of the backup node run again before the delay has passed [B11].',
  },
  {
    row: 468,
    x: UP,
    y: BACKUP,
    when: ['y.delayedForDatabase', '!y.databaseDown'],
    actions: ['drop transition'],
    why: 'The database service of the backup node runs again before the delay has passed [B12].',
  },
  {
    row: 470,
    x: BACKUP,
    y: UP,
    when: ['x.serviceDown', '!x.serviceDownLong', '!x.delayed', '!y.askedFallback'],
    actions: ['wait to fail x over'],
    why: 'A critical service of the backup node is down: the Critical Service Delay begins [B16].',
  },
  {
    row: 472,
    x: BACKUP,
    y: UP,
    when: ['x.databaseDown', '!x.databaseDownLong', '!x.delayed', '!x.delayedForDatabase', '!y.askedFallback'],
    actions: ['wait to fail x over for its database'],
    why: 'The database service of the backup node is down: the same delay begins [B16].',
  },
  {
    row: 474,
    x: UP,
    y: BACKUP,
    when: ['noTransition', 'automaticFallback', '!x.healthyLong'],
    actions: ['wait to fall back to x'],
    why: 'x is healthy: the delay of the automatic fallback begins [B15].',
  },
  {
    row: 480,
    x: DOWN,
    y: BACKUP,
    when: ['x.present', 'x.rebooted', 'y.reasonPeerDown'],
    to: [
      ['keep', 'Initialization'],
      ['keep', 'PeerReboot'],
    ],
    actions: [],
    why: 'The node that was not heard is back, and has booted meanwhile [B9].',
  },
  {
    row: 482,
    x: DOWN,
    y: BACKUP,
    when: ['x.present', 'x.rebooted', 'y.reasonPeerReboot', '!x.reasonInitialization'],
    to: [
      ['keep', 'Initialization'],
      ['keep', 'keep'],
    ],
    actions: [],
    why: 'The node whose host went down has booted and is back [B10].',
  },
  {
    row: 484,
    x: DOWN,
    y: BACKUP,
    when: ['x.present', '!x.rebooted', 'x.reasonPeerReboot'],
    to: [
      ['keep', 'PeerDown'],
      ['keep', 'keep'],
    ],
    actions: [],
    why: 'The node is back although its host never went down.',
  },
  {
    row: 486,
    x: DOWN,
    y: BACKUP,
    when: ['x.present', 'x.reasonPeerDownDuringInitialization'],
    to: [
      ['keep', 'Initialization'],
      ['keep', 'keep'],
    ],
    actions: [],
    why: 'The node that was not up in time is up [B13].',
  },
  {
    row: 490,
    x: DOWN,
    y: BACKUP,
    when: ['x.healthy', 'x.rebooted', 'y.reasonCriticalServiceDown'],
    to: [
      [UP, 'Initialization'],
      ['keep', 'keep'],
    ],
    actions: [],
    why: 'After a reboot all critical services of x run again [B14].',
  },
  {
    row: 492,
    x: DOWN,
    y: BACKUP,
    when: ['x.healthy', 'x.rebooted', 'y.reasonDatabaseFailure'],
    to: [
      [UP, 'Initialization'],
      ['keep', 'CriticalServiceDown'],
    ],
    actions: [],
    why: 'After a reboot the database and all critical services run; the table has one pair for it [B14].',
  },
  {
    row: 494,
    x: DOWN,
    y: BACKUP,
    when: ['x.healthy', 'y.reasonDatabaseFailure'],
    to: [
      [UP, 'CriticalServiceDown'],
      ['keep', 'CriticalServiceDown'],
    ],
    actions: [],
    why: 'The database runs again; the table has one pair for it, whichever service had failed [B14].',
  },
  {
    row: 496,
    x: DOWN,
    y: BACKUP,
    when: ['x.healthy'],
    to: [
      [UP, 'keep'],
      ['keep', 'keep'],
    ],
    actions: [],
    why: 'x is heard and all its critical services run [B14].',
  },

  // Falling back: services first, then the door of y closes, then users belong to x.
  {
    row: 500,
    x: TB,
    y: FB,
    when: ['failed.StartServices'],
    to: both(FAILED, 'StartOfCriticalServicesFailed'),
    actions: ['send all sets home', 'fail transition'],
    why: 'The critical services would not start on the node that was taking back [B18].',
  },
  {
    row: 502,
    x: TB,
    y: FB,
    when: ['failed.TakeBack'],
    to: both(FAILED, 'TakeBackUsersFailed'),
    actions: ['send all sets home', 'fail transition'],
    why: 'Moving the users home failed [B18].',
  },
  {
    row: 510,
    x: TB,
    y: FB,
    when: ['x.silent', '!x.ownsItsSet'],
    to: [
      [DOWN, 'PeerDown'],
      [BACKUP, 'PeerDown'],
    ],
    actions: ['abort moves', 'fail transition'],
    why: 'x fell silent before its users were home: they stay with y (rule 7).',
  },
  {
    row: 512,
    x: TB,
    y: FB,
    when: ['x.silent', 'x.ownsItsSet', 'y.able'],
    to: failingOver('PeerDown'),
    actions: ['fail transition', ...FAIL_OVER],
    why: 'x fell silent just after its users were home: y takes over again [B9].',
  },
  {
    row: 520,
    x: TB,
    y: FB,
    when: ['x.started', '!x.ownsItsSet', '!x.setMoving'],
    actions: ["move x's set home"],
    why: 'The services of x run: y lets go of the users of x (rule 4).',
  },
  {
    row: 522,
    x: TB,
    y: FB,
    when: ['y.released', 'x.setMoving'],
    actions: ['finish moves from y'],
    why: 'The door of y for the users of x is closed: they are home (rule 6).',
  },
  {
    row: 530,
    x: TB,
    y: FB,
    when: ['x.started', 'x.ownsItsSet', '!x.takeBackOrdered'],
    actions: ['order x takeBack'],
    why: 'x takes its users back [B27].',
  },
  {
    row: 540,
    x: TB,
    y: FB,
    when: ['x.tookBack', 'x.ownsItsSet'],
    to: both(N, 'Normal'),
    actions: ['end transition'],
    why: 'The users of x are home [B15] [B21].',
  },
  {
    row: 550,
    x: TB,
    y: FB,
    when: ['x.restarted', 'trigger.OnAdminRequest', '!x.reasonInitialization'],
    to: [
      ['keep', 'Initialization'],
      ['keep', 'keep'],
    ],
    actions: [],
    why: 'The agent of x was restarted and is back in time: no failure [B19].',
  },

  // Failed mode: each node serves its own users while its services run.
  {
    row: 600,
    x: FAILED,
    y: FAILED,
    when: ['x.released'],
    actions: ['finish moves from x'],
    why: 'In failed mode every set goes home, one door closing before the other opens (rule 6).',
  },
  {
    row: 610,
    x: FAILED,
    y: FAILED,
    when: ['askedRecovery', 'noTransition', 'x.present', 'y.present'],
    actions: ['begin recovery', 'order x restart', 'order y restart'],
    why: 'An operator asked for it; both recovery managers restart first [B22].',
  },
  {
    row: 620,
    x: FAILED,
    y: FAILED,
    when: ['failed.Restart'],
    to: both(FAILED, 'Unknown'),
    actions: ['fail transition'],
    why: 'An agent did not come back from its restart [B22].',
  },
  {
    row: 622,
    x: FAILED,
    y: FAILED,
    when: ['failed.StartServices'],
    to: both(FAILED, 'StartOfCriticalServicesFailed'),
    actions: ['fail transition'],
    why: 'Critical services would not start [B22].',
  },
  {
    row: 630,
    x: FAILED,
    y: FAILED,
    when: ['recovering', 'x.restartDone', '!x.startOrdered'],
    actions: ['order x startServices'],
    why: 'The agent of x is back: what does not run on it is started [B22].',
  },
  {
    row: 640,
    x: FAILED,
    y: FAILED,
    when: ['recovering', 'x.started', 'y.started', 'x.ownsItsSet', 'y.ownsItsSet', 'x.healthy', 'y.healthy'],
    to: both(N, 'Normal'),
    actions: ['end transition'],
    why: 'All critical services run on both nodes, and every set is at home [B22].',
  },
  {
    row: 650,
    x: FAILED,
    y: FAILED,
    when: ['noTransition', 'x.askedFallback', 'x.rebooted', 'x.healthy', 'y.present'],
    to: [
      [TB, 'OnAdminRequest'],
      [FB, 'OnAdminRequest'],
    ],
    actions: ['begin fallback to x', 'order x startServices'],
    why: 'An operator asked for it, and x has been rebooted and is healthy [B21].',
  },
  {
    row: 660,
    x: FAILED,
    y: FAILED,
    when: ['noTransition', 'x.restarted'],
    to: both(FAILED, 'Unknown'),
    actions: [],
    why: 'An agent restarted in a failed state: what it did is not known [B19].',
  },

  // Auto-recovered: x serves everybody, y is the backup node that failed.
  {
    row: 700,
    x: AFFECTED,
    y: ACTIVATED,
    when: ['x.askedFallback', 'x.healthy'],
    to: [
      [TB, 'OnAdminRequest'],
      [FB, 'OnAdminRequest'],
    ],
    actions: ['begin fallback to x', 'order x startServices'],
    why: 'An operator asked for it, and the affected node is healthy [B16] [B21].',
  },
  {
    row: 710,
    x: AFFECTED,
    y: ACTIVATED,
    when: ['y.brokenLong'],
    to: both(FAILED, 'CriticalServiceDown'),
    actions: ['send all sets home'],
    why: 'The node that took everything over fails, too [B16] [B17].',
  },
  {
    row: 712,
    x: AFFECTED,
    y: ACTIVATED,
    when: ['y.silent', 'x.present'],
    to: both(FAILED, 'CriticalServiceDown'),
    actions: ['send all sets home'],
    why: 'The node that took everything over is silent [B16] [B17].',
  },
]
