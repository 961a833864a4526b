import type { Heartbeat } from '../../domain/contract/heartbeat.ts'
import { decide, draftOf } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import type { Occurrence } from '../../domain/facts.ts'
import { absorb, answerTo } from '../../domain/heartbeat.ts'
import type { CommandKind, Group, NodeIndex, StepName } from '../../domain/model.ts'
import { leaseMs } from '../../domain/settings.ts'
import { allowedActions } from '../../domain/status.ts'
import { aGroup, INTERVAL, NOW, TIMEOUT } from './situation.ts'

/** What a node does with a command: it may do it, fail in it, or never end it. */
export type Skill = 'does' | 'fails' | 'hangs'

/** Something that may happen to a pair. */
export type Happening =
  /** Time passes; who is connected heartbeats all along. */
  | { what: 'time'; ms: number; connected: readonly [boolean, boolean] }
  /** One heartbeat; its answer may be lost on the way. */
  | { what: 'beat'; node: NodeIndex; answerLost: boolean }
  | { what: 'service' | 'database'; node: NodeIndex; runs: boolean }
  | { what: 'agent restart' | 'reboot' | 'good-bye'; node: NodeIndex }
  | { what: 'skill'; node: NodeIndex; skill: Skill }
  | { what: 'request'; action: 'failover' | 'fallback'; node: NodeIndex }
  | { what: 'recovery' }
  | { what: 'give up'; step: Exclude<StepName, 'Release'> }
  | { what: 'automatic fallback'; enabled: boolean }
  | { what: 'look' }

const COMMAND_OF: Record<Exclude<StepName, 'Release'>, CommandKind> = {
  TakeOver: 'takeOver',
  StopServices: 'stopServices',
  StartServices: 'startServices',
  TakeBack: 'takeBack',
  Restart: 'restart',
}

interface WalkedNode {
  incarnation: number
  sequence: number
  bootId: string
  services: { running: boolean; sinceMs: number }
  database: { running: boolean; sinceMs: number }
  /** When each door of this node closes by itself. */
  doors: Map<NodeIndex, number>
  answeredAtMs: number | null
  leaving: boolean
  skill: Skill
  results: NonNullable<Heartbeat['commandResults']>
}

/** A connected node heartbeats at least so often, whatever is asked of it. */
const SPACING = 1.5 * INTERVAL

/**
 * A group and two honest nodes: a door is open only under a lease that an answer gave, and what a heartbeat says of it
 * is true. Messages take no time, but may be lost. `check` is called after every decision, with what stood before it.
 */
export class Walker {
  group: Group
  nowMs = NOW
  readonly nodes: readonly [WalkedNode, WalkedNode]
  readonly fired = new Set<number>()
  #check: (walker: Walker, before: Group, draft: Draft) => void

  constructor(check: (walker: Walker, before: Group, draft: Draft) => void = () => undefined) {
    this.#check = check
    this.group = aGroup()
    const node = (index: NodeIndex): WalkedNode => ({
      incarnation: 1,
      sequence: 100,
      bootId: 'boot-1',
      services: { running: true, sinceMs: 0 },
      database: { running: true, sinceMs: 0 },
      doors: new Map([[index, NOW + leaseMs(this.group.settings)]]),
      answeredAtMs: NOW,
      leaving: false,
      skill: 'does',
      results: [],
    })
    this.nodes = [node(0), node(1)]
  }

  /** Doors of a set that are open now, on whichever node. */
  openDoors(set: NodeIndex): NodeIndex[] {
    return ([0, 1] as const).filter((index) => (this.nodes[index].doors.get(set) ?? 0) > this.nowMs)
  }

  happen(it: Happening): void {
    if (it.what === 'time') this.#pass(it.ms, it.connected)
    else if (it.what === 'beat') this.beat(it.node, it.answerLost)
    else if (it.what === 'service' || it.what === 'database') this.#turn(it.node, it.what, it.runs)
    else if (it.what === 'skill') this.nodes[it.node].skill = it.skill
    else if (it.what === 'request') this.#ask(it.action, it.node)
    else if (it.what === 'recovery') this.#askRecovery()
    else if (it.what === 'give up') this.#giveUp(it.step)
    else if (it.what === 'automatic fallback') this.group.settings.automaticFallbackEnabled = it.enabled
    else if (it.what === 'look') this.decide({ kind: 'look' })
    else this.#restart(it.node, it.what)
  }

