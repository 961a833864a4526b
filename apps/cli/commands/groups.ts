import type { Command } from 'commander'
import { stateLabel } from '../../../domain/states.ts'
import type { GroupStatus } from '../../client/answers.ts'
import type { Api } from '../../client/api.ts'
import { ifThere } from '../../client/configuration-api.ts'
import { disconnection } from '../../client/words/commands.ts'
import { name } from '../arguments.ts'
import { assertConfirmable, type ConfirmOptions, confirm } from '../confirm.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { type OutputOptions, show, showList } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { groupCard } from '../views/status.ts'

interface PutOptions extends OutputOptions, ConfirmOptions {
  description?: string
}
type DeleteOptions = OutputOptions & ConfirmOptions

/** `understudy groups …`. */
export function addGroupCommands(groups: Command, terminal: Terminal, run: Run): void {
  groups.description('list, show, create, change and delete presence redundancy groups')
  groups
    .command('list', { isDefault: true })
    .description('list the groups of the cluster')
    .action((_, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => listGroups(api, terminal, options)),
    )
  groups
    .command('show')
    .description('show one, as status does')
    .argument('<group>', 'its name', name)
    .action((group: string, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), async (api, options) => {
        const status = await api.group(group)
        return show(terminal, options, status, (view) => groupCard(status, view))
      }),
    )
  groups
    .command('put')
    .description('create a group of one or two nodes, or change what is named of it')
    .argument('<group>', 'its name', name)
    .argument('[nodes...]', 'its node or both nodes; a group that has others is interrupted for a moment')
    .option('--description <text>', 'what it is for')
    .option('-y, --yes', 'do not ask')
    .action((group: string, nodes: string[], _, command: Command) =>
      run<PutOptions>(command.optsWithGlobals(), (api, options) => putGroup(api, terminal, group, nodes, options)),
    )
  groups
    .command('delete')
    .description('delete a group; its nodes serve nobody then')
    .argument('<group>', 'its name', name)
    .option('-y, --yes', 'do not ask')
    .action((group: string, _, command: Command) => {
      assertConfirmable(terminal, 'groups delete disconnects users', command.opts<ConfirmOptions>())
      return run<DeleteOptions>(command.optsWithGlobals(), (api, options) => deleteGroup(api, terminal, group, options))
    })
}

async function listGroups(api: Api, terminal: Terminal, options: OutputOptions): Promise<ExitCode> {
  const groups = await api.groups()
  const rows = groups.map(({ group, highAvailability, nodes, description }) => [
    group,
    nodes.map(({ node }) => node).join(', '),
    highAvailability ? 'on' : 'off',
    highAvailability ? nodes.map(({ state }) => stateLabel(state)).join(' / ') : '',
    description,
  ])
  const head = ['Group', 'Nodes', 'HA', 'States', 'Description']
  return showList(terminal, options, { groups }, { head, rows, none: 'There is no group in this cluster yet.' })
}

async function putGroup(api: Api, terminal: Terminal, group: string, nodes: string[], options: PutOptions) {
  const found = await ifThere(api.configuration.group(group))
  if (!found && nodes.length === 0) {
    throw new CliError(EXIT.usage, 'NoNodes', `${group} is a new group: name its node, or both`)
  }
  const body = {
    description: options.description ?? found?.body.description ?? '',
    nodes: nodes.length > 0 ? nodes : (found?.body.nodes ?? []).map(({ node }) => node),
  }
  if (found) await confirmMembers(api, terminal, found.body, body.nodes, options)
  await api.configuration.putGroup(group, body, found?.etag ?? null)
  const status = await api.group(group)
  return show(terminal, options, status, (view) => groupCard(status, view))
}

/** With other nodes a group takes up a new epoch, for which every door closes (rule 11). */
async function confirmMembers(
  api: Api,
  terminal: Terminal,
  status: GroupStatus,
  wanted: string[],
  options: PutOptions,
) {
  const { group, cluster, nodes } = status
  if (nodes.map(({ node }) => node).join() === wanted.join() || options.yes) return
  assertConfirmable(terminal, 'groups put with other nodes disconnects users', options)
  const consequences = `Group ${group} is of ${wanted.join(' and ')} then. ${disconnection(nodes)}`
  await confirm(terminal, consequences, `Cluster ${cluster} at ${api.endpoint}`)
}

async function deleteGroup(api: Api, terminal: Terminal, group: string, options: DeleteOptions): Promise<ExitCode> {
  const { body, etag } = await api.configuration.group(group)
  if (!options.yes) {
    await confirm(terminal, deletionConsequences(body), `Cluster ${body.cluster} at ${api.endpoint}`)
  }
  await api.configuration.deleteGroup(group, etag)
  return show(terminal, options, { deleted: group }, () => `Group ${group} is deleted.`)
}

export function deletionConsequences({ group, nodes }: GroupStatus): string {
  const names = nodes.map(({ node }) => node).join(' and ')
  return `Group ${group} is deleted: ${names} then serve nobody, and whoever is logged in there is disconnected.`
}
