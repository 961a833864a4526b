import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fromIni } from '@aws-sdk/credential-providers'
import type { EventRecord, GroupStatus } from '../../apps/client/answers.ts'
import { createClient, type SignedClient } from '../../apps/client/signed-client.ts'
import { openNodes } from '../../apps/stage/demo.ts'
import type { DemoNode } from '../../apps/stage/demo-node.ts'
import type { ServiceParameters } from '../../domain/settings.ts'
import { DENIED_FILE } from './grants.ts'

/** The functions of the stage may do what they are granted, and nothing else. */
const grantsPreload = (folder: string): string =>
  new URL(`./grants.ts?folder=${encodeURIComponent(folder)}`, import.meta.url).href

const program = fileURLToPath(new URL('../../apps/stage/main.ts', import.meta.url))
const LIMIT_MS = 30_000
const LOOK_MS = 20

/** Waits for a condition; fails with what it last saw. */
export async function until<T>(
  what: string,
  look: () => Promise<T | false | null | undefined> | T | false | null | undefined,
  limitMs = LIMIT_MS,
): Promise<T> {
  const endMs = performance.now() + limitMs
  for (;;) {
    const found = await look()
    if (found) return found
    if (performance.now() > endMs) throw new Error(`waited ${limitMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

export interface DemoDescription {
  endpoint: string
  nodes: Record<
    string,
    {
      agentPid: number | null
      front: { pid: number | null; port: number }
      services: Record<string, { pid: number | null; port: number }>
    }
  >
}

/** A stage with its demo, in processes of their own, as `npm start` brings it up. */
export class StageUnderTest {
  readonly dataFolder = mkdtempSync(join(tmpdir(), 'understudy-test-'))
  #process: ChildProcess | undefined
  #output = ''
  #port = 0
  nodes: DemoNode[] = []
  client!: SignedClient
  /** Of Node, for the stage's own process. */
  readonly execArgv: string[] = ['--import', grantsPreload(this.dataFolder)]

  static async start(parameters: Partial<ServiceParameters> = {}): Promise<StageUnderTest> {
    const stage = new StageUnderTest()
    try {
      await stage.up()
      await stage.setParameters(parameters)
      return stage
    } catch (error) {
      await stage.end()
      throw error
    }
  }

  async up(args: string[] = [], env: NodeJS.ProcessEnv = process.env): Promise<void> {
    this.#spawn(args, env)
    await this.#untilUp(() => existsSync(join(this.dataFolder, 'demo.json')))
    const { endpoint } = this.describe()
    this.#port = Number(new URL(endpoint).port)
    this.client = createClient({
      endpoint,
      region: 'us-east-1',
      credentials: fromIni({ filepath: join(this.dataFolder, 'credentials'), profile: 'operator' }),
    })
    this.nodes = await openNodes(this.dataFolder, { ...env, NODE_OPTIONS: '' })
  }

  /** The control plane alone is gone: the nodes run on, as real hosts do. */
  async kill(): Promise<void> {
    await this.#endProcess('SIGKILL')
  }

  /** Brings the control plane back after it was killed, to the nodes that run. */
  async restart(): Promise<void> {
    this.#spawn(['--empty'], process.env)
    await this.#untilUp(() => this.status().catch(() => false))
  }

  #spawn(args: string[], env: NodeJS.ProcessEnv): void {
    const child = spawn(
      process.execPath,
      [...this.execArgv, program, 'up', '--port', String(this.#port), '--data', this.dataFolder, ...args],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { ...env, NODE_OPTIONS: '' } },
    )
    this.#process = child
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data) => {
        this.#output += data
      })
  }

  async #untilUp(isUp: () => unknown): Promise<void> {
    await until('the stage is up', async () => {
      if (!this.isAlive()) throw new Error(`the stage ended:\n${this.#output}`)
      return Boolean(await isUp())
    })
  }

  isAlive(): boolean {
    const { exitCode, signalCode } = this.process
    return exitCode === null && signalCode === null
  }

  get output(): string {
    return this.#output
  }

  get process(): ChildProcess {
    return this.#process as ChildProcess
  }

  describe(): DemoDescription {
    return JSON.parse(readFileSync(join(this.dataFolder, 'demo.json'), 'utf8'))
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
    await this.client.request({ method: 'PATCH', path: '/clusters/demo/service-parameters', body: parameters })
    const changedMs = Date.now()
    await until('both agents have learned the parameters', async () => {
      const { nodes } = await this.status()
      return nodes.every(({ lastHeartbeatAt }) => Date.parse(lastHeartbeatAt ?? '') > changedMs)
    })
  }

  async status(): Promise<GroupStatus> {
    return (await this.client.request<GroupStatus>({ method: 'GET', path: '/clusters/demo/groups/pair' })).body
  }

  /** The whole of it, oldest first. */
  async history(): Promise<EventRecord[]> {
    const events: EventRecord[] = []
    const query: { limit: number; cursor?: string } = { limit: 500 }
    do {
      const { body } = await this.client.request<{ events: EventRecord[]; cursor?: string }>({
        method: 'GET',
        path: '/clusters/demo/groups/pair/history',
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
      path: `/clusters/demo/groups/pair/${action}`,
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
    return this.client.request({ method: 'POST', path: '/clusters/demo/groups/pair/recovery', body: {} })
  }

  #untilAllowed(action: GroupStatus['allowedActions'][number]) {
    return until(`a ${action} is possible`, async () => (await this.status()).allowedActions.includes(action))
  }

  /** A plain restart, as a service manager does it: the services, and the front with its doors, run on. */
  async restartAgent(name: string): Promise<void> {
    const node = this.node(name)
    const agent = node.agent()
    if (agent) process.kill(agent.pid, 'SIGTERM')
    await until(`the agent of ${name} is gone`, () => !node.agent())
    const restartedMs = Date.now()
    node.startAgent()
    await until(`the new agent of ${name} is heard`, async () => {
      const { nodes } = await this.status()
      return Date.parse(nodes.find((each) => each.node === name)?.lastHeartbeatAt ?? '') > restartedMs
    })
  }

  /** Waits for a pair such as `Idle/OnAdminRequest RunningInBackupMode/OnAdminRequest`, alpha first, and for rest. */
  async untilPair(alpha: string, beta: string, { rest = true } = {}): Promise<GroupStatus> {
    let last = ''
    try {
      return await until(`${alpha} ${beta}`, async () => {
        const status = await this.status()
        const [one, two] = status.nodes.map(({ state, reason }) => `${state}/${reason}`)
        last = `${one} ${two} ${JSON.stringify(status.transition)}`
        const there = one === alpha && two === beta
        return there && (!rest || !isRunning(status)) && status
      })
    } catch (error) {
      throw new Error(`${(error as Error).message}; it is ${last}\n${this.#output}`)
    }
  }

  async #endProcess(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    if (!child || !this.isAlive()) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill(signal)
    await ended
  }

  async end(): Promise<void> {
    await this.#endProcess('SIGTERM')
    await Promise.all(this.nodes.map((node) => node.powerOff()))
    const deniedFile = join(this.dataFolder, DENIED_FILE)
    const denied = existsSync(deniedFile) ? readFileSync(deniedFile, 'utf8') : ''
    rmSync(this.dataFolder, { recursive: true, force: true })
    expect(denied).toBe('')
  }
}

const isRunning = ({ transition }: GroupStatus): boolean =>
  transition !== null && transition.step !== 'FallbackDelay' && transition.step !== 'CriticalServiceDelay'
