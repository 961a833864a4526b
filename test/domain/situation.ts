import type { Cluster } from '../../domain/cluster.ts'
import { project } from '../../domain/cluster.ts'
import { clusterSchema, nodeSchema } from '../../domain/contract/configuration.ts'
import type { Heartbeat } from '../../domain/contract/heartbeat.ts'
import { draftOf } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import type { Occurrence } from '../../domain/facts.ts'
import type { CommandKind, Group, NodeIndex, NodeRecord, ServiceState, Transition } from '../../domain/model.ts'
import { peerOf } from '../../domain/model.ts'
import type { Standing } from '../../domain/states.ts'

/** When all situations are looked at. */
export const NOW = Date.UTC(2026, 0, 31, 12)
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE

/** The field's defaults: T, the heartbeats' interval, Critical Service Delay, fallback delay. */
export const TIMEOUT = 60 * SECOND
export const INTERVAL = 15 * SECOND
export const DELAY = 90 * SECOND
export const FALLBACK_DELAY = 30 * MINUTE

export function aCluster(): Cluster {
  const node = (hostName: string) => ({
    ...nodeSchema.parse({ hostName, softwareVersion: '14.0', principal: 'arn:aws:iam::111111111111:user/agent' }),
    databasePublisher: 'publisher',
  })
  return {
    ...clusterSchema.parse({ databasePublisher: 'publisher' }),
    cluster: 'c',
    version: 1,
    nodes: { alpha: node('alpha.example'), beta: node('beta.example') },
    groups: { pair: { description: '', nodes: ['alpha', 'beta'] } },
    pending: [],
  }
}

/**
 * A pair of nodes at `NOW` as it stands for an hour: Normal, heard just now, all services running, each with its own
 * door open under the present membership.
 */
export function aGroup(): Group {
  const group = project(aCluster(), 'pair', null, NOW - HOUR, (principal) => principal)
  group.highAvailability = true
  group.version = 1
  for (const [index, node] of group.nodes.entries()) {
    node.state = 'Normal'
    node.reason = 'Normal'
    node.incarnation = 1
    node.sequence = 100
    node.bootId = 'boot-1'
    node.acknowledgedEpoch = group.epoch
    node.lastAtMs = NOW
    node.lastOkAtMs = NOW
    node.okSinceMs = NOW - HOUR
    node.unheard = null
    node.services = node.services.map(() => ({ state: 'running', sinceMs: NOW - HOUR }))
    node.open = [index as NodeIndex]
    node.softwareVersion = '14.0'
    node.replicationSetup = 2
    node.gate = 'front'
  }
  return group
}

/** A group, how it is looked at, and which of its nodes is meant by x. */
export interface Situation {
  group: Group
  x: NodeIndex
  occurrence: Occurrence
}
export type Side = 'x' | 'y'
export type Given = (situation: Situation) => void

export const indexOf = ({ x }: Situation, side: Side): NodeIndex => (side === 'x' ? x : peerOf(x))
export const nodeOf = (situation: Situation, side: Side): NodeRecord =>
  situation.group.nodes[indexOf(situation, side)] as NodeRecord

/** x and y stand in these states, for these reasons; what is given besides is applied in its order. */
export function situation(x: NodeIndex, pair: readonly [Standing, Standing], givens: readonly Given[]): Situation {
  const made: Situation = { group: aGroup(), x, occurrence: { kind: 'look' } }
  Object.assign(nodeOf(made, 'x'), pair[0])
  Object.assign(nodeOf(made, 'y'), pair[1])
  for (const given of givens) given(made)
  return made
}

export const draftFor = ({ group, occurrence }: Situation): Draft =>
  draftOf(group, NOW, occurrence.kind === 'heartbeat' ? occurrence.node : null)

/** The node's last heartbeat came this long ago, and its peer's heartbeat has just arrived. */
export const silent =
  (side: Side, forMs = TIMEOUT): Given =>
  (it) => {
    const node = nodeOf(it, side)
    node.lastAtMs = NOW - forMs
    node.lastOkAtMs = NOW - forMs
    it.occurrence = { kind: 'heartbeat', node: peerOf(indexOf(it, side)), restarted: false }
  }

/** Not heard in time; nobody who may judge it is looking. */
export const gone =
  (side: Side): Given =>
  (it) => {
    silent(side)(it)
    it.occurrence = { kind: 'look' }
  }

/** Heard only since then: it cannot have watched its peer for longer. */
export const heardSince =
  (side: Side, forMs: number): Given =>
  (it) => {
    nodeOf(it, side).okSinceMs = NOW - forMs
  }

/** A service of the node has been in this state for this long; place −1 is the database service. */
export const service =
  (side: Side, state: ServiceState, forMs: number, place = 0): Given =>
  (it) => {
    const { services } = nodeOf(it, side)
    services[place < 0 ? services.length + place : place] = { state, sinceMs: NOW - forMs }
  }
