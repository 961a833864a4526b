import { type Command, Option } from 'commander'
import { SESSION_MODES } from '../../../domain/sessions.ts'
import type { AdminClient } from '../admin/admin-client.ts'

interface Asked {
  config: string
  platform: string
  mode: string
  push?: true
  expiresInSeconds?: number
}

const CONFIG = ['--config <file>', 'the configuration of this agent (YAML)'] as const
const EXPIRES = ['--expires-in-seconds <number>', 'for how long it is kept if nobody says it again', Number] as const

/** The commands with which a node's own server tells the running agent of its clients; each prints the answer as JSON. */
export function addSessionCommands(
  program: Command,
  clientOf: (options: { config: string }) => AdminClient,
  write: (text: string) => unknown,
): void {
  const tell = async (
    { config }: Asked,
    method: 'PUT' | 'DELETE',
    what: 'sessions' | 'subscriptions',
    body: object,
  ) => {
    const answer = await clientOf({ config }).tell(method, what, body)
    write(`${JSON.stringify(answer, null, 2)}\n`)
  }

  const session = program.command('session').description('tells the control plane of a client of a user')
  session
    .command('put <user> <device>')
    .description('the client is here, and how; also when it is suspended, or comes back')
    .requiredOption(...CONFIG)
    .requiredOption('--platform <name>', 'as its server knows it: ios, android, macos, …')
    .addOption(
      new Option('--mode <mode>', 'suspended clients are in the background')
        .choices(SESSION_MODES)
        .default('foreground'),
    )
    .option('--push', 'it takes pushes')
    .option(...EXPIRES)
    .action((user: string, device: string, options: Asked) => {
      const { platform, mode, push = false, expiresInSeconds } = options
      return tell(options, 'PUT', 'sessions', { user, device, platform, mode, pushEnabled: push, expiresInSeconds })
    })
  session
    .command('end <user> <device>')
    .description('the client has logged out')
    .requiredOption(...CONFIG)
    .action((user: string, device: string, options: Asked) => tell(options, 'DELETE', 'sessions', { user, device }))

  const subscription = program.command('subscription').description('tells it of a temporary presence subscription')
  subscription
    .command('put <user> <presentity>')
    .description('the user has subscribed for a while, or goes on with it')
    .requiredOption(...CONFIG)
    .option(...EXPIRES)
    .action((user: string, presentity: string, options: Asked) =>
      tell(options, 'PUT', 'subscriptions', { user, presentity, expiresInSeconds: options.expiresInSeconds }),
    )
  subscription
    .command('end <user> <presentity>')
    .description('it is over')
    .requiredOption(...CONFIG)
    .action((user: string, presentity: string, options: Asked) =>
      tell(options, 'DELETE', 'subscriptions', { user, presentity }),
    )
}
