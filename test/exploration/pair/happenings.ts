import type { Draft } from '../../../domain/draft.ts'
import { factsOf, type Occurrence } from '../../../domain/facts.ts'
import { acknowledge, setMaintenance } from '../../../domain/maintenance.ts'
import { firstMatch } from '../../../domain/match.ts'
import type { CommandKind, NodeIndex, StepName } from '../../../domain/model.ts'
import type { Step, StepKind } from '../search.ts'
import { copy } from '../search.ts'
import { Consequences, type News } from './consequences.ts'
import type { Decision } from './decisions.ts'
import {
  AWHILE,
  BOTH,
  faultsOf,
  isDown,
  LONG_AGO,
  mayFallBackSoon,
  NOW,
  nodeOf,
  normalised,
  type Pair,
  peerIndex,
  USED_UP,
  WAITED,
  WATCHED,
} from './pair.ts'
import type { Scope } from './scopes.ts'

const STEPS: Record<CommandKind, Exclude<StepName, 'Release'>> = {
  takeOver: 'TakeOver',
  stopServices: 'StopServices',
  startServices: 'StartServices',
  takeBack: 'TakeBack',
  restart: 'Restart',
}

/** All that may happen to a pair. */
export class Happenings {
  readonly #scope: Scope
  readonly #then: Consequences

