import type { Heartbeat } from '../../../domain/contract/heartbeat.ts'
import { decide, draftUpon, giveUp } from '../../../domain/decide.ts'
import type { Draft } from '../../../domain/draft.ts'
import type { Occurrence } from '../../../domain/facts.ts'
import { absorb, grants } from '../../../domain/heartbeat.ts'
import type { Command, NodeIndex, NodeRecord, StepName } from '../../../domain/model.ts'
import { copy } from '../search.ts'
import { contradiction } from './contradictions.ts'
import { brokenByDecision, type Decision } from './decisions.ts'
import { EPOCH, LATER, LONG_AGO, NOW, nodeOf, type Pair, peerIndex, type Truth } from './pair.ts'

/** What a heartbeat says that differs from the last one. */
export interface News {
  leaving?: boolean
  /** Its agent, or its host, has been started anew. */
  anew?: 'agent' | 'host'
  results?: Command[]
  /** The answer does not arrive, and none has for a while. */
  deaf?: boolean
}

/** What each happening comes to, by the real code; a decision that breaks what must hold throws. */
export class Consequences {
  readonly #onDecision: (decision: Decision) => void

  constructor(onDecision: (decision: Decision) => void) {
    this.#onDecision = onDecision
  }

  /** T has passed since its last heartbeat. Its doors have closed, unless its peer keeps them open. */
  silence(next: Pair, index: NodeIndex, held: boolean): void {
    const node = nodeOf(next, index)
    const truth = next.truth[index]
    Object.assign(truth, { voice: 'silent', held })
    if (!held && !truth.unleased) truth.doors = [false, false]
    node.lastAtMs = LONG_AGO
    node.lastOkAtMs = LONG_AGO
    for (const { set } of next.group.nodes) if (set.moving && set.owner === index) set.moving.untilMs = LONG_AGO
  }

  /** The same, and the group is looked at. */
  fallSilent(next: Pair, index: NodeIndex, held: boolean): void {
    this.silence(next, index, held)
    this.decide(next, { kind: 'look' })
  }

