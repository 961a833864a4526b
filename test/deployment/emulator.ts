import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePorts } from '../../apps/stage/ports.ts'
import { installEmulator } from './install.ts'

const script = fileURLToPath(new URL('start_emulator.py', import.meta.url))
const START_LIMIT_MS = 30_000
const END_LIMIT_MS = 10_000
const LOOK_MS = 100

/** The account and its root: whoever has this key may do everything, as with an account of AWS. */
export const ACCOUNT = '000000000000'
export const REGION = 'us-east-1'
export const ROOT_KEY = { accessKeyId: 'test', secretAccessKey: 'test' }

/**
 * MiniStack, an emulator of AWS, in a process of its own on a free port of loopback. It verifies signatures, and
 * enforces the policies of roles, users and resources. What it holds is gone when it ends.
 */
export class Emulator {
  /** For whatever belongs to this emulator; removed at its end. */
  readonly folder = mkdtempSync(join(tmpdir(), 'understudy-emulator-'))
  readonly #log = join(this.folder, 'emulator.log')
  #process!: ChildProcess
  #port = 0

  static async start(say: (what: string) => void = () => {}): Promise<Emulator> {
    const python = await installEmulator(say)
    const emulator = new Emulator()
    try {
      await emulator.#start(python)
      return emulator
    } catch (error) {
      await emulator.end()
      throw error
    }
  }

  async #start(python: string): Promise<void> {
    const [port = 0] = await freePorts(1)
    this.#port = port
    const temporary = join(this.folder, 'tmp')
    mkdirSync(temporary)
    const output = openSync(this.#log, 'a')
    this.#process = spawn(python, [script], {
      stdio: ['pipe', output, output],
      // Nothing of ours leaks into it, or from it into the functions: they are its children, and run on this Node.
      env: {
        PATH: pathWithNode(),
        HOME: this.folder,
        TMPDIR: temporary,
        PYTHONDONTWRITEBYTECODE: '1',
        BIND_HOST: '127.0.0.1',
        GATEWAY_PORT: String(port),
        AUTH: 'true',
        AWS_ACCESS_KEY_ID: ROOT_KEY.accessKeyId,
        AWS_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey,
        // They would listen on every address of this machine.
        IOT_MTLS_ENABLED: '0',
        SFTP_ENABLED: '0',
      },
    })
    closeSync(output)
    await this.#untilUp()
  }

  async #untilUp(): Promise<void> {
    const endMs = performance.now() + START_LIMIT_MS
    while (!(await this.#answers())) {
      if (!this.#isAlive()) throw new Error(`the emulator ended:\n${this.log}`)
      if (performance.now() > endMs) throw new Error(`the emulator did not come up:\n${this.log}`)
      await pause(LOOK_MS)
    }
  }

  async #answers(): Promise<boolean> {
    const health = new URL('/_ministack/health', this.endpoint)
    return fetch(health).then(
      ({ ok }) => ok,
      () => false,
    )
  }

  #isAlive(): boolean {
    const { pid, exitCode, signalCode } = this.#process
    return pid !== undefined && exitCode === null && signalCode === null
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  get log(): string {
    return readFileSync(this.#log, 'utf8')
  }

  /** For programs that shall take it for AWS, as the account's root. */
  get environment(): NodeJS.ProcessEnv {
    const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'))
    return {
      ...Object.fromEntries(ours),
      PATH: pathWithNode(),
      HOME: this.folder,
      NODE_OPTIONS: '',
      NO_PROXY: '127.0.0.1',
      no_proxy: '127.0.0.1',
      AWS_ENDPOINT_URL: this.endpoint,
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: ROOT_KEY.accessKeyId,
      AWS_SECRET_ACCESS_KEY: ROOT_KEY.secretAccessKey,
    }
  }

  async end(): Promise<void> {
    if (this.#process && this.#isAlive()) {
      const ended = once(this.#process, 'exit')
      const late = setTimeout(() => this.#process.kill('SIGKILL'), END_LIMIT_MS)
      this.#process.kill('SIGTERM')
      await ended
      clearTimeout(late)
    }
    rmSync(this.folder, { recursive: true, force: true })
  }
}

const pathWithNode = () => [dirname(process.execPath), process.env.PATH ?? ''].join(delimiter)
