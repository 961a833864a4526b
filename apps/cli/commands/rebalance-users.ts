import type { Api } from '../../client/api.ts'
import { carryOutRebalance, type Rebalanced, usersToMove } from '../../client/rebalance.ts'
import type { RebalanceReport } from '../../client/user-api.ts'
import { number, userCount } from '../../client/words/pace.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { untilInterrupted } from '../interrupt.ts'
import { type OutputOptions, show } from '../output.ts'
import { openProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { rebalancePlan } from '../views/users.ts'
import { paragraph } from '../views/view.ts'

export interface RebalanceOptions extends OutputOptions {
  dryRun?: boolean
  logOut?: boolean
  yes?: boolean
}

export function assertRebalanceAsked(terminal: Terminal, { dryRun, yes }: RebalanceOptions): void {
  if (dryRun || yes || terminal.canAsk) return
  const message =
    'users rebalance gives users another home, and nobody can be asked here: add --yes to do it without a question, or --dry-run'
  throw new CliError(EXIT.usage, 'NotConfirmed', message)
}

/** Levels the users of the cluster after it has said what would move; what was broken off, the same command goes on with. */
export async function rebalanceUsers(api: Api, terminal: Terminal, options: RebalanceOptions): Promise<ExitCode> {
  const plan = await api.users.rebalance({ dryRun: true })
  const isFinal = options.dryRun || plan.moves.length === 0
  if (isFinal) return show(terminal, options, plan, (view) => rebalancePlan(plan, view))
  if (options.output === 'table') terminal.print(rebalancePlan(plan, terminal.view()))
  if (!options.yes) await confirm(api, terminal, plan, options)
  const all = usersToMove(plan)
  const progress = await openProgress(terminal, all, options.output !== 'table')
  const { signal, release } = untilInterrupted()
  const seen: Rebalanced = { moved: 0, loggedIn: 0, last: plan, done: false }
  try {
    await carryOutRebalance(api.users, seen, {
      logOut: options.logOut ?? false,
      onPage: ({ moved }) => progress.advance(moved),
      onTrouble: progress.trouble,
      signal,
    })
  } finally {
    release()
    progress.end()
  }
  return tell(terminal, seen, all, options)
}

async function confirm(api: Api, terminal: Terminal, plan: RebalanceReport, { logOut }: RebalanceOptions) {
  const users = userCount(usersToMove(plan))
  const text = logOut
    ? `${users} get another home. Those who are logged in are disconnected, and log in at their new home.`
    : `${users} get another home. Those who are logged in stay where they are.`
  terminal.printError(paragraph('', text, terminal.view()))
  const agreed = await terminal.confirm(`  At ${api.endpoint}. Go on?`)
  if (!agreed) throw new CliError(EXIT.failed, 'Declined', 'nothing was changed')
}

function tell(
  terminal: Terminal,
  { moved, loggedIn, last, done }: Rebalanced,
  all: number,
  options: RebalanceOptions,
): ExitCode {
  if (!done) {
    const message = `broken off after ${number(moved)} of ${userCount(all)}: the same command goes on with the others`
    throw new CliError(EXIT.failed, 'Interrupted', message)
  }
  const stayed = loggedIn === 0 ? '' : ` ${userCount(loggedIn)} stayed, being logged in; --log-out moves them, too.`
  const document = { moved, loggedIn, nodes: last.nodes, moves: last.moves }
  return show(terminal, options, document, () => `Moved ${userCount(moved)}.${stayed}`)
}
