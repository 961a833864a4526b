import type { Command } from 'commander'
import type { Api } from '../../client/api.ts'
import { type ClusterAnswer, ifThere } from '../../client/configuration-api.ts'
import { name } from '../arguments.ts'
import { assertConfirmable, type ConfirmOptions, confirm } from '../confirm.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { type OutputOptions, show, showList } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { fields } from '../views/lists.ts'
import type { View } from '../views/view.ts'

interface PutOptions extends OutputOptions {
  databasePublisher?: string
  criticalService?: string[]
}
type DeleteOptions = OutputOptions & ConfirmOptions

/** `understudy clusters …`. What a node or a group is has its own commands, and so have parameters. */
export function addClusterCommands(clusters: Command, terminal: Terminal, run: Run): void {
  clusters.description('list, show, create, change and delete clusters')
  clusters
    .command('list', { isDefault: true })
    .description('list the clusters')
    .action((_, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => listClusters(api, terminal, options)),
    )
  clusters
    .command('show')
    .description('show one: its critical services, parameters, nodes and groups')
    .argument('[cluster]', 'its name; not needed where there is one', name)
    .action((cluster: string | undefined, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), async (api, options) => {
        const { body } = await api.configuration.cluster(cluster ?? (await api.cluster()))
        return show(terminal, options, body, (view) => clusterCard(body, view))
      }),
    )
  clusters
    .command('put')
    .description('create a cluster, or change what is named of it')
    .argument('<cluster>', 'its name', name)
    .option('--database-publisher <name>', 'where the nodes’ database is written')
    .option('--critical-service <names...>', 'all services that a node cannot serve without')
    .action((cluster: string, _, command: Command) =>
      run<PutOptions>(command.optsWithGlobals(), (api, options) => putCluster(api, terminal, cluster, options)),
    )
  clusters
    .command('delete')
    .description('delete a cluster that has no nodes any more')
    .argument('<cluster>', 'its name', name)
    .option('-y, --yes', 'do not ask')
    .action((cluster: string, _, command: Command) => {
      assertConfirmable(terminal, 'clusters delete deletes it with its parameters', command.opts<ConfirmOptions>())
      return run<DeleteOptions>(command.optsWithGlobals(), (api, options) =>
        deleteCluster(api, terminal, cluster, options),
      )
    })
}

async function listClusters(api: Api, terminal: Terminal, options: OutputOptions): Promise<ExitCode> {
  const clusters = await api.clusters()
  const rows = clusters.map(({ cluster, nodes, groups }) => [cluster, String(nodes.length), groups.join(', ')])
  const listing = { head: ['Cluster', 'Nodes', 'Groups'], rows, none: 'There is no cluster yet.' }
  return showList(terminal, options, { clusters }, listing)
}

async function putCluster(api: Api, terminal: Terminal, cluster: string, options: PutOptions): Promise<ExitCode> {
  const { databasePublisher, criticalService: criticalServices } = options
  const found = await ifThere(api.configuration.cluster(cluster))
  if (!found && databasePublisher === undefined) {
    throw new CliError(EXIT.usage, 'NoPublisher', `${cluster} is a new cluster: add --database-publisher`)
  }
  const { cluster: _, version: __, nodes: ___, groups: ____, ...existing } = found?.body ?? ({} as ClusterAnswer)
  const body = {
    ...existing,
    ...(databasePublisher === undefined ? {} : { databasePublisher }),
    ...(criticalServices === undefined ? {} : { criticalServices }),
  }
  const changed = await api.configuration.putCluster(cluster, body, found?.etag ?? null)
  return show(terminal, options, changed.body, (view) => clusterCard(changed.body, view))
}

async function deleteCluster(api: Api, terminal: Terminal, cluster: string, options: DeleteOptions): Promise<ExitCode> {
  const { body, etag } = await api.configuration.cluster(cluster)
  if (!options.yes) {
    const consequences = `Cluster ${cluster} is deleted with its parameters. It has ${body.nodes.length} nodes.`
    await confirm(terminal, consequences, `Cluster ${cluster} at ${api.endpoint}`)
  }
  await api.configuration.deleteCluster(cluster, etag)
  return show(terminal, options, { deleted: cluster }, () => `Cluster ${cluster} is deleted.`)
}

function clusterCard(cluster: ClusterAnswer, view: View): string {
  const { serviceParameters, enterpriseParameters, nodes, groups } = cluster
  const parameters = Object.entries({ ...serviceParameters, ...enterpriseParameters })
  return fields(
    [
      ['Cluster', cluster.cluster],
      ['Version', String(cluster.version)],
      ['Database publisher', cluster.databasePublisher],
      ['Critical services', cluster.criticalServices.join(', ')],
      ['Nodes', nodes.join(', ') || 'none'],
      ['Groups', groups.join(', ') || 'none'],
      ...parameters.map(([parameter, value]): [string, string] => [parameter, String(value)]),
    ],
    view,
  )
}