  /** One heartbeat, and its answer. */
  beat(next: Pair, index: NodeIndex, news: News = {}): void {
    const truth = next.truth[index]
    if (news.leaving || news.anew === 'host' || (news.deaf && !truth.unleased)) truth.doors = [false, false]
    if (news.leaving) truth.voice = 'silent'
    if (news.deaf) {
      truth.voice = 'deaf'
      nodeOf(next, index).lastOkAtMs = Math.min(nodeOf(next, index).lastOkAtMs, LONG_AGO)
    }
    this.#change(
      next,
      { kind: 'heartbeat', node: index, restarted: false },
      (draft) => {
        const { restarted } = absorb(draft, index, heartbeatOf(next, index, news))
        consider(draft, { kind: 'heartbeat', node: index, restarted, ...(next.brake ? { brake: 'holds' } : {}) })
      },
      { answering: index, results: news.results ?? [] },
    )
    if (!news.leaving && !news.deaf) this.#answer(next, index)
  }

  heardSince(next: Pair, index: NodeIndex, sinceMs: number): void {
    nodeOf(next, index).okSinceMs = sinceMs
    this.beat(next, index)
  }

  /** The services have been as they are for as long as anything waits. */
  last(next: Pair, index: NodeIndex): void {
    for (const service of nodeOf(next, index).services) service.sinceMs = LONG_AGO
    this.beat(next, index)
  }

  /** The service at that place is down, and all others run; null: all run. */
  turn(next: Pair, index: NodeIndex, down: number | null): void {
    const { services } = nodeOf(next, index)
    for (const [place, service] of services.entries()) {
      const runs = place !== down
      if ((service.state === 'running') === runs && service.state !== 'unknown') continue
      nodeOf(next, index).services[place] = { state: runs ? 'running' : 'failed', sinceMs: NOW }
    }
  }

  carryOut(next: Pair, index: NodeIndex, command: Command): void {
    const { kind } = command
    // The order came with an answer, and the doors come first.
    this.#answer(next, index)
    if (kind === 'startServices') this.turn(next, index, null)
    if (kind === 'stopServices') {
      if (next.truth[index].doors.includes(true)) throw new Error('a service is stopped only behind a closed door')
      nodeOf(next, index).services[0] = { state: 'stopped', sinceMs: NOW }
    }
    this.beat(next, index, { results: [command], ...(kind === 'restart' ? { anew: 'agent' } : {}) })
  }

  decide(next: Pair, occurrence: Occurrence): void {
    this.#change(next, occurrence, (draft) => consider(draft, occurrence))
  }

  /** Something is changed, and the group is looked at. */
  look(next: Pair, change: (draft: Draft) => void): void {
    this.#change(next, { kind: 'look' }, (draft) => {
      change(draft)
      consider(draft, { kind: 'look' })
    })
  }

  /** The workflow gives a step up. */
  giveUp(next: Pair, transition: string, step: Exclude<StepName, 'Release'>): void {
    const input = { transition, step, cause: 'given up' }
    this.#change(next, { kind: 'stepFailed', ...input }, (draft) => void giveUp(draft, input))
  }

  /** A door opens only where it is granted, is not fenced, and is not promised to the peer. */
  #answer(next: Pair, index: NodeIndex): void {
    const granted = grants(next.group, index)
    const peer = next.truth[peerIndex(index)]
    const truth = next.truth[index]
    truth.unleased = false
    truth.doors = [0, 1].map(
      (set) => !truth.fenced && granted.includes(set as NodeIndex) && !(peer.held && peer.doors[set]),
    ) as Truth['doors']
  }

  #change(
    next: Pair,
    occurrence: Occurrence,
    change: (draft: Draft) => void,
    of: Answered = { answering: null, results: [] },
  ): void {
    const before = next.group
    const draft = { ...draftUpon(copy(before), NOW, of.answering), occurrence, occurred: occurrence }
    change(draft)
    // The bound of a move that begins now lies ahead, unless its owner has not been heard for the timeout.
    for (const { set } of draft.group.nodes) {
      if (set.moving) set.moving.untilMs = set.moving.untilMs > NOW ? LATER : LONG_AGO
    }
    const decision = {
      before,
      after: draft.group,
      fired: draft.fired,
      occurrence: draft.occurred,
      results: of.results,
      truth: next.truth,
    }
    next.group = draft.group
    this.#onDecision(decision)
    const broken = brokenByDecision(decision)
    if (broken) throw new Error(broken)
  }
}

interface Answered {
  answering: NodeIndex | null
  results: readonly Command[]
}

/** Decides, where no two rows contradict each other. */
function consider(draft: Draft, occurrence: Occurrence): void {
  const contradicted = contradiction(draft.group, occurrence)
  if (contradicted) throw new Error(contradicted)
  decide(draft, occurrence)
}

function heartbeatOf({ group, truth }: Pair, index: NodeIndex, news: News): Heartbeat {
  const node = group.nodes[index] as NodeRecord
  const peer = truth[peerIndex(index)]
  const { doors, fenced } = truth[index]
  const namesOf = (open: readonly boolean[]) => group.nodes.filter((_, set) => open[set]).map(({ name }) => name)
  const [service, database] = node.services.map(({ state, sinceMs }) => ({ state, forMs: NOW - sinceMs }))
  const anew = news.anew !== undefined
  return {
    group: group.name,
    incarnation: node.incarnation + (anew ? 1 : 0),
    sequence: node.sequence + 1,
    bootId: news.anew === 'host' ? 'boot-2' : 'boot-1',
    sentAtMs: NOW,
    epoch: node.lastAtMs === 0 ? 0 : EPOCH,
    ...(news.deaf ? {} : { answeredMsAgo: 0 }),
    softwareVersion: '14.0',
    services: { service: service ?? { state: 'unknown', forMs: 0 } },
    database: database ?? { state: 'unknown', forMs: 0 },
    replicationSetup: 2,
    gate: { open: namesOf(doors), kind: 'front' },
    peer: { heardMsAgo: 0, promises: peer.held ? namesOf(peer.doors) : [] },
    ...(fenced ? { fenced } : {}),
    ...(news.leaving ? { leaving: 'reboot' as const } : {}),
    ...(news.results
      ? { commandResults: news.results.map(({ id }) => ({ id, ok: true, output: '', durationMs: 0 })) }
      : {}),
  }
}
