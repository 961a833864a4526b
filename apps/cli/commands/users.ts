import type { Command } from 'commander'
import type { Api } from '../../client/api.ts'
import type { UserPlace } from '../../client/user-api.ts'
import { count, name } from '../arguments.ts'
import { assertConfirmable, type ConfirmOptions } from '../confirm.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { type OutputOptions, show } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { loginSentence, recountTable, userList, userSentence } from '../views/users.ts'
import type { View } from '../views/view.ts'
import { type ImportOptions, importUsers } from './import-users.ts'
import { assertRebalanceAsked, type RebalanceOptions, rebalanceUsers } from './rebalance-users.ts'

type ListOptions = OutputOptions & { node?: string; limit?: number; cursor?: string; all?: boolean }
type Confirmed = OutputOptions & ConfirmOptions
type MoveOptions = Confirmed & UserPlace & { logOut?: boolean }

const NODE = ['--node <name>', 'the node of its home', name] as const
const GROUP = ['--group <name>', 'the group of its home', name] as const
const YES = ['-y, --yes', 'do not ask'] as const
const USER = ['<user>', 'name of the user', name] as const

const FILE_NOTES = `
One user a line: a name or, as CSV, a name and the node or group of its home.
Lines that begin with # are comments. With a bad line nothing is sent at all.
The same command again goes on where it was broken off.`

/** `understudy users`: who is at home where, and what can be asked for. */
export function addUserCommands(users: Command, terminal: Terminal, run: Run): void {
  users.description('list, add, move and count users, and say where they log in')
  addLooks(users, terminal, run)
  addChanges(users, terminal, run)
  addMoves(users, terminal, run)
}

function addLooks(users: Command, terminal: Terminal, run: Run): void {
  users
    .command('list')
    .description('list users in the order of their names, a page or all')
    .option('--node <name>', 'only those at home on this node', name)
    .option('--limit <number>', 'so many', count, 200)
    .option('--cursor <text>', 'go on after the page that ended with it')
    .option('--all', 'all of them, however many')
    .action((_, command: Command) =>
      run<ListOptions>(command.optsWithGlobals(), (api, options) => listUsers(api, terminal, options)),
    )
  users
    .command('show')
    .description('show where a user has its home, and who serves it')
    .argument(...USER)
    .action((user: string, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), async (api, options) =>
        print(terminal, await api.users.show(user), options, userSentence),
      ),
    )
  users
    .command('login')
    .description('say which node a user is to log in to, and how long to wait before')
    .argument(...USER)
    .action((user: string, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), async (api, options) =>
        print(terminal, await api.users.login(user), options, loginSentence),
      ),
    )
  users
    .command('recount')
    .description('count the users of each node anew, from the users themselves; others may go on changing them')
    .action((_, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), async (api, options) =>
        print(terminal, await api.users.recount(), options, recountTable),
      ),
    )
}

function addChanges(users: Command, terminal: Terminal, run: Run): void {
  users
    .command('add')
    .description('add a user; without a node or group the cluster assigns its home')
    .argument(...USER)
    .option(...NODE)
    .option(...GROUP)
    .action((user: string, _, command: Command) =>
      run<OutputOptions & UserPlace>(command.optsWithGlobals(), async (api, options) =>
        print(terminal, await api.users.add(user, placeOf(options)), options, userSentence),
      ),
    )
  users
    .command('import')
    .description('add the users of a file')
    .argument('<file>', 'the file; - for the standard input')
    .option('--skip-bad', 'pass over lines that cannot be sent, and send the others')
    .option('--check', 'look at each line, and send nothing')
    .addHelpText('after', FILE_NOTES)
    .action((file: string, _, command: Command) =>
      run<ImportOptions>(command.optsWithGlobals(), (api, options) => importUsers(api, terminal, file, options)),
    )
  users
    .command('remove')
    .description('remove a user')
    .argument(...USER)
    .option(...YES)
    .action((user: string, _, command: Command) => {
      assertConfirmable(terminal, 'users remove disconnects the user', command.opts<Confirmed>())
      return run<Confirmed>(command.optsWithGlobals(), (api, options) => removeUser(api, terminal, user, options))
    })
}

