import type { Heartbeat } from '../../../domain/contract/heartbeat.ts'
import { decide, draftUpon, giveUp } from '../../../domain/decide.ts'
import type { Draft } from '../../../domain/draft.ts'
import { factsOf, type Occurrence } from '../../../domain/facts.ts'
import { absorb, grants } from '../../../domain/heartbeat.ts'
import { acknowledge, setMaintenance } from '../../../domain/maintenance.ts'
import { firstMatch } from '../../../domain/match.ts'
import type { Command, CommandKind, Group, NodeIndex, NodeRecord, StepName } from '../../../domain/model.ts'
import type { Step, StepKind } from '../search.ts'
import { copy } from '../search.ts'
import { contradiction } from './contradictions.ts'
import { brokenByDecision, type Decision } from './decisions.ts'
import {
  AWHILE,
  BOTH,
  EPOCH,
  faultsOf,
  isDown,
  LATER,
  LONG_AGO,
  mayFallBackSoon,
  NOW,
  normalised,
  type Pair,
  peerIndex,
  USED_UP,
  WAITED,
  WATCHED,
} from './pair.ts'
import type { Scope } from './scopes.ts'

/** What a heartbeat says that differs from the last one. */
interface News {
  leaving?: boolean
  /** Its agent, or its host, has been started anew. */
  anew?: 'agent' | 'host'
  results?: Command[]
  /** The answer does not arrive, and none has for a while. */
  deaf?: boolean
}

const STEPS: Record<CommandKind, Exclude<StepName, 'Release'>> = {
  takeOver: 'TakeOver',
  stopServices: 'StopServices',
  startServices: 'StartServices',
  takeBack: 'TakeBack',
  restart: 'Restart',
}

/** All that may happen to a pair, and what it comes to. */
export class Happenings {
  readonly #scope: Scope
  readonly #onDecision: (decision: Decision) => void

  constructor(scope: Scope, onDecision: (decision: Decision) => void) {
    this.#scope = scope
    this.#onDecision = onDecision
  }

