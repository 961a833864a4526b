import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { loadAgentConfig } from '../config.ts'
import type { OrderOutcome } from '../operator-orders.ts'
import { addSessionCommands } from '../sessions/session-program.ts'
import { AdminClient, AdminError, EXIT } from './admin-client.ts'
import { statusText } from './admin-view.ts'
import { wanWords } from './wan-check.ts'

interface Options {
  config: string
  json?: true
}
interface ServeOptions extends Options {
  force?: true
  all?: true
  despitePromise?: true
  yesIKnowNobodyElseServes?: string
}

const CONFIG = ['--config <file>', 'the configuration of this agent (YAML)'] as const
const JSON_OUTPUT = ['--json', 'for a program'] as const

/** The commands that ask the running agent of this host. */
export function addAdminCommands(program: Command, write: (text: string) => unknown): void {
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .requiredOption(...CONFIG)
      .option(...JSON_OUTPUT)
  const say = <Answer>({ json }: Options, answer: Answer, text: (answer: Answer) => string) =>
    write(json ? `${JSON.stringify(answer, null, 2)}\n` : text(answer))
  const sayOutcome = (options: Options, outcome: OrderOutcome) => say(options, outcome, ({ said }) => `${said}\n`)

  command('status', 'what the running agent knows of this node').action(async (options: Options) => {
    say(options, await clientOf(options).status(), statusText)
  })
  command('fence', 'closes every door of this node, and keeps it closed until `release`').action(
    async (options: Options) => {
      sayOutcome(options, await clientOf(options).fence())
    },
  )
  command('release', 'ends a fence, and a forced serving').action(async (options: Options) => {
    sayOutcome(options, await clientOf(options).release())
  })
  command('wan-check', 'measures the line to the peer: round trip and throughput').action(async (options: Options) => {
    const result = await clientOf(options).wanCheck()
    say(options, result, (each) => `${wanWords(each)}\n`)
    if (result.problems.length > 0) process.exitCode = EXIT.failed
  })
  addSessionCommands(program, clientOf, write)
  command('serve', 'break-glass: opens doors without a lease, while the control plane is gone')
    .requiredOption('--force', 'it is never done by accident')
    .option('--all', "the peer's users, too, and not only this node's own")
    .option('--despite-promise', 'also a door that may be promised to the peer')
    .option('--yes-i-know-nobody-else-serves <node>', "this node's name, instead of typing it when asked")
    .action(async (options: ServeOptions) => {
      const { node } = loadAgentConfig(options.config)
      const typed = options.yesIKnowNobodyElseServes ?? (await askFor(node))
      if (typed !== node) throw new AdminError(EXIT.usage, `"${typed}" is not the name of this node: nothing was done`)
      const { all = false, despitePromise = false } = options
      sayOutcome(options, await clientOf(options).serve({ node, all, despitePromise }))
    })
}

function clientOf({ config }: Pick<Options, 'config'>): AdminClient {
  return new AdminClient({ file: config, stateFolder: loadAgentConfig(config).stateFolder })
}

async function askFor(node: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new AdminError(
      EXIT.usage,
      'nobody can be asked here: give --yes-i-know-nobody-else-serves with this node’s name',
    )
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  process.stderr.write(
    `Two nodes that serve the same users damage what these see. Make sure that the peer of ${node} serves none of them:\n` +
      'look at its gate, or power it off. Then type the name of this node to open its doors without a lease.\n',
  )
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
  const answer = await Promise.race([lines.question('> '), ended])
  lines.close()
  return answer.trim()
}
