import type { Heartbeat } from './contract/heartbeat.ts'
import { decide, draftOf } from './decide.ts'
import type { Draft } from './draft.ts'
import { isPresent } from './facts.ts'
import { absorb, answerTo } from './heartbeat.ts'
import type { Effect, Group, NodeIndex, NodeRecord, ServiceRecord } from './model.ts'
import { peerOf } from './model.ts'

/** An agent that answers as it should: it holds the doors that it is granted, and every command succeeds at once. */
interface PlayedAgent {
  open: string[]
  services: ServiceRecord[]
  isNew: boolean
  results: { id: string; ok: boolean; output: string; durationMs: number }[]
}

/**
 * A group that is played forward in time by its own heartbeats, decisions and answers, on a copy: what would happen if
 * every node that is heard does what it is told. A node that is not heard says nothing.
 */
export class Play {
  group: Group
  nowMs: number
  /** Rows that fired since this was last emptied, in order. */
  fired: number[] = []
  /** All that was decided to be told. */
  readonly events: Extract<Effect, { kind: 'event' }>[] = []
  readonly #agents: Map<NodeIndex, PlayedAgent>

  constructor(group: Group, nowMs: number) {
    this.group = { ...structuredClone(group), outbox: [] }
    this.nowMs = nowMs
    this.#agents = new Map()
    for (const index of [0, 1] as const) {
      const node = group.nodes[index]
      if (!node || !isPresent(group, node, nowMs)) continue
      const open = node.open.map((set) => group.nodes[set]?.name ?? '')
      this.#agents.set(index, { open, services: structuredClone(node.services), isNew: false, results: [] })
    }
  }

  /** Takes over what was decided on a draft of this group. */
  take(draft: Draft): void {
    this.fired.push(...draft.fired)
    for (const effect of draft.group.outbox) if (effect.kind === 'event') this.events.push(effect)
    this.group = { ...draft.group, version: draft.group.version + 1, outbox: [] }
  }

  draft(answering: NodeIndex | null = null): Draft {
    return draftOf(this.group, this.nowMs, answering)
  }

  /** Whether the agent of that node answers. */
  hears(index: NodeIndex): boolean {
    return this.#agents.has(index)
  }

  /** A heartbeat of each node that is heard. Answers whether an agent has now something else to say. */
  round(): boolean {
    let isNews = false
    for (const [index, agent] of this.#agents) isNews = this.#beat(index, agent) || isNews
    return isNews
  }

  #beat(index: NodeIndex, agent: PlayedAgent): boolean {
    this.nowMs += 1
    const draft = this.draft(index)
    const { restarted } = absorb(draft, index, this.#heartbeat(index, agent))
    decide(draft, { kind: 'heartbeat', node: index, restarted })
    const before = fingerprint(this.group)
    this.take(draft)
    agent.isNew = false
    agent.results = []
    const isDecided = fingerprint(this.group) !== before
    return this.#hear(index, agent) || isDecided
  }

  /** Does what the answer says; answers whether there was anything to do. */
  #hear(index: NodeIndex, agent: PlayedAgent): boolean {
    const answer = answerTo(this.group, index, this.nowMs)
    const isMoved = answer.serve.join() !== agent.open.join()
    agent.open = answer.serve
    // Doors come first; the commands ride on the next answer, too.
    if (isMoved) return true
    for (const { id, kind } of answer.commands) {
      if (kind === 'restart') agent.isNew = true
      if (kind === 'startServices') turn(agent, 'running', this.nowMs)
      if (kind === 'stopServices') turn(agent, 'stopped', this.nowMs)
      agent.results.push({ id, ok: true, output: '', durationMs: 0 })
    }
    return agent.results.length > 0
  }

  #heartbeat(index: NodeIndex, agent: PlayedAgent): Heartbeat {
    const { group, nowMs } = this
    const node = group.nodes[index] as NodeRecord
    const report = (service: ServiceRecord = { state: 'unknown', sinceMs: nowMs }) => ({
      state: service.state,
      forMs: nowMs - service.sinceMs,
    })
    const peer = group.nodes[peerOf(index)]
    return {
      group: group.name,
      incarnation: agent.isNew ? node.incarnation + 1 : node.incarnation,
      sequence: agent.isNew ? 1 : node.sequence + 1,
      bootId: node.bootId,
      sentAtMs: nowMs,
      epoch: group.epoch,
      answeredMsAgo: 0,
      softwareVersion: node.softwareVersion,
      services: Object.fromEntries(group.services.map((name, place) => [name, report(agent.services[place])])),
      database: report(agent.services.at(-1)),
      replicationSetup: node.replicationSetup,
      gate: { open: agent.open, kind: node.gate },
      fenced: node.fenced,
      ...(node.relays && peer ? { peer: { heardMsAgo: 0, promises: [peer.name] } } : {}),
      ...(agent.results.length > 0 ? { commandResults: agent.results } : {}),
    }
  }
}

/** Nobody stops the database: it is no critical service. */
function turn(agent: PlayedAgent, state: 'running' | 'stopped', nowMs: number): void {
  const database = agent.services.length - 1
  agent.services = agent.services.map((service, place) =>
    service.state === state || (state === 'stopped' && place === database) ? service : { state, sinceMs: nowMs },
  )
}

/** All of a group that a decision changes, but for what every heartbeat writes. */
const fingerprint = ({ nodes, transition, commands }: Group): string =>
  JSON.stringify([
    nodes.map(({ state, reason, set, services }) => [state, reason, set, services]),
    transition,
    commands,
  ])
