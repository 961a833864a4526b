import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import type { StageUnderTest } from './stage-under-test.ts'

export type Hook = 'onTakeOver' | 'onTakeBack'
export type Switch = 'cannot start' | `${Hook} fails` | `${Hook} hangs`

/** A service of each node that does not start while it is told not to. */
export const UNRELIABLE = 'Sync Agent'

/** $0: the node's switches; $1: the hook. It notes for which transition it runs, hangs while it is told to, and fails if it is. */
const HOOK =
  'echo "$UNDERSTUDY_TRANSITION" >> "$0/$1"; while test -e "$0/$1 hangs"; do sleep 0.05; done; test ! -e "$0/$1 fails"'
/** $0: the node's switches; the others: the service's own command. */
const SERVICE = 'test ! -e "$0/cannot start" && exec "$@"'

interface AgentFile {
  services: { name: string; control: { command: string[] } }[]
  hooks?: Record<Hook, string[]>
}

/** Makes what a node's agent runs fail, or hang, as the test wants it: through its configuration, and files. */
export class Switches {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Rewrites the agent's configuration and restarts it. */
  static async install(stage: StageUnderTest, node: string): Promise<Switches> {
    const switches = Switches.write(
      join(stage.dataFolder, 'switches', node),
      join(stage.dataFolder, 'nodes', node, 'agent.yaml'),
    )
    await stage.restartAgent(node)
    return switches
  }

  /** Rewrites the agent's configuration, for its next start; `folder` becomes the node's switches. */
  static write(folder: string, agentFile: string): Switches {
    mkdirSync(folder, { recursive: true })
    const configuration = parse(readFileSync(agentFile, 'utf8')) as AgentFile
    const hook = (name: Hook) => ['sh', '-c', HOOK, folder, name]
    configuration.hooks = { onTakeOver: hook('onTakeOver'), onTakeBack: hook('onTakeBack') }
    for (const service of configuration.services) {
      if (service.name !== UNRELIABLE) continue
      service.control.command = ['sh', '-c', SERVICE, folder, ...service.control.command]
    }
    writeFileSync(agentFile, stringify(configuration))
    return new Switches(folder)
  }

  on(which: Switch): void {
    appendFileSync(join(this.#folder, which), '')
  }

  off(which: Switch): void {
    rmSync(join(this.#folder, which), { force: true })
  }

  /** The transitions for which the hook was run, once for each time. */
  runs(hook: Hook): string[] {
    const file = join(this.#folder, hook)
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
  }
}
