import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import type { GroupStatus } from '../../apps/client/answers.ts'
import type { ApiRequest } from '../../apps/client/signed-client.ts'
import { openIdentities } from '../../apps/stage/identities.ts'
import { type Ask, servedTwice } from '../stage/door-watcher.ts'
import { until } from '../stage/stage-under-test.ts'
import { addressOf, Namespaces, type Place } from './namespaces.ts'

const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const API_PORT = 7780
const FRONT_PORT = 5222
const SERVICE_PORT = 5223
const DATABASE_PORT = 5432
const CRITICAL = 'XCP Router'
const NODES = ['a', 'b'] as const
export type Node = (typeof NODES)[number]

/** Short, and not so short that a busy machine breaks a lease by itself. */
export const TIMEOUT_MS = 4000
const PARAMETERS = {
  keepAliveTimeoutSeconds: TIMEOUT_MS / 1000,
  keepAliveIntervalSeconds: 0.8,
  initializationKeepAliveTimeoutSeconds: 8,
}
const END_LIMIT_MS = 5000

/** What the agent of a node is to keep. */
export interface NodeSetup {
  services: object[]
  gate: object
  hooks?: object
}

export interface PairSetup {
  criticalServices: string[]
  parameters: object
  /** Is asked once for each node; its files may stand in the folder. */
  node: (node: Node, folder: string) => NodeSetup | Promise<NodeSetup>
  /** Whether each node has a front, whose doors are watched. */
  fronts: boolean
}

const service = (node: Node, name: string, port: number) => ({
  name,
  control: {
    kind: 'process',
    command: [
      ...[process.execPath, program('../../apps/stage/demo-service.mjs')],
      ...['--name', name, '--node', node, '--port', String(port)],
    ],
  },
  probes: [{ kind: 'tcp', port }],
})

/** A database service that is only there to be there. */
export const database = (node: Node) => ({ ...service(node, 'Database', DATABASE_PORT), role: 'database' })

/** Nodes with one service behind a front. */
const FRONTS: PairSetup = {
  criticalServices: [CRITICAL],
  parameters: PARAMETERS,
  node: (node) => ({
    services: [service(node, CRITICAL, SERVICE_PORT), database(node)],
    gate: { kind: 'front', runFile: 'front.json', port: FRONT_PORT },
  }),
  fronts: true,
}

/** A control plane and two nodes, each in a network of its own: real processes, real packets, roads that can be lost. */
export class NetworkPair {
  readonly roads: Namespaces
  readonly folder = mkdtempSync(join(tmpdir(), 'understudy-network-'))
  readonly #processes: ChildProcess[] = []
  readonly #asks: Ask[] = []
  #operator: ChildProcess | undefined
  #door: ChildProcess | undefined
  readonly #waiting = new Map<number, { answer: (body: unknown) => void; refuse: (error: Error) => void }>()
  #requests = 0

  readonly #setup: PairSetup

  private constructor(roads: Namespaces, setup: PairSetup) {
    this.roads = roads
    this.#setup = setup
  }

  static async start(setup: PairSetup = FRONTS): Promise<NetworkPair> {
    const pair = new NetworkPair(Namespaces.create(), setup)
    try {
      await pair.#start()
      return pair
    } catch (error) {
      const logs = pair.logs()
      await pair.end()
      throw new Error(`${(error as Error).message}\n${logs}`, { cause: error })
    }
  }

