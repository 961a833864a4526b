import { Command, Option } from 'commander'
import project from '../../package.json' with { type: 'json' }
import type { TransitionKind } from '../client/answers.ts'
import { type ConnectionChoice, type ConnectionSources, resolveConnection } from '../client/connection.ts'
import { createClient } from '../client/signed-client.ts'
import { type Api, createApi } from './api.ts'
import { idempotencyKey, later, moment, name, seconds } from './arguments.ts'
import { addBrakeCommands } from './commands/brake.ts'
import { type EventsOptions, showEvents } from './commands/events.ts'
import { addHistoryCommands } from './commands/history.ts'
import { listClusters, listNodes } from './commands/lists.ts'
import { acknowledge, beginMaintenance, endMaintenance, type MaintenanceOptions } from './commands/maintenance.ts'
import { addScheduleCommands } from './commands/schedule.ts'
import { addSessionCommands } from './commands/sessions.ts'
import { assertWatchable, type StatusOptions, showStatus } from './commands/status.ts'
import { assertConfirmable, requestTransition, type TransitionOptions } from './commands/transition.ts'
import { addUserCommands } from './commands/users.ts'
import { EXIT, type ExitCode, errorDocument, errorText, exitCodeOf } from './exit.ts'
import type { Terminal } from './terminal.ts'

type GlobalOptions = ConnectionChoice & { json?: boolean }

/** What a command does once it is connected. */
type Action<Options> = (api: Api, options: Options & GlobalOptions) => Promise<ExitCode>

const NOTES = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by the state,
4 not found, 5 waiting timed out.

