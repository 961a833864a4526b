import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ON_CALL_FILE } from '../../apps/stage/stage.ts'
import type { HeartbeatAnswer } from '../../domain/contract/heartbeat.ts'
import type { Group, NodeRecord } from '../../domain/model.ts'
import { until } from '../stage/stage-under-test.ts'
import { beatUntil, ScriptedAgent, SHORT } from './agent.ts'
import type { Api } from './api.ts'
import { expectStatus } from './api.ts'

export const TIMEOUT_MS = SHORT.keepAliveTimeoutSeconds * 1000
export const CLUSTER = 'fleet'

/** A pair that is Normal: the first node's agent can fall silent, and the second's judges it. */
export class Pair {
  readonly #api: Api
  readonly group: string
  readonly dead: ScriptedAgent
  readonly survivor: ScriptedAgent
  readonly path: string

  constructor(api: Api, group: string) {
    this.#api = api
    this.group = group
    this.dead = new ScriptedAgent(api, CLUSTER, `${group}-dead`)
    this.survivor = new ScriptedAgent(api, CLUSTER, `${group}-survivor`)
    this.path = `/clusters/${CLUSTER}/groups/${group}`
  }

  get agents() {
    return [this.dead, this.survivor]
  }
  status = async () => (await this.#api.get(this.path)).body
  states = async () => (await this.status()).nodes.map(({ state }: { state: string }) => state).join(' ')
  isFailedOver = async () => (await this.states()) === 'FailedOverWithCriticalServicesNotRunning RunningInBackupMode'

  /** The silent node is heard again, and its users go home. */
  async comeHome(): Promise<void> {
    const ask = () => this.#api.post(`${this.path}/fallback`, { node: this.dead.node })
    await beatUntil(this.agents, async () => (await ask()).status === 202)
    await beatUntil(this.agents, async () => (await this.states()) === 'Normal Normal')
  }

  /** Time passes for the pair alone: one node was not heard for so long, and the other all the while. */
  async fallSilent(forMs = TIMEOUT_MS): Promise<void> {
    const nowMs = Date.now()
    await this.#alter(([dead]) => Object.assign(dead, { lastAtMs: nowMs - forMs, lastOkAtMs: nowMs - forMs }))
  }

  /** The survivor, which has watched all the time, asks, and does what it is told. */
  async ask(): Promise<HeartbeatAnswer> {
    const nowMs = Date.now()
    const watched = { lastAtMs: nowMs, lastOkAtMs: nowMs, okSinceMs: nowMs - 5 * TIMEOUT_MS }
    await this.#alter(([_, survivor]) => Object.assign(survivor, watched))
    const answer = await this.survivor.beat()
    await this.survivor.beat()
    return answer
  }

  async #alter(change: (nodes: [NodeRecord, NodeRecord]) => void): Promise<void> {
    for (;;) {
      const group = (await this.#api.groups.read({ cluster: CLUSTER, group: this.group })) as Group
      change(group.nodes as [NodeRecord, NodeRecord])
      if (await this.#api.groups.commit(group, group.version)) return
    }
  }
}

/** This many pairs that are Normal, in the one deployment that there is. */
export async function fleetOf(api: Api, count: number): Promise<Pair[]> {
  const groups = Array.from({ length: count }, (_, place) => `g${place}`)
  await api.configure(
    CLUSTER,
    Object.fromEntries(groups.map((group) => [group, [`${group}-dead`, `${group}-survivor`]])),
    SHORT,
  )
  const pairs = groups.map((group) => new Pair(api, group))
  await Promise.all(
    pairs.map(async ({ agents, path, states }) => {
      for (const agent of agents) for (let times = 0; times < 2; times++) await agent.beat()
      await expectStatus(200, api.put(`${path}/high-availability`, { enabled: true }))
      await beatUntil(agents, async () => (await states()) === 'Normal Normal')
    }),
  )
  await api.sweep()
  return pairs
}

export const brakeOf = async (api: Api) => (await expectStatus(200, api.get('/brake'))).body
/** The subjects of what on-call was told of the brake. */
export const mailsOf = async (api: Api) =>
  (await readFile(join(api.dataFolder, ON_CALL_FILE), 'utf8').catch(() => ''))
    .split('\n')
    .filter((line) => line.startsWith('Subject: ') && line.includes('fleet brake'))
export const those = async (pairs: Pair[], holds: (pair: Pair) => Promise<boolean>) => {
  const held = await Promise.all(pairs.map(holds))
  return pairs.filter((_, place) => held[place])
}
/** All of these ask at the same time, and those again for whom it does not hold yet. */
export async function askUntil(asking: Pair[], holds: (pair: Pair) => Promise<boolean>): Promise<void> {
  await until('all have been answered', async () => {
    const answered = await those(asking, holds)
    await Promise.all(asking.filter((pair) => !answered.includes(pair)).map((pair) => pair.ask()))
    return answered.length === asking.length
  })
}
export const isHeldBack = async (pair: Pair) => (await pair.status()).withheld?.because === 'fleet brake'
