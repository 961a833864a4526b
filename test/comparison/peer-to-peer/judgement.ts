import { type NodeIndex, peerOf } from '../../../domain/model.ts'
import type { NodeState, Reason } from '../../../domain/states.ts'
import { atHome, bothIn, type Change, ordered, type PairRecord } from './record.ts'

/** What an agent carries out by itself, and tells nobody before it is done. */
export type Work = 'take over' | 'take back' | 'stop services' | 'start services'

/** All that a node goes by. */
export interface Facts {
  me: NodeIndex
  record: PairRecord
  /** All services of this node run. */
  able: boolean
  /** The critical services of this node are stopped. */
  stopped: boolean
  /** Why this node cannot serve: a service of it has been down for the whole Critical Service Delay. */
  broken: Reason | null
  /** The peer's agent is heard, and says that all its services run. */
  peerAble: boolean
  /** The peer's agent is heard, and says that a service has been down for the whole delay. */
  peerBroken: boolean
  /** Why the peer counts as down: its heartbeat was not heard for the timeout that applies, or it said good-bye. */
  peerSilent: Reason | null
  /** Automatic fallback is enabled, and the peer was able for the whole of its delay. */
  fallbackDue: boolean
}

type Judgement = { change: Change } | { work: Work } | null

const failedMode = (reason: Reason): Judgement => ({ change: bothIn('RunningInFailedMode', reason) })

/** Everything that a node serves moves to its peer. */
export function failover(record: PairRecord, from: NodeIndex, reason: Reason): Change {
  const [one, two] = record.owners.map((owner) => (owner === from ? null : owner))
  return {
    states: ordered<NodeState>(from, 'FailingOver', 'TakingOver'),
    reason,
    owners: [one ?? null, two ?? null],
  }
}

export function fallback(record: PairRecord, to: NodeIndex, reason: Reason): Change {
  return { states: ordered<NodeState>(to, 'TakingBack', 'FallingBack'), reason, owners: record.owners }
}

/** The users are with the node that took over: those of its peer, or those of both by auto-recovery [B16]. */
export function tookOver(record: PairRecord, to: NodeIndex): Change {
  const everybody: PairRecord['owners'] = [to, to]
  const from = peerOf(to)
  const isAutoRecovery = record.owners[to] !== to
  const states = isAutoRecovery
    ? ordered<NodeState>(to, 'BackupActivated', 'FailoverAffectedServices')
    : ordered<NodeState>(from, record.reason === 'OnAdminRequest' ? 'Idle' : 'FailedOver', 'RunningInBackupMode')
  return { states, reason: record.reason, owners: everybody }
}

/** What a node does about what it knows, in its present state; the first line that holds. */
export function judge(facts: Facts): Judgement {
  const { me, record, able, stopped, broken, peerAble, peerBroken, peerSilent, fallbackDue } = facts
  const peer = peerOf(me)
  const peerIsIdle = record.states[peer] === 'Idle' && !peerSilent
  const takeOver = (): Judgement => (peerSilent && able ? { change: failover(record, peer, peerSilent) } : null)
  switch (record.states[me]) {
    case 'Normal':
      if (broken && peerAble) return { change: failover(record, me, broken) }
      if (broken && peerBroken) return failedMode(broken)
      return takeOver()
    case 'RunningInBackupMode':
      if (broken && (peerIsIdle || peerAble)) return { change: failover(record, me, broken) }
      if (broken) return failedMode('CriticalServiceDown')
      return fallbackDue ? { change: fallback(record, peer, 'AutomaticFallback') } : null
    case 'BackupActivated':
      return broken ? failedMode('CriticalServiceDown') : null
    case 'FailedOver':
      return takeOver()
    case 'FailoverAffectedServices':
      return peerSilent ? failedMode('CriticalServiceDown') : null
    case 'Idle':
      if (peerSilent) return { change: failover(record, peer, peerSilent) }
      return stopped ? null : { work: 'stop services' }
    case 'TakingOver':
      return { work: 'take over' }
    case 'FailingOver':
      return peerSilent ? failedMode('TakeOverUsersFailed') : null
    case 'TakingBack':
      return takeOver() ?? (record.isReady ? null : { work: 'take back' })
    case 'FallingBack':
      if (record.isReady) return { change: atHome }
      return peerSilent ? { change: tookOver({ ...record, reason: peerSilent }, me) } : null
    case 'RunningInFailedMode':
      if (!record.isRecovering) return null
      if (!able) return { work: 'start services' }
      return peerAble && me === 0 ? { change: atHome } : null
    default:
      return null
  }
}

/** What an operator may ask for in this state of the pair, of a node that hears its peer [B20]–[B22]. */
export function possible({ me, record, able, peerAble, peerSilent }: Facts): Request[] {
  if (peerSilent) return []
  const canServe = ordered(me, able, peerAble)
  const nodes: NodeIndex[] = [0, 1]
  return nodes.flatMap((node): Request[] => {
    const state = record.states[node]
    if (state === 'Normal' && canServe[peerOf(node)]) return [{ action: 'failover', node }]
    if (state === 'Idle') return [{ action: 'fallback', node }]
    if ((state === 'FailedOver' || state === 'FailoverAffectedServices') && canServe[node]) {
      return [{ action: 'fallback', node }]
    }
    if (state === 'RunningInFailedMode' && !record.isRecovering && node === 0) return [{ action: 'recovery' }]
    return []
  })
}

export type Request = { action: 'failover' | 'fallback'; node: NodeIndex } | { action: 'recovery' }

/** The change that a request makes. */
export function requested(record: PairRecord, request: Request): Change {
  if (request.action === 'failover') return failover(record, request.node, 'OnAdminRequest')
  if (request.action === 'fallback') return fallback(record, request.node, 'OnAdminRequest')
  return { ...bothIn('RunningInFailedMode', record.reason), isRecovering: true }
}
