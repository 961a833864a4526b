import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fromIni } from '@aws-sdk/credential-providers'
import { createClient } from '../../apps/client/node-client.ts'
import { openNodes } from '../../apps/stage/demo.ts'
import type { ServiceParameters } from '../../domain/settings.ts'
import { DENIED_FILE } from './grants.ts'
import { PairUnderTest, until } from './pair-under-test.ts'

export { until }

/** The functions of the stage may do what they are granted, and nothing else. */
const grantsPreload = (folder: string): string =>
  new URL(`./grants.ts?folder=${encodeURIComponent(folder)}`, import.meta.url).href

const program = fileURLToPath(new URL('../../apps/stage/main.ts', import.meta.url))

export interface DemoDescription {
  endpoint: string
  /** Its address, with the token that signs in. */
  console: string | null
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
export class StageUnderTest extends PairUnderTest {
  readonly dataFolder = mkdtempSync(join(tmpdir(), 'understudy-test-'))
  #process: ChildProcess | undefined
  #output = ''
  #port = 0
  /** Whether it has a console: it takes a build, and most stories need none. */
  protected get consoleArgs(): string[] {
    return ['--no-console']
  }
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
    await this.#untilUp(() => this.isDescribed())
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
    const port = String(this.#port)
    const child = spawn(
      process.execPath,
      [...this.execArgv, program, 'up', '--port', port, ...this.consoleArgs, '--data', this.dataFolder, ...args],
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

  override get output(): string {
    return this.#output
  }

  get process(): ChildProcess {
    return this.#process as ChildProcess
  }

  protected isDescribed(): boolean {
    return existsSync(join(this.dataFolder, 'demo.json'))
  }

  describe(): DemoDescription {
    return JSON.parse(readFileSync(join(this.dataFolder, 'demo.json'), 'utf8'))
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
