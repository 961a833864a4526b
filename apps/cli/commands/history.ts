import type { Command } from 'commander'
import { Option } from 'commander'
import { explanationOf } from '../../../domain/explanation.ts'
import type { Api } from '../api.ts'
import { moment, name } from '../arguments.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { explanationView } from '../views/explanation.ts'
import { historyEntry } from '../views/history.ts'
import { timelineView } from '../views/timeline.ts'
import { lastIncident } from '../views/timeline-events.ts'

interface HistoryOptions {
  since?: Date
  output?: 'text' | 'jsonl'
  json?: boolean
}

/** What looks back: why a group is as it is, what happened to it, and how the last incident went [B31] [B32]. */
export function addHistoryCommands(program: Command, terminal: Terminal, run: Run): void {
  program
    .command('explain')
    .description('say why a group is as it is, and what will happen next and when')
    .argument('<group>', 'name of the group', name)
    .action((group: string, _, command: Command) =>
      run(command.optsWithGlobals(), (api, { json }) => explain(api, terminal, group, json ?? false)),
    )
  program
    .command('history')
    .description('print all that happened to a group, oldest first, with who, why, and the facts of the moment')
    .argument('<group>', 'name of the group', name)
    .option('--since <when>', 'from then on: a time (2026-01-31T23:59:00Z) or how long ago (30s, 10m, 2h, 1d)', moment)
    .addOption(
      new Option('--output <format>', 'jsonl: one JSON object a line').choices(['text', 'jsonl']).default('text'),
    )
    .action((group: string, _, command: Command) =>
      run<HistoryOptions>(command.optsWithGlobals(), (api, options) => history(api, terminal, group, options)),
    )
  program
    .command('timeline')
    .description('draw the last incident of a group: its nodes, what happened when, and who served whom')
    .argument('<group>', 'name of the group', name)
    .action((group: string, _, command: Command) =>
      run(command.optsWithGlobals(), (api, { json }) => timeline(api, terminal, group, json ?? false)),
    )
}

/** As many entries hold what led to now; a group that changes more often is read in its history. */
const RECENT = 200

async function explain(api: Api, terminal: Terminal, group: string, json: boolean): Promise<ExitCode> {
  const [status, latest] = await Promise.all([api.group(group), api.latest(group, RECENT)])
  const explanation = explanationOf(status, latest)
  terminal.print(json ? JSON.stringify(explanation, null, 2) : explanationView(status, explanation, terminal.view()))
  return EXIT.done
}

/** Written as it is read: a long history needs no room. */
async function history(api: Api, terminal: Terminal, group: string, { since, output, json }: HistoryOptions) {
  for await (const page of api.wholeHistory(group, since?.toISOString())) {
    for (const event of page) {
      terminal.print(json || output === 'jsonl' ? JSON.stringify(event) : historyEntry(event, terminal.view()))
    }
  }
  return EXIT.done
}

/** What an incident may consist of. */
const LONGEST_INCIDENT = 500

async function timeline(api: Api, terminal: Terminal, group: string, json: boolean): Promise<ExitCode> {
  const incident = lastIncident(await api.latest(group, LONGEST_INCIDENT))
  const text = () =>
    incident ? timelineView(incident, terminal.view()) : `${group} has had no incident that its history still knows.`
  terminal.print(json ? JSON.stringify({ incident }, null, 2) : text())
  return EXIT.done
}
