import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import type { BrakeStatus } from '../../client/answers.ts'
import type { Api } from '../../client/api.ts'
import { count, idempotencyKey, percent } from '../arguments.ts'
import { assertConfirmable, type ConfirmOptions, confirm } from '../confirm.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { type OutputOptions, show } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { brakePicture, releaseConsequences } from '../views/brake.ts'

interface BrakeOptions extends OutputOptions {
  idempotencyKey?: string
}
type ReleaseOptions = BrakeOptions & ConfirmOptions
type HoldOptions = BrakeOptions & { reason: string }
type SetOptions = BrakeOptions & { groups?: number; percent?: number }

const KEY = ['--idempotency-key <key>', 'the same key asks once, however often it is sent', idempotencyKey] as const

/** `understudy brake`, and what can be asked of it. */
export function addBrakeCommands(brake: Command, terminal: Terminal, run: Run): void {
  brake
    .description('show the fleet brake: whether it holds, its numbers, and the groups that it holds back')
    .action((_, command: Command) =>
      run<BrakeOptions>(command.optsWithGlobals(), async (api, options) =>
        showBrake(terminal, await api.brake(), options),
      ),
    )
  brake
    .command('release')
    .description('let the groups that are held back fail over; disconnects nobody who is served')
    .option('-y, --yes', 'do not ask')
    .option(...KEY)
    .action((_, command: Command) => {
      assertConfirmable(terminal, 'brake release fails groups over', command.opts<ReleaseOptions>())
      return run<ReleaseOptions>(command.optsWithGlobals(), (api, options) => releaseBrake(api, terminal, options))
    })
  brake
    .command('hold')
    .description('let no group fail over for silence until the brake is released')
    .requiredOption('--reason <text>', 'why; everybody who looks reads it')
    .option(...KEY)
    .action((_, command: Command) =>
      run<HoldOptions>(command.optsWithGlobals(), async (api, options) =>
        showBrake(terminal, await api.orderBrake({ holds: true, reason: options.reason }, keyOf(options)), options),
      ),
    )
  brake
    .command('set')
    .description('change the numbers from which on the brake holds; both must be reached')
    .option('--groups <number>', 'so many groups', count)
    .option('--percent <number>', 'this share of all groups', percent)
    .option(...KEY)
    .action((_, command: Command) => {
      assertNumbers(command.opts<SetOptions>())
      return run<SetOptions>(command.optsWithGlobals(), (api, options) => setNumbers(api, terminal, options))
    })
}

const keyOf = ({ idempotencyKey: key }: BrakeOptions): string => key ?? randomUUID()

function assertNumbers({ groups, percent: share }: SetOptions): void {
  if (groups === undefined && share === undefined) {
    throw new CliError(EXIT.usage, 'NothingToSet', 'brake set needs --groups, --percent or both')
  }
}

/** Releases the hold that was shown, and no later one. */
async function releaseBrake(api: Api, terminal: Terminal, options: ReleaseOptions): Promise<ExitCode> {
  const brake = await api.brake()
  if (!brake.holds) return showBrake(terminal, brake, options)
  if (!options.yes) await confirm(terminal, releaseConsequences(brake), `All clusters at ${api.endpoint}`)
  return showBrake(terminal, await api.orderBrake({ holds: false }, keyOf(options), brake.version), options)
}

async function setNumbers(api: Api, terminal: Terminal, options: SetOptions): Promise<ExitCode> {
  const { groups: leastGroups, percent: leastPercent } = options
  return showBrake(terminal, await api.orderBrake({ leastGroups, leastPercent }, keyOf(options)), options)
}

const showBrake = (terminal: Terminal, brake: BrakeStatus, options: OutputOptions): ExitCode =>
  show(terminal, options, brake, (view) => brakePicture(brake, view))
