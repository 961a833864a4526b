import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fromIni } from '@aws-sdk/credential-providers'
import { createClient } from '../../apps/client/node-client.ts'
import type { SignedClient } from '../../apps/client/signed-client.ts'
import { openIdentities } from '../../apps/stage/identities.ts'
import { until } from '../stage/pair-under-test.ts'

const program = fileURLToPath(new URL('../../apps/stage/main.ts', import.meta.url))
const UP_LIMIT_MS = 60_000
const END_LIMIT_MS = 10_000

/** The two nodes of every pair; in each cluster their agents have the identities of these names. */
export const NODES = ['alpha', 'beta'] as const
export type NodeName = (typeof NODES)[number]

/** One stage without the demo, in a process of its own, for all pairs of a walk. */
export class StageProcess {
  readonly dataFolder = mkdtempSync(join(tmpdir(), 'understudy-conformance-'))
  readonly credentialsFile = join(this.dataFolder, 'credentials')
  /** Who the agents of these nodes are. */
  readonly principals: Record<string, string> = {}
  endpoint = ''
  client!: SignedClient
  #process: ChildProcess | undefined
  #output = ''

  static async start(): Promise<StageProcess> {
    const stage = new StageProcess()
    try {
      await stage.#up()
      return stage
    } catch (error) {
      await stage.end()
      throw error
    }
  }

  async #up(): Promise<void> {
    // The stage finds the agents' identities in its data folder, as after a restart.
    const identities = await openIdentities(this.dataFolder)
    for (const node of NODES) this.principals[node] = (await identities.addAgent(node)).userArn
    const args = ['up', '--empty', '--no-console', '--port', '0', '--data', this.dataFolder]
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (data) => {
        this.#output += data
      })
    }
    const found = () => {
      if (child.exitCode !== null) throw new Error(`the stage ended:\n${this.#output}`)
      return /stage: (http:\S+)/.exec(this.#output)
    }
    this.endpoint = (await until('the stage is up', found, UP_LIMIT_MS))[1] ?? ''
    this.client = createClient({
      endpoint: this.endpoint,
      region: 'us-east-1',
      credentials: fromIni({ filepath: this.credentialsFile, profile: 'operator' }),
    })
    // Silent nodes in several groups at a time are the stories' doing, and no fleet that falls silent.
    await this.client.request({ method: 'PUT', path: '/brake', body: { leastGroups: 1000 } })
  }

  get output(): string {
    return this.#output
  }

  /** What went wrong in it, as it printed it. */
  get troubles(): string[] {
    return this.#output.split('\n').filter((line) => line.startsWith('! '))
  }

  /** Ends the process; whatever is still walked fails. */
  async stop(): Promise<void> {
    const child = this.#process
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    const hung = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS)
    child.kill('SIGTERM')
    await ended
    clearTimeout(hung)
  }

  async end(): Promise<void> {
    await this.stop()
    rmSync(this.dataFolder, { recursive: true, force: true })
  }
}
