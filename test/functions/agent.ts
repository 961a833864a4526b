import type { Heartbeat, HeartbeatAnswer } from '../../domain/contract/heartbeat.ts'
import { DEFAULT_CRITICAL_SERVICES } from '../../domain/settings.ts'
import type { Answer, Api } from './api.ts'
import { expectStatus } from './api.ts'

/** Everything takes its course within moments; but on a busy machine, too, no agent is silent for the timeout. */
export const SHORT = {
  keepAliveTimeoutSeconds: 10,
  keepAliveIntervalSeconds: 0.2,
  initializationKeepAliveTimeoutSeconds: 10,
  criticalServiceDelaySeconds: 1,
}

const RUNNING = { state: 'running', forMs: 10_000 } as const

/** An agent reduced to what it says: its heartbeats, doors as granted, and commands that succeed at once. */
export class ScriptedAgent {
  readonly cluster: string
  readonly node: string
  readonly #api: Api
  readonly #path: string
  #sequence = 0
  #answer: HeartbeatAnswer | null = null
  #results: NonNullable<Heartbeat['commandResults']> = []
  /** What the next heartbeats say differently. */
  says: Partial<Heartbeat> = {}

  constructor(api: Api, cluster: string, node: string) {
    this.#api = api
    this.#path = `/clusters/${cluster}/nodes/${node}/heartbeats`
    this.cluster = cluster
    this.node = node
  }

  /** The next heartbeat; what is given here is said once. */
  next(once: Partial<Heartbeat> = {}): Heartbeat {
    this.#sequence += 1
    const answer = this.#answer
    return {
      ...(answer?.group === undefined ? {} : { group: answer.group }),
      incarnation: 1,
      sequence: this.#sequence,
      bootId: 'boot-1',
      sentAtMs: Date.now(),
      epoch: answer?.epoch ?? 0,
      ...(answer ? { answeredMsAgo: 0 } : {}),
      softwareVersion: '15.0',
      services: Object.fromEntries(DEFAULT_CRITICAL_SERVICES.map((name) => [name, RUNNING])),
      database: RUNNING,
      replicationSetup: 2,
      gate: { open: answer?.serve ?? [], kind: 'front' },
      ...(this.#results.length > 0 ? { commandResults: this.#results } : {}),
      ...this.says,
      ...once,
    }
  }

  post(heartbeat: object, as = this.node): Promise<Answer> {
    return this.#api.call('POST', this.#path, heartbeat, { as })
  }

  async beat(once: Partial<Heartbeat> = {}): Promise<HeartbeatAnswer> {
    const { body } = await expectStatus(200, this.post(this.next(once)))
    const answer = body as HeartbeatAnswer
    this.#answer = answer
    this.#results = answer.commands.map(({ id }) => ({ id, ok: true, output: '', durationMs: 1 }))
    return answer
  }
}

export const servicesWith = (state: 'stopped' | 'failed'): Heartbeat['services'] => ({
  ...Object.fromEntries(DEFAULT_CRITICAL_SERVICES.map((name) => [name, RUNNING])),
  'XCP Router': { state, forMs: 10_000 },
})

const LIMIT_MS = 20_000

/** Heartbeats of all these, as soon as each is asked to come back, until something holds. */
export async function beatUntil(agents: ScriptedAgent[], holds: () => Promise<boolean>): Promise<void> {
  const limitMs = performance.now() + LIMIT_MS
  while (!(await holds())) {
    if (performance.now() > limitMs) throw new Error(`waited ${LIMIT_MS} ms in vain for ${holds}`)
    const answers = await Promise.all(agents.map((agent) => agent.beat()))
    const soonestMs = Math.min(...answers.map(({ nextHeartbeatInMs }) => nextHeartbeatInMs))
    await new Promise((resolve) => setTimeout(resolve, soonestMs))
  }
}
