import type { Command } from 'commander'
import type { Api } from '../api.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { list } from '../views/lists.ts'

export function addListCommands(program: Command, terminal: Terminal, run: Run): void {
  program
    .command('clusters')
    .description('list the clusters')
    .action((_, command: Command) =>
      run(command.optsWithGlobals(), (api, { json }) => listClusters(api, terminal, json ?? false)),
    )
  program
    .command('nodes')
    .description('list the nodes of the cluster')
    .action((_, command: Command) =>
      run(command.optsWithGlobals(), (api, { json }) => listNodes(api, terminal, json ?? false)),
    )
}

async function listClusters(api: Api, terminal: Terminal, json: boolean): Promise<ExitCode> {
  const clusters = await api.clusters()
  const rows = clusters.map(({ cluster, nodes, groups }) => [cluster, String(nodes.length), groups.join(', ')])
  const table = () => list(['Cluster', 'Nodes', 'Groups'], rows, terminal.view())
  terminal.print(json ? JSON.stringify({ clusters }, null, 2) : rows.length > 0 ? table() : 'There is no cluster yet.')
  return EXIT.done
}

async function listNodes(api: Api, terminal: Terminal, json: boolean): Promise<ExitCode> {
  const nodes = await api.nodes()
  const rows = nodes.map(({ node, group, hostName, softwareVersion }) => [node, group ?? '', hostName, softwareVersion])
  const table = () => list(['Node', 'Group', 'Host', 'Version'], rows, terminal.view())
  terminal.print(json ? JSON.stringify({ nodes }, null, 2) : rows.length > 0 ? table() : 'There is no node here yet.')
  return EXIT.done
}
