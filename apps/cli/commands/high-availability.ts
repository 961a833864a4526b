import type { Command } from 'commander'
import type { GroupStatus } from '../../client/answers.ts'
import type { Api } from '../../client/api.ts'
import { isPassing, pause } from '../../client/patience.ts'
import { disconnection } from '../../client/words/commands.ts'
import { name, waitOption } from '../arguments.ts'
import { assertConfirmable, type ConfirmOptions, confirm } from '../confirm.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { type OutputOptions, show } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { paragraph } from '../views/view.ts'
import { standing } from '../views/words.ts'

interface SwitchOptions extends OutputOptions, ConfirmOptions {
  force?: boolean
  /** For how many seconds, at most. */
  wait?: number
}

/** `understudy ha on` and `ha off` [B5] [B7] [B8]. */
export function addSwitchCommands(ha: Command, terminal: Terminal, run: Run): void {
  ha.command('on')
    .description('switch high availability of a group on, where it is ready; its users log in anew')
    .argument('<group>', 'name of the group', name)
    .option('-y, --yes', 'do not ask')
    .option('--force', 'also where it is not ready: a node whose services are down then fails over to its peer')
    .addOption(waitOption('wait until both nodes are Normal'))
    .action((group: string, _, command: Command) => {
      assertConfirmable(terminal, 'ha on disconnects users', command.opts<SwitchOptions>())
      return run<SwitchOptions>(command.optsWithGlobals(), (api, options) => switchOn(api, terminal, group, options))
    })
  ha.command('off')
    .description('switch it off: nobody takes over any more; its users log in anew')
    .argument('<group>', 'name of the group', name)
    .option('-y, --yes', 'do not ask')
    .action((group: string, _, command: Command) => {
      assertConfirmable(terminal, 'ha off disconnects users', command.opts<SwitchOptions>())
      return run<SwitchOptions>(command.optsWithGlobals(), (api, options) => switchOff(api, terminal, group, options))
    })
}

async function switchOn(api: Api, terminal: Terminal, group: string, options: SwitchOptions): Promise<ExitCode> {
  const before = await api.group(group)
  if (!before.highAvailability && !options.yes) {
    const forced = options.force ? ' It is not asked whether the group is ready: a node may fail over at once.' : ''
    const consequences = `High availability of ${group} on. ${disconnection(before.nodes)}${forced}`
    await confirm(terminal, consequences, `Cluster ${before.cluster} at ${api.endpoint}`)
  }
  const status = await api.configuration.setHighAvailability(group, true, options.force ?? false)
  if (options.wait === undefined) return tell(terminal, status, options)
  return tell(terminal, await untilNormal(api, terminal, group, status, options), options)
}

async function switchOff(api: Api, terminal: Terminal, group: string, options: SwitchOptions): Promise<ExitCode> {
  const before = await api.group(group)
  if (before.highAvailability && !options.yes) {
    const consequences = `High availability of ${group} off: nobody takes over until it is on again. ${disconnection(before.nodes)}`
    await confirm(terminal, consequences, `Cluster ${before.cluster} at ${api.endpoint}`)
  }
  return tell(terminal, await api.configuration.setHighAvailability(group, false, false), options)
}

const tell = (terminal: Terminal, status: GroupStatus, options: OutputOptions): ExitCode =>
  show(terminal, options, status, (view) =>
    paragraph(
      '',
      `High availability of ${status.group} is ${status.highAvailability ? 'on' : 'off'}. ${status.explanation}`,
      view,
    ),
  )

const LOOK_EVERY_MS = 500

/** Waits for Normal/Normal, saying where the nodes stand at each change; a group that settles elsewhere has failed. */
async function untilNormal(
  api: Api,
  terminal: Terminal,
  group: string,
  first: GroupStatus,
  { wait = 0, output }: SwitchOptions,
): Promise<GroupStatus> {
  const deadlineMs = performance.now() + wait * 1000
  let shown = ''
  for (let status = first; ; status = await lookAgain(api, group, status)) {
    const words = status.nodes.map((node) => `${node.node} ${standing(node, terminal.view())}`).join(', ')
    if (output === 'table' && words !== shown) terminal.print(`  ${words}`)
    shown = words
    if (status.nodes.every(({ state }) => state === 'Normal')) return status
    if (hasSettled(status))
      throw new CliError(EXIT.failed, 'NotNormal', `${group} did not come to Normal: ${status.explanation}`)
    if (performance.now() >= deadlineMs) {
      throw new CliError(
        EXIT.timedOut,
        'WaitTimedOut',
        `${group} was not Normal after ${wait} s: ${status.explanation}`,
      )
    }
    await pause(LOOK_EVERY_MS)
  }
}

const lookAgain = (api: Api, group: string, last: GroupStatus): Promise<GroupStatus> =>
  api.group(group).catch((error: unknown) => {
    if (isPassing(error)) return last
    throw error
  })

/** Nothing is on its way any more. */
const hasSettled = ({ transition, nodes }: GroupStatus): boolean =>
  transition === null &&
  nodes.every(({ state }) => state !== 'Initializing' && state !== 'Unknown' && state !== 'Normal')
