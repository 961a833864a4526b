import type { Command } from 'commander'
import type { GroupStatus } from '../../client/answers.ts'
import type { Api } from '../../client/api.ts'
import { isPassing, pause } from '../../client/patience.ts'
import { clock } from '../../client/words/time.ts'
import { name } from '../arguments.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import { untilInterrupted } from '../interrupt.ts'
import { type Format, type OutputOptions, show, streamed } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { groupCard, groupsOverview } from '../views/status.ts'
import { paintOf, type View } from '../views/view.ts'

interface StatusOptions extends OutputOptions {
  watch?: boolean
}

export function addStatusCommand(program: Command, terminal: Terminal, run: Run): void {
  program
    .command('status')
    .description('show the nodes of a group, their services and the running transition; without a group, all groups')
    .argument('[group]', 'name of the group', name)
    .option('-w, --watch', 'keep it up to date until Ctrl-C; where it cannot be drawn over, print it at each change')
    .action((group: string | undefined, _, command: Command) =>
      run<StatusOptions>(command.optsWithGlobals(), (api, options) => showStatus(api, terminal, group, options)),
    )
}

/** Shows one group, or all groups of the cluster, once or until Ctrl-C. */
async function showStatus(
  api: Api,
  terminal: Terminal,
  group: string | undefined,
  options: StatusOptions,
): Promise<ExitCode> {
  const look = async (signal?: AbortSignal): Promise<GroupStatus[]> =>
    group === undefined ? api.groups(signal) : [await api.group(group, signal)]
  if (options.watch) return watch(look, terminal, options)
  const groups = await look()
  return show(terminal, options, { groups }, (view) => picture(groups, view))
}

function picture(groups: GroupStatus[], view: View): string {
  const [first, ...others] = groups
  if (!first) return 'There is no group in this cluster yet.'
  return others.length === 0 ? groupCard(first, view) : groupsOverview(groups, view)
}

const LOOK_EVERY_MS = 500
/** Countdowns go on between two looks. */
const DRAW_EVERY_MS = 250

type Look = (signal: AbortSignal) => Promise<GroupStatus[]>

async function watch(look: Look, terminal: Terminal, { output }: OutputOptions): Promise<ExitCode> {
  const { signal, release } = untilInterrupted()
  try {
    if (output === 'table' && terminal.isLive) await watchAsPicture(look, terminal, signal)
    else await watchChanges(look, terminal, output, signal)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    release()
  }
  return EXIT.done
}

/** Prints what is there, and again at each change; an API that is gone for a while is told once. */
async function watchChanges(look: Look, terminal: Terminal, output: Format, signal: AbortSignal) {
  let groups = await look(signal)
  let shown = ''
  let isAway = false
  while (!signal.aborted) {
    const standing = lasting(groups)
    if (standing !== shown) {
      terminal.print(output === 'table' ? `${picture(groups, terminal.view())}\n` : streamed({ groups }, output))
    }
    shown = standing
    await pause(LOOK_EVERY_MS, signal)
    try {
      groups = await look(signal)
      isAway = false
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error
      if (!isAway) terminal.printError(`${(error as Error).message}; trying again`)
      isAway = true
    }
  }
}

/** All but what every heartbeat changes. */
const lasting = (groups: GroupStatus[]): string =>
  JSON.stringify(groups, (key, value) => (key === 'lastHeartbeatAt' || key === 'version' ? undefined : value))

/** An API that is gone for a while is said below the last picture; the first look must succeed. */
async function watchAsPicture(look: Look, terminal: Terminal, signal: AbortSignal) {
  let groups = await look(signal)
  let seenAt = new Date().toISOString()
  let trouble = ''
  const live = await terminal.openPicture()
  const draw = () => live.draw(`${picture(groups, terminal.view())}\n\n${footer(seenAt, trouble, terminal.view())}`)
  const timer = setInterval(draw, DRAW_EVERY_MS)
  try {
    while (!signal.aborted) {
      draw()
      await pause(LOOK_EVERY_MS, signal)
      try {
        groups = await look(signal)
        seenAt = new Date().toISOString()
        trouble = ''
      } catch (error) {
        if (!isPassing(error)) throw error
        trouble = (error as Error).message
      }
    }
  } finally {
    clearInterval(timer)
    live.end()
  }
}

const footer = (seenAt: string, trouble: string, view: View): string =>
  trouble
    ? paintOf(view).yellow(`  Shown as of ${clock(seenAt, view)}: ${trouble}`)
    : paintOf(view).dim(`  ${clock(seenAt, view)} · Ctrl-C ends`)
