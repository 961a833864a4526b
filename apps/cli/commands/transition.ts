import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import type { TransitionKind, TransitionReport } from '../../client/answers.ts'
import type { Accepted, Api } from '../../client/api.ts'
import { UnreachableError } from '../../client/problem.ts'
import { transitionName } from '../../client/words/words.ts'
import { idempotencyKey, name, timeoutOption, waitOption } from '../arguments.ts'
import { assertConfirmable, type ConfirmOptions, confirm } from '../confirm.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { type OutputOptions, show } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { planView } from '../views/plan.ts'
import { consequences } from '../views/refusal.ts'
import { paintOf, paragraph } from '../views/view.ts'
import { standing } from '../views/words.ts'
import { NO_PROGRESS, stepsOn, waitForTransition } from '../wait.ts'

interface TransitionOptions extends OutputOptions, ConfirmOptions {
  /** For how many seconds, at most. */
  wait?: number
  timeout?: number
  idempotencyKey?: string
  dryRun?: boolean
}

export interface TransitionRequest {
  kind: TransitionKind
  group: string
  /** The node to fail over from, or to fall back to. */
  node?: string
}

interface RequestCommand {
  command: string
  kind: TransitionKind
  description: string
  node?: string
}

const REQUESTS: readonly RequestCommand[] = [
  {
    command: 'failover',
    kind: 'failover',
    description: 'stop the services of a node and let its peer serve its users; disconnects them',
    node: 'the node to fail over from',
  },
  {
    command: 'fallback',
    kind: 'fallback',
    description: 'start the services of a node and bring its users home; disconnects them',
    node: 'the node to fall back to',
  },
  {
    command: 'recover',
    kind: 'recovery',
    description: 'bring a group whose nodes are both in a failed state back to normal; may disconnect users',
  },
]

export function addTransitionCommands(program: Command, terminal: Terminal, run: Run): void {
  for (const request of REQUESTS) addRequest(program, terminal, run, request)
}

function addRequest(
  program: Command,
  terminal: Terminal,
  run: Run,
  { command, kind, description, node }: RequestCommand,
) {
  const added = program.command(command).description(description).argument('<group>', 'name of the group', name)
  if (node) added.argument('<node>', node, name)
  added
    .option('--dry-run', 'show what would be done, step by step, and change nothing')
    .option('-y, --yes', 'do not ask')
    .addOption(waitOption('wait until it is over, and show its steps'))
    .addOption(timeoutOption())
    .option('--idempotency-key <key>', 'the same key asks once, however often it is sent', idempotencyKey)
    .action((group: string, ...rest: unknown[]) => {
      const { dryRun, ...options } = added.opts<TransitionOptions>()
      if (!dryRun) assertConfirmable(terminal, `${command} disconnects users`, options)
      const request = node ? { kind, group, node: rest[0] as string } : { kind, group }
      return run<TransitionOptions>(added.optsWithGlobals(), (api, options) =>
        requestTransition(api, terminal, request, options),
      )
    })
}

/** Asks for a failover of a node, a fallback to it, or a recovery, after a confirmation; waits for its end on demand. */
async function requestTransition(
  api: Api,
  terminal: Terminal,
  request: TransitionRequest,
  options: TransitionOptions,
): Promise<ExitCode> {
  const { group } = request
  if (options.dryRun) return showPlan(api, terminal, request, options)
  if (!options.yes) await tellConsequences(api, terminal, request)
  const accepted = await begin(api, request, options.idempotencyKey ?? randomUUID())
  const waitSeconds = options.timeout ?? options.wait
  if (waitSeconds === undefined) return show(terminal, options, accepted, () => begun(accepted, group))
  const { id } = accepted.transition
  const isQuiet = options.output !== 'table'
  const progress = isQuiet ? NO_PROGRESS : await stepsOn(terminal)
  const report = await waitForTransition(api, { group, id }, waitSeconds * 1000, progress)
  if (isQuiet) show(terminal, options, report, () => '')
  else await tellStanding(api, terminal, group, report)
  return report.status === 'SUCCEEDED' ? EXIT.done : EXIT.failed
}

/** What the request would do, and nothing of it is done. */
async function showPlan(api: Api, terminal: Terminal, request: TransitionRequest, options: OutputOptions) {
  const answer = await api.dryRun(request.kind, request.group, request.node)
  return show(terminal, options, answer, (view) => planView(answer.plan, view))
}

/** Users are disconnected only by somebody who was told so, or who said `--yes`. */
export async function tellConsequences(api: Api, terminal: Terminal, { kind, group, node }: TransitionRequest) {
  const status = await api.group(group)
  const names = status.nodes.map((one) => one.node)
  if (node !== undefined && !names.includes(node)) {
    throw new CliError(EXIT.notFound, 'NodeNotFound', `${group} has no node "${node}"; it has: ${names.join(', ')}`)
  }
  await confirm(terminal, consequences(kind, status, node), `Cluster ${status.cluster} at ${api.endpoint}`)
}

export async function begin(api: Api, { kind, group, node }: TransitionRequest, key: string): Promise<Accepted> {
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
