import type { Pong } from '../../apps/agent/peer/failsafe.ts'
import { type Journal, type NumberedPing, type Post, type SendPing, SimulatedAgent } from './agent.ts'
import { Host } from './host.ts'
import type { Timeline } from './timeline.ts'

const AGENT_RESTART_MS = 1000

/** A host and the agents that live on it, one after the other. */
export class SimulatedNode {
  readonly name: string
  readonly host: Host
  readonly #post: Post
  readonly #sendPing: SendPing
  readonly #say: (text: string) => void
  /** What outlives an agent. */
  readonly journal: Journal = {
    incarnation: 0,
    known: { epoch: 0 },
    commands: new Map(),
    onCommand: () => undefined,
    fenced: false,
    handedOver: null,
  }
  #agent: SimulatedAgent | null = null

  constructor(name: string, timeline: Timeline, post: Post, sendPing: SendPing, say: (text: string) => void) {
    this.name = name
    this.host = new Host(name, timeline)
    this.#post = post
    this.#sendPing = sendPing
    this.#say = say
  }

  get hasAgent(): boolean {
    return this.#agent !== null
  }

  startAgent(): void {
    if (!this.host.isUp || this.#agent) return
    this.journal.incarnation += 1
    this.#agent = new SimulatedAgent(this.host, this.journal, this.#post, this.#sendPing, () => this.restartAgent())
    this.#say(`${this.name}: the agent starts`)
  }

  /** A ping that reaches the host; without an agent nobody answers it. */
  hear(ping: NumberedPing, answer: (pong: Pong) => void): void {
    this.#agent?.hear(ping, answer)
  }

  killAgent(): void {
    this.#agent?.kill()
    this.#agent = null
  }

  restartAgent(): void {
    this.#agent?.stop()
    this.#agent = null
    this.host.after(AGENT_RESTART_MS, () => this.startAgent())
  }

  setFenced(fenced: boolean): void {
    this.journal.fenced = fenced
    this.#agent?.setFenced(fenced)
  }

  freezeAgent(): void {
    this.#agent?.freeze()
  }

  thawAgent(): void {
    this.#agent?.thaw()
  }

  /** The host is gone from one moment to the next. */
  powerOff(): void {
    this.killAgent()
    this.host.powerOff()
  }

  /** The host goes down in good order [B10]. */
  shutDown(leaving: 'shutdown' | 'reboot'): void {
    this.#agent?.sayGoodBye(leaving)
    this.powerOff()
  }

  powerOn(): void {
    this.host.powerOn()
    this.startAgent()
  }
}
