import type { Command } from 'commander'
import type { EventRecord } from '../../client/answers.ts'
import { type Api, type EventsPage, NEWEST } from '../../client/api.ts'
import { isPassing, pause } from '../../client/patience.ts'
import { moment, name } from '../arguments.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { untilInterrupted } from '../interrupt.ts'
import { type OutputOptions, streamed } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { eventLine } from '../views/events.ts'

interface EventsOptions extends OutputOptions {
  follow?: boolean
  since?: Date
  cluster?: string
}

export function addEventsCommand(program: Command, terminal: Terminal, run: Run): void {
  program
    .command('events')
    .description('print what has happened in the cluster, oldest first, one event a line')
    .argument('[group]', "only this group's", name)
    .option('-f, --follow', 'what happens from now on, until Ctrl-C')
    .option('--since <when>', 'from then on: a time (2026-01-31T23:59:00Z) or how long ago (30s, 10m, 2h, 1d)', moment)
    .action((group: string | undefined, _, command: Command) =>
      run<EventsOptions>(command.optsWithGlobals(), (api, options) => showEvents(api, terminal, group, options)),
    )
}

/** Prints what has happened in the cluster, oldest first; with `follow`, what happens from now on, until Ctrl-C. */
async function showEvents(
  api: Api,
  terminal: Terminal,
  group: string | undefined,
  options: EventsOptions,
): Promise<ExitCode> {
  const show = (event: EventRecord) => {
    const view = { ...terminal.view(), width: Number.POSITIVE_INFINITY }
    terminal.print(options.output === 'table' ? eventLine(event, view) : streamed(event, options.output))
  }
  const since = options.since?.toISOString()
  if (!options.follow) {
    for (const event of await past(api, group, since)) show(event)
    return EXIT.done
  }
  const isNew = onceEach()
  const isWanted = ({ detail }: EventRecord) =>
    (group === undefined || detail.group === group) &&
    // What concerns no cluster concerns all.
    (options.cluster === undefined || (detail.cluster ?? options.cluster) === options.cluster)
  await follow(api, terminal, since, ({ events }) => events.filter(isWanted).filter(isNew).forEach(show))
  return EXIT.done
}

/** All since a time, or the newest. */
async function past(api: Api, group: string | undefined, since: string | undefined): Promise<EventRecord[]> {
  const groups = group === undefined ? await api.groupNames() : [group]
  const histories = await Promise.all(groups.map((name) => api.history(name, since)))
  const events = histories.flat().sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
  return since === undefined ? events.slice(-NEWEST) : events
}

const LONGEST_PAUSE_MS = 5_000

/** Goes on from the same place when the API was away; only the first question must be answered. */
async function follow(api: Api, terminal: Terminal, since: string | undefined, show: (page: EventsPage) => void) {
  const { signal, release } = untilInterrupted()
  let place: Parameters<Api['nextEvents']>[0] = since ? { since } : {}
  let failures = 0
  try {
    let isConnected = false
    while (!signal.aborted) {
      try {
        const page = await api.nextEvents(place, signal)
        show(page)
        place = { cursor: page.cursor }
        isConnected = true
        failures = 0
      } catch (error) {
        if (!isConnected || !isPassing(error)) throw error
        if (failures === 0) terminal.printError(`${(error as Error).message}; trying again`)
        failures += 1
        await pause(Math.min(LONGEST_PAUSE_MS, 500 * 2 ** (failures - 1)), signal)
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    release()
  }
}

const REMEMBERED = 10_000

/** Events may come twice, under the same id; ids count anew in each group. */
function onceEach(): (event: EventRecord) => boolean {
  const seen = new Set<string>()
  return ({ id, detail }) => {
    const name = `${detail.cluster}/${detail.group}/${id}`
    if (seen.has(name)) return false
    seen.add(name)
    const [oldest] = seen
    if (seen.size > REMEMBERED && oldest !== undefined) seen.delete(oldest)
    return true
  }
}