  constructor(scope: Scope, onDecision: (decision: Decision) => void) {
    this.#scope = scope
    this.#then = new Consequences(onDecision)
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
        this.#then.decide(next, { kind: 'look' })
      })
    }
    if (voice !== 'speaks') return
    if (node.okSinceMs > WATCHED) {
      const isAwaited = node.okSinceMs > AWHILE && node.state === 'Normal' && truth[peerIndex(index)].voice !== 'speaks'
      if (isAwaited)
        add(`${node.name} is heard for two intervals`, 'calm', (next) => this.#then.heardSince(next, index, AWHILE))
      add(`${node.name} is heard for the timeout`, 'calm', (next) => this.#then.heardSince(next, index, WATCHED))
    } else if (node.state === 'Initializing' && node.okSinceMs > WAITED) {
      add(`${node.name} has waited for the initialization timeout`, 'calm', (next) => {
        nodeOf(next, index).sinceMs = WAITED
        this.#then.heardSince(next, index, WAITED)
      })
    }
    const isFailing = node.services.some(({ state, sinceMs }) => state !== 'running' && sinceMs === NOW)
    const isLongHealthy = node.services.every(({ state, sinceMs }) => state === 'running' && sinceMs !== NOW)
    if (isFailing) {
      add(`the critical service delay of ${node.name} passes`, 'calm', (next) => this.#then.last(next, index))
      this.#passesUnseen(pair, index, add)
    }
    if (node.state === 'FailedOver' && !isLongHealthy && !isFailing && group.settings.automaticFallbackEnabled) {
      add(`the fallback delay of ${node.name} passes`, 'calm', (next) => this.#then.last(next, index))
    }
  }

  /** The delay passes, and the next to be heard is the peer, with bad news of its own. */
  #passesUnseen(pair: Pair, index: NodeIndex, add: Add): void {
    const peer = peerIndex(index)
    const { voice, fenced } = pair.truth[peer]
    if (!this.#scope.fences || voice !== 'speaks' || fenced) return
    const [name, other] = [nodeOf(pair, index).name, nodeOf(pair, peer).name]
    add(`the critical service delay of ${name} passes, and ${other} is fenced on the node itself`, 'fault', (next) => {
      for (const service of nodeOf(next, index).services) service.sinceMs = LONG_AGO
      this.#fence(next, peer)
    })
  }

  /** Who is heard, and who hears. */
  #voice(pair: Pair, index: NodeIndex, add: Add): void {
    const { truth } = pair
    const peer = peerIndex(index)
    const node = nodeOf(pair, index)
    const { voice, held } = truth[index]
    if (voice === 'speaks') {
      add(`${node.name} heartbeats`, 'calm', (next) => this.#then.beat(next, index))
      add(`${node.name} falls silent`, 'fault', (next) => this.#then.fallSilent(next, index, false))
      this.#anew(pair, index, add)
      this.#roads(pair, index, add)
      return
    }
    if (voice === 'deaf') {
      add(`${node.name} is heard, and does not hear`, 'calm', (next) => this.#then.beat(next, index, { deaf: true }))
      add(`${node.name} falls silent`, 'fault', (next) => this.#then.fallSilent(next, index, false))
    }
    if (node.leaving && node.lastAtMs === NOW) {
      add(`${node.name} is not heard for the timeout`, 'calm', (next) => this.#then.fallSilent(next, index, false))
    }
    if (held) {
      add(`${node.name} loses its peer, too`, 'fault', (next) => {
        Object.assign(next.truth[index], { held: false, doors: [false, false] })
        if (next.truth[peer].voice === 'speaks') this.#then.beat(next, peer)
      })
    }
    this.#returns(pair, index, add)
  }

  #anew(pair: Pair, index: NodeIndex, add: Add): void {
    const { name } = nodeOf(pair, index)
    const { fenced } = pair.truth[index]
    if (this.#scope.anew) {
      add(`${name} is heard again after a gap`, 'fault', (next) => this.#then.heardSince(next, index, NOW))
      add(`the agent of ${name} restarts in time`, 'fault', (next) => this.#then.beat(next, index, { anew: 'agent' }))
      add(`the peer of ${name} is not heard for the timeout when its host says good-bye`, 'fault', (next) => {
        this.#then.silence(next, peerIndex(index), false)
        this.#then.beat(next, index, { leaving: true })
      })
    }
    if (this.#scope.anew || this.#scope.maintenance) {
      add(`the host of ${name} says good-bye`, 'fault', (next) => this.#then.beat(next, index, { leaving: true }))
    }
    if (!this.#scope.fences) return
    add(`${name} is ${fenced ? 'released' : 'fenced'} on the node itself`, fenced ? 'repair' : 'fault', (next) => {
      if (!fenced) return this.#fence(next, index)
      next.truth[index].fenced = false
      this.#then.beat(next, index)
    })
  }

  #fence(next: Pair, index: NodeIndex): void {
    Object.assign(next.truth[index], { fenced: true, doors: [false, false] })
    this.#then.beat(next, index)
  }

  #roads(pair: Pair, index: NodeIndex, add: Add): void {
    if (!this.#scope.roads) return
    const { name } = nodeOf(pair, index)
    const peer = peerIndex(index)
    add(`the answers to ${name} get lost`, 'fault', (next) => this.#then.beat(next, index, { deaf: true }))
    if (pair.truth[peer].voice !== 'speaks' || !pair.truth[index].doors.includes(true)) return
    add(`the road of ${name} is lost, and its peer promises its doors`, 'fault', (next) => {
      this.#then.fallSilent(next, index, true)
      this.#then.beat(next, peer)
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
        if (nodeOf(next, index).services.every(({ state }) => state !== 'stopped')) this.#then.turn(next, index, down)
        this.#then.beat(next, index, anew ? { anew } : {})
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
      this.#then.turn(next, index, place)
      this.#then.beat(next, index)
    }
    if (down >= 0) {
      add(`all services of ${name} run again`, 'repair', report(null))
      if (this.#scope.bothServices && down === 0 && services[1]?.state === 'running') {
        add(`the database service of ${name} fails, too`, 'change', (next) => {
          nodeOf(next, index).services[1] = { state: 'failed', sinceMs: NOW }
          this.#then.beat(next, index)
        })
      }
    } else if (this.#scope.services) {
      add(`a critical service of ${name} fails`, 'fault', report(0))
      add(`the database service of ${name} fails`, 'fault', report(1))
    }
  }

  /** The agent carries out what was ordered, or the workflow gives it up. */
  #orders(pair: Pair, index: NodeIndex, add: Add): void {
    const { group, truth } = pair
    const speaks = truth[index].voice === 'speaks'
    for (const command of group.commands.filter(({ node, result }) => node === index && !result)) {
      const { name } = nodeOf(pair, index)
      if (speaks)
        add(`${name} carries out ${command.kind}`, 'calm', (next) => this.#then.carryOut(next, index, command))
      if (command.transition !== group.transition?.id) continue
      add(`the workflow gives up ${command.kind} of ${name}`, speaks ? 'fault' : 'calm', (next) =>
        this.#then.giveUp(next, command.transition, STEPS[command.kind]),
      )
    }
  }

  #requests(pair: Pair, index: NodeIndex, add: Add): void {
    const { name } = nodeOf(pair, index)
    for (const action of ['failover', 'fallback'] as const) {
      const request = { kind: 'request', action, node: index, by: 'operator', id: 'asked' } as const
      if (!isTaken(pair, request)) continue
      add(`an operator asks for a ${action} of ${name}`, 'operator', (next) => this.#then.decide(next, request))
      add(`${name} is not heard for the timeout when an operator asks for a ${action}`, 'fault', (next) => {
        this.#then.silence(next, index, false)
        this.#then.decide(next, request)
      })
    }
  }

  #group(pair: Pair, add: Add): void {
    const { group } = pair
    const request = { kind: 'request', action: 'recovery', by: 'operator', id: 'asked' } as const
    if (isTaken(pair, request)) {
      add('an operator asks for a recovery', 'operator', (next) => this.#then.decide(next, request))
    }
    const { transition, commands } = group
    if (transition?.kind === 'recovery' && commands.every(({ result }) => result)) {
      add('the recovery is given up, because it does not come to Normal', 'calm', (next) =>
        this.#then.giveUp(next, transition.id, 'StartServices'),
      )
    }
    if (isTaken(pair, { kind: 'look' }))
      add('the sweeper looks', 'calm', (next) => this.#then.decide(next, { kind: 'look' }))
    add('both nodes fall silent', 'fault', (next) => {
      for (const index of BOTH) this.#then.fallSilent(next, index, false)
    })
    this.#restraints(pair, add)
  }

  #restraints(pair: Pair, add: Add): void {
    const { group } = pair
    const { maintenance, cutOffs, brake } = this.#scope
    const look = (change: (draft: Draft) => void) => (next: Pair) => this.#then.look(next, change)
    if (maintenance) {
      const wanted = group.maintenance ? null : { reason: 'work', untilMs: null }
      const name = wanted ? 'maintenance begins' : 'maintenance ends'
      add(
        name,
        wanted ? 'change' : 'repair',
        look((draft) => setMaintenance(draft, null, wanted, 'operator')),
      )
    }
    if (brake && pair.truth.some(({ voice }) => voice !== 'speaks')) {
      const name = pair.brake ? 'the fleet brake is released' : 'the fleet brake holds'
      add(name, pair.brake ? 'repair' : 'change', (next) => {
        next.brake = !pair.brake
      })
    }
    if (!cutOffs) return
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
  }
}

type Add = (name: string, kind: StepKind, happen: (next: Pair) => void) => void

/** Whether any row takes it; else nothing happens. */
const isTaken = ({ group }: Pair, occurrence: Occurrence): boolean =>
  firstMatch(group, factsOf(group, NOW, occurrence)) !== null
