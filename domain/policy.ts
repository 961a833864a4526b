import type { Condition } from './facts.ts'
import type { CommandKind } from './model.ts'
import type { NodeState, Reason } from './states.ts'

type Side = 'x' | 'y'
/** Why a node fails over by itself. */
type FailureTrigger = Extract<Reason, 'PeerDown' | 'PeerReboot' | 'CriticalServiceDown' | 'DatabaseFailure'>

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
  /** The same while the pair stays as it is, so that the row gives no reason to x. */
  | `begin auto-recovery of x, for ${FailureTrigger}`
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
  /** Until on-call acknowledges it [B15] [B16]. */
  | 'switch automatic fallbacks off'
  | 'switch service failovers off'
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
  to?: NewPair
  actions: readonly Action[]
  why: string
}

const N = 'Normal'
const IDLE = 'Idle'
const FO = 'FailingOver'
const TO = 'TakingOver'
const BACKUP = 'RunningInBackupMode'
const DOWN = 'FailedOverWithCriticalServicesNotRunning'
const UP = 'FailedOver'
const TB = 'TakingBack'
const FB = 'FallingBack'
const FAILED = 'RunningInFailedMode'
const INIT = 'Initializing'
const UNKNOWN = 'Unknown'
const ACTIVATED = 'BackupActivated'
const AFFECTED = 'FailoverAffectedServices'

type NewStanding = readonly [NodeState | 'keep', NewReason]
type NewPair = readonly [x: NewStanding, y: NewStanding]

const KEEP: NewStanding = ['keep', 'keep']
/** The pair stays as it is. */
const HOLD = undefined
const both = (state: NodeState, reason: Reason): NewPair => [
  [state, reason],
  [state, reason],
]
const failingOver = (reason: Reason): NewPair => [
  [FO, reason],
  [TO, reason],
]
const fallingBack = (reason: Reason): NewPair => [
  [TB, reason],
  [FB, reason],
]

const FAIL_OVER: Action[] = ['begin failover of x', "move x's set to y"]
const AUTO_RECOVER: Action[] = ['begin auto-recovery of x', 'move all sets to y']
/** The sets move when the services of y run (row 404). */
const startFirst = (trigger: FailureTrigger): Action[] => [
  `begin auto-recovery of x, for ${trigger}`,
  'order y startServices',
]

function row(
  number: number,
  x: Row['x'],
  y: Row['y'],
  when: Condition[],
  to: NewPair | undefined,
  actions: readonly Action[],
  why: string,
): Row {
  return { row: number, x, y, when, ...(to ? { to } : {}), actions, why }
}

/**
 * The policy: every decision that the control plane takes by itself or on request. The first row that matches wins,
 * tried with x as node 1 and then as node 2; no match means hold. Numbers have gaps, and never change their meaning:
 * they stand in every history entry. Each row: its number, the states of x and y, the facts that must hold; what x and
 * y come to, what is done besides; and why.
 */