export const serviceDown = (side: Side, forMs: number): Given => service(side, 'failed', forMs)
export const databaseDown = (side: Side, forMs: number): Given => service(side, 'failed', forMs, -1)

export const node =
  (side: Side, change: Partial<NodeRecord>): Given =>
  (it) => {
    Object.assign(nodeOf(it, side), change)
  }
export const leaving = (side: Side): Given => node(side, { leaving: 'reboot' })
export const rebooted = (side: Side): Given => node(side, { rebooted: true })

/** The arriving heartbeat is the first one of a new agent on the node. */
export const restarted =
  (side: Side): Given =>
  (it) => {
    it.occurrence = { kind: 'heartbeat', node: indexOf(it, side), restarted: true }
  }

export const asked =
  (action: 'failover' | 'fallback', side: Side): Given =>
  (it) => {
    it.occurrence = { kind: 'request', action, node: indexOf(it, side), by: 'operator', id: `${action}-1` }
  }
export const askedRecovery: Given = (it) => {
  it.occurrence = { kind: 'request', action: 'recovery', by: 'operator', id: 'recovery-1' }
}

/** A transition of users from one side to the other runs, or still waits. */
export const transition =
  (kind: Transition['kind'], from: Side, change: Partial<Transition> = {}): Given =>
  (it) => {
    it.group.transition = {
      id: `${kind}-1`,
      kind,
      trigger: 'OnAdminRequest',
      from: indexOf(it, from),
      to: peerOf(indexOf(it, from)),
      requestedBy: 'operator',
      phase: 'running',
      dueAtMs: NOW,
      startedAtMs: NOW - MINUTE,
      autoRecovery: false,
      workflowAttempt: 1,
      tokens: {},
      ...change,
    }
  }

/** The workflow has given up a step of the transition. */
export const stepFailed =
  (step: 'TakeOver' | 'StopServices' | 'StartServices' | 'TakeBack' | 'Restart'): Given =>
  (it) => {
    it.occurrence = { kind: 'stepFailed', step, transition: it.group.transition?.id ?? '', cause: 'given up' }
  }

/** A command of the transition to that side, with how it ended; null: it is still under way. */
export const ordered =
  (side: Side, kind: CommandKind, ok: boolean | null = null): Given =>
  (it) => {
    const { group } = it
    const to = indexOf(it, side)
    group.commands.push({
      id: `${group.transition?.id}/${kind}/${group.nodes[to]?.name}/1`,
      node: to,
      kind,
      transition: group.transition?.id ?? '',
      attempt: 1,
      issuedAtMs: NOW - SECOND,
      result: ok === null ? null : { ok, output: '', durationMs: 1 },
    })
  }

/** Whose users: those whose home is x, or y. They belong to that owner. */
export const owned =
  (set: Side, owner: Side): Given =>
  (it) => {
    nodeOf(it, set).set = { owner: indexOf(it, owner), moving: null }
  }

/** The set leaves its owner for the other node; released: the door is known to be closed. */
export const moving =
  (set: Side, from: Side, released: boolean): Given =>
  (it) => {
    const owner = indexOf(it, from)
    nodeOf(it, set).set = { owner, moving: { to: peerOf(owner), untilMs: NOW + MINUTE, released } }
  }

/** An operator works on that node. */
export const maintained = (side: Side): Given => node(side, { maintenance: maintenance() })
export const maintenance = (untilMs: number | null = null) => ({
  reason: 'new disks',
  by: 'operator',
  sinceMs: NOW - MINUTE,
  untilMs,
})

/** As many moves as are allowed, of this kind, not long ago. */
export const usedUp =
  (moves: 'automaticFallbacksAtMs' | 'serviceMovesAtMs'): Given =>
  ({ group }) => {
    group[moves] = [30, 20, 10].map((minutes) => NOW - minutes * MINUTE)
  }

export const automaticFallback: Given = ({ group }) => {
  group.settings.automaticFallbackEnabled = true
}

/** A heartbeat that says nothing new; `change` says what is. */
export function heartbeatOf(group: Group, index: NodeIndex, change: Partial<Heartbeat> = {}): Heartbeat {
  const record = group.nodes[index] as NodeRecord
  const report = (place: number) => ({
    state: record.services[place]?.state ?? ('unknown' as const),
    forMs: NOW - (record.services[place]?.sinceMs ?? NOW),
  })
  return {
    group: group.name,
    incarnation: record.incarnation,
    sequence: record.sequence + 1,
    bootId: record.bootId,
    sentAtMs: NOW,
    epoch: group.epoch,
    answeredMsAgo: INTERVAL,
    softwareVersion: '14.0',
    services: Object.fromEntries(group.services.map((name, place) => [name, report(place)])),
    database: report(group.services.length),
    replicationSetup: 2,
    gate: { open: record.open.map((set) => group.nodes[set]?.name ?? ''), kind: 'front' },
    ...change,
  }
}
