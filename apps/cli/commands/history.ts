import type { Command } from 'commander'
import { explanationOf } from '../../../domain/explanation.ts'
import type { Api } from '../../client/api.ts'
import { lastIncident } from '../../client/incident.ts'
import { moment, name } from '../arguments.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { type OutputOptions, show, streamed } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { explanationView } from '../views/explanation.ts'
import { historyEntry } from '../views/history.ts'
import { timelineView } from '../views/timeline.ts'

interface HistoryOptions extends OutputOptions {
  since?: Date
}

/** What looks back: why a group is as it is, what happened to it, and how the last incident went [B31] [B32]. */
export function addHistoryCommands(program: Command, terminal: Terminal, run: Run): void {
  program
    .command('explain')
    .description('say why a group is as it is, and what will happen next and when')
    .argument('<group>', 'name of the group', name)
    .action((group: string, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => explain(api, terminal, group, options)),
    )
  program
    .command('history')
    .description('print all that happened to a group, oldest first, with who, why, and the facts of the moment')
    .argument('<group>', 'name of the group', name)
    .option('--since <when>', 'from then on: a time (2026-01-31T23:59:00Z) or how long ago (30s, 10m, 2h, 1d)', moment)
    .action((group: string, _, command: Command) =>
      run<HistoryOptions>(command.optsWithGlobals(), (api, options) => history(api, terminal, group, options)),
    )
  program
    .command('timeline')
    .description('draw the last incident of a group: its nodes, what happened when, and who served whom')
    .argument('<group>', 'name of the group', name)
    .action((group: string, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => timeline(api, terminal, group, options)),
    )
}

/** As many entries hold what led to now; a group that changes more often is read in its history. */
const RECENT = 200

async function explain(api: Api, terminal: Terminal, group: string, options: OutputOptions): Promise<ExitCode> {
  const [status, latest] = await Promise.all([api.group(group), api.latest(group, RECENT)])
  const explanation = explanationOf(status, latest)
  return show(terminal, options, explanation, (view) => explanationView(status, explanation, view))
}

/** Written as it is read: a long history needs no room. */
async function history(api: Api, terminal: Terminal, group: string, { since, output }: HistoryOptions) {
  for await (const page of api.wholeHistory(group, since?.toISOString())) {
    for (const event of page) {
      terminal.print(output === 'table' ? historyEntry(event, terminal.view()) : streamed(event, output))
    }
  }
  return EXIT.done
}

/** What an incident may consist of. */
const LONGEST_INCIDENT = 500

async function timeline(api: Api, terminal: Terminal, group: string, options: OutputOptions): Promise<ExitCode> {
  const incident = lastIncident(await api.latest(group, LONGEST_INCIDENT))
  return show(terminal, options, { incident }, (view) =>
    incident ? timelineView(incident, view) : `${group} has had no incident that its history still knows.`,
  )
}
