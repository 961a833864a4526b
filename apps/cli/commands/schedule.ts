import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { Argument } from 'commander'
import type { Api } from '../api.ts'
import { idempotencyKey, later, name } from '../arguments.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { scheduleList, scheduleWords } from '../views/schedules.ts'

interface AddOptions {
  at: Date
  reason?: string
  idempotencyKey?: string
  json?: boolean
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
      run(command.optsWithGlobals(), (api, { json }) => list(api, terminal, group, json ?? false)),
    )
  schedule
    .command('cancel')
    .description('cancel what is planned')
    .argument('<group>', 'name of the group', name)
    .argument('<schedule>', 'its name, as `schedule list` shows it', name)
    .action((group: string, id: string, _, command: Command) =>
      run(command.optsWithGlobals(), (api, { json }) => cancel(api, terminal, { group, id }, json ?? false)),
    )
}

async function add(
  api: Api,
  terminal: Terminal,
  { group, action, node }: { group: string; action: 'failover' | 'fallback'; node: string },
  { at, reason, idempotencyKey: key = randomUUID(), json }: AddOptions,
): Promise<ExitCode> {
  const body = { action, node, at: at.toISOString(), ...(reason === undefined ? {} : { reason }) }
  const accepted = await api.schedule(group, body, key)
  const { schedule } = accepted
  terminal.print(
    json
      ? JSON.stringify(accepted, null, 2)
      : `Planned: ${scheduleWords(schedule, terminal.view())}\nTake it back: understudy schedule cancel ${group} ${schedule.id}`,
  )
  return EXIT.done
}

async function list(api: Api, terminal: Terminal, group: string, json: boolean): Promise<ExitCode> {
  const schedules = await api.schedules(group)
  const text = () => (schedules.length === 0 ? 'Nothing is planned.' : scheduleList(schedules, terminal.view()))
  terminal.print(json ? JSON.stringify({ schedules }, null, 2) : text())
  return EXIT.done
}

async function cancel(api: Api, terminal: Terminal, { group, id }: { group: string; id: string }, json: boolean) {
  await api.unschedule(group, id)
  terminal.print(json ? JSON.stringify({ cancelled: id }, null, 2) : `${id} is cancelled.`)
  return EXIT.done
}
