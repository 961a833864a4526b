import type { Condition, GroupFact, NodeFact } from './facts.ts'

/** A fact of a node in words, where it holds and where it does not; "…" is the node's name. */
const NODE_WORDS: Record<NodeFact, [holds: string, holdsNot: string]> = {
  acknowledged: [
    '… holds its doors under the present membership',
    '… does not hold its doors under the present membership',
  ],
  present: ['… is heard', '… is not heard'],
  presentForAWhile: ['… has been heard for a while', '… has not been heard for long'],
  watched: ['… has watched for the keep-alive timeout', '… has not watched for the keep-alive timeout'],
  gone: ['… is not heard', '… is heard, or was silent for less than the keep-alive timeout'],
  silent: ['… has been silent for the keep-alive timeout, and its peer has watched', '… is not silent'],
  healthy: ['all services of … run', 'not all services of … run'],
  healthyLong: [
    '… has been healthy for the whole fallback delay',
    '… has not been healthy for the whole fallback delay',
  ],
  able: ['… can serve everybody', '… cannot serve everybody'],
  startable: ['the services of … can be started', 'the services of … cannot be started'],
  stopped: ['a service of … is stopped', 'no service of … is stopped'],
  serviceDown: ['a critical service of … is down', 'all critical services of … run'],
  serviceDownLong: [
    'a critical service of … has been down for the whole delay',
    'no critical service of … has been down for the whole delay',
  ],
  databaseDown: ['the database service of … is down', 'the database service of … runs'],
  databaseDownLong: [
    'the database service of … has been down for the whole delay',
    'the database service of … has not been down for the whole delay',
  ],
  brokenLong: ['a service of … has been down for the whole delay', 'no service of … has been down for the whole delay'],
  leaving: ['the host of … said good-bye', 'the host of … did not say good-bye'],
  fenced: ['an administrator has closed the doors of …', 'nobody has closed the doors of … by hand'],
  restarted: ['the agent of … was restarted', 'the agent of … was not restarted'],
  rebooted: ['… has booted since', '… has not booted since'],
  waitedForPeer: [
    '… has waited for its peer for the initialization timeout',
    '… has not waited for its peer for long enough',
  ],
  ownsItsSet: ['the users of … are with it', 'the users of … are not with it'],
  setMoving: ['the users of … move', 'the users of … do not move'],
  released: ['the doors of … are closed, or no lease can hold them open', 'a door of … may be open'],
  askedFailover: ['a failover of … was asked for', 'no failover of … was asked for'],
  askedFallback: ['a fallback to … was asked for', 'no fallback to … was asked for'],
  delayed: ['the Critical Service Delay of … runs', 'no Critical Service Delay of … runs'],
  delayedForDatabase: ['the delay for the database of … runs', 'no delay for the database of … runs'],
  fallbackDelayed: ['the fallback delay of … runs', 'no fallback delay of … runs'],
  takeOverOrdered: ['… was told to take over', '… was not told to take over yet'],
  tookOver: ['… has taken over', '… has not taken over'],
  takeBackOrdered: ['… was told to take its users back', '… was not told to take its users back yet'],
  tookBack: ['… has taken its users back', '… has not taken its users back'],
  startOrdered: ['… was told to start its services', '… was not told to start its services yet'],
  started: ['… has started its services', '… has not started its services'],
  stopSettled: ['the services of … are stopped, or were not to be', 'the services of … were not seen to stop'],
  restartDone: ['the agent of … is back from its restart', 'the agent of … is not back from its restart'],
  reasonInitialization: ['the reason of … is Initialization', 'the reason of … is not Initialization'],
  reasonCriticalServiceDown: [
    'the reason of … is Critical Service Down',
    'the reason of … is not Critical Service Down',
  ],
  reasonDatabaseFailure: ['the reason of … is Database Failure', 'the reason of … is not Database Failure'],
  reasonPeerDown: ['the reason of … is Peer Down', 'the reason of … is not Peer Down'],
  reasonPeerReboot: ['the reason of … is Peer Reboot', 'the reason of … is not Peer Reboot'],
  reasonPeerDownDuringInitialization: [
    'the reason of … is Peer Down During Initialization',
    'the reason of … is not Peer Down During Initialization',
  ],
}

type NamedGroupFact = Exclude<GroupFact, `trigger.${string}` | `failed.${string}`>

/** A fact of the group in words; '' where it goes without saying. */
const GROUP_WORDS: Record<NamedGroupFact, [holds: string, holdsNot: string]> = {
  noTransition: ['nothing runs', 'something runs'],
  running: ['the transition runs', 'no transition runs'],
  autoRecovery: ['the node in backup mode is itself taken over', ''],
  recovering: ['a recovery runs', 'no recovery runs'],
  askedRecovery: ['a recovery was asked for', 'no recovery was asked for'],
  waiting: ['a delay runs', 'no delay runs'],
  automatic: ['', 'maintenance keeps automatic actions back'],
  braked: ['the fleet brake holds', ''],
  automaticFallback: ['users may go home by themselves', 'users do not go home by themselves'],
  fallbacksUsedUp: ['users went home by themselves three times in 24 hours', ''],
  serviceFailover: ['', 'failovers because services fail are switched off'],
  serviceMovesUsedUp: ['users moved three times in an hour because services failed', ''],
}

/** One condition of a row in words, with the names of the nodes that it calls x and y; '' where it says nothing of interest. */
export function conditionWords(condition: Condition, x: string, y: string): string {
  const isNegated = condition.startsWith('!')
  const fact = isNegated ? condition.slice(1) : condition
  const [side, name = ''] = fact.split('.')
  const place = isNegated ? 1 : 0
  if (side === 'x' || side === 'y') {
    return NODE_WORDS[name as NodeFact][place].replace('…', side === 'x' ? x : y)
  }
  if (side === 'failed') return `the step ${name} failed`
  if (side === 'trigger') return ''
  return GROUP_WORDS[fact as NamedGroupFact][place]
}

/** A rule's sentence with the names of the nodes that it calls x and y. */
export const named = (why: string, x: string, y: string): string =>
  why.replaceAll(/\b[xy]\b/g, (side) => (side === 'x' ? x : y))