function addMoves(users: Command, terminal: Terminal, run: Run): void {
  users
    .command('move')
    .description('give a user another home, while it is logged out')
    .argument(...USER)
    .option(...NODE)
    .option(...GROUP)
    .option('--log-out', 'log it out first; disconnects it')
    .option(...YES)
    .action((user: string, _, command: Command) => {
      const asked = command.opts<MoveOptions>()
      assertPlace(asked)
      if (asked.logOut) assertConfirmable(terminal, 'users move --log-out disconnects the user', asked)
      return run<MoveOptions>(command.optsWithGlobals(), (api, options) => moveUser(api, terminal, user, options))
    })
  users
    .command('logout')
    .description('log a user out of all its clients; disconnects it')
    .argument(...USER)
    .option(...YES)
    .action((user: string, _, command: Command) => {
      assertConfirmable(terminal, 'users logout disconnects the user', command.opts<Confirmed>())
      return run<Confirmed>(command.optsWithGlobals(), (api, options) => logOutUser(api, terminal, user, options))
    })
  users
    .command('rebalance')
    .description('level the users over the nodes, after it has said what would move')
    .option('--dry-run', 'only say it')
    .option('--log-out', 'move also those who are logged in; disconnects them')
    .option(...YES)
    .action((_, command: Command) => {
      assertRebalanceAsked(terminal, command.opts<RebalanceOptions>())
      return run<RebalanceOptions>(command.optsWithGlobals(), (api, options) => rebalanceUsers(api, terminal, options))
    })
}

const print = <Answer>(
  terminal: Terminal,
  answer: Answer,
  options: OutputOptions,
  say: (it: Answer, view: View) => string,
): ExitCode => show(terminal, options, answer, (view) => say(answer, view))

const placeOf = ({ node, group }: UserPlace): UserPlace => ({ ...(node ? { node } : {}), ...(group ? { group } : {}) })

function assertPlace({ node, group }: UserPlace): void {
  if (node === undefined && group === undefined) {
    throw new CliError(EXIT.usage, 'NoPlace', 'users move needs --group, or --node')
  }
}

async function listUsers(api: Api, terminal: Terminal, { all, ...query }: ListOptions): Promise<ExitCode> {
  const { node, limit = 200, cursor } = query
  let page = await api.users.page({ ...(node ? { node } : {}), limit, ...(cursor ? { cursor } : {}) })
  const { users } = page
  while (all && page.cursor !== undefined) {
    page = await api.users.page({ ...(node ? { node } : {}), limit: LARGEST_PAGE, cursor: page.cursor })
    users.push(...page.users)
  }
  const document = { users, ...(page.cursor ? { cursor: page.cursor } : {}) }
  show(terminal, query, document, (view) => (users.length > 0 ? userList(users, view) : 'There is no such user.'))
  if (page.cursor !== undefined && query.output === 'table')
    terminal.printError(`There are more: --cursor ${page.cursor}, or --all`)
  return EXIT.done
}

const LARGEST_PAGE = 1000

async function confirm(api: Api, terminal: Terminal, question: string, { yes }: Confirmed): Promise<void> {
  if (yes) return
  if (!(await terminal.confirm(`${question} At ${api.endpoint}. Go on?`))) {
    throw new CliError(EXIT.failed, 'Declined', 'nothing was changed')
  }
}

async function removeUser(api: Api, terminal: Terminal, user: string, options: Confirmed): Promise<ExitCode> {
  await confirm(api, terminal, `User ${user} is removed, and can log in no more.`, options)
  await api.users.remove(user)
  return print(terminal, { removed: user }, options, () => `${user} is removed.`)
}

async function moveUser(api: Api, terminal: Terminal, user: string, options: MoveOptions): Promise<ExitCode> {
  const logOut = options.logOut ?? false
  if (logOut) await confirm(api, terminal, `User ${user} is disconnected where it is logged in.`, options)
  return print(terminal, await api.users.move(user, { ...placeOf(options), logOut }), options, userSentence)
}

async function logOutUser(api: Api, terminal: Terminal, user: string, options: Confirmed): Promise<ExitCode> {
  await confirm(api, terminal, `User ${user} is disconnected.`, options)
  const say = ({ sessions }: { sessions: number }) =>
    sessions === 0
      ? `${user} was not logged in.`
      : `${user} is logged out of ${sessions} client${sessions === 1 ? '' : 's'}.`
  return print(terminal, await api.users.logOut(user), options, say)
}
