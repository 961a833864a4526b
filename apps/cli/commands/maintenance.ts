import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import type { GroupStatus } from '../../client/answers.ts'
import type { Api } from '../../client/api.ts'
import { later, name } from '../arguments.ts'
import type { ExitCode } from '../exit.ts'
import { type OutputOptions, show } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { paragraph } from '../views/view.ts'

interface MaintenanceOptions extends OutputOptions {
  node?: string
  reason?: string
  until?: Date
}

/** Manual commands pass while nothing automatic happens. */
export function addMaintenanceCommands(program: Command, terminal: Terminal, run: Run): void {
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
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => acknowledge(api, terminal, group, options)),
    )
}

/** Begins maintenance of a group or one of its nodes, or moves its end. */
const beginMaintenance = (api: Api, terminal: Terminal, group: string, options: MaintenanceOptions) =>
  maintain(api, terminal, group, options, {
    enabled: true,
    reason: options.reason,
    ...(options.until ? { until: options.until.toISOString() } : {}),
  })

const endMaintenance = (api: Api, terminal: Terminal, group: string, options: MaintenanceOptions) =>
  maintain(api, terminal, group, options, { enabled: false })

async function maintain(
  api: Api,
  terminal: Terminal,
  group: string,
  options: MaintenanceOptions,
  wanted: object,
): Promise<ExitCode> {
  return tell(terminal, await api.maintain(group, options.node, wanted, randomUUID()), options)
}

/** On-call has seen what happened to the group; what a cut-off has switched off is on again. */
const acknowledge = async (api: Api, terminal: Terminal, group: string, options: OutputOptions) =>
  tell(terminal, await api.acknowledge(group, randomUUID()), options)

const tell = (terminal: Terminal, status: GroupStatus, options: OutputOptions): ExitCode =>
  show(terminal, options, status, (view) => paragraph('', status.explanation, view))
