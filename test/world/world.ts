import type { Pong } from '../../apps/agent/peer/failsafe.ts'
import type { Heartbeat, HeartbeatAnswer } from '../../domain/contract/heartbeat.ts'
import type { Group } from '../../domain/model.ts'
import { ProblemError } from '../../functions/problem.ts'
import type { NumberedPing } from './agent.ts'
import { Cloud, Unavailable } from './cloud.ts'
import { describeEvent } from './event-text.ts'
import { SimulatedNode } from './node.ts'
import { Timeline } from './timeline.ts'

/** How long a message is under way, in each direction. */
const LATENCY_MS = 20
const SECOND_AGENT_MS = 7000
const WARM_UP_MS = 120_000

/** The ways of a node's messages. */
export const WAYS = ['to peer', 'to control plane', 'from control plane'] as const
export type Way = (typeof WAYS)[number]

/** What was seen of the world, for who watches over it. */
export type Sight =
  | { kind: 'door opens'; node: string; home: string }
  | { kind: 'door closes'; node: string; home: string }
  | { kind: 'commit'; before: Group | null; after: Group }

const NEVER: readonly number[] = []
const AFTER_LATENCY: readonly number[] = [LATENCY_MS]

/** A span as h:mm:ss.mmm. */
export function clockOf(spanMs: number): string {
  const ms = Math.round(spanMs)
  const pad = (value: number, digits: number) => String(value).padStart(digits, '0')
  const [hours, minutes, seconds] = [ms / 3_600_000, (ms / 60_000) % 60, (ms / 1000) % 60].map(Math.floor)
  return `${hours}:${pad(minutes ?? 0, 2)}:${pad(seconds ?? 0, 2)}.${pad(ms % 1000, 3)}`
}

/** Invariant S does not hold. */
export class ServedTwice extends Error {
  override name = 'ServedTwice'
}

interface DoorChange {
  atMs: number
  open: string[]
}

/** A pair of nodes, the roads between them and the control plane, and what was seen of it all. */
export class World {
  readonly timeline = new Timeline(Date.UTC(2026, 0, 31))
  /** When the pair was up; times are told from here on. */
  zeroMs = this.timeline.nowMs
  readonly cloud: Cloud
  /** How much of the history was looked through for what on-call was told. */
  mailRead = 0
  readonly nodes: Record<string, SimulatedNode> = {}
  /** The ways of each node on which its messages get lost. */
  readonly lost: Record<string, Set<Way>> = {}
  /** Told of what is seen, as it happens. */
  onSight: (sight: Sight) => void = () => undefined
  /** Nothing is noted where nobody reads it. */
  isQuiet = false
  #lines: string[] = []
  /** Of each set of users: which nodes' doors were open for it, from when on. */
  readonly #doors = new Map<string, DoorChange[]>()
  /** The nodes, in a form that is quick to walk. */
  readonly #pair: SimulatedNode[] = []

  /** `isFormatted`: what is written goes through the item's format, and loses what the table would lose. */
  constructor({ isFormatted } = { isFormatted: true }) {
    this.cloud = new Cloud(
      this.timeline,
      { isFormatted },
      (text) => this.say(text),
      (entry) => {
        if (!this.isQuiet) this.say(...describeEvent(entry, (at) => this.clock(Date.parse(at))))
      },
    )
    this.cloud.onCommit = (before, after) => this.onSight({ kind: 'commit', before, after })
  }

  /** Who decides about the pair. */
  get keeper(): Cloud {
    return this.cloud
  }

  node(name: string): SimulatedNode {
    const found = this.nodes[name]
    if (!found) throw new Error(`there is no node "${name}"; there are ${Object.keys(this.nodes).join(', ')}`)
    return found
  }

  /** The ways of a node on which its messages get lost. */
  lostOf(name: string): Set<Way> {
    return this.lost[this.node(name).name] as Set<Way>
  }

  /** How long each copy of a message is under way that arrives; none: it gets lost. */
  arrivalsMs: (name: string, way: Way) => readonly number[] = (name, way) =>
    this.lost[name]?.has(way) ? NEVER : AFTER_LATENCY

  /** Time since the pair was up, as h:mm:ss.mmm. */
  clock(atMs = this.timeline.nowMs): string {
    return clockOf(atMs - this.zeroMs)
  }

  /** Notes what is to be seen in a scenario. */
  say(...texts: string[]): void {
    if (this.isQuiet) return
    this.#lines.push(...texts.map((text) => `${this.clock()}  ${text}`))
  }

  /** What was noted since this was last asked. */
  takeLines(): string[] {
    const lines = this.#lines
    this.#lines = []
    return lines
  }

