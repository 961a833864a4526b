import type { Pong } from '../../apps/agent/peer/failsafe.ts'
import { type Journal, type NumberedPing, type Post, type SendPing, SimulatedAgent } from './agent.ts'
import { Host } from './host.ts'
import type { Timeline } from './timeline.ts'

const AGENT_RESTART_MS = 1000

/** One life of an agent's process, as what befalls it knows it. */
export interface AgentProcess {
  kill(): void
  /** Ends in good order. */
  stop(): void
  freeze(): void
  thaw(): void
  /** The host goes down [B10]. */
  sayGoodBye(leaving: 'shutdown' | 'reboot'): void
}

/** A host and the agents that live on it, one after the other. */
export abstract class HostWithAgent<Agent extends AgentProcess> {
  readonly name: string
  readonly host: Host
  protected agent: Agent | null = null
  readonly #say: (text: string) => void

  constructor(name: string, timeline: Timeline, say: (text: string) => void) {
    this.name = name
    this.host = new Host(name, timeline)
    this.#say = say
  }

  protected abstract beginAgent(): Agent

  /** An administrator closes every door on the node itself, until he releases them. */
  abstract setFenced(fenced: boolean): void

  get hasAgent(): boolean {
    return this.agent !== null
  }

  startAgent(): void {
    if (!this.host.isUp || this.agent) return
    this.agent = this.beginAgent()
    this.#say(`${this.name}: the agent starts`)
  }

  killAgent(): void {
    this.agent?.kill()
    this.agent = null
  }

  restartAgent(): void {
    this.agent?.stop()
    this.agent = null
    this.host.after(AGENT_RESTART_MS, () => this.startAgent())
  }

  freezeAgent(): void {
    this.agent?.freeze()
  }

  thawAgent(): void {
    this.agent?.thaw()
  }

  /** The host is gone from one moment to the next. */
  powerOff(): void {
    this.killAgent()
    this.host.powerOff()
  }

  /** The host goes down in good order [B10]. */
  shutDown(leaving: 'shutdown' | 'reboot'): void {
    this.agent?.sayGoodBye(leaving)
    this.powerOff()
  }

  powerOn(): void {
    this.host.powerOn()
    this.startAgent()
  }
}

/** A node that our control plane keeps. */
export class SimulatedNode extends HostWithAgent<SimulatedAgent> {
  readonly #post: Post
  readonly #sendPing: SendPing
  /** What outlives an agent. */
  readonly journal: Journal = {
    incarnation: 0,
    known: { epoch: 0 },
    commands: new Map(),
    onCommand: () => undefined,
    fenced: false,
    handedOver: null,
  }

  constructor(name: string, timeline: Timeline, post: Post, sendPing: SendPing, say: (text: string) => void) {
    super(name, timeline, say)
    this.#post = post
    this.#sendPing = sendPing
  }

  protected beginAgent(): SimulatedAgent {
    this.journal.incarnation += 1
    return new SimulatedAgent(this.host, this.journal, this.#post, this.#sendPing, () => this.restartAgent())
  }

  /** A ping that reaches the host; without an agent nobody answers it. */
  hear(ping: NumberedPing, answer: (pong: Pong) => void): void {
    this.agent?.hear(ping, answer)
  }

  setFenced(fenced: boolean): void {
    this.journal.fenced = fenced
    this.agent?.setFenced(fenced)
  }
}
