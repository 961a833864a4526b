import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { fromIni } from '@aws-sdk/credential-providers'
import type { GroupStatus } from '../apps/client/answers.ts'
import { createClient } from '../apps/client/node-client.ts'
import type { SignedClient } from '../apps/client/signed-client.ts'
import { DEMO, openNodes } from '../apps/stage/demo.ts'
import type { DemoNode } from '../apps/stage/demo-node.ts'
import type { ServiceParameters } from '../domain/settings.ts'

const program = fileURLToPath(new URL('../apps/stage/main.ts', import.meta.url))
const LIMIT_MS = 60_000
const LOOK_MS = 50
const cluster = `/clusters/${DEMO.cluster}`
const group = `${cluster}/groups/${DEMO.group}`

/** What the stage said, and when it was heard. */
interface Line {
  text: string
  atMs: number
}

/** What is different about a stage; each is told its data folder. */
interface Around {
  /** Before it starts. */
  prepare?: (folder: string) => Promise<void>
  /** Of Node. */
  execArgv?: (folder: string) => string[]
}

/** A stage with its demo, in processes of their own, as `npm start` brings it up. */
export class DemoStage {
  readonly folder = mkdtempSync(join(tmpdir(), 'understudy-bench-'))
  readonly #lines: Line[] = []
  #process!: ChildProcess
  client!: SignedClient
  nodes: DemoNode[] = []

  static async start(parameters: Partial<ServiceParameters>, around: Around = {}): Promise<DemoStage> {
    const stage = new DemoStage()
    await stage.#start(parameters, around)
    return stage
  }

  async #start(parameters: Partial<ServiceParameters>, { prepare, execArgv }: Around): Promise<void> {
    await prepare?.(this.folder)
    const args = [
      ...(execArgv?.(this.folder) ?? []),
      program,
      'up',
      '--port',
      '0',
      '--no-console',
      '--data',
      this.folder,
    ]
    this.#process = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    createInterface(this.#process.stdout as NodeJS.ReadableStream).on('line', (text) => {
      this.#lines.push({ text, atMs: Date.now() })
    })
    await this.until(
      'the demo is up',
      async () => existsSync(join(this.folder, 'demo.json')) && this.#endpoint() !== '',
    )
    this.client = createClient({
      endpoint: this.#endpoint(),
      region: 'us-east-1',
      credentials: fromIni({ filepath: join(this.folder, 'credentials'), profile: 'operator' }),
    })
    this.nodes = await openNodes(this.folder, process.env)
    await this.setParameters(parameters)
  }

  async setParameters(parameters: Partial<ServiceParameters>): Promise<void> {
    await this.client.request({ method: 'PATCH', path: `${cluster}/service-parameters`, body: parameters })
  }

  #endpoint(): string {
    return this.#lines.map(({ text }) => /stage: (http\S+)/.exec(text)?.[1]).find((found) => found) ?? ''
  }

  async until(what: string, holds: () => Promise<boolean> | boolean, limitMs = LIMIT_MS): Promise<void> {
    const endMs = performance.now() + limitMs
    while (!(await holds())) {
      if (performance.now() > endMs) throw new Error(`waited in vain: ${what}`)
      await pause(LOOK_MS)
    }
  }

  async status(): Promise<GroupStatus> {
    return (await this.client.request<GroupStatus>({ method: 'GET', path: group })).body
  }

  ask(action: 'failover' | 'fallback', node: string) {
    return this.client.request<{ transition: { id: string } }>({
      method: 'POST',
      path: `${group}/${action}`,
      body: { node },
    })
  }

  async normal(): Promise<void> {
    await this.until('both nodes are Normal', async () => {
      const { nodes, transition } = await this.status()
      return !transition && nodes.every(({ state, reachable }) => state === 'Normal' && reachable)
    })
  }

  /** The first line since a moment that matches. */
  line(pattern: RegExp, sinceMs: number): Line | undefined {
    return this.#lines.find(({ text, atMs }) => atMs >= sinceMs && pattern.test(text))
  }

  async end(): Promise<void> {
    const ended = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    await ended
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** What a front says to somebody who connects now; '' if it refuses. */
export function greetingOf(node: DemoNode): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: node.layout.frontPort })
    socket.once('data', (data) => {
      socket.destroy()
      resolve(String(data))
    })
    socket.once('error', () => resolve(''))
    socket.once('close', () => resolve(''))
  })
}

const ASK_MS = 5
const OPEN_LIMIT_MS = 30_000

/** Asks a front until it serves the users of both nodes; answers when it did. */
export async function openForBoth(front: DemoNode): Promise<number> {
  const endMs = performance.now() + OPEN_LIMIT_MS
  while (!/serves \S+ \S+/.test(await greetingOf(front))) {
    if (performance.now() > endMs) throw new Error(`the front of ${front.layout.node} did not open`)
    await pause(ASK_MS)
  }
  return Date.now()
}
