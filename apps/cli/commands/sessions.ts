import { type Command, Option } from 'commander'
import { SESSION_MODES } from '../../../domain/sessions.ts'
import type { SessionEntry } from '../../client/answers.ts'
import type { Api } from '../../client/api.ts'
import { name } from '../arguments.ts'
import type { ExitCode } from '../exit.ts'
import { type OutputOptions, show } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { lostList, sessionList } from '../views/sessions.ts'

interface ListOptions extends OutputOptions {
  node?: string
  user?: string
  mode?: SessionEntry['mode']
  push?: true
}

/** `understudy sessions …`: who is logged in with what, and whose queued messages a crash took [B27]. */
export function addSessionCommands(sessions: Command, terminal: Terminal, run: Run): void {
  sessions.description('show the sessions of users, and those whose queued messages went with a crashed node')
  sessions
    .command('list')
    .description('list the sessions of a user, of the users at home on a node, or of the whole cluster')
    .option('--node <name>', 'only of those whose home it is, wherever they are served', name)
    .addOption(new Option('--user <name>', "only this user's").argParser(name).conflicts('node'))
    .addOption(new Option('--mode <mode>', 'only those').choices(SESSION_MODES))
    .option('--push', 'only those that take pushes')
    .action((_, command: Command) =>
      run<ListOptions>(command.optsWithGlobals(), (api, options) => listSessions(api, terminal, options)),
    )
  sessions
    .command('lost')
    .description('name the sessions for which messages were queued on a node that crashed, during the last 30 days')
    .argument('<group>', 'name of the group', name)
    .action((group: string, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => lostSessions(api, terminal, group, options)),
    )
}

async function listSessions(api: Api, terminal: Terminal, options: ListOptions): Promise<ExitCode> {
  const { node, user, mode, push } = options
  const found = user === undefined ? await ofNodes(api, node, options) : await api.sessionsOfUser(user)
  const wanted = found.filter(
    (each) => (mode === undefined || each.mode === mode) && (push === undefined || each.pushEnabled),
  )
  return showSessions(terminal, inOrder(wanted), options, sessionList, 'There is no such session.')
}

async function ofNodes(api: Api, node: string | undefined, { mode, push }: ListOptions): Promise<SessionEntry[]> {
  const nodes = node === undefined ? (await api.nodes()).flatMap((each) => (each.group ? each.node : [])) : [node]
  const filter = { mode, pushEnabled: push }
  return (await Promise.all(nodes.map((each) => api.sessionsOfNode(each, filter)))).flat()
}

async function lostSessions(api: Api, terminal: Terminal, group: string, options: OutputOptions) {
  const { nodes } = await api.group(group)
  const found = (await Promise.all(nodes.map(({ node }) => api.lostSessions(node)))).flat()
  return showSessions(
    terminal,
    inOrder(found),
    options,
    lostList,
    'No crash has taken messages that were queued for a session.',
  )
}

function showSessions(
  terminal: Terminal,
  sessions: SessionEntry[],
  options: OutputOptions,
  picture: typeof sessionList,
  none: string,
): ExitCode {
  return show(terminal, options, { sessions }, (view) => (sessions.length > 0 ? picture(sessions, view) : none))
}

/** The API's order means nothing. */
const inOrder = (sessions: SessionEntry[]): SessionEntry[] =>
  sessions.sort((one, other) => one.user.localeCompare(other.user) || one.device.localeCompare(other.device))
