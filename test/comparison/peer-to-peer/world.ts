import {
  DEFAULT_SERVICE_PARAMETERS,
  type ServiceParameters,
  type Settings,
  settingsOf,
} from '../../../domain/settings.ts'
import type { Keeper, Stricken } from '../../simulation/inflict.ts'
import { Timeline } from '../../world/timeline.ts'
import { clockOf, type Way } from '../../world/world.ts'
import type { Request } from './judgement.ts'
import { type Message, PeerNode } from './node.ts'
import type { PairRecord } from './record.ts'

const LATENCY_MS: readonly number[] = [20]
/** The agents of a pair do not beat at the same moment. */
const SECOND_AGENT_MS = 7000

/** A pair of nodes that judge each other, and the road between them. */
export class PeerToPeerWorld implements Stricken {
  readonly timeline: Timeline
  readonly cloud = null
  readonly lost: Record<string, Set<Way>> = {}
  readonly nodes: readonly [PeerNode, PeerNode]
  /** Told of every change that a node makes, before it is made. */
  onChange: (by: PeerNode, record: PairRecord) => void = () => undefined
  /** Told what happens, in words. */
  say: (text: string) => void = () => undefined
  #settings: Settings
  #parameters: ServiceParameters
  #requests = 0
  #zeroMs = 0

  constructor(names: readonly [string, string], parameters: Partial<ServiceParameters> = {}) {
    this.timeline = new Timeline(0)
    this.#parameters = { ...DEFAULT_SERVICE_PARAMETERS, ...parameters }
    this.#settings = settingsOf(this.#parameters)
    for (const name of names) this.lost[name] = new Set()
    const pair = {
      settings: () => this.#settings,
      send: (from: PeerNode, message: Message) => this.#send(from, message),
      onChange: (by: PeerNode, record: PairRecord) => {
        this.say(
          `${by.name}: ${names.map((name, place) => `${name} ${record.states[place]}`).join(', ')} (${record.reason})`,
        )
        this.onChange(by, record)
      },
      askFailover: ({ name }: PeerNode) => void this.keeper.ask('failover', name),
      say: (text: string) => this.say(text),
    }
    this.nodes = [new PeerNode(0, names, this.timeline, pair), new PeerNode(1, names, this.timeline, pair)]
    for (const node of this.nodes) this.timeline.after(node.place * SECOND_AGENT_MS, () => node.start())
  }

  /** Until both nodes have heard each other. */
  async settle(): Promise<void> {
    await this.timeline.run(2 * SECOND_AGENT_MS, () => false)
    this.#zeroMs = this.timeline.nowMs
  }

  /** Time since then. */
  clock(): string {
    return clockOf(this.timeline.nowMs - this.#zeroMs)
  }

  node(name: string): PeerNode {
    const found = this.nodes.find((node) => node.name === name)
    if (!found) throw new Error(`there is no node "${name}"`)
    return found
  }

  arrivalsMs: Stricken['arrivalsMs'] = (name, way) => (this.lost[name]?.has(way) ? [] : LATENCY_MS)

  /** What an operator may ask for, of either node. */
  possible(): Request[] {
    return this.nodes.flatMap(({ answering }) => answering?.possible() ?? [])
  }

  /** An operator's requests, on whichever node takes them. A request that is made twice finds its work begun. */
  readonly keeper: Keeper = {
    newRequest: (action) => `${action}-request-${++this.#requests}`,
    ask: async (action, name) => {
      const wanted = (request: Request) =>
        request.action === action && (request.action === 'recovery' || this.nodes[request.node].name === name)
      for (const { answering } of this.nodes) {
        const request = answering?.possible().find(wanted)
        if (request) answering?.carryOut(request)
        if (request) return true
      }
      return false
    },
    set: async (parameters) => {
      this.#parameters = { ...this.#parameters, ...parameters }
      this.#settings = settingsOf(this.#parameters)
    },
  }

  #send(from: PeerNode, message: Message): void {
    const peer = this.nodes[from.place === 0 ? 1 : 0]
    for (const delayMs of this.arrivalsMs(from.name, 'to peer')) this.timeline.after(delayMs, () => peer.hear(message))
  }
}
