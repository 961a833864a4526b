import type { Command } from 'commander'
import type { NodeBody } from '../../../domain/contract/configuration.ts'
import type { Api } from '../../client/api.ts'
import { ifThere, type NodeAnswer } from '../../client/configuration-api.ts'
import { nodeBodyOf } from '../../client/node-body.ts'
import { capacityClass, name, waitLimit } from '../arguments.ts'
import { assertConfirmable, type ConfirmOptions, confirm } from '../confirm.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { type OutputOptions, show, showList } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { fields } from '../views/lists.ts'
import type { View } from '../views/view.ts'

interface PutOptions extends OutputOptions {
  host?: string
  softwareVersion?: string
  databasePublisher?: string
  principal?: string
  reLoginLower?: number
  reLoginUpper?: number
  capacityClass?: number
}
type DeleteOptions = OutputOptions & ConfirmOptions

/** `understudy nodes …`. */
export function addNodeCommands(nodes: Command, terminal: Terminal, run: Run): void {
  nodes.description('list, show, create, change and delete nodes')
  nodes
    .command('list', { isDefault: true })
    .description('list the nodes of the cluster')
    .action((_, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => listNodes(api, terminal, options)),
    )
  nodes
    .command('show')
    .description('show one, and what its agent reported last')
    .argument('<node>', 'its name', name)
    .action((node: string, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), async (api, options) => {
        const { body } = await api.configuration.node(node)
        return show(terminal, options, body, (view) => nodeCard(body, view))
      }),
    )
  nodes
    .command('put')
    .description('create a node, or change what is named of it')
    .argument('<node>', 'its name', name)
    .option('--host <name>', 'its host name or address')
    .option('--software-version <version>', 'of its presence server')
    .option('--database-publisher <name>', 'where its database is written; the cluster’s, where it is left out')
    .option('--principal <arn>', 'the IAM identity that its agent signs with')
    .option('--re-login-lower <seconds>', 'a disconnected client waits at least so long', waitLimit)
    .option('--re-login-upper <seconds>', 'and at most so long', waitLimit)
    .option('--capacity-class <users>', 'how many users it is made for: 500 to 25000', capacityClass)
    .action((node: string, _, command: Command) =>
      run<PutOptions>(command.optsWithGlobals(), (api, options) => putNode(api, terminal, node, options)),
    )
  nodes
    .command('delete')
    .description('delete a node that is in no group any more')
    .argument('<node>', 'its name', name)
    .option('-y, --yes', 'do not ask')
    .action((node: string, _, command: Command) => {
      assertConfirmable(terminal, 'nodes delete shuts its agent out', command.opts<ConfirmOptions>())
      return run<DeleteOptions>(command.optsWithGlobals(), (api, options) => deleteNode(api, terminal, node, options))
    })
}

async function listNodes(api: Api, terminal: Terminal, options: OutputOptions): Promise<ExitCode> {
  const nodes = await api.nodes()
  const rows = nodes.map((node) => [
    ...[node.node, node.group ?? '', node.hostName, node.softwareVersion, String(node.users)],
    limits(node.clientReLogin),
    node.recommendedReLogin ? limits(node.recommendedReLogin) : '',
  ])
  const head = ['Node', 'Group', 'Host', 'Version', 'Users', 'Re-login', 'Recommended']
  const listing = { head, rows, none: 'There is no node here yet.' }
  return showList(terminal, options, { nodes }, listing)
}

const limits = ({ lowerLimitSeconds, upperLimitSeconds }: NodeAnswer['clientReLogin']): string =>
  `${lowerLimitSeconds}–${upperLimitSeconds} s`

async function putNode(api: Api, terminal: Terminal, node: string, options: PutOptions): Promise<ExitCode> {
  const found = await ifThere(api.configuration.node(node))
  const body = { ...(found ? nodeBodyOf(found.body) : {}), ...named(options) }
  const missing = REQUIRED.filter(([field]) => body[field] === undefined).map(([, option]) => option)
  if (missing.length > 0) {
    throw new CliError(EXIT.usage, 'NodeIncomplete', `${node} is a new node: add ${missing.join(', ')}`)
  }
  const limits = reLoginLimits(options, found?.body)
  const etag = found?.etag ?? null
  const changed = await api.configuration.putNode(node, limits ? { ...body, clientReLogin: limits } : body, etag)
  return show(terminal, options, changed.body, (view) => nodeCard(changed.body, view))
}

const REQUIRED = [
  ['hostName', '--host'],
  ['softwareVersion', '--software-version'],
  ['principal', '--principal'],
] as const

function named({ host, softwareVersion, databasePublisher, principal, capacityClass }: PutOptions): Partial<NodeBody> {
  const given = { hostName: host, softwareVersion, databasePublisher, principal, capacityClass }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

const FIELD_LIMITS = { lowerLimitSeconds: 120, upperLimitSeconds: 537 }

function reLoginLimits({ reLoginLower, reLoginUpper }: PutOptions, found?: NodeAnswer) {
  if (reLoginLower === undefined && reLoginUpper === undefined) return undefined
  const { lowerLimitSeconds, upperLimitSeconds } = found?.clientReLogin ?? FIELD_LIMITS
  return { lowerLimitSeconds: reLoginLower ?? lowerLimitSeconds, upperLimitSeconds: reLoginUpper ?? upperLimitSeconds }
}

async function deleteNode(api: Api, terminal: Terminal, node: string, options: DeleteOptions): Promise<ExitCode> {
  const { body, etag } = await api.configuration.node(node)
  if (!options.yes) {
    const consequences = `Node ${node} (${body.hostName}) is deleted: the control plane no longer answers its agent.`
    await confirm(terminal, consequences, `Cluster ${body.cluster} at ${api.endpoint}`)
  }
  await api.configuration.deleteNode(node, etag)
  return show(terminal, options, { deleted: node }, () => `Node ${node} is deleted.`)
}

function nodeCard(node: NodeAnswer, view: View): string {
  const { lastHeartbeatAt } = node
  return fields(
    [
      ['Node', node.node],
      ['Cluster', node.cluster],
      ['Group', node.group ?? 'none yet: it serves nobody'],
      ['Host', node.hostName],
      ['Software version', node.softwareVersion],
      ['Database publisher', node.databasePublisher],
      ['Principal', node.principal],
      ['Client re-login', limits(node.clientReLogin)],
      ['Recommended', node.recommendedReLogin ? limits(node.recommendedReLogin) : undefined],
      ['Capacity class', node.capacityClass === undefined ? undefined : `${node.capacityClass} users`],
      ['Last heartbeat', lastHeartbeatAt === undefined ? undefined : (lastHeartbeatAt ?? 'never')],
      ['Reported version', node.reported?.softwareVersion],
    ],
    view,
  )
}