  #ask(action: 'failover' | 'fallback', node: NodeIndex): void {
    this.decide({ kind: 'request', action, node, by: 'operator', id: `${action}-${this.group.version}` })
  }

  #askRecovery(): void {
    this.decide({ kind: 'request', action: 'recovery', by: 'operator', id: `recovery-${this.group.version}` })
  }

  decide(occurrence: Occurrence): void {
    const draft = draftOf(this.group, this.nowMs)
    decide(draft, occurrence)
    this.#commit(draft)
  }

  #commit(draft: Draft): void {
    const before = this.group
    this.group = { ...draft.group, version: before.version + 1, outbox: [] }
    for (const row of draft.fired) this.fired.add(row)
    this.#check(this, before, draft)
  }

  #pass(ms: number, connected: readonly [boolean, boolean]): void {
    const endMs = this.nowMs + ms
    while (this.nowMs < endMs) {
      this.nowMs = Math.min(endMs, this.nowMs + SPACING)
      // The sweeper, or a workflow's step, may be first.
      this.decide({ kind: 'look' })
      for (const index of [0, 1] as const) if (connected[index]) this.beat(index)
    }
  }

  beat(index: NodeIndex, answerLost = false): void {
    const node = this.nodes[index]
    node.sequence += 1
    const draft = draftOf(this.group, this.nowMs, index)
    const heartbeat = this.#heartbeat(index)
    const { restarted } = absorb(draft, index, heartbeat)
    decide(draft, { kind: 'heartbeat', node: index, restarted })
    this.#commit(draft)
    if (!answerLost) this.#answer(index)
  }

  #heartbeat(index: NodeIndex): Heartbeat {
    const node = this.nodes[index]
    const report = ({ running, sinceMs }: WalkedNode['services']) => ({
      state: running ? ('running' as const) : ('failed' as const),
      forMs: this.nowMs - sinceMs,
    })
    const names = this.group.nodes.map(({ name }) => name)
    return {
      group: this.group.name,
      incarnation: node.incarnation,
      sequence: node.sequence,
      bootId: node.bootId,
      sentAtMs: this.nowMs,
      epoch: this.group.epoch,
      ...(node.answeredAtMs === null ? {} : { answeredMsAgo: this.nowMs - node.answeredAtMs }),
      softwareVersion: '14.0',
      services: Object.fromEntries(this.group.services.map((name) => [name, report(node.services)])),
      database: report(node.database),
      replicationSetup: 2,
      gate: {
        open: ([0, 1] as const).filter((set) => this.openDoors(set).includes(index)).map((set) => names[set] ?? ''),
        kind: 'front',
      },
      commandResults: node.results,
      ...(node.leaving ? { leaving: 'reboot' as const } : {}),
    }
  }

  /** The doors first, then the commands; a result is told at once. */
  #answer(index: NodeIndex): void {
    const node = this.nodes[index]
    node.answeredAtMs = this.nowMs
    node.results = []
    if (node.leaving) return
    const answer = answerTo(this.group, index, this.nowMs)
    const names = this.group.nodes.map(({ name }) => name)
    const granted = ([0, 1] as const).filter((set) => answer.serve.includes(names[set] ?? ''))
    node.doors = new Map(granted.map((set) => [set, this.nowMs + (answer.leaseMs ?? 0)]))
    for (const { id, kind } of answer.commands) this.#carryOut(index, id, kind)
    if (node.results.length > 0) this.beat(index)
  }

  #carryOut(index: NodeIndex, id: string, kind: CommandKind): void {
    const node = this.nodes[index]
    if (node.skill === 'hangs') return
    const ok = node.skill === 'does'
    if (ok && kind === 'startServices') {
      if (!node.services.running) node.services = { running: true, sinceMs: this.nowMs }
      if (!node.database.running) node.database = { running: true, sinceMs: this.nowMs }
    }
    if (ok && kind === 'stopServices') node.services = { running: false, sinceMs: this.nowMs }
    if (ok && kind === 'restart') this.#restart(index, 'agent restart')
    node.results.push({ id, ok, output: '', durationMs: 1 })
  }

  #turn(index: NodeIndex, what: 'service' | 'database', running: boolean): void {
    const node = this.nodes[index]
    const which = what === 'service' ? 'services' : 'database'
    if (node[which].running !== running) node[which] = { running, sinceMs: this.nowMs }
  }

  /** An agent that restarts finds its doors as they are; a boot closes them, and so does a good-bye. */
  #restart(index: NodeIndex, what: 'agent restart' | 'reboot' | 'good-bye'): void {
    const node = this.nodes[index]
    if (what !== 'agent restart') node.doors.clear()
    node.leaving = what === 'good-bye'
    if (node.leaving) return
    node.incarnation += 1
    node.sequence = 0
    node.answeredAtMs = null
    if (what === 'reboot') node.bootId = `boot-${node.incarnation}`
  }

  /** A workflow gives a step up only where its command was given, and is not done. */
  #giveUp(step: Exclude<StepName, 'Release'>): void {
    const { transition, commands } = this.group
    if (!transition) return
    const of = commands.filter((each) => each.transition === transition.id && each.kind === COMMAND_OF[step])
    const isDone = (index: NodeIndex) => of.some(({ node, result }) => node === index && result?.ok)
    if (of.every(({ node }) => isDone(node))) return
    this.decide({ kind: 'stepFailed', step, transition: transition.id, cause: 'given up' })
  }

  /**
   * All is repaired, and an operator does what the status says may be done, until both nodes are Normal. Answers
   * whether they came to it.
   */
  recover(): boolean {
    for (const index of [0, 1] as const) {
      this.happen({ what: 'service', node: index, runs: true })
      this.happen({ what: 'database', node: index, runs: true })
      this.nodes[index].skill = 'does'
      this.nodes[index].leaving = false
    }
    for (let tries = 0; tries < 8; tries++) {
      this.#pass(2 * TIMEOUT, [true, true])
      if (this.group.nodes.every(({ state }) => state === 'Normal')) return true
      for (const step of Object.keys(COMMAND_OF)) this.#giveUp(step as Exclude<StepName, 'Release'>)
      const [allowed] = allowedActions(this.group, this.nowMs)
      if (!allowed || allowed.action === 'failover') continue
      const node = this.group.nodes.findIndex(({ name }) => name === allowed.node) as NodeIndex
      if (allowed.action === 'recovery') this.#askRecovery()
      else this.#ask('fallback', node)
    }
    return false
  }
}