  /** Two nodes with their agents, in a group whose high availability is off. */
  async configure(names: readonly [string, string]): Promise<void> {
    await this.cloud.configure(names)
    for (const [index, name] of names.entries()) {
      const node = new SimulatedNode(
        name,
        this.timeline,
        (...call) => this.#post(...call),
        (...call) => this.#ping(...call),
        (text) => this.say(text),
      )
      this.nodes[name] = node
      this.#pair.push(node)
      this.lost[name] = new Set()
      this.#doors.set(name, [{ atMs: this.timeline.nowMs, open: [] }])
      this.timeline.after(index * SECOND_AGENT_MS, () => node.startAgent())
    }
  }

  /** A pair that has been Normal for a while; time counts from here on. */
  async pair(names: readonly [string, string]): Promise<void> {
    await this.configure(names)
    await this.run(2 * SECOND_AGENT_MS)
    await this.cloud.enableHighAvailability(true, false)
    await this.run(WARM_UP_MS)
    this.takeLines()
    this.zeroMs = this.timeline.nowMs
    for (const name of names) {
      const [last] = (this.#doors.get(name) ?? []).slice(-1)
      if (last) this.#doors.set(name, [{ ...last, atMs: this.zeroMs }])
    }
  }

  /** Lets time pass; `until` ends it, asked after everything that happens. */
  run(ms: number, until: () => boolean = () => false): Promise<void> {
    return this.timeline.run(ms, () => {
      this.look()
      return until()
    })
  }

  /** Sees which doors are open, and that no set of users ever has two (invariant S). */
  look(): void {
    let mayHaveTurned = false
    for (const { host } of this.#pair) if (host.mayHaveTurned()) mayHaveTurned = true
    if (mayHaveTurned) this.#lookClosely()
  }

  #lookClosely(): void {
    for (const [home, changes] of this.#doors) {
      const open = Object.values(this.nodes)
        .filter(({ host }) => host.openDoors().includes(home))
        .map(({ name }) => name)
      const before = changes.at(-1)?.open ?? []
      for (const name of before.filter((name) => !open.includes(name))) this.#seeDoor('closes', name, home)
      for (const name of open.filter((name) => !before.includes(name))) this.#seeDoor('opens', name, home)
      if (before.join() !== open.join()) changes.push({ atMs: this.timeline.nowMs, open })
      if (open.length > 1)
        throw new ServedTwice(`${this.clock()}: ${open.join(' and ')} both serve the users of ${home}`)
    }
  }

  #seeDoor(turn: 'opens' | 'closes', node: string, home: string): void {
    this.say(`${node} ${turn} to users of ${home}`)
    this.onSight({ kind: `door ${turn}`, node, home })
  }

  /** Who served a node's users, when. */
  doorsOf(home: string): string {
    const changes = this.#doors.get(home) ?? []
    const spans = changes.map(({ atMs, open }, index) => {
      const until = changes[index + 1]?.atMs
      return `${open[0] ?? 'nobody'} ${until === undefined ? `since ${this.clock(atMs)}` : `until ${this.clock(until)}`}`
    })
    return `users of ${home}: ${spans.join(', ')}`
  }

  /** Whose door is open for a node's users. */
  servedBy(home: string): string {
    return this.#doors.get(home)?.at(-1)?.open[0] ?? 'nobody'
  }

  /** For how long at most a node's users were served by nobody; one that lasts counts until now. */
  longestGapMs(home: string): number {
    const changes = this.#doors.get(home) ?? []
    const gaps = changes.map(({ atMs, open }, index) =>
      open.length > 0 ? 0 : (changes[index + 1]?.atMs ?? this.timeline.nowMs) - atMs,
    )
    return Math.max(0, ...gaps)
  }

  #post(name: string, heartbeat: Heartbeat, answered: (answer: HeartbeatAnswer) => void): void {
    for (const delayMs of this.arrivalsMs(name, 'to control plane')) {
      this.timeline.after(delayMs, async () => {
        const answer = await this.#answerOf(name, heartbeat)
        if (!answer) return
        for (const backMs of this.arrivalsMs(name, 'from control plane')) {
          this.timeline.after(backMs, () => answered(answer))
        }
      })
    }
  }

  #ping(name: string, ping: NumberedPing, answered: (pong: Pong) => void): void {
    const peer = this.#pair.find((node) => node.name !== name)
    if (!peer) return
    for (const delayMs of this.arrivalsMs(name, 'to peer')) {
      this.timeline.after(delayMs, () =>
        peer.hear(ping, (pong) => {
          for (const backMs of this.arrivalsMs(peer.name, 'to peer')) this.timeline.after(backMs, () => answered(pong))
        }),
      )
    }
  }

  /** Null: no answer comes. */
  async #answerOf(name: string, heartbeat: Heartbeat): Promise<HeartbeatAnswer | null> {
    try {
      return await this.cloud.accept(name, heartbeat)
    } catch (error) {
      if (error instanceof Unavailable || error instanceof ProblemError) return null
      throw error
    }
  }
}
