import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import type { TransitionKind, TransitionReport } from '../../client/answers.ts'
import type { Api } from '../../client/api.ts'
import { name } from '../arguments.ts'
import { assertConfirmable, type ConfirmOptions } from '../confirm.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { type OutputOptions, show } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { vendorStatus } from '../views/vendor.ts'
import { NO_PROGRESS, type Progress, waitForTransition } from '../wait.ts'
import { begin, tellConsequences } from './transition.ts'

type Options = OutputOptions & ConfirmOptions

/** `understudy ha …` in the words and shapes of the vendor's `utils ha …`, for the hands and scripts that know them. */
export function addVendorCommands(ha: Command, terminal: Terminal, run: Run): void {
  ha.command('status')
    .description('print the states as the vendor’s utils ha status does; without a group, of all groups')
    .argument('[group]', 'name of the group', name)
    .action((group: string | undefined, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), async (api, options) => {
        const groups = group === undefined ? await api.groups() : [await api.group(group)]
        return show(terminal, options, { groups }, () => groups.map(vendorStatus).join('\n'))
      }),
    )
  for (const kind of ['failover', 'fallback'] as const) {
    ha.command(kind)
      .description(`ask for a ${kind} as the vendor’s utils ha ${kind} does; disconnects users`)
      .argument('<node>', kind === 'failover' ? 'the node to fail over from' : 'the node to fall back to', name)
      .option('-y, --yes', 'do not ask')
      .action((node: string, _, command: Command) => {
        assertConfirmable(terminal, `ha ${kind} disconnects users`, command.opts<ConfirmOptions>())
        return run<Options>(command.optsWithGlobals(), (api, options) => move(api, terminal, kind, node, options))
      })
  }
  ha.command('recover')
    .description('recover a group as the vendor’s utils ha recover does, and wait for it; may disconnect users')
    .argument('<group>', 'name of the group', name)
    .option('-y, --yes', 'do not ask')
    .action((group: string, _, command: Command) => {
      assertConfirmable(terminal, 'ha recover may disconnect users', command.opts<ConfirmOptions>())
      return run<Options>(command.optsWithGlobals(), (api, options) => recover(api, terminal, group, options))
    })
}

/** The vendor's own letters, which differ between the two. */
const ANNOUNCEMENTS = {
  failover: (node: string) => `Initiate Manual Failover for Node > ${node}`,
  fallback: (node: string) => `Initiate Manual fallback for Node >${node}<`,
}

async function move(
  api: Api,
  terminal: Terminal,
  kind: 'failover' | 'fallback',
  node: string,
  options: Options,
): Promise<ExitCode> {
  const { body } = await api.configuration.node(node)
  if (body.group === null) throw new CliError(EXIT.refused, 'NodeInNoGroup', `${node} is in no group: it has no peer`)
  const request = { kind, group: body.group, node }
  if (!options.yes) await tellConsequences(api, terminal, request)
  if (options.output === 'table') terminal.print(ANNOUNCEMENTS[kind](node))
  const accepted = await begin(api, request, randomUUID())
  const status = await api.group(body.group)
  return show(terminal, options, accepted, () => `Request SUCCESSFUL.\n${vendorStatus(status)}`)
}

const LONGEST_RECOVERY_MS = 600_000

/** The agents restart first; then critical services that do not run are started [B22]. */
async function recover(api: Api, terminal: Terminal, group: string, options: Options): Promise<ExitCode> {
  const kind: TransitionKind = 'recovery'
  if (!options.yes) await tellConsequences(api, terminal, { kind, group })
  const accepted = await begin(api, { kind, group }, randomUUID())
  const { id } = accepted.transition
  const isQuiet = options.output !== 'table'
  const report = await waitForTransition(
    api,
    { group, id },
    LONGEST_RECOVERY_MS,
    isQuiet ? NO_PROGRESS : vendorProgress(terminal),
  )
  if (report.status !== 'SUCCEEDED') throw await notRecovered(api, group)
  return isQuiet ? show(terminal, options, report, () => '') : EXIT.done
}

/** Says `Stopped` once both recovery managers have restarted, and `Started` once the group is recovered. */
function vendorProgress(terminal: Terminal): Progress {
  const lines = ['Stopping services... Stopped', 'Starting services... Started']
  return {
    show(report) {
      const said = report.status === 'SUCCEEDED' ? 2 : restarted(report) >= 2 ? 1 : 0
      for (const line of lines.splice(0, said - (2 - lines.length))) terminal.print(line)
    },
    end: () => undefined,
  }
}

/** How many nodes have restarted their agent. */
function restarted({ steps }: TransitionReport): number {
  const isRestart = ({ detail }: TransitionReport['steps'][number]) =>
    detail.ok === true && (detail.command as { kind?: string } | undefined)?.kind === 'restart'
  return new Set(steps.filter(isRestart).map(({ detail }) => detail.node)).size
}

const notRecovered = async (api: Api, group: string): Promise<CliError> =>
  new CliError(EXIT.failed, 'NotRecovered', `${group} is not recovered: ${(await api.group(group)).explanation}`)
