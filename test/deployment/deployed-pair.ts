import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { type Demo, startDemo } from '../../apps/stage/demo.ts'
import type { Stage } from '../../apps/stage/stage.ts'
import type { ServiceParameters } from '../../domain/settings.ts'
import { StageUnderTest } from '../stage/stage-under-test.ts'
import { Switches } from '../stage/switches.ts'
import { type Caller, writeCredentials } from './callers.ts'

/** Below the 300 seconds that the workflow gives a take-over. */
const HOOK_LIMIT_SECONDS = 200

export interface PairOptions {
  /** Of the deployed API. */
  endpoint: string
  /** Among them `operator`, and each node by its name. */
  callers: Record<string, Caller>
  parameters: Partial<ServiceParameters>
  say: (what: string) => void
}

/** The demo's pair, with its real agents and services, and the deployed control plane in the stage's place. */
export class DeployedPair extends StageUnderTest {
  #demo: Demo | undefined
  /** What the nodes' owner was told of and nobody asked for. */
  readonly errors: string[] = []

  /** Configures cluster, nodes and group, starts the nodes, and enables high availability. */
  static async up(options: PairOptions): Promise<DeployedPair> {
    const pair = new DeployedPair()
    try {
      await pair.#up(options)
      return pair
    } catch (error) {
      await pair.end()
      throw error
    }
  }

  async #up({ endpoint, callers, parameters, say }: PairOptions): Promise<void> {
    const credentialsFile = join(this.dataFolder, 'credentials')
    writeCredentials(credentialsFile, callers)
    const identities = {
      credentialsFile,
      addAgent: async (name: string) => ({ userArn: callers[name]?.arn }),
    }
    this.#demo = await startDemo({
      // Of a stage the demo needs where the API is, and who its nodes are.
      stage: { endpoint, identities } as unknown as Stage,
      dataFolder: this.dataFolder,
      environment: { ...process.env, NODE_OPTIONS: '' },
      parameters,
      progress: say,
      onError: (error, where) => this.errors.push(`${where}: ${error}`),
      signal: new AbortController().signal,
    })
    this.client = this.#demo.client
    this.nodes = this.#demo.nodes
  }

  /** Installs a node's switches, and lets its hooks hang for longer than a deployment takes. */
  async installSwitches(node: string): Promise<Switches> {
    const switches = await Switches.install(this, node)
    const file = join(this.dataFolder, 'nodes', node, 'agent.yaml')
    const configuration = parse(readFileSync(file, 'utf8')) as { hooks: object }
    const hooks = { ...configuration.hooks, timeLimitSeconds: HOOK_LIMIT_SECONDS }
    writeFileSync(file, stringify({ ...configuration, hooks }))
    await this.restartAgent(node)
    return switches
  }

  override async end(): Promise<void> {
    await this.#demo?.close()
    await super.end()
  }
}
