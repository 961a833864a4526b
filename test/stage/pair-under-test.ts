import type { EventRecord, GroupStatus } from '../../apps/client/answers.ts'
import type { SignedClient } from '../../apps/client/signed-client.ts'
import type { DemoNode } from '../../apps/stage/demo-node.ts'
import type { ServiceParameters } from '../../domain/settings.ts'

const LIMIT_MS = 30_000
const LOOK_MS = 20

/** Waits for a condition; fails with what it last saw. */
export async function until<T>(
  what: string,
  look: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  limitMs = LIMIT_MS,
  lookMs = LOOK_MS,
): Promise<T> {
  const endMs = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, lookMs))
  }
}

/** A group of two real nodes, as its operator and its hosts' administrator deal with it. */
export class PairUnderTest {
  nodes: DemoNode[] = []
  client!: SignedClient
  readonly clusterPath: string
  readonly groupPath: string

  constructor(cluster = 'demo', group = 'pair') {
    this.clusterPath = `/clusters/${cluster}`
    this.groupPath = `${this.clusterPath}/groups/${group}`
  }

  /** How long a condition may take, and how often it is looked at. */
  protected readonly patience: readonly [limitMs: number, lookMs: number] = [LIMIT_MS, LOOK_MS]

  until<T>(what: string, look: Parameters<typeof until<T>>[1]): Promise<T> {
    return until(what, look, ...this.patience)
  }

  /** What the control plane has said, for whoever looks into a failure. */
  get output(): string {
    return ''
  }

  node(name: string): DemoNode {
    return this.nodes.find(({ layout }) => layout.node === name) as DemoNode
  }

  pidOf(node: string, service: string): number {
    const pid = this.node(node)
      .services()
      .find(({ name }) => name === service)?.process?.pid
    if (!pid) throw new Error(`${service} of ${node} does not run`)
    return pid
  }

  /** In force once every agent has learned it. */
  async setParameters(parameters: Partial<ServiceParameters>): Promise<void> {
    if (Object.keys(parameters).length === 0) return
    await this.client.request({ method: 'PATCH', path: `${this.clusterPath}/service-parameters`, body: parameters })
    const changedMs = Date.now()
    await this.until('both agents have learned the parameters', async () => {
      const { nodes } = await this.status()
      return nodes.every(({ lastHeartbeatAt }) => Date.parse(lastHeartbeatAt ?? '') > changedMs)
    })
  }

  async status(): Promise<GroupStatus> {
    return (await this.client.request<GroupStatus>({ method: 'GET', path: this.groupPath })).body
  }

  /** The whole of it, oldest first. */
  async history(): Promise<EventRecord[]> {
    const events: EventRecord[] = []
    const query: { limit: number; cursor?: string } = { limit: 500 }
    do {
      const { body } = await this.client.request<{ events: EventRecord[]; cursor?: string }>({
        method: 'GET',
        path: `${this.groupPath}/history`,
        query,
      })
      events.push(...body.events)
      query.cursor = body.cursor ?? ''
    } while (query.cursor)
    return events.reverse()
  }

  ask(action: 'failover' | 'fallback', node: string, headers: Record<string, string> = {}) {
    return this.client.request<{ transition: { id: string } }>({
      method: 'POST',
      path: `${this.groupPath}/${action}`,
      body: { node },
      headers,
    })
  }

  /** Asks as soon as the state allows it: after an agent's restart, when both nodes are heard. */
  async askWhenAllowed(action: 'failover' | 'fallback', node: string) {
    await this.#untilAllowed(action)
    return this.ask(action, node)
  }

  async recover() {
    await this.#untilAllowed('recovery')
    return this.client.request({ method: 'POST', path: `${this.groupPath}/recovery`, body: {} })
  }

  #untilAllowed(action: GroupStatus['allowedActions'][number]) {
    return this.until(`a ${action} is possible`, async () => (await this.status()).allowedActions.includes(action))
  }

  /** A plain restart, as a service manager does it: the services, and the front with its doors, run on. */
  async restartAgent(name: string): Promise<void> {
    const node = this.node(name)
    const agent = node.agent()
    if (agent) process.kill(agent.pid, 'SIGTERM')
    await this.until(`the agent of ${name} is gone`, () => !node.agent())
    const restartedMs = Date.now()
    node.startAgent()
    await this.until(`the new agent of ${name} is heard`, async () => {
      const { nodes } = await this.status()
      return Date.parse(nodes.find((each) => each.node === name)?.lastHeartbeatAt ?? '') > restartedMs
    })
  }

  /** Waits for a pair such as `Idle/OnAdminRequest RunningInBackupMode/OnAdminRequest`, alpha first, and for rest. */
  async untilPair(alpha: string, beta: string, { rest = true } = {}): Promise<GroupStatus> {
    let last = ''
    try {
      return await this.until(`${alpha} ${beta}`, async () => {
        const status = await this.status()
        const [one, two] = status.nodes.map(({ state, reason }) => `${state}/${reason}`)
        last = `${one} ${two} ${JSON.stringify(status.transition)}`
        const there = one === alpha && two === beta
        return there && (!rest || !isRunning(status)) && status
      })
    } catch (error) {
      throw new Error(`${(error as Error).message}; it is ${last}\n${this.output}`)
    }
  }
}

/** A transition that has begun; one that waits for a delay has not. */
export const isRunning = ({ transition }: GroupStatus): boolean =>
  transition !== null && transition.step !== 'FallbackDelay' && transition.step !== 'CriticalServiceDelay'
