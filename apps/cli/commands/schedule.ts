import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { Argument } from 'commander'
import type { Api } from '../../client/api.ts'
import { idempotencyKey, later, name } from '../arguments.ts'
import type { ExitCode } from '../exit.ts'
import { type OutputOptions, show } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { scheduleList, scheduleWords } from '../views/schedules.ts'

interface AddOptions extends OutputOptions {
  at: Date
  reason?: string
  idempotencyKey?: string
}

/** A failover or fallback at a time [B23]. */
export function addScheduleCommands(schedule: Command, terminal: Terminal, run: Run): void {
  schedule.description('plan a failover or fallback for a time; it is run then as if you had called')
  schedule
    .command('add')
    .description('plan it; what the state does not allow at its time is refused then, and on-call is told')
    .argument('<group>', 'name of the group', name)
    .addArgument(new Argument('<action>', 'what to do').choices(['failover', 'fallback']))
    .argument('<node>', 'the node to fail over from, or to fall back to', name)
    .requiredOption('--at <when>', 'a time (2026-01-31T22:00:00Z), or how long from now (10m, 2h, 1d)', later)
    .option('--reason <text>', 'what it is for')
    .option('--idempotency-key <key>', 'the same key plans once, however often it is sent', idempotencyKey)
    .action((group: string, action: 'failover' | 'fallback', node: string, _, command: Command) =>
      run<AddOptions>(command.optsWithGlobals(), (api, options) =>
        add(api, terminal, { group, action, node }, options),
      ),
    )
  schedule
    .command('list')
    .description('list what is planned')
    .argument('<group>', 'name of the group', name)
    .action((group: string, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => list(api, terminal, group, options)),
    )
  schedule
    .command('cancel')
    .description('cancel what is planned')
    .argument('<group>', 'name of the group', name)
    .argument('<schedule>', 'its name, as `schedule list` shows it', name)
    .action((group: string, id: string, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => cancel(api, terminal, { group, id }, options)),
    )
}

async function add(
  api: Api,
  terminal: Terminal,
  { group, action, node }: { group: string; action: 'failover' | 'fallback'; node: string },
  { at, reason, idempotencyKey: key = randomUUID(), ...options }: AddOptions,
): Promise<ExitCode> {
  const body = { action, node, at: at.toISOString(), ...(reason === undefined ? {} : { reason }) }
  const accepted = await api.schedule(group, body, key)
  const { schedule } = accepted
  const back = `Take it back: understudy schedule cancel ${group} ${schedule.id}`
  return show(terminal, options, accepted, (view) => `Planned: ${scheduleWords(schedule, view)}\n${back}`)
}

async function list(api: Api, terminal: Terminal, group: string, options: OutputOptions): Promise<ExitCode> {
  const schedules = await api.schedules(group)
  return show(terminal, options, { schedules }, (view) =>
    schedules.length === 0 ? 'Nothing is planned.' : scheduleList(schedules, view),
  )
}

async function cancel(
  api: Api,
  terminal: Terminal,
  { group, id }: { group: string; id: string },
  options: OutputOptions,
) {
  await api.unschedule(group, id)
  return show(terminal, options, { cancelled: id }, () => `${id} is cancelled.`)
}