// biome-ignore format: a table is read by its lines
export const POLICY: readonly Row[] = [
  // Maintenance.
  row(50, [N, IDLE, UP, BACKUP], [N, IDLE, UP, BACKUP], ['waiting', '!automatic'],
    HOLD, ['drop transition'],
    'Maintenance has begun: nothing automatic happens, so a wait for it ends.'),

  // Enabling, and starting up.
  row(100, UNKNOWN, UNKNOWN, ['x.acknowledged', 'x.present'],
    both(INIT, 'Initialization'), [],
    'An agent reports at last, so the group starts up [B8].'),
  row(110, INIT, INIT, ['x.acknowledged', 'y.acknowledged', 'x.present', 'y.present'],
    both(N, 'Normal'), [],
    'Both nodes are heard and hold their doors under the present membership (rule 11).'),
  row(120, INIT, INIT, ['automatic', '!braked', 'x.acknowledged', 'y.acknowledged', 'y.able', 'y.waitedForPeer', 'x.silent'],
    failingOver('PeerDownDuringInitialization'), FAIL_OVER,
    'A starting node has not seen its peer within the initialization timeout [B13].'),

  // Normal: requests first, then what cannot wait, then what must have lasted.
  row(200, N, N, ['x.askedFailover', 'y.able'],
    failingOver('OnAdminRequest'), [...FAIL_OVER, 'order x stopServices'],
    'An operator asked for it, and the peer can serve [B20].'),
  row(204, N, N, ['x.fenced', 'y.able'],
    failingOver('OnAdminRequest'), [...FAIL_OVER, 'order x stopServices'],
    'An administrator closed the doors of x on the node itself, and the peer can serve: as if a failover were asked for.'),
  row(210, N, N, ['automatic', 'x.leaving', 'y.able'],
    failingOver('PeerReboot'), FAIL_OVER,
    'The host of x said good-bye: no need to wait for the timeout [B10].'),
  row(220, N, N, ['automatic', 'x.rebooted', 'x.presentForAWhile', '!x.watched', 'y.gone'],
    both(INIT, 'Initialization'), ['drop transition'],
    'The whole group was down and x is the first to be back: y may be starting, too [B13].'),
  row(230, N, N, ['automatic', '!braked', 'x.silent', 'y.able'],
    failingOver('PeerDown'), FAIL_OVER,
    'x has been silent for the keep-alive timeout, and y has watched all that time [B9] (rule 9).'),
  row(238, N, N, ['automatic', 'serviceFailover', 'serviceMovesUsedUp', 'x.brokenLong', 'y.able'],
    HOLD, ['drop transition', 'switch service failovers off'],
    'Users have moved three times in an hour because services failed: they stay where they are, and on-call decides [B16].'),
  row(240, N, N, ['automatic', 'serviceFailover', 'x.serviceDownLong', 'y.able'],
    failingOver('CriticalServiceDown'), FAIL_OVER,
    'A critical service of x has been down for the whole delay, without a break [B11].'),
  row(250, N, N, ['automatic', 'serviceFailover', 'x.databaseDownLong', 'y.able'],
    failingOver('DatabaseFailure'), FAIL_OVER,
    'The database service of x has been down for the whole delay [B12].'),
  row(260, N, N, ['automatic', 'x.brokenLong', 'y.brokenLong'],
    both(FAILED, 'CriticalServiceDown'), ['drop transition'],
    'Services are down for the whole delay on both nodes: neither can take over [B8] [B17].'),
  row(270, N, N, ['x.delayed', '!x.serviceDown'],
    HOLD, ['drop transition'],
    'The critical services of x run again before the delay has passed, or x is not heard; the next one counts anew [B11].'),
  row(272, N, N, ['x.delayedForDatabase', '!x.databaseDown'],
    HOLD, ['drop transition'],
    'The database service of x runs again before the delay has passed, or x is not heard [B12].'),
  row(280, N, N, ['automatic', 'serviceFailover', 'noTransition', 'x.serviceDown', '!x.serviceDownLong'],
    HOLD, ['wait to fail x over'],
    'A critical service of x is down: the Critical Service Delay begins [B11].'),
  row(282, N, N, ['automatic', 'serviceFailover', 'noTransition', 'x.databaseDown', '!x.databaseDownLong'],
    HOLD, ['wait to fail x over for its database'],
    'The database service of x is down: the same delay begins [B12].'),

  // Failing over: the door of x closes, y takes over, and only then do the users belong to y.
  row(300, FO, TO, ['failed.TakeOver'],
    both(FAILED, 'TakeOverUsersFailed'), ['send all sets home', 'fail transition'],
    'y could not take over the users: the owner of the door never changed, so nothing is lost [B18] (rule 7).'),
  row(310, FO, TO, ['y.silent', 'x.present'],
    both(FAILED, 'TakeOverUsersFailed'), ['send all sets home', 'fail transition'],
    'y fell silent while it was taking over; x keeps its users [B18] (rule 7).'),
  row(320, FO, TO, ['x.released', '!y.takeOverOrdered'],
    HOLD, ['order y takeOver'],
    'The door of x is closed, or no lease of it can hold any more: y may take over (rule 6).'),
  row(330, FO, TO, ['x.released', 'y.tookOver', 'autoRecovery', 'trigger.CriticalServiceDown'],
    [[AFFECTED, 'AutoRecoverCriticalServiceDown'], [ACTIVATED, 'AutoRecoverCriticalServiceDown']], ['finish moves from x', 'end transition'],
    'Everything has moved to the node that had failed over, because its backup failed [B16].'),
  row(332, FO, TO, ['x.released', 'y.tookOver', 'autoRecovery', 'trigger.DatabaseFailure'],
    [[AFFECTED, 'AutoRecoverDatabaseFailure'], [ACTIVATED, 'AutoRecoverDatabaseFailure']], ['finish moves from x', 'end transition'],
    'As row 330, because of the database service [B16].'),
  row(334, FO, TO, ['x.released', 'y.tookOver', 'autoRecovery'],
    [[AFFECTED, 'trigger'], [ACTIVATED, 'trigger']], ['finish moves from x', 'end transition'],
    'As row 330, because the backup node is not heard any more or its host went down [B16].'),
  row(340, FO, TO, ['x.released', 'y.tookOver', 'trigger.OnAdminRequest'],
    [[IDLE, 'OnAdminRequest'], [BACKUP, 'OnAdminRequest']], ['finish moves from x'],
    'The users of x are with y. The transition ends when the services of x are stopped, too [B20].'),
  row(350, FO, TO, ['x.released', 'y.tookOver', 'running'],
    [[DOWN, 'trigger'], [BACKUP, 'trigger']], ['finish moves from x', 'end transition'],
    'The users of x are with y [B9]–[B13].'),
  row(360, FO, TO, ['y.restarted', 'trigger.OnAdminRequest', '!y.reasonInitialization'],
    [KEEP, ['keep', 'Initialization']], [],
    'The agent of y was restarted and is back in time: no failure [B19].'),

  // Failed over on request: x is Idle.
  row(400, IDLE, BACKUP, ['running', '!autoRecovery', 'x.stopSettled'],
    HOLD, ['end transition'],
    'The critical services of x are stopped: the failover is complete [B20].'),
  row(402, IDLE, BACKUP, ['failed.StopServices'],
    HOLD, ['end transition'],
    'The services of x were not seen to stop in time. Its door is closed, so nobody is served twice.'),
  row(403, BACKUP, IDLE, ['failed.StartServices'],
    both(FAILED, 'StartOfCriticalServicesFailed'), ['send all sets home', 'fail transition'],
    'The services of the Idle node would not start: each node is left with its own users [B16] [B18].'),
  row(404, BACKUP, IDLE, ['autoRecovery', 'y.started'],
    [[FO, 'trigger'], [TO, 'trigger']], ['move all sets to y'],
    'The services of the node that was Idle run: everything moves to it [B16].'),
  row(410, IDLE, BACKUP, ['!running', 'x.askedFallback', 'x.present', '!x.fenced'],
    fallingBack('OnAdminRequest'), ['begin fallback to x', 'order x startServices'],
    'An operator asked for it; the services of x are started first [B21].'),
  row(420, IDLE, BACKUP, ['x.restarted', '!x.reasonInitialization'],
    [['keep', 'Initialization'], KEEP], [],
    'The agent of x was restarted: the state stays, its services stay stopped [B15] [B19].'),
  row(422, IDLE, BACKUP, ['y.restarted', '!y.reasonInitialization'],
    [KEEP, ['keep', 'Initialization']], [],
    'The agent of y was restarted and is back in time: no failure [B19].'),
  row(424, BACKUP, IDLE, ['automatic', '!autoRecovery', 'x.leaving', 'y.startable'],
    HOLD, startFirst('PeerReboot'),
    'The host of the backup node goes down: the services of the Idle node are started, so that it can serve everybody [B16].'),
  row(425, BACKUP, IDLE, ['automatic', '!braked', '!autoRecovery', 'x.silent', 'y.startable'],
    HOLD, startFirst('PeerDown'),
    'The backup node is silent: the services of the Idle node are started, so that it can serve everybody [B16].'),
  row(426, BACKUP, IDLE, ['automatic', 'serviceFailover', 'serviceMovesUsedUp', '!autoRecovery', 'x.brokenLong', 'y.startable'],
    HOLD, ['drop transition', 'switch service failovers off'],
    'As row 238 [B16].'),
  row(427, BACKUP, IDLE, ['automatic', 'serviceFailover', '!autoRecovery', 'x.serviceDownLong', 'y.startable'],
    HOLD, startFirst('CriticalServiceDown'),
    'The backup node has failed: it serves until the services of the Idle node have been started [B16].'),
  row(428, BACKUP, IDLE, ['automatic', 'serviceFailover', '!autoRecovery', 'x.databaseDownLong', 'y.startable'],
    HOLD, startFirst('DatabaseFailure'),
    'As row 427, because of the database service [B16].'),

  // Failed over by itself. Auto-recovery and failed mode come first: they are about users who are not served.
  row(430, BACKUP, UP, ['automatic', 'x.leaving', 'y.able'],
    failingOver('PeerReboot'), AUTO_RECOVER,
    'The host of the backup node goes down, and the node that had failed over can serve everybody [B16].'),
  row(432, BACKUP, UP, ['automatic', '!braked', 'x.silent', 'y.able'],
    failingOver('PeerDown'), AUTO_RECOVER,
    'The backup node is silent, and the node that had failed over can serve everybody [B16].'),
  row(433, BACKUP, UP, ['automatic', 'serviceFailover', 'serviceMovesUsedUp', 'x.brokenLong', 'y.able'],
    HOLD, ['drop transition', 'switch service failovers off'],
    'As row 238 [B16].'),
  row(434, BACKUP, UP, ['automatic', 'serviceFailover', 'x.serviceDownLong', 'y.able'],
    failingOver('CriticalServiceDown'), AUTO_RECOVER,
    'A critical service of the backup node has been down for the whole delay [B16].'),
  row(436, BACKUP, UP, ['automatic', 'serviceFailover', 'x.databaseDownLong', 'y.able'],
    failingOver('DatabaseFailure'), AUTO_RECOVER,
    'The database service of the backup node has been down for the whole delay [B16].'),
  row(440, BACKUP, [DOWN, UP], ['automatic', 'x.brokenLong', '!y.able'],
    both(FAILED, 'CriticalServiceDown'), ['drop transition', 'send all sets home'],
    'The backup node fails and its peer cannot serve: each node is left with its own users [B17].'),
  row(441, BACKUP, IDLE, ['automatic', 'x.brokenLong', '!y.startable'],
    both(FAILED, 'CriticalServiceDown'), ['drop transition', 'send all sets home'],
    'As row 440: the services of y cannot be started, as it is not heard, or fenced [B17].'),
  row(442, BACKUP, DOWN, ['automatic', '!braked', 'x.silent', 'y.present'],
    both(FAILED, 'CriticalServiceDown'), ['drop transition', 'send all sets home'],
    'The backup node is silent and its peer cannot serve: a recovery can be asked for [B17].'),
  row(443, BACKUP, IDLE, ['automatic', '!braked', 'x.silent', 'y.present', '!y.startable'],
    both(FAILED, 'CriticalServiceDown'), ['drop transition', 'send all sets home'],
    'As row 442: y is fenced [B17].'),
  row(450, UP, BACKUP, ['x.gone'],
    [[DOWN, 'PeerDown'], [BACKUP, 'PeerDown']], ['drop transition'],
    'The node that had failed over is not heard: there is nothing to fall back to.'),
  row(452, UP, BACKUP, ['!x.healthy', 'y.reasonCriticalServiceDown'],
    [[DOWN, 'CriticalServiceDown'], KEEP], ['drop transition'],
    'A service of the node that had failed over is down again; the wait for the fallback starts anew [B15].'),
  row(454, UP, BACKUP, ['!x.healthy'],
    [[DOWN, 'keep'], KEEP], ['drop transition'],
    'As row 452.'),
  row(460, UP, BACKUP, ['x.askedFallback', 'x.healthy'],
    fallingBack('OnAdminRequest'), ['begin fallback to x', 'order x startServices'],
    'An operator asked for it; a wait for the automatic fallback ends with it [B15] [B21].'),
  row(461, UP, BACKUP, ['automatic', 'automaticFallback', 'fallbacksUsedUp', 'x.healthyLong'],
    HOLD, ['drop transition', 'switch automatic fallbacks off'],
    'Users have gone home by themselves three times in 24 hours: they stay where they are, and on-call decides [B15].'),
  row(462, UP, BACKUP, ['automatic', 'automaticFallback', 'x.healthyLong'],
    fallingBack('AutomaticFallback'), ['begin fallback to x', 'order x startServices'],
    'x has been healthy for the whole fallback delay, without a break [B15].'),
  row(464, UP, BACKUP, ['x.fallbackDelayed', '!automaticFallback'],
    HOLD, ['drop transition'],
    'Automatic fallback was switched off [B15].'),
  row(466, [IDLE, UP], BACKUP, ['y.delayed', '!y.serviceDown'],
    HOLD, ['drop transition'],
    'The critical services of the backup node run again before the delay has passed, or it is not heard [B11].'),
  row(468, [IDLE, UP], BACKUP, ['y.delayedForDatabase', '!y.databaseDown'],
    HOLD, ['drop transition'],
    'The database service of the backup node runs again before the delay has passed, or it is not heard [B12].'),
  row(470, BACKUP, [IDLE, UP], ['automatic', 'serviceFailover', '!running', 'x.serviceDown', '!x.serviceDownLong', '!x.delayed', '!y.askedFallback'],
    HOLD, ['wait to fail x over'],
    'A critical service of the backup node is down: the Critical Service Delay begins [B16].'),
  row(472, BACKUP, [IDLE, UP], ['automatic', 'serviceFailover', '!running', 'x.databaseDown', '!x.databaseDownLong', '!x.delayed', '!x.delayedForDatabase', '!y.askedFallback'],
    HOLD, ['wait to fail x over for its database'],
    'The database service of the backup node is down: the same delay begins [B16].'),
  row(474, UP, BACKUP, ['automatic', 'noTransition', 'automaticFallback', '!x.healthyLong'],
    HOLD, ['wait to fall back to x'],
    'x is healthy: the delay of the automatic fallback begins [B15].'),
  row(480, DOWN, BACKUP, ['x.present', 'x.rebooted', 'y.reasonPeerDown'],
    [['keep', 'Initialization'], ['keep', 'PeerReboot']], [],
    'The node that was not heard is back, and has booted meanwhile [B9].'),
  row(482, DOWN, BACKUP, ['x.present', 'x.rebooted', 'y.reasonPeerReboot', '!x.reasonInitialization'],
    [['keep', 'Initialization'], KEEP], [],
    'The node whose host went down has booted and is back [B10].'),
  row(484, DOWN, BACKUP, ['x.present', '!x.rebooted', 'x.reasonPeerReboot'],
    [['keep', 'PeerDown'], KEEP], [],
    'The node is back although its host never went down.'),
  row(486, DOWN, BACKUP, ['x.present', 'x.reasonPeerDownDuringInitialization'],
    [['keep', 'Initialization'], KEEP], [],
    'The node that was not up in time is up [B13].'),
  row(490, DOWN, BACKUP, ['x.healthy', 'x.rebooted', 'y.reasonCriticalServiceDown'],
    [[UP, 'Initialization'], KEEP], [],
    'After a reboot all critical services of x run again [B14].'),
  row(492, DOWN, BACKUP, ['x.healthy', 'x.rebooted', 'y.reasonDatabaseFailure'],
    [[UP, 'Initialization'], ['keep', 'CriticalServiceDown']], [],
    'After a reboot the database and all critical services run; the table has one pair for it [B14].'),
  row(494, DOWN, BACKUP, ['x.healthy', 'y.reasonDatabaseFailure'],
    [[UP, 'CriticalServiceDown'], ['keep', 'CriticalServiceDown']], [],
    'The database runs again; the table has one pair for it, whichever service had failed [B14].'),
  row(496, DOWN, BACKUP, ['x.healthy'],
    [[UP, 'keep'], KEEP], [],
    'x is heard and all its critical services run [B14].'),

  // Falling back: services first, then the door of y closes, then users belong to x.
  row(500, TB, FB, ['failed.StartServices'],
    both(FAILED, 'StartOfCriticalServicesFailed'), ['send all sets home', 'fail transition'],
    'The critical services would not start on the node that was taking back [B18].'),
  row(502, TB, FB, ['failed.TakeBack'],
    both(FAILED, 'TakeBackUsersFailed'), ['send all sets home', 'fail transition'],
    'Moving the users home failed [B18].'),
  row(510, TB, FB, ['x.silent', '!x.ownsItsSet'],
    [[DOWN, 'PeerDown'], [BACKUP, 'PeerDown']], ['abort moves', 'fail transition'],
    'x fell silent before its users were home: they stay with y (rule 7).'),
  row(512, TB, FB, ['automatic', '!braked', 'x.silent', 'x.ownsItsSet', 'y.able'],
    failingOver('PeerDown'), ['fail transition', ...FAIL_OVER],
    'x fell silent just after its users were home: y takes over again [B9].'),
  row(520, TB, FB, ['x.started', '!x.ownsItsSet', '!x.setMoving'],
    HOLD, ["move x's set home"],
    'The services of x run: y lets go of the users of x (rule 4).'),
  row(522, TB, FB, ['y.released', 'x.setMoving'],
    HOLD, ['finish moves from y'],
    'The door of y for the users of x is closed: they are home (rule 6).'),
  row(530, TB, FB, ['x.started', 'x.ownsItsSet', '!x.takeBackOrdered'],
    HOLD, ['order x takeBack'],
    'x takes its users back [B27].'),
  row(540, TB, FB, ['x.tookBack', 'x.ownsItsSet'],
    both(N, 'Normal'), ['end transition'],
    'The users of x are home [B15] [B21].'),
  row(550, TB, FB, ['x.restarted', 'trigger.OnAdminRequest', '!x.reasonInitialization'],
    [['keep', 'Initialization'], KEEP], [],
    'The agent of x was restarted and is back in time: no failure [B19].'),

  // Failed mode: each node serves its own users while its services run.
  row(600, FAILED, FAILED, ['x.released'],
    HOLD, ['finish moves from x'],
    'In failed mode every set goes home, one door closing before the other opens (rule 6).'),
  row(610, FAILED, FAILED, ['askedRecovery', 'noTransition', 'x.present', 'y.present'],
    HOLD, ['begin recovery', 'order x restart', 'order y restart'],
    'An operator asked for it; both recovery managers restart first [B22].'),
  row(620, FAILED, FAILED, ['failed.Restart'],
    both(FAILED, 'Unknown'), ['fail transition'],
    'An agent did not come back from its restart [B22].'),
  row(622, FAILED, FAILED, ['failed.StartServices'],
    both(FAILED, 'StartOfCriticalServicesFailed'), ['fail transition'],
    'Critical services would not start [B22].'),
  row(630, FAILED, FAILED, ['recovering', 'x.restartDone', '!x.startOrdered'],
    HOLD, ['order x startServices'],
    'The agent of x is back: what does not run on it is started [B22].'),
  row(640, FAILED, FAILED, ['recovering', 'x.started', 'y.started', 'x.ownsItsSet', 'y.ownsItsSet', 'x.healthy', 'y.healthy'],
    both(N, 'Normal'), ['end transition'],
    'All critical services run on both nodes, and every set is at home [B22].'),
  row(650, FAILED, FAILED, ['noTransition', 'x.askedFallback', 'x.rebooted', 'x.healthy', 'y.present'],
    fallingBack('OnAdminRequest'), ['begin fallback to x', 'order x startServices'],
    'An operator asked for it, and x has been rebooted and is healthy [B21].'),
  row(660, FAILED, FAILED, ['noTransition', 'x.restarted'],
    both(FAILED, 'Unknown'), [],
    'An agent restarted in a failed state: what it did is not known [B19].'),

  // Auto-recovered: y serves everybody, x is the backup node that failed.
  row(700, AFFECTED, ACTIVATED, ['x.askedFallback', 'x.healthy'],
    fallingBack('OnAdminRequest'), ['begin fallback to x', 'order x startServices'],
    'An operator asked for it, and the affected node is healthy [B16] [B21].'),
  row(710, AFFECTED, ACTIVATED, ['automatic', 'y.brokenLong'],
    both(FAILED, 'CriticalServiceDown'), ['send all sets home'],
    'The node that took everything over fails, too [B16] [B17].'),
  row(712, AFFECTED, ACTIVATED, ['automatic', '!braked', 'y.silent', 'x.present'],
    both(FAILED, 'CriticalServiceDown'), ['send all sets home'],
    'The node that took everything over is silent [B16] [B17].'),
]
