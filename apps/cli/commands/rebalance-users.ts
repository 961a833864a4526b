import type { Api } from '../../client/api.ts'
import type { RebalanceReport } from '../../client/user-api.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { type OutputOptions, show } from '../output.ts'
import { patiently, untilInterrupted } from '../patience.ts'
import { type LongRun, openProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { number, rebalancePlan, userCount } from '../views/users.ts'
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
  const all = toMove(plan)
  const progress = await openProgress(terminal, all, options.output !== 'table')
  const { signal, release } = untilInterrupted()
  const seen: Seen = { moved: 0, loggedIn: 0, last: plan, done: false }
  try {
    await moveAll(api, options, seen, progress, signal)
  } finally {
    release()
    progress.end()
  }
  return tell(terminal, seen, all, options)
}

const toMove = ({ moves }: RebalanceReport): number => moves.reduce((sum, { users }) => sum + users, 0)

interface Seen {
  moved: number
  loggedIn: number
  last: RebalanceReport
  done: boolean
}

async function confirm(api: Api, terminal: Terminal, plan: RebalanceReport, { logOut }: RebalanceOptions) {
  const users = userCount(toMove(plan))
  const text = logOut
    ? `${users} get another home. Those who are logged in are disconnected, and log in at their new home.`
    : `${users} get another home. Those who are logged in stay where they are.`
  terminal.printError(paragraph('', text, terminal.view()))
  const agreed = await terminal.confirm(`  At ${api.endpoint}. Go on?`)
  if (!agreed) throw new CliError(EXIT.failed, 'Declined', 'nothing was changed')
}

/** Page after page, and from the beginning again as long as that moves anybody: others add and remove users meanwhile. */
async function moveAll(api: Api, options: RebalanceOptions, seen: Seen, progress: LongRun, signal: AbortSignal) {
  for (let movedAny = true; movedAny && !signal.aborted && seen.last.moves.length > 0; ) {
    movedAny = false
    seen.loggedIn = 0
    let cursor: string | undefined
    do {
      const place = cursor === undefined ? {} : { cursor }
      const ask = () => api.users.rebalance({ logOut: options.logOut ?? false, ...place })
      const page = await patiently(ask, progress.trouble, signal)
      seen.moved += page.moved
      seen.loggedIn += page.loggedIn
      seen.last = page
      movedAny ||= page.moved > 0
      progress.advance(page.moved)
      cursor = page.cursor
    } while (cursor !== undefined && !signal.aborted)
    seen.done = !signal.aborted
  }
}

function tell(
  terminal: Terminal,
  { moved, loggedIn, last, done }: Seen,
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