  of(pair: Pair): Step<Pair>[] {
    const found: Step<Pair>[] = []
    const mayFail = faultsOf(pair) < this.#scope.faults
    const add = (name: string, kind: StepKind, happen: (next: Pair) => void) => {
      if (kind === 'fault' && !mayFail) return
      found.push(this.#step(pair, name, kind, happen))
    }
    for (const index of BOTH) {
      this.#time(pair, index, add)
      this.#voice(pair, index, add)
      this.#services(pair, index, add)
      this.#orders(pair, index, add)
      this.#requests(pair, index, add)
    }
    this.#group(pair, add)
    return found
  }

  #step(pair: Pair, name: string, kind: StepKind, happen: (next: Pair) => void): Step<Pair> {
    const next = copy(pair)
    try {
      happen(next)
      normalised(next)
      // Where nobody waits for a fallback it makes no difference whether users go home by themselves.
      if (this.#scope.automaticFallback && !mayFallBackSoon(next.group))
        next.group.settings.automaticFallbackEnabled = true
      return { name, kind, next }
    } catch (error) {
      return { name, kind, next, broken: (error as Error).message }
    }
  }

  /** What only waits to happen. */
  #time(pair: Pair, index: NodeIndex, add: Add): void {
    const { group, truth } = pair
    const node = nodeOf(pair, index)
    const { voice } = truth[index]
    const { set } = node
    if (set.moving && set.moving.untilMs > NOW) {
      add(`every lease for the users of ${node.name} has lapsed`, 'calm', (next) => {
        const { set: moved } = nodeOf(next, index)
        if (moved.moving) moved.moving.untilMs = LONG_AGO
        const { held, unleased } = next.truth[moved.owner]
        if (!held && !unleased) next.truth[moved.owner].doors[index] = false
        this.#decide(next, { kind: 'look' })
      })
    }
    if (voice !== 'speaks') return
    if (node.okSinceMs > WATCHED) {
      const isAwaited = node.okSinceMs > AWHILE && node.rebooted && node.state === 'Normal'
      if (isAwaited)
        add(`${node.name} is heard for two intervals`, 'calm', (next) => this.#heardSince(next, index, AWHILE))
      add(`${node.name} is heard for the timeout`, 'calm', (next) => this.#heardSince(next, index, WATCHED))
    } else if (node.state === 'Initializing' && node.okSinceMs > WAITED) {
      add(`${node.name} has waited for the initialization timeout`, 'calm', (next) => {
        nodeOf(next, index).sinceMs = WAITED
        this.#heardSince(next, index, WAITED)
      })
    }
    const isFailing = node.services.some(({ state, sinceMs }) => state !== 'running' && sinceMs === NOW)
    const isLongHealthy = node.services.every(({ state, sinceMs }) => state === 'running' && sinceMs !== NOW)
    if (isFailing) add(`the critical service delay of ${node.name} passes`, 'calm', (next) => this.#last(next, index))
    if (node.state === 'FailedOver' && !isLongHealthy && !isFailing && group.settings.automaticFallbackEnabled) {
      add(`the fallback delay of ${node.name} passes`, 'calm', (next) => this.#last(next, index))
    }
  }

  #heardSince(next: Pair, index: NodeIndex, sinceMs: number): void {
    nodeOf(next, index).okSinceMs = sinceMs
    this.#beat(next, index)
  }

  /** The services have been as they are for as long as anything waits. */
  #last(next: Pair, index: NodeIndex): void {
    for (const service of nodeOf(next, index).services) service.sinceMs = LONG_AGO
    this.#beat(next, index)
  }

  /** Who is heard, and who hears. */
  #voice(pair: Pair, index: NodeIndex, add: Add): void {
    const { truth } = pair
    const peer = peerIndex(index)
    const node = nodeOf(pair, index)
    const { voice, held } = truth[index]
    if (voice === 'speaks') {
      add(`${node.name} heartbeats`, 'calm', (next) => this.#beat(next, index))
      add(`${node.name} falls silent`, 'fault', (next) => this.#fallSilent(next, index, false))
      this.#anew(pair, index, add)
      this.#roads(pair, index, add)
      return
    }
    if (voice === 'deaf') {
      add(`${node.name} is heard, and does not hear`, 'calm', (next) => this.#beat(next, index, { deaf: true }))
      add(`${node.name} falls silent`, 'fault', (next) => this.#fallSilent(next, index, false))
    }
    if (node.leaving && node.lastAtMs === NOW) {
      add(`${node.name} is not heard for the timeout`, 'calm', (next) => this.#fallSilent(next, index, false))
    }
    if (held) {
      add(`${node.name} loses its peer, too`, 'fault', (next) => {
        Object.assign(next.truth[index], { held: false, doors: [false, false] })
        if (next.truth[peer].voice === 'speaks') this.#beat(next, peer)
      })
    }
    this.#returns(pair, index, add)
  }

  #anew(pair: Pair, index: NodeIndex, add: Add): void {
    const { name } = nodeOf(pair, index)
    const { fenced } = pair.truth[index]
    if (this.#scope.anew) {
      add(`${name} is heard again after a gap`, 'fault', (next) => this.#heardSince(next, index, NOW))
      add(`the agent of ${name} restarts in time`, 'fault', (next) => this.#beat(next, index, { anew: 'agent' }))
    }
    if (this.#scope.anew || this.#scope.maintenance) {
      add(`the host of ${name} says good-bye`, 'fault', (next) => this.#beat(next, index, { leaving: true }))
    }
    if (!this.#scope.fences) return
    add(`${name} is ${fenced ? 'released' : 'fenced'} on the node itself`, fenced ? 'repair' : 'fault', (next) => {
      next.truth[index].fenced = !fenced
      if (!fenced) next.truth[index].doors = [false, false]
      this.#beat(next, index)
    })
  }

  #roads(pair: Pair, index: NodeIndex, add: Add): void {
    if (!this.#scope.roads) return
    const { name } = nodeOf(pair, index)
    const peer = peerIndex(index)
    add(`the answers to ${name} get lost`, 'fault', (next) => this.#beat(next, index, { deaf: true }))
    if (pair.truth[peer].voice !== 'speaks' || !pair.truth[index].doors.includes(true)) return
    add(`the road of ${name} is lost, and its peer promises its doors`, 'fault', (next) => {
      this.#fallSilent(next, index, true)
      this.#beat(next, peer)
    })
  }

  #returns(pair: Pair, index: NodeIndex, add: Add): void {
    const { held } = pair.truth[index]
    const { name, lastAtMs } = nodeOf(pair, index)
    const back = (how: string, kind: StepKind, down: number | null, anew?: News['anew']) =>
      add(`${name} is heard again${how}`, kind, (next) => {
        if ((!held && !next.truth[index].unleased) || anew) next.truth[index].doors = [false, false]
        Object.assign(next.truth[index], { voice: 'speaks', held: false })
        // What was stopped on request stays so, across reboots too [B15].
        if (nodeOf(next, index).services.every(({ state }) => state !== 'stopped')) this.#turn(next, index, down)
        this.#beat(next, index, anew ? { anew } : {})
      })
    const hows =
      lastAtMs === 0 || !this.#scope.anew
        ? ([['']] as const)
        : ([[''], [' by a new agent', 'agent'], [' after a reboot', 'host']] as const)
    for (const [how, anew] of hows) {
      back(how, 'repair', null, anew)
      if (this.#scope.services) back(`${how}, with a critical service down`, 'change', 0, anew)
    }
  }

  #services(pair: Pair, index: NodeIndex, add: Add): void {
    const { name, services } = nodeOf(pair, index)
    if (pair.truth[index].voice !== 'speaks') return
    const down = services.findIndex(({ state }) => state !== 'running')
    const report = (place: number | null) => (next: Pair) => {
      this.#turn(next, index, place)
      this.#beat(next, index)
    }
    if (down >= 0) {
      add(`all services of ${name} run again`, 'repair', report(null))
    } else if (this.#scope.services) {
      add(`a critical service of ${name} fails`, 'fault', report(0))
      add(`the database service of ${name} fails`, 'fault', report(1))
    }
  }

  /** The service at that place is down, and all others run; null: all run. */
  #turn(next: Pair, index: NodeIndex, down: number | null): void {
    const { services } = nodeOf(next, index)
    for (const [place, service] of services.entries()) {
      const runs = place !== down
      if ((service.state === 'running') === runs && service.state !== 'unknown') continue
      nodeOf(next, index).services[place] = { state: runs ? 'running' : 'failed', sinceMs: NOW }
    }
  }

  /** The agent carries out what was ordered, or the workflow gives it up. */
  #orders(pair: Pair, index: NodeIndex, add: Add): void {
    const { group, truth } = pair
    const speaks = truth[index].voice === 'speaks'
    for (const command of group.commands.filter(({ node, result }) => node === index && !result)) {
      const { name } = nodeOf(pair, index)
      if (speaks) add(`${name} carries out ${command.kind}`, 'calm', (next) => this.#carryOut(next, index, command))
      if (command.transition !== group.transition?.id) continue
      add(`the workflow gives up ${command.kind} of ${name}`, speaks ? 'fault' : 'calm', (next) => {
        const input = { transition: command.transition, step: STEPS[command.kind], cause: 'given up' }
        const occurrence = { kind: 'stepFailed', ...input } as const
        this.#change(next, occurrence, (draft) => void giveUp(draft, input))
      })
    }
  }

  #carryOut(next: Pair, index: NodeIndex, command: Command): void {
    const { kind } = command
    // The order came with an answer, and the doors come first.
    this.#answer(next, index)
    if (kind === 'startServices') this.#turn(next, index, null)
    if (kind === 'stopServices') {
      if (next.truth[index].doors.includes(true)) throw new Error('a service is stopped only behind a closed door')
      nodeOf(next, index).services[0] = { state: 'stopped', sinceMs: NOW }
    }
    this.#beat(next, index, { results: [command], ...(kind === 'restart' ? { anew: 'agent' } : {}) })
  }

  #requests(pair: Pair, index: NodeIndex, add: Add): void {
    const { name } = nodeOf(pair, index)
    for (const action of ['failover', 'fallback'] as const) {
      const request = { kind: 'request', action, node: index, by: 'operator', id: 'asked' } as const
      if (!isTaken(pair, request)) continue
      add(`an operator asks for a ${action} of ${name}`, 'operator', (next) => this.#decide(next, request))
    }
  }

  #group(pair: Pair, add: Add): void {
    const { group } = pair
    const request = { kind: 'request', action: 'recovery', by: 'operator', id: 'asked' } as const
    if (isTaken(pair, request)) {
      add('an operator asks for a recovery', 'operator', (next) => this.#decide(next, request))
    }
    const { transition, commands } = group
    if (transition?.kind === 'recovery' && commands.every(({ result }) => result)) {
      add('the recovery is given up, because it does not come to Normal', 'calm', (next) => {
        const input = { transition: transition.id, step: 'StartServices', cause: 'given up' } as const
        this.#change(next, { kind: 'stepFailed', ...input }, (draft) => void giveUp(draft, input))
      })
    }
    if (isTaken(pair, { kind: 'look' }))
      add('the sweeper looks', 'calm', (next) => this.#decide(next, { kind: 'look' }))
    add('both nodes fall silent', 'fault', (next) => {
      for (const index of BOTH) this.#fallSilent(next, index, false)
    })
    this.#restraints(pair, add)
  }

  #restraints(pair: Pair, add: Add): void {
    const { group } = pair
    const { maintenance, restraints } = this.#scope
    const look = (change: (draft: Draft) => void) => (next: Pair) =>
      this.#change(next, { kind: 'look' }, (draft) => {
        change(draft)
        consider(draft, { kind: 'look' })
      })
    if (maintenance) {
      const wanted = group.maintenance ? null : { reason: 'work', untilMs: null }
      const name = wanted ? 'maintenance begins' : 'maintenance ends'
      add(
        name,
        wanted ? 'change' : 'repair',
        look((draft) => setMaintenance(draft, null, wanted, 'operator')),
      )
    }
    if (!restraints) return
    if (group.cutOffs.length > 0)
      add(
        'on-call acknowledges',
        'repair',
        look((draft) => void acknowledge(draft, 'on-call')),
      )
    const usesUp = (what: 'automaticFallbacksAtMs' | 'serviceMovesAtMs') =>
      look(({ group: of }) => {
        of[what] = [...USED_UP]
      })
    if (mayFallBackSoon(group) && group.automaticFallbacksAtMs.length === 0) {
      add('it was the third automatic fallback of this day', 'change', usesUp('automaticFallbacksAtMs'))
    }
    if (isDown(group) && group.serviceMovesAtMs.length === 0) {
      add('it was the third move for a service in this hour', 'change', usesUp('serviceMovesAtMs'))
    }
    const { automaticFallbackEnabled: isOn } = group.settings
    if (group.nodes.some(({ state }) => state === 'FailedOver')) {
      const turn = ({ group: of }: Draft) => {
        of.settings.automaticFallbackEnabled = !isOn
      }
      add(`automatic fallback is switched ${isOn ? 'off' : 'on'}`, isOn ? 'change' : 'repair', look(turn))
    }
    for (const node of BOTH) {
      const braked = { kind: 'heartbeat', node, restarted: false, brake: 'holds' } as const
      if (pair.truth[node].voice !== 'speaks' || !isTaken(pair, { kind: 'heartbeat', node, restarted: false })) continue
      add(`${nodeOf(pair, node).name} heartbeats while the fleet brake holds`, 'change', (next) =>
        this.#decide(next, braked),
      )
    }
  }

  /** T has passed since its last heartbeat. Its doors have closed, unless its peer keeps them open. */
  #fallSilent(next: Pair, index: NodeIndex, held: boolean): void {
    const node = nodeOf(next, index)
    const truth = next.truth[index]
    Object.assign(truth, { voice: 'silent', held })
    if (!held && !truth.unleased) truth.doors = [false, false]
    node.lastAtMs = LONG_AGO
    node.lastOkAtMs = LONG_AGO
    for (const { set } of next.group.nodes) if (set.moving && set.owner === index) set.moving.untilMs = LONG_AGO
    this.#decide(next, { kind: 'look' })
  }

  /** One heartbeat, and its answer. */
  #beat(next: Pair, index: NodeIndex, news: News = {}): void {
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
        consider(draft, { kind: 'heartbeat', node: index, restarted })
      },
      { answering: index, results: news.results ?? [] },
    )
    if (!news.leaving && !news.deaf) this.#answer(next, index)
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

  #decide(next: Pair, occurrence: Occurrence): void {
    this.#change(next, occurrence, (draft) => consider(draft, occurrence))
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
type Add = (name: string, kind: StepKind, happen: (next: Pair) => void) => void
type Truth = Pair['truth'][number]

const nodeOf = ({ group }: { group: Group }, index: NodeIndex): NodeRecord => group.nodes[index] as NodeRecord

/** Decides, where no two rows contradict each other. */
function consider(draft: Draft, occurrence: Occurrence): void {
  const contradicted = contradiction(draft.group, occurrence)
  if (contradicted) throw new Error(contradicted)
  decide(draft, occurrence)
}

/** Whether any row takes it; else nothing happens. */
const isTaken = ({ group }: Pair, occurrence: Occurrence): boolean =>
  firstMatch(group, factsOf(group, NOW, occurrence)) !== null

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
