import { type AgentCore, createCore } from '../../../apps/agent/core.ts'
import { draftUpon } from '../../../domain/decide.ts'
import type { Draft } from '../../../domain/draft.ts'
import { answerTo } from '../../../domain/heartbeat.ts'
import type { Group, NodeIndex, NodeRecord } from '../../../domain/model.ts'
import { aGroup } from '../../domain/situation.ts'
import { type Agent, BOTH, type Doors, isOpen, LONG_SETTINGS, SETTINGS } from './doors.ts'

/** Now, on every clock: time passes by all that is kept coming nearer. */
export const NOW = 1_000_000_000
export const HOME = 'alpha'
export const NAMES = ['alpha', 'beta'] as const

export const REPORT = {
  bootId: 'boot-1',
  softwareVersion: '14.0',
  services: { service: { state: 'running' as const, forMs: 0 } },
  database: { state: 'running' as const, forMs: 0 },
  replicationSetup: 2,
  gateKind: 'front',
  wallClockMs: NOW,
}
const { gateKind: _, wallClockMs: __, ...SAID } = REPORT
export const HEARTBEAT = { ...SAID, sentAtMs: NOW, answeredMsAgo: 0 }

const GROUP: Group = aGroup()
GROUP.services = ['service']
for (const node of GROUP.nodes) {
  node.services = [0, 1].map(() => ({ state: 'running', sinceMs: NOW }))
  node.bootId = 'boot-1'
}
export const ANSWER = answerTo(GROUP, 0, NOW)

/** The real group of what is kept here. The other set of users moves for ever, so that nobody serves it. */
export function withGroup(next: Doors, answering: NodeIndex | null, change: (draft: Draft) => void): void {
  const times = next.isShort ? SETTINGS : LONG_SETTINGS
  const group: Group = {
    ...GROUP,
    settings: { ...GROUP.settings, ...times, initializationTimeoutMs: times.keepAliveTimeoutMs },
    epoch: next.epoch,
    earlierTimeout:
      next.earlierUntilMs === null
        ? null
        : { timeoutMs: LONG_SETTINGS.keepAliveTimeoutMs, untilMs: NOW + next.earlierUntilMs },
    nodes: GROUP.nodes.map((node, index) => {
      const { incarnation, sequence, lastAtMs, epoch, goodBye } = next.records[index as NodeIndex]
      return {
        ...node,
        state: next.initializing[index] ? ('Initializing' as const) : ('Normal' as const),
        sinceMs: NOW + next.madeAtMs,
        okSinceMs: NOW + next.madeAtMs,
        incarnation,
        sequence,
        lastAtMs: NOW + lastAtMs,
        lastOkAtMs: NOW,
        acknowledgedEpoch: epoch,
        leaving: goodBye && ('shutdown' as const),
        open: goodBye === 'open' ? ([0] as NodeIndex[]) : [],
        set:
          index === 0
            ? { owner: next.owner, moving: next.moving && { ...next.moving, untilMs: NOW + next.moving.untilMs } }
            : { owner: 1 as const, moving: { to: 0 as const, untilMs: Number.POSITIVE_INFINITY, released: false } },
      }
    }),
    commands: [],
    incidents: [],
    outbox: [],
  }
  const draft = draftUpon(group, NOW, answering)
  change(draft)
  for (const index of BOTH) {
    const { incarnation, sequence, lastAtMs, acknowledgedEpoch, leaving, open } = draft.group.nodes[index] as NodeRecord
    const goodBye = leaving && (open.includes(0) ? 'open' : 'closed')
    next.records[index] = { incarnation, sequence, lastAtMs: lastAtMs - NOW, epoch: acknowledgedEpoch, goodBye }
  }
  const [isFirst = false, isSecond = false] = draft.group.nodes.map(({ state }) => state === 'Initializing')
  next.initializing = [isFirst, isSecond]
  const { set } = draft.group.nodes[0] as NodeRecord
  next.owner = set.owner
  next.moving = set.moving && { ...set.moving, untilMs: set.moving.untilMs - NOW }
}

/** The real agent of what is kept here. */
export function coreOf(agent: Agent, index: NodeIndex): AgentCore {
  const settings = { ...ANSWER.settings, keepAliveIntervalMs: SETTINGS.keepAliveIntervalMs }
  const terms = { ...ANSWER, settings, serve: agent.served ? [HOME] : [] }
  const core = createCore(NAMES[index], agent.incarnation, { group: 'pair', epoch: agent.epoch, terms })
  // An agent that has not heard an answer yet may have had to wait for one in vain.
  core.missed = 1
  core.sequence = agent.sequence
  if (agent.outstanding) {
    const { sequence, sentAtMs } = agent.outstanding
    core.outstanding = { sequence, sentAtMs: NOW + sentAtMs, results: [], orders: [] }
  }
  core.heardSentAtMs = agent.heardSentAtMs === null ? null : NOW + agent.heardSentAtMs
  if (agent.doorMs !== null) core.doors = { [HOME]: NOW + agent.doorMs }
  core.open = isOpen(agent) ? [HOME] : []
  core.noOpenMs = agent.noOpenMs > 0 ? { [HOME]: NOW + agent.noOpenMs } : {}
  core.assumed = { untilMs: NOW + agent.assumedMs, except: agent.isExcepted ? [HOME] : [] }
  return core
}

export function keep(agent: Agent, core: AgentCore): void {
  agent.incarnation = core.incarnation
  agent.sequence = core.sequence
  agent.epoch = core.epoch
  agent.outstanding = core.outstanding && {
    sequence: core.outstanding.sequence,
    sentAtMs: core.outstanding.sentAtMs - NOW,
  }
  agent.heardSentAtMs = core.heardSentAtMs === null ? null : core.heardSentAtMs - NOW
  const until = core.doors[HOME]
  agent.doorMs = typeof until === 'number' ? until - NOW : null
  agent.served = core.terms?.serve.includes(HOME) ?? false
  agent.noOpenMs = (core.noOpenMs[HOME] ?? NOW) - NOW
  agent.assumedMs = core.assumed.untilMs - NOW
  agent.isExcepted = core.assumed.except.includes(HOME)
}

export function withCore(agent: Agent, index: NodeIndex, change: (core: AgentCore) => void): void {
  const core = coreOf(agent, index)
  change(core)
  keep(agent, core)
}
