import type { Command } from 'commander'
import type { Readiness } from '../../../domain/readiness.ts'
import { oneLine } from '../../client/words/text.ts'
import { name } from '../arguments.ts'
import { EXIT } from '../exit.ts'
import { type OutputOptions, show } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'
import { columns, indent, type View, widthOf } from '../views/view.ts'
import { toned } from '../views/words.ts'

export function addReadinessCommand(program: Command, terminal: Terminal, run: Run): void {
  program
    .command('readiness')
    .description('check whether high availability of a group may be switched on; exit code 3: it may not')
    .argument('<group>', 'name of the group', name)
    .action((group: string, _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), async (api, options) => {
        const readiness = await api.configuration.readiness(group)
        show(terminal, options, readiness, (view) => report(group, readiness, view))
        return readiness.ready ? EXIT.done : EXIT.refused
      }),
    )
}

const MARKS = { good: '✔', warning: '!', bad: '✖' } as const
const MARK_WIDTH = 3

/** Each check in a line, with what to do below it where it does not pass. */
export function report(group: string, { ready, checks }: Readiness, view: View): string {
  const rows = checks.flatMap(({ check, severity, ok, found, remedy }) => {
    const tone = ok ? 'good' : severity === 'error' ? 'bad' : 'warning'
    const line = [toned(tone, MARKS[tone], view), `${oneLine(check)}: ${oneLine(found)}`]
    return remedy === undefined ? [line] : [line, ['', `→ ${oneLine(remedy)}`]]
  })
  const verdict = ready
    ? toned('good', `${group} is ready for high availability.`, view)
    : toned('bad', `${group} is not ready for high availability.`, view)
  return `${verdict}\n${indent(columns(rows, [MARK_WIDTH, widthOf(view) - MARK_WIDTH - 2]))}`
}
