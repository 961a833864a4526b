import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { readFrontRunFile } from '../agent/gate/front-run-file.ts'
import { identify, isAlive, type ProcessIdentity, terminate } from '../agent/services/process.ts'
import { readProcessRecord } from '../agent/services/process-record.ts'
import { startService } from '../agent/services/start-service.ts'

/** What a demo node is made of; it is kept in the data folder, so that its ports stay. */
export interface DemoNodeLayout {
  node: string
  cluster: string
  frontPort: number
  /** Of the agents' own road to each other: on one machine each needs a port of its own. */
  linkPort: number
  peerLinkPort: number
  services: { name: string; role: 'critical' | 'database'; port: number }[]
}

export interface DemoNodeOptions {
  layout: DemoNodeLayout
  /** Where all nodes' folders stand. */
  nodesFolder: string
  /** What its processes inherit. */
  environment: NodeJS.ProcessEnv
}

const end = (processes: (ProcessIdentity | null)[]) =>
  Promise.all(processes.filter((each) => each !== null).map((identity) => terminate(identity, STOP_LIMIT_MS)))

const program = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const STOP_LIMIT_MS = 3000
const RESTART_LOOK_MS = 100

/**
 * One demo node: a "host" of its own on this machine, with real processes (an agent, a front, six services), a boot id
 * of its own, and a power switch. Its processes outlive the stage, as real hosts outlive a control plane.
 */
export class DemoNode {
  readonly layout: DemoNodeLayout
  readonly #folder: string
  readonly #environment: NodeJS.ProcessEnv
  #watch: NodeJS.Timeout | undefined
  readonly #spawned: ProcessIdentity[] = []
  #newestAgent: ProcessIdentity | undefined

  constructor({ layout, nodesFolder, environment }: DemoNodeOptions) {
    this.layout = layout
    this.#folder = join(nodesFolder, layout.node)
    this.#environment = environment
  }

  #file(name: string): string {
    return join(this.#folder, name)
  }

  /** What the node was told to re-create, a line of JSON for each session. */
  get sessionsFile(): string {
    return this.#file('re-created-sessions.jsonl')
  }

