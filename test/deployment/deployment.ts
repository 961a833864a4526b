import { execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { ACCOUNT, type Emulator, REGION } from './emulator.ts'

const project = fileURLToPath(new URL('../../', import.meta.url))
const cli = join(project, 'node_modules', 'aws-cdk', 'bin', 'cdk')
const CDK_LIMIT_MS = 180_000
const LINES_OF_FAILURE = 20

/** The stacks of the environment `emulator`. */
export const STATEFUL = 'understudy-emulator-stateful'
export const STATELESS = 'understudy-emulator-stateless'

export interface DeployOptions {
  /** What to deploy: a folder that `synthesize` made, or the command of a CDK app. Left out, this project. */
  app?: string
  hotswap?: boolean
}

/** Deploys CDK apps into an emulator, by CDK's own command line. */
export class Deployment {
  readonly #emulator: Emulator
  #outputs: Record<string, Record<string, string>> = {}

  constructor(emulator: Emulator) {
    this.#emulator = emulator
  }

  async bootstrap(): Promise<void> {
    await this.#cdk(project, ['bootstrap', `aws://${ACCOUNT}/${REGION}`])
  }

  /** Makes the templates and the code of a copy of this project; answers in which folder. */
  async synthesize(from: string): Promise<string> {
    const folder = join(from, 'cdk.out')
    await this.#cdk(from, ['synth', '--quiet', '--output', folder])
    return folder
  }

  /** Deploys all stacks of an app. Answers what CDK printed. */
  async deploy({ app, hotswap = false }: DeployOptions = {}): Promise<string> {
    const outputs = join(this.#emulator.folder, 'outputs.json')
    const said = await this.#cdk(project, [
      ...['deploy', '--all', '--require-approval', 'never', '--outputs-file', outputs],
      ...['--output', join(this.#emulator.folder, 'cdk.out')],
      ...(app ? ['--app', app] : []),
      ...(hotswap ? ['--hotswap'] : []),
    ])
    this.#outputs = { ...this.#outputs, ...JSON.parse(readFileSync(outputs, 'utf8')) }
    return said
  }

  /** What a stack gives out under a name. */
  output(stack: string, name: string): string {
    const value = this.#outputs[stack]?.[name]
    if (value === undefined) throw new Error(`the stack ${stack} gives out no ${name}`)
    return value
  }

  /**
   * Where a stack's API is. Its host would have to be looked up: `<id>.execute-api.localhost`, which not every system
   * knows. The emulator serves it under a path, too.
   */
  endpoint(stack = STATELESS): string {
    const given = this.output(stack, 'ApiEndpoint')
    const id = /^http:\/\/(\w+)\.execute-api\./.exec(given)?.[1]
    if (!id) throw new Error(`the stack ${stack} gives out "${given}", which is no endpoint of an API`)
    return `${this.#emulator.endpoint}/_aws/execute-api/${id}`
  }

  async #cdk(from: string, args: string[]): Promise<string> {
    const { environment } = this.#emulator
    const running = promisify(execFile)(
      process.execPath,
      [cli, ...args, '--context', 'env=emulator', '--no-notices', '--no-color'],
      { cwd: from, env: { ...environment, CI: 'true', CDK_DISABLE_CLI_TELEMETRY: 'true' }, timeout: CDK_LIMIT_MS },
    )
    const { stdout, stderr } = await running.catch((failure: { stdout: string; stderr: string }) => {
      const said = `${failure.stdout}${failure.stderr}`.trimEnd().split('\n')
      throw new Error(`cdk ${args[0]} failed:\n${said.slice(-LINES_OF_FAILURE).join('\n')}`)
    })
    return stdout + stderr
  }
}

/** All that the app is made of. */
const PARTS = ['cdk.json', 'package.json', 'package-lock.json', 'domain', 'functions', 'infra', 'statemachines']

/** What becomes of the text of a file, by its path in the project. */
export type Changes = Record<string, (text: string) => string>

/** A copy of the project with other texts in some of its files, in the emulator's folder. */
export function changedCopy(emulator: Emulator, changes: Changes): string {
  const copy = mkdtempSync(join(emulator.folder, 'project-'))
  for (const part of PARTS) cpSync(join(project, part), join(copy, part), { recursive: true })
  symlinkSync(join(project, 'node_modules'), join(copy, 'node_modules'))
  for (const [file, change] of Object.entries(changes)) {
    const before = readFileSync(join(copy, file), 'utf8')
    const after = change(before)
    if (after === before) throw new Error(`the change of ${file} changes nothing`)
    writeFileSync(join(copy, file), after)
  }
  return copy
}
