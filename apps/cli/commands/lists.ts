import type { Command } from 'commander'
import type { Api } from '../api.ts'
import type { ExitCode } from '../exit.ts'
import { type OutputOptions, showList } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'

export function addListCommands(program: Command, terminal: Terminal, run: Run): void {
  program
    .command('clusters')
    .description('list the clusters')
    .action((_, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => listClusters(api, terminal, options)),
    )
  program
    .command('nodes')
    .description('list the nodes of the cluster')
    .action((_, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => listNodes(api, terminal, options)),
    )
}

async function listClusters(api: Api, terminal: Terminal, options: OutputOptions): Promise<ExitCode> {
  const clusters = await api.clusters()
  const rows = clusters.map(({ cluster, nodes, groups }) => [cluster, String(nodes.length), groups.join(', ')])
  const listing = { head: ['Cluster', 'Nodes', 'Groups'], rows, none: 'There is no cluster yet.' }
  return showList(terminal, options, { clusters }, listing)
}

async function listNodes(api: Api, terminal: Terminal, options: OutputOptions): Promise<ExitCode> {
  const nodes = await api.nodes()
  const rows = nodes.map(({ node, group, hostName, softwareVersion }) => [node, group ?? '', hostName, softwareVersion])
  const listing = { head: ['Node', 'Group', 'Host', 'Version'], rows, none: 'There is no node here yet.' }
  return showList(terminal, options, { nodes }, listing)
}