  /** Writes the agent's configuration. Answers whether it differs from what the agent has read. */
  async configure(endpoint: string, credentialsFile: string): Promise<boolean> {
    await mkdir(this.#folder, { recursive: true })
    const text = stringify(this.#configuration(endpoint, credentialsFile))
    const file = this.#file('agent.yaml')
    const same = existsSync(file) && readFileSync(file, 'utf8') === text
    if (!same) await writeFile(file, text)
    return !same
  }

  #configuration(endpoint: string, credentialsFile: string) {
    const { node, cluster, frontPort, linkPort, peerLinkPort, services } = this.layout
    const service = program('demo-service.mjs')
    return {
      node,
      cluster,
      endpoints: [endpoint],
      credentials: { file: credentialsFile, profile: node },
      stateFolder: 'state',
      softwareVersion: '15.0.1',
      services: services.map(({ name, role, port }) => ({
        name,
        role,
        control: {
          kind: 'process',
          command: [process.execPath, service, '--name', name, '--node', node, '--port', String(port)],
        },
        probes: [{ kind: 'tcp', port }],
      })),
      supervision: {
        probeIntervalSeconds: 0.2,
        probeTimeLimitSeconds: 1,
        startTimeLimitSeconds: 10,
        stopTimeLimitSeconds: 2,
      },
      gate: { kind: 'front', runFile: 'front.json', port: frontPort },
      peerLink: { address: '127.0.0.1', port: linkPort, peerAddress: '127.0.0.1', peerPort: peerLinkPort },
      // The demo's presence server holds its clients in a file.
      hooks: { onRestoreSessions: ['sh', '-c', 'cat >> "$0"', this.sessionsFile] },
      // Two agents on one machine cannot share the cluster's port.
      admin: { port: 0 },
      host: { bootIdFile: 'boot-id', goingDownCommand: ['cat', this.#file('going-down')] },
      replicationSetup: 2,
    }
  }

  /** Switches the node on, or starts what of it does not run. A node that is off boots: its services start, too. */
  async up(): Promise<void> {
    const runs = [this.agent(), this.front(), ...this.services().map(({ process }) => process)].some((each) => each)
    if (!runs) {
      await writeFile(this.#file('boot-id'), `${randomUUID()}\n`)
      await rm(this.#file('going-down'), { force: true })
    }
    this.startFront()
    this.startAgent()
  }

  startFront(): void {
    if (this.front()) return
    const { node, frontPort } = this.layout
    this.#spawn('front.log', '../agent/gate/front.ts', [
      ...['--node', node, '--port', String(frontPort)],
      ...['--run-file', this.#file('front.json'), '--boot-id-file', this.#file('boot-id')],
    ])
  }

  startAgent(): void {
    // One that was just started has not said yet who it is: whoever looks again meanwhile must not start another.
    const isStarting = this.#newestAgent !== undefined && isAlive(this.#newestAgent)
    if (this.agent() || isStarting) return
    this.#newestAgent = this.#spawn('agent.log', '../agent/main.ts', ['run', '--config', this.#file('agent.yaml')])
  }

  /** What an administrator does: starts one service by hand. */
  async startService(name: string): Promise<void> {
    const service = this.#configuration('', '').services.find((each) => each.name === name)
    if (!service) {
      const names = this.layout.services.map((each) => each.name).join(', ')
      throw new Error(`node ${this.layout.node} has no service "${name}"; there are: ${names}`)
    }
    await startService(
      this.#file('state'),
      { name, command: service.control.command },
      { environment: this.#environment },
    )
  }

  #spawn(log: string, path: string, args: string[]): ProcessIdentity | undefined {
    const output = openSync(this.#file(log), 'a')
    const child = spawn(process.execPath, [program(path), ...args], {
      detached: true,
      stdio: ['ignore', output, output],
      env: this.#environment,
    })
    child.unref()
    closeSync(output)
    const identity = child.pid === undefined ? undefined : identify(child.pid)
    if (identity) this.#spawned.push(identity)
    return identity
  }

  agent(): ProcessIdentity | null {
    const identity = this.#journal()?.agent
    return identity && isAlive(identity) ? identity : null
  }

  front(): (ProcessIdentity & { port: number }) | null {
    const front = readFrontRunFile(this.#file('front.json'))
    return front && isAlive(front) ? front : null
  }

  services(): { name: string; port: number; process: ProcessIdentity | null }[] {
    return this.layout.services.map(({ name, port }) => {
      const process = readProcessRecord(this.#file('state'), name)?.process
      return { name, port, process: process && isAlive(process) ? process : null }
    })
  }

  #journal(): { agent: ProcessIdentity; commands: { id: string; state: string }[] } | null {
    const file = join(this.#file('state'), 'journal.json')
    return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
  }

  /**
   * Starts the agent again where it ended itself to be restarted: what a service manager does for a real one. An agent
   * that was killed stays dead, so that its death can be watched.
   */
  watchRestarts(): void {
    this.#watch = setInterval(() => {
      const last = this.#journal()?.commands.at(-1)
      const ordered = last?.state === 'started' && last.id.includes('/restart/')
      if (ordered && !this.agent()) this.startAgent()
    }, RESTART_LOOK_MS)
  }

  /** The host goes down in order: the agent says good-bye [B10], then everything ends. */
  async shutDown(how: 'shutdown' | 'reboot'): Promise<void> {
    await writeFile(this.#file('going-down'), `${how}\n`)
    const agent = this.agent()
    if (agent) await terminate(agent, STOP_LIMIT_MS)
    await this.powerOff()
  }

  /** Ends everything, as a cut cable would: the agent first, so that it cannot report the rest as failing. */
  async powerOff(): Promise<void> {
    clearInterval(this.#watch)
    // One that was just started may not have said yet who it is.
    await end([this.agent(), ...this.#spawned.splice(0)])
    await end([this.front(), ...this.services().map(({ process }) => process)])
  }

  /** What `demo.json` says of the node; a process that does not run has no pid. */
  describe() {
    const front = this.front()
    return {
      agentPid: this.agent()?.pid ?? null,
      front: { pid: front?.pid ?? null, port: this.layout.frontPort },
      services: Object.fromEntries(
        this.services().map(({ name, port, process }) => [name, { pid: process?.pid ?? null, port }]),
      ),
    }
  }
}
