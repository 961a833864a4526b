import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import type { Api } from '../../client/api.ts'
import { UnreachableError } from '../../client/problem.ts'
import { disconnection } from '../../client/words/commands.ts'
import { name, waitOption } from '../arguments.ts'
import { carryOut } from '../configuration/carry-out.ts'
import { invalid, place, type ReadDocument, readDocument } from '../configuration/document.ts'
import { type Objection, type Plan, planOf, type Step } from '../configuration/plan.ts'
import { documentOf, readStanding, type Standing } from '../configuration/standing.ts'
import { agree, assertConfirmable, type ConfirmOptions } from '../confirm.ts'
import { CliError, EXIT, type ExitCode, errorText, exitCodeOf } from '../exit.ts'
import { documentText, type OutputOptions, show } from '../output.ts'
import type { GlobalOptions, Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { doneLine, planPicture, titleOf } from '../views/configuration.ts'
import { paragraph } from '../views/view.ts'
import { deletionConsequences } from './groups.ts'

interface ApplyOptions extends GlobalOptions, ConfirmOptions {
  file: string
  dryRun?: boolean
  prune?: boolean
  wait?: number
}

/** `understudy apply` and `understudy export`: a cluster's configuration as a file. */
export function addApplyCommands(program: Command, terminal: Terminal, run: Run): void {
  program
    .command('apply')
    .description('make a cluster as a file describes it: shows what would change, asks, and does it')
    .requiredOption('-f, --file <file>', 'the description, as export prints it; - reads it from the input')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--prune', 'delete nodes and groups that the file does not name; they stay otherwise')
    .option('-y, --yes', 'do not ask')
    .addOption(waitOption('wait until groups are ready whose high availability is to be on'))
    .action((_, command: Command) => {
      const { dryRun, yes, file } = command.opts<ApplyOptions>()
      if (!dryRun) assertConfirmable(terminal, 'apply changes the configuration', { yes: yes ?? false })
      if (file === '-' && !yes && !dryRun) throw askedInVain()
      return run<ApplyOptions>(command.optsWithGlobals(), (api, options) => apply(api, terminal, options))
    })
  program
    .command('export')
    .description('print a cluster as a file that apply takes; high availability, nodes, groups and parameters')
    .argument('[cluster]', 'its name; not needed where there is one', name)
    .action((cluster: string | undefined, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => exportCluster(api, terminal, cluster, options)),
    )
}

const askedInVain = (): CliError =>
  new CliError(EXIT.usage, 'NotConfirmed', 'the answer cannot be asked for where the file comes from: add --yes')

async function exportCluster(api: Api, terminal: Terminal, named: string | undefined, { output }: OutputOptions) {
  const cluster = named ?? (await api.cluster())
  const standing = await readStanding(api.inCluster(cluster), cluster)
  if (!standing.cluster) throw new CliError(EXIT.notFound, 'ClusterNotFound', `there is no cluster "${cluster}"`)
  const document = documentOf(standing.cluster, standing.statuses)
  terminal.print(documentText(document, output === 'table' ? 'yaml' : output))
  return EXIT.done
}

async function apply(outside: Api, terminal: Terminal, options: ApplyOptions): Promise<ExitCode> {
  const read = readDocument(options.file, await textOf(options.file))
  const { cluster } = read.document
  if (options.cluster !== undefined && options.cluster !== cluster) {
    throw invalid([place(options.file, read.lineOf, ['cluster'], `is ${cluster}, and --cluster is ${options.cluster}`)])
  }
  const api = outside.inCluster(cluster)
  const standing = await readStanding(api, cluster, read.document)
  const plan = planOf(read.document, standing, options.prune ?? false)
  if (plan.objections.length > 0) throw refused(options.file, read, plan.objections)
  const where = `Cluster ${cluster} at ${api.endpoint}`
  if (options.dryRun || plan.steps.length === 0) {
    return show(terminal, options, { cluster, steps: plan.steps }, (view) => planPicture(plan, where, view))
  }
  if (!options.yes) await ask(terminal, plan, standing, where)
  else if (options.output === 'table') terminal.print(planPicture(plan, where, terminal.view()))
  await carryOutTelling(api, terminal, plan, standing, options)
  return show(terminal, options, { cluster, steps: plan.steps }, () => 'All is as the file says.')
}

const textOf = (file: string): Promise<string> =>
  file === '-'
    ? text(process.stdin)
    : readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        const why = error.code === 'ENOENT' ? 'there is no such file' : error.message
        throw new CliError(EXIT.usage, 'FileUnreadable', `${file}: ${why}`)
      })

/** All of them at once, each with its line: nothing was changed. */
const refused = (file: string, { lineOf }: ReadDocument, objections: Objection[]): CliError =>
  new CliError(
    objections.some(({ against }) => against === 'rule') ? EXIT.usage : EXIT.refused,
    'CannotBeApplied',
    ['nothing was changed:', ...objections.map(({ path, message }) => place(file, lineOf, path, message))].join('\n'),
  )

/** Shows what would change, says who is disconnected, and asks. */
async function ask(terminal: Terminal, plan: Plan, standing: Standing, where: string): Promise<void> {
  const view = terminal.view()
  terminal.printError(planPicture(plan, where, view))
  for (const words of interruptions(plan.steps, standing)) terminal.printError(paragraph('→', words, view))
  await agree(terminal, where)
}

/** A step after which doors close, for each group that has users. */
function interruptions(steps: Step[], { statuses }: Standing): string[] {
  const isInterrupting = (step: Step) =>
    step.do !== 'put' || (step.what === 'group' && !step.isNew && step.differences.some(({ path }) => path === 'nodes'))
  const names = new Set(steps.filter((step) => step.what !== 'node' && isInterrupting(step)).map((step) => step.name))
  return [...names].flatMap((group) => {
    const status = statuses[group]
    const isDeleted = steps.some((step) => step.do === 'delete' && step.what === 'group' && step.name === group)
    return status ? [isDeleted ? deletionConsequences(status) : disconnection(status.nodes)] : []
  })
}

async function carryOutTelling(api: Api, terminal: Terminal, plan: Plan, standing: Standing, options: ApplyOptions) {
  const taken: Step[] = []
  const done = (step: Step) => {
    taken.push(step)
    if (options.output === 'table') terminal.print(doneLine(step, terminal.view()))
  }
  const lacks = (words: string) =>
    options.output === 'table' ? terminal.print(paragraph('', words, terminal.view())) : undefined
  try {
    await carryOut(api, plan, standing, { waitSeconds: options.wait, done, lacks })
  } catch (error) {
    throw brokenOff(plan, taken, error, terminal)
  }
}

/** What was done and what was not, so that nobody has to guess. */
function brokenOff({ steps }: Plan, taken: Step[], error: unknown, terminal: Terminal): CliError {
  const left = steps.slice(taken.length)
  const isStale = (error as { status?: number }).status === 412
  const why = isStale ? 'somebody else has changed the cluster meanwhile' : errorText(error, terminal.view())
  const [first] = left
  const unsure = error instanceof UnreachableError && !error.neverArrived && first
  const lines = [
    why,
    `done: ${taken.map(titleOf).join(', ') || 'nothing'}`,
    `not done: ${left.map(titleOf).join(', ')}`,
    ...(unsure ? [`whether ${titleOf(first)} was done is not known`] : []),
    'apply the file again: it goes on from what is there',
  ]
  const code = error instanceof CliError ? error.code : isStale ? 'ChangedMeanwhile' : 'BrokenOff'
  return new CliError(isStale ? EXIT.failed : exitCodeOf(error), code, lines.join('\n'))
}
