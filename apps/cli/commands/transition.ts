import { randomUUID } from 'node:crypto'
import type { TransitionKind, TransitionReport } from '../../client/answers.ts'
import { UnreachableError } from '../../client/problem.ts'
import type { Accepted, Api } from '../api.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import { planView } from '../views/plan.ts'
import { consequences } from '../views/refusal.ts'
import { paintOf, paragraph } from '../views/view.ts'
import { standing, transitionName } from '../views/words.ts'
import { waitForTransition } from '../wait.ts'

export interface TransitionOptions {
  yes?: boolean
  wait?: boolean
  timeout: number
  idempotencyKey?: string
  dryRun?: boolean
  json?: boolean
}

export interface TransitionRequest {
  kind: TransitionKind
  group: string
  /** The node to fail over from, or to fall back to. */
  node?: string
}

/** Refuses what would have to be confirmed where nobody can be asked. */
export function assertConfirmable(
  terminal: Terminal,
  command: string,
  { yes, dryRun }: { yes?: boolean; dryRun?: boolean },
): void {
  if (yes || dryRun || terminal.canAsk) return
  const message = `${command} disconnects users, and nobody can be asked here: add --yes to do it without a question`
  throw new CliError(EXIT.usage, 'NotConfirmed', message)
}

/** Asks for a failover of a node, a fallback to it, or a recovery, after a confirmation; waits for its end on demand. */
export async function requestTransition(
  api: Api,
  terminal: Terminal,
  request: TransitionRequest,
  options: TransitionOptions,
): Promise<ExitCode> {
  const { group } = request
  if (options.dryRun) return showPlan(api, terminal, request, options.json ?? false)
  if (!options.yes) await confirm(api, terminal, request)
  const accepted = await begin(api, request, options.idempotencyKey ?? randomUUID())
  if (!options.wait) {
    terminal.print(options.json ? JSON.stringify(accepted, null, 2) : begun(accepted, group))
    return EXIT.done
  }
  const { id } = accepted.transition
  const report = await waitForTransition(api, terminal, { group, id }, options.timeout * 1000, options.json ?? false)
  if (options.json) terminal.print(JSON.stringify(report, null, 2))
  else await tellStanding(api, terminal, group, report)
  return report.status === 'SUCCEEDED' ? EXIT.done : EXIT.failed
}

/** What the request would do, and nothing of it is done. */
async function showPlan(api: Api, terminal: Terminal, { kind, group, node }: TransitionRequest, json: boolean) {
  const answer = await api.dryRun(kind, group, node)
  terminal.print(json ? JSON.stringify(answer, null, 2) : planView(answer.plan, terminal.view()))
  return EXIT.done
}

/** Users are disconnected only by somebody who was told so, or who said `--yes`. */
async function confirm(api: Api, terminal: Terminal, { kind, group, node }: TransitionRequest) {
  const status = await api.group(group)
  const names = status.nodes.map((one) => one.node)
  if (node !== undefined && !names.includes(node)) {
    throw new CliError(EXIT.notFound, 'NodeNotFound', `${group} has no node "${node}"; it has: ${names.join(', ')}`)
  }
  terminal.printError(paragraph('', consequences(kind, status, node), terminal.view()))
  const agreed = await terminal.confirm(`  Cluster ${status.cluster} at ${api.endpoint}. Go on?`)
  if (!agreed) throw new CliError(EXIT.failed, 'Declined', 'nothing was changed')
}

async function begin(api: Api, { kind, group, node }: TransitionRequest, key: string): Promise<Accepted> {
  try {
    return await api.begin(kind, group, node, key)
  } catch (error) {
    if (!(error instanceof UnreachableError) || error.neverArrived) throw error
    const message = `${error.message}\nWhether it has begun is not known. Asking again is safe with --idempotency-key ${key}`
    throw new CliError(EXIT.failed, 'NotKnown', message)
  }
}

const begun = ({ transition }: Accepted, group: string): string =>
  `${transitionName(transition)} has begun: ${transition.id}\nSee how it goes: understudy status ${group} --watch`

/** Where the nodes stand after it, and what to do where it did not succeed. */
async function tellStanding(api: Api, terminal: Terminal, group: string, report: TransitionReport): Promise<void> {
  const status = await api.group(group)
  const view = terminal.view()
  for (const node of status.nodes) terminal.print(`  ${paintOf(view).bold(node.node)}: ${standing(node, view)}`)
  if (report.status === 'SUCCEEDED') return
  terminal.print(paragraph('', status.explanation, view))
  for (const action of status.recommendedActions) terminal.print(paragraph('→', action, view))
}