  async #start(): Promise<void> {
    const setup = this.#setup
    const endpoint = `http://${addressOf('cloud')}:${API_PORT}`
    const { credentialsFile, addAgent } = await openIdentities(this.folder)
    const arns = Object.fromEntries(
      await Promise.all(NODES.map(async (node) => [node, (await addAgent(node)).userArn] as const)),
    )
    const stage = ['up', '--empty', '--no-console', '--port', String(API_PORT), '--data', this.folder]
    this.run('cloud', 'stage', ['../../apps/stage/main.ts', ...stage])
    this.#door = this.run('cloud', 'door', ['gateway-door.ts', addressOf('cloud'), String(API_PORT)], 'pipe')
    await once(createInterface(this.#door.stdout as NodeJS.ReadableStream), 'line')
    await this.#startOperator(endpoint, credentialsFile)
    await until('the API answers', () => this.ask({ method: 'GET', path: '/clusters' }).catch(() => false))
    await this.#configure(arns)
    for (const node of NODES) await this.#startNode(node, endpoint, credentialsFile)
    await until('both nodes report', () => this.#readiness())
    await this.ask({ method: 'PUT', path: `${GROUP}/high-availability`, body: { enabled: true } })
    await this.untilNormal()
    if (setup.fronts) await this.untilServing('a', 'b')
  }

  async #startOperator(endpoint: string, credentialsFile: string): Promise<void> {
    this.#operator = this.run('cloud', 'operator', ['operator.ts', endpoint, credentialsFile], 'pipe')
    createInterface(this.#operator.stdout as NodeJS.ReadableStream).on('line', (line) => {
      const { id, body, error } = JSON.parse(line)
      const asked = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error === undefined) asked?.answer(body)
      else asked?.refuse(new Error(error))
    })
  }

  /** A request of the operator, who is where the control plane is. */
  ask<Body>(request: ApiRequest): Promise<Body> {
    this.#requests += 1
    const id = this.#requests
    this.#operator?.stdin?.write(`${JSON.stringify({ id, ...request })}\n`)
    return new Promise((answer, refuse) => this.#waiting.set(id, { answer: answer as (body: unknown) => void, refuse }))
  }

  status = (): Promise<GroupStatus> => this.ask({ method: 'GET', path: GROUP })

  async #configure(arns: Record<string, string>): Promise<void> {
    const put = (path: string, body: unknown) => this.ask({ method: 'PUT', path, body })
    const { criticalServices, parameters } = this.#setup
    const cluster = { databasePublisher: 'a', criticalServices, serviceParameters: parameters }
    await put('/clusters/c', cluster)
    for (const node of NODES) {
      const body = { hostName: addressOf(node), softwareVersion: '1.0', principal: arns[node] }
      await put(`/clusters/c/nodes/${node}`, body)
    }
    await put(GROUP, { nodes: NODES })
  }

  async #startNode(node: Node, endpoint: string, credentialsFile: string): Promise<void> {
    const folder = join(this.folder, node)
    mkdirSync(folder)
    const file = (name: string) => join(folder, name)
    writeFileSync(file('boot-id'), `${randomUUID()}\n`)
    const setup = await this.#setup.node(node, folder)
    writeFileSync(
      file('agent.yaml'),
      stringify({
        node,
        cluster: 'c',
        endpoints: [endpoint],
        credentials: { file: credentialsFile, profile: node },
        stateFolder: 'state',
        softwareVersion: '1.0',
        supervision: { probeIntervalSeconds: 0.3 },
        host: { bootIdFile: 'boot-id' },
        replicationSetup: 2,
        ...setup,
      }),
    )
    if (this.#setup.fronts) this.#startFront(node, file)
    this.run(node, 'agent', ['../../apps/agent/main.ts', 'run', '--config', file('agent.yaml')])
  }

  #startFront(node: Node, file: (name: string) => string): void {
    const front = ['--node', node, '--port', String(FRONT_PORT)]
    const files = ['--run-file', file('front.json'), '--boot-id-file', file('boot-id')]
    this.run(node, 'front', ['../../apps/agent/gate/front.ts', ...front, ...files])
    const probe = this.run(node, 'probe', ['door-probe.ts', node, String(FRONT_PORT)], 'pipe')
    createInterface(probe.stdout as NodeJS.ReadableStream).on('line', (line) => this.#asks.push(JSON.parse(line)))
  }

  async #readiness(): Promise<boolean> {
    const { ready } = await this.ask<{ ready: boolean }>({ method: 'GET', path: `${GROUP}/readiness` })
    return ready
  }

  /** Runs a script of this folder, or another by its path from here, in a place; it ends with the pair. */
  run(place: Place, name: string, [script = '', ...args]: string[], output: 'pipe' | 'log' = 'log'): ChildProcess {
    const [file, argv] = this.roads.in(place, [process.execPath, program(script), ...args])
    const child = spawn(file, argv, { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, NODE_OPTIONS: '' } })
    const log = join(this.folder, `${place}-${name}.log`)
    const keep = (data: Buffer) => writeFileSync(log, data, { flag: 'a' })
    child.stderr?.on('data', keep)
    if (output === 'log') child.stdout?.on('data', keep)
    this.#processes.push(child)
    return child
  }

  /** Whom a node's front serves, as it said last, in words; null: it has not been asked since the record began. */
  serves(node: Node): string | null {
    return this.#asks.findLast(({ front }) => front === node)?.serves.join(' ') ?? null
  }

  /** From now on everything that passes between the control plane and anybody is held up for so long, each way. */
  holdUp(delayMs: number): void {
    this.#door?.stdin?.write(`${delayMs}\n`)
  }

  /** Begins a new record of the doors. */
  forget(): void {
    this.#asks.length = 0
  }

  /** What must never be: both nodes served the same users at the same moment. */
  servedTwice(): string[] {
    const asks = [...this.#asks].sort((one, other) => one.answeredMs - other.answeredMs)
    return NODES.flatMap((home) => servedTwice(asks, home))
  }

  /** For how long at most nobody certainly served a node's users, since the record began. */
  longestGapMs(home: Node): number {
    const served = this.#asks.filter(({ serves }) => serves.includes(home)).map(({ askedMs }) => askedMs)
    const [firstMs = 0] = this.#asks.map(({ askedMs }) => askedMs)
    const times = [firstMs, ...served, this.#asks.at(-1)?.askedMs ?? firstMs].sort((one, other) => one - other)
    return Math.max(...times.slice(1).map((atMs, index) => atMs - (times[index] ?? atMs)))
  }

  /** How long the record is by now. */
  watchedMs(): number {
    return (this.#asks.at(-1)?.askedMs ?? 0) - (this.#asks[0]?.askedMs ?? 0)
  }

  untilServing(a: string, b: string): Promise<unknown> {
    const isSo = () => this.serves('a') === a && this.serves('b') === b
    return this.#until(`a serves "${a}" and b serves "${b}"`, isSo)
  }

  untilStates(a: string, b: string): Promise<unknown> {
    const isSo = async () => (await this.status()).nodes.map(({ state }) => state).join(' ') === `${a} ${b}`
    return this.#until(`${a} ${b}`, isSo)
  }

  untilNormal = () => this.untilStates('Normal', 'Normal')

  /** Both nodes are Normal, and serve their own users. */
  async untilHome(): Promise<void> {
    await this.untilNormal()
    await this.untilServing('a', 'b')
  }

  async fallBack(node: Node): Promise<void> {
    await this.#until('a fallback is possible', async () => (await this.status()).allowedActions.includes('fallback'))
    await this.ask({ method: 'POST', path: `${GROUP}/fallback`, body: { node } })
    await (this.#setup.fronts ? this.untilHome() : this.untilNormal())
  }

  async #until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
    try {
      await until(what, look)
    } catch (error) {
      const doors = NODES.map((node) => `${node} serves "${this.serves(node)}"`).join(', ')
      throw new Error(`${(error as Error).message}; ${doors}\n${this.logs()}`, { cause: error })
    }
  }

  /** The ends of the processes' logs. */
  logs(): string {
    const files = existsSync(this.folder) ? readdirSync(this.folder).filter((name) => name.endsWith('.log')) : []
    const tail = (name: string) => readFileSync(join(this.folder, name), 'utf8').split('\n').slice(-15).join('\n')
    return files.map((name) => `--- ${name}\n${tail(name)}`).join('\n')
  }

  /** Ends every process, and removes every file. */
  async end(): Promise<void> {
    const exited = this.#processes.map((child) =>
      child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null,
    )
    for (const child of this.#processes) child.kill('SIGKILL')
    this.roads.endProcesses()
    const limit = new AbortController()
    await Promise.race([Promise.all(exited), pause(END_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => {})])
    limit.abort()
    this.roads.end()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const GROUP = '/clusters/c/groups/pair'
