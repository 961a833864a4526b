import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Api } from '../../client/api.ts'
import { inBatches } from '../../client/batches.ts'
import { patiently } from '../../client/patience.ts'
import { ProblemError } from '../../client/problem.ts'
import type { BatchReport } from '../../client/user-api.ts'
import { type BadLine, readUserFile, type UserLine, wantedOf } from '../../client/user-file.ts'
import { number, userCount } from '../../client/words/pace.ts'
import { measured } from '../../client/words/time.ts'
import { CliError, EXIT, type ExitCode } from '../exit.ts'
import { untilInterrupted } from '../interrupt.ts'
import { documentText, type OutputOptions, show } from '../output.ts'
import { openProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { list } from '../views/lists.ts'

export interface ImportOptions extends OutputOptions {
  skipBad?: boolean
  check?: boolean
}

/** More lines than that nobody reads. */
const MOST_TOLD = 100

interface Outcome {
  added: number
  existing: number
  elsewhere: (UserLine & { homeNode: string })[]
  /** Of those who were added. */
  homes: Map<string, number>
}

/**
 * Adds the users of a file. Each line is looked at before anything is sent. What was broken off is gone on with by the same
 * command: who is there already is passed over quickly.
 */
export async function importUsers(
  api: Api,
  terminal: Terminal,
  file: string,
  options: ImportOptions,
): Promise<ExitCode> {
  const content = await contentOf(file)
  const { users, bad } = readUserFile(content, await api.clusterEntry())
  if (bad.length > 0 && !options.skipBad) throw badLines(file, users.length, bad)
  if (options.check) return tellChecked(terminal, users, bad, options)
  const startedAtMs = performance.now()
  const seen: Outcome = { added: 0, existing: 0, elsewhere: [], homes: new Map() }
  const progress = await openProgress(terminal, users.length, options.output !== 'table')
  const { signal, release } = untilInterrupted()
  try {
    const send = async (batch: UserLine[]) => {
      note(seen, batch, await patiently(() => api.users.addAll(batch.map(wantedOf)), progress.trouble, signal))
      progress.advance(batch.length)
    }
    await inBatches(users, send, signal)
  } catch (error) {
    progress.end()
    if (doneOf(seen) > 0) terminal.printError(brokenOff(seen, users.length))
    throw error
  } finally {
    release()
  }
  progress.end()
  if (doneOf(seen) < users.length) throw new CliError(EXIT.failed, 'Interrupted', brokenOff(seen, users.length))
  tell(terminal, seen, bad, performance.now() - startedAtMs, options)
  return seen.elsewhere.length > 0 ? EXIT.refused : EXIT.done
}

const contentOf = (file: string): Promise<string> =>
  (file === '-' ? text(process.stdin) : readFile(file, 'utf8')).catch((error: Error) => {
    throw new CliError(EXIT.usage, 'NoFile', `cannot read ${file}: ${error.message}`)
  })

function note(seen: Outcome, batch: UserLine[], { added, existing, users }: BatchReport): void {
  seen.added += added
  seen.existing += existing
  for (const [index, { outcome, homeNode }] of users.entries()) {
    const asked = batch[index]
    if (outcome === 'elsewhere' && asked) seen.elsewhere.push({ ...asked, homeNode })
    if (outcome === 'added') seen.homes.set(homeNode, (seen.homes.get(homeNode) ?? 0) + 1)
  }
}

const doneOf = ({ added, existing, elsewhere }: Outcome): number => added + existing + elsewhere.length

const brokenOff = (seen: Outcome, all: number): string =>
  `broken off after ${number(doneOf(seen))} of ${userCount(all)} (${number(seen.added)} added). ` +
  'The same command goes on with the others: who is there is passed over.'

function badLines(file: string, good: number, bad: BadLine[]): ProblemError {
  const told = bad.slice(0, MOST_TOLD).map(({ line, message }) => ({ path: `line ${line}`, message }))
  const more = bad.length > MOST_TOLD ? [{ path: 'and', message: `${number(bad.length - MOST_TOLD)} more lines` }] : []
  const lines = bad.length === 1 ? 'a line' : `${number(bad.length)} lines`
  const detail = `${file} has ${lines} that cannot be sent, beside ${userCount(good)} who can: mend it, or pass over with --skip-bad`
  return new ProblemError({
    ...{ type: 'about:blank', title: 'Nothing was sent', status: 422, code: 'BadLines' },
    detail,
    errors: [...told, ...more],
  })
}

function tellChecked(terminal: Terminal, users: UserLine[], bad: BadLine[], options: ImportOptions): ExitCode {
  const skipped = bad.length === 0 ? '' : ` ${number(bad.length)} lines would be passed over.`
  const said = `${userCount(users.length)} could be sent.${skipped} Nothing was.`
  return show(terminal, options, { users: users.length, skipped: bad }, () => said)
}

function tell(terminal: Terminal, seen: Outcome, bad: BadLine[], ms: number, { output }: ImportOptions): void {
  const { added, existing, elsewhere } = seen
  const homes = [...seen.homes].sort(([one], [other]) => (one < other ? -1 : 1))
  if (output !== 'table') {
    terminal.print(documentText({ added, existing, elsewhere, homes: Object.fromEntries(homes), skipped: bad }, output))
    return
  }
  const there = existing === 0 ? '' : ` ${number(existing)} were there already.`
  const skipped = bad.length === 0 ? '' : ` ${number(bad.length)} bad lines were passed over.`
  terminal.print(`Added ${userCount(added)} in ${measured(ms)}.${there}${skipped}`)
  if (homes.length > 0) {
    const rows = homes.map(([node, users]) => [node, number(users)])
    terminal.print(`\n${list(['Node', 'Added'], rows, terminal.view())}`)
  }
  if (elsewhere.length === 0) return
  const are = elsewhere.length === 1 ? '1 user has' : `${number(elsewhere.length)} users have`
  const named = elsewhere.map(({ line, user, homeNode, node, group }) => [
    `line ${line}`,
    user,
    `is on ${homeNode}`,
    `asked for ${node ?? group}`,
  ])
  terminal.printError(`\n${are} another home than asked for, and stayed there (understudy users move):`)
  terminal.printError(list(['', '', '', ''], named.slice(0, MOST_TOLD), terminal.view()).trimStart())
}
