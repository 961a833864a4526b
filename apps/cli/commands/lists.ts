import type { Api, NodeEntry } from '../api.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import { list } from '../views/lists.ts'

export async function listClusters(api: Api, terminal: Terminal, json: boolean): Promise<ExitCode> {
  const clusters = await api.clusters()
  const rows = clusters.map(({ cluster, nodes, groups }) => [cluster, String(nodes.length), groups.join(', ')])
  const table = () => list(['Cluster', 'Nodes', 'Groups'], rows, terminal.view())
  terminal.print(json ? JSON.stringify({ clusters }, null, 2) : rows.length > 0 ? table() : 'There is no cluster yet.')
  return EXIT.done
}

export async function listNodes(api: Api, terminal: Terminal, json: boolean): Promise<ExitCode> {
  const nodes = await api.nodes()
  const rows = nodes.map((node) => [
    ...[node.node, node.group ?? '', node.hostName, node.softwareVersion, String(node.users)],
    limits(node.clientReLogin),
    node.recommendedReLogin ? limits(node.recommendedReLogin) : '',
  ])
  const head = ['Node', 'Group', 'Host', 'Version', 'Users', 'Re-login', 'Recommended']
  const table = () => list(head, rows, terminal.view())
  terminal.print(json ? JSON.stringify({ nodes }, null, 2) : rows.length > 0 ? table() : 'There is no node here yet.')
  return EXIT.done
}

const limits = ({ lowerLimitSeconds, upperLimitSeconds }: NodeEntry['clientReLogin']): string =>
  `${lowerLimitSeconds}–${upperLimitSeconds} s`
