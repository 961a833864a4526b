import { Command, Option } from 'commander'
import project from '../../package.json' with { type: 'json' }
import { type Api, createApi } from '../client/api.ts'
import { type ConnectionChoice, type ConnectionSources, resolveConnection } from '../client/connection.ts'
import { createClient } from '../client/node-client.ts'
import { withWait } from './arguments.ts'
import { addApplyCommands } from './commands/apply.ts'
import { addBrakeCommands } from './commands/brake.ts'
import { addClusterCommands } from './commands/clusters.ts'
import { addCompletionCommand, COMPLETE, complete } from './commands/completion.ts'
import { addEventsCommand } from './commands/events.ts'
import { addGroupCommands } from './commands/groups.ts'
import { addSwitchCommands } from './commands/high-availability.ts'
import { addHistoryCommands } from './commands/history.ts'
import { addMaintenanceCommands } from './commands/maintenance.ts'
import { addNodeCommands } from './commands/nodes.ts'
import { addParameterCommands } from './commands/parameters.ts'
import { addReadinessCommand } from './commands/readiness.ts'
import { addScheduleCommands } from './commands/schedule.ts'
import { addSessionCommands } from './commands/sessions.ts'
import { addStatusCommand } from './commands/status.ts'
import { addTransitionCommands } from './commands/transition.ts'
import { addUserCommands } from './commands/users.ts'
import { addVendorCommands } from './commands/vendor.ts'
import { EXIT, type ExitCode, errorDocument, errorText, exitCodeOf } from './exit.ts'
import { documentText, FORMATS, type OutputOptions } from './output.ts'
import type { Terminal } from './terminal.ts'

/** The options that every command has. */
export type GlobalOptions = ConnectionChoice & OutputOptions

/** What a command does once it is connected. */
type Action<Options> = (api: Api, options: Options & GlobalOptions) => Promise<ExitCode>

const NOTES = `
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by the state,
4 not found, 5 waiting timed out.

The endpoint is --endpoint, else UNDERSTUDY_ENDPOINT, else that of the profile
(--profile, UNDERSTUDY_PROFILE), else the local stage. Profiles stand in
~/.config/understudy/config.yaml, as name: { endpoint, region, awsProfile, cluster }.
Requests are signed with what the AWS SDK finds: --aws-profile, AWS_PROFILE,
SSO, keys of the environment, the role of the machine.`

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
    if (argv[0] === COMPLETE) return await complete(program, argv.slice(1), terminal, environment)
    await program.parseAsync(withWait(argv), { from: 'user' })
    return exitCode
  } catch (error) {
    if (!isCommanders(error)) tell(error, terminal, program.opts<GlobalOptions>())
    return exitCodeOf(error)
  }
}

/** Commander has printed its own errors, and the help. */
const isCommanders = (error: unknown): boolean => (error as { code?: string }).code?.startsWith?.('commander.') ?? false

function tell(error: unknown, terminal: Terminal, { output }: OutputOptions): void {
  const view = { ...terminal.view(), color: false }
  const text = () => `understudy: ${errorText(error, view)}`
  terminal.printError(output === 'table' ? text() : documentText(errorDocument(error, view), output))
}

export type Run = <Options>(options: Options & GlobalOptions, action: Action<Options>) => Promise<void>

/** The commands, each subject's in its own file. */
export function createProgram(terminal: Terminal, run: Run): Command {
  const program = new Command('understudy')
    .description('Shows and commands pairs of presence servers.')
    .version(project.version)
    .option('--endpoint <url>', 'where the API stands')
    .option('--profile <name>', 'a deployment of your configuration file')
    .option('--aws-profile <name>', 'whose AWS credentials sign')
    .option('--cluster <name>', 'the cluster; not needed where there is one')
    .addOption(
      new Option(
        '-o, --output <format>',
        'all but table are the API’s own shape (jsonl: in one line); errors are problem documents then',
      )
        .choices(FORMATS)
        .default('table'),
    )
    .addOption(new Option('--json', 'the same as --output json').implies({ output: 'json' }))
    .option('--no-headers', 'lists without their head')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', NOTES)
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.printError(text.trimEnd()),
    })
    .exitOverride()

  program.commandsGroup('Look:')
  addStatusCommand(program, terminal, run)
  addHistoryCommands(program, terminal, run)
  addEventsCommand(program, terminal, run)
  addReadinessCommand(program, terminal, run)
  program.commandsGroup('Act:')
  addTransitionCommands(program, terminal, run)
  addScheduleCommands(program.command('schedule'), terminal, run)
  addMaintenanceCommands(program, terminal, run)
  addBrakeCommands(program.command('brake'), terminal, run)
  program.commandsGroup('Users:')
  addUserCommands(program.command('users'), terminal, run)
  addSessionCommands(program.command('sessions'), terminal, run)
  program.commandsGroup('Configure:')
  addClusterCommands(program.command('clusters'), terminal, run)
  addNodeCommands(program.command('nodes'), terminal, run)
  addGroupCommands(program.command('groups'), terminal, run)
  addParameterCommands(program.command('parameters'), terminal, run)
  const ha = program
    .command('ha')
    .description('high availability of a group: on, off, and in the shapes of the vendor’s utils ha')
  addSwitchCommands(ha, terminal, run)
  addVendorCommands(ha, terminal, run)
  addApplyCommands(program, terminal, run)
  program.commandsGroup('This program:')
  addCompletionCommand(program, terminal)
  return program
}