The endpoint is --endpoint, else UNDERSTUDY_ENDPOINT, else that of the profile
(--profile, UNDERSTUDY_PROFILE), else the local stage. Profiles stand in
~/.config/understudy/config.yaml, as name: { endpoint, region, awsProfile, cluster }`

/** Runs one command line; answers the exit code and never throws. */
export async function runCli(
  argv: string[],
  terminal: Terminal,
  environment: ConnectionSources['environment'],
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done
  const program = createProgram(terminal, async (options, action) => {
    const connection = await resolveConnection({ options, environment })
    const api = createApi(createClient(connection), connection.endpoint, connection.cluster)
    exitCode = await action(api, options)
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (!isCommanders(error)) tell(error, terminal, program.opts<GlobalOptions>().json ?? false)
    return exitCodeOf(error)
  }
}

/** Commander has printed its own errors, and the help. */
const isCommanders = (error: unknown): boolean => (error as { code?: string }).code?.startsWith?.('commander.') ?? false

function tell(error: unknown, terminal: Terminal, json: boolean): void {
  const view = { ...terminal.view(), color: false }
  terminal.printError(
    json ? JSON.stringify(errorDocument(error, view), null, 2) : `understudy: ${errorText(error, view)}`,
  )
}

export type Run = <Options>(options: Options & GlobalOptions, action: Action<Options>) => Promise<void>

function createProgram(terminal: Terminal, run: Run): Command {
  const program = new Command('understudy')
    .description('Shows and commands pairs of presence servers.')
    .version(project.version)
    .option('--endpoint <url>', 'where the API stands')
    .option('--profile <name>', 'a deployment of your configuration file')
    .option('--aws-profile <name>', 'whose AWS credentials sign')
    .option('--cluster <name>', 'the cluster; not needed where there is one')
    .option('--json', 'print JSON; errors, too, as problem documents')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', NOTES)
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.printError(text.trimEnd()),
    })
    .exitOverride()

  program
    .command('status')
    .description('show the nodes of a group, their services and the running transition; without a group, all groups')
    .argument('[group]', 'name of the group', name)
    .option('-w, --watch', 'keep the picture up to date until Ctrl-C')
    .action((group: string | undefined, _, command: Command) => {
      assertWatchable(terminal, command.optsWithGlobals())
      return run<StatusOptions>(command.optsWithGlobals(), (api, options) => showStatus(api, terminal, group, options))
    })
  for (const request of REQUESTS) addRequest(program, terminal, run, request)
  addMaintenance(program, terminal, run)
  addScheduleCommands(program.command('schedule'), terminal, run)
  addHistoryCommands(program, terminal, run)
  addBrakeCommands(program.command('brake'), terminal, run)
  addSessionCommands(program.command('sessions'), terminal, run)
  addUserCommands(program.command('users'), terminal, run)
  program
    .command('events')
    .description('print what has happened in the cluster, oldest first, one event a line')
    .argument('[group]', "only this group's", name)
    .option('-f, --follow', 'what happens from now on, until Ctrl-C')
    .option('--since <when>', 'from then on: a time (2026-01-31T23:59:00Z) or how long ago (30s, 10m, 2h, 1d)', moment)
    .action((group: string | undefined, _, command: Command) =>
      run<EventsOptions>(command.optsWithGlobals(), (api, options) => showEvents(api, terminal, group, options)),
    )
  program
    .command('clusters')
    .description('list the clusters')
    .action((_, command: Command) =>
      run(command.optsWithGlobals(), (api, { json }) => listClusters(api, terminal, json ?? false)),
    )
  program
    .command('nodes')
    .description('list the nodes of the cluster')
    .action((_, command: Command) =>
      run(command.optsWithGlobals(), (api, { json }) => listNodes(api, terminal, json ?? false)),
    )
  return program
}

/** Manual commands pass while nothing automatic happens. */
function addMaintenance(program: Command, terminal: Terminal, run: Run): void {
  const maintenance = program
    .command('maintenance')
    .description('keep everything automatic from a group while somebody works on it; what would have happened is said')
  maintenance
    .command('begin')
    .description('begin it, or change its reason or end')
    .argument('<group>', 'name of the group', name)
    .requiredOption('--reason <text>', 'what is being done')
    .option('--node <name>', 'the one node that is worked on', name)
    .option('--until <when>', 'when it ends by itself: a time (2026-01-31T23:59:00Z) or how long (10m, 2h, 1d)', later)
    .action((group: string, _, command: Command) =>
      run<MaintenanceOptions>(command.optsWithGlobals(), (api, options) =>
        beginMaintenance(api, terminal, group, options),
      ),
    )
  maintenance
    .command('end')
    .description('end it; what still holds then happens')
    .argument('<group>', 'name of the group', name)
    .option('--node <name>', 'the node whose maintenance ends', name)
    .action((group: string, _, command: Command) =>
      run<MaintenanceOptions>(command.optsWithGlobals(), (api, options) =>
        endMaintenance(api, terminal, group, options),
      ),
    )
  program
    .command('acknowledge')
    .description('say that on-call has seen what happened; what was switched off after happening too often is on again')
    .argument('<group>', 'name of the group', name)
    .action((group: string, _, command: Command) =>
      run(command.optsWithGlobals(), (api, options) => acknowledge(api, terminal, group, options)),
    )
}

interface RequestCommand {
  command: string
  kind: TransitionKind
  description: string
  node?: string
}

const REQUESTS: readonly RequestCommand[] = [
  {
    command: 'failover',
    kind: 'failover',
    description: 'stop the services of a node and let its peer serve its users; disconnects them',
    node: 'the node to fail over from',
  },
  {
    command: 'fallback',
    kind: 'fallback',
    description: 'start the services of a node and bring its users home; disconnects them',
    node: 'the node to fall back to',
  },
  {
    command: 'recover',
    kind: 'recovery',
    description: 'bring a group whose nodes are both in a failed state back to normal; may disconnect users',
  },
]

function addRequest(
  program: Command,
  terminal: Terminal,
  run: Run,
  { command, kind, description, node }: RequestCommand,
) {
  const added = program.command(command).description(description).argument('<group>', 'name of the group', name)
  if (node) added.argument('<node>', node, name)
  added
    .option('-y, --yes', 'do not ask')
    .option('--wait', 'wait until it is over, and show its steps')
    .addOption(
      new Option('--timeout <seconds>', 'how long to wait; implies --wait')
        .default(600)
        .argParser(seconds)
        .implies({ wait: true }),
    )
    .option('--idempotency-key <key>', 'the same key asks once, however often it is sent', idempotencyKey)
    .option('--dry-run', 'show what would be done, step by step, and change nothing')
    .action((group: string, ...rest: unknown[]) => {
      assertConfirmable(terminal, command, added.opts<TransitionOptions>())
      const request = node ? { kind, group, node: rest[0] as string } : { kind, group }
      return run<TransitionOptions>(added.optsWithGlobals(), (api, options) =>
        requestTransition(api, terminal, request, options),
      )
    })
}
