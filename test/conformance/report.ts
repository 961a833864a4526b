import { columns } from '../../apps/cli/views/view.ts'
import { NODE_STATES, REASONS, reasonLabel, stateLabel } from '../../domain/states.ts'
import { ALTERNATIVES, type Alternative, FIELD_ROWS, FURTHER_ROWS, nameOf, type Wanted } from './oracle.ts'
import { NEVER_TAKEN } from './stories.ts'
import { ORIENTATIONS, type Orientation } from './story.ts'
import type { Arrival, Outcome } from './walk.ts'

/** One line of the table: an alternative, and what became of it in each orientation. */
interface Line {
  alternative: Alternative
  /** The first story that reaches it. */
  story: string
  /** Of the policy, which brought it. */
  rule: string
  paths: Record<Orientation, { seconds: number; ok: boolean }>
}

const isNeverTaken = (wanted: Alternative) => NEVER_TAKEN.some(({ alternative }) => alternative === wanted)

/** A path is ok where every story that claims to reach it does. */
function pathOf(arrivals: Arrival[]): { seconds: number; ok: boolean } {
  return {
    seconds: arrivals[0]?.seconds ?? 0,
    ok: arrivals.length > 0 && arrivals.every(({ reached }) => reached !== null),
  }
}

function lineOf(outcomes: readonly Outcome[], wanted: Alternative): Line {
  const arrivalsOf = ({ arrivals }: Outcome) => arrivals.filter(({ alternative }) => alternative === wanted)
  const claiming = outcomes.filter((outcome) => arrivalsOf(outcome).length > 0)
  const path = (which: Orientation) =>
    pathOf(claiming.filter(({ orientation }) => orientation === which).flatMap(arrivalsOf))
  return {
    alternative: wanted,
    story: claiming[0]?.story.title ?? (isNeverTaken(wanted) ? 'never taken: see below' : 'no story was walked'),
    rule: claiming.flatMap(arrivalsOf).find(({ reached }) => reached)?.reached?.rule ?? '',
    paths: { 'A-B': path('A-B'), 'B-A': path('B-A') },
  }
}

const isOk = ({ paths }: Line): boolean => ORIENTATIONS.every((orientation) => paths[orientation].ok)

/** How many of the rows were reached, by all their alternatives, in both orientations; and what was, of the others. */
function counted(lines: readonly Line[], rows: readonly number[]): { whole: string; parts: string } {
  const ofRow = (row: number) => lines.filter(({ alternative }) => alternative.row === row)
  const isWhole = (row: number) => ofRow(row).length > 0 && ofRow(row).every(isOk)
  const parts = rows.filter((row) => !isWhole(row) && ofRow(row).some(isOk))
  const part = (row: number) => `row ${row}: ${ofRow(row).filter(isOk).length} of ${ofRow(row).length} alternatives`
  return {
    whole: `${rows.filter(isWhole).length} of ${rows.length}`,
    parts: parts.length === 0 ? '' : ` (${parts.map(part).join(', ')})`,
  }
}

function seen(outcomes: readonly Outcome[], what: 'state' | 'reason'): number {
  const standings = outcomes.flatMap(({ arrivals }) => arrivals.flatMap(({ reached }) => reached?.standings ?? []))
  return new Set(standings.map((standing) => standing[what])).size
}

const HEAD = ['row', 'pair', 'reasons', 'reached in the story', 'rule', ...ORIENTATIONS, 'ok']
/** Columns that may be wrapped on a terminal, and the least that they need. */
const WRAPPED = [1, 2, 3]
const LEAST_WIDTH = 20

const stateOf = ({ state, unreachable }: Wanted): string =>
  [state ? stateLabel(state) : '', unreachable ? 'not heard' : ''].filter(Boolean).join(', ')

function cells(line: Line): string[] {
  const { alternative, story, rule, paths } = line
  const { nodes, row } = alternative
  const reasons = [...new Set(nodes.flatMap(({ reason }) => (reason ? [reasonLabel(reason)] : [])))]
  const time = ({ ok, seconds }: Line['paths'][Orientation]) => (ok ? `${seconds.toFixed(1)} s` : 'no')
  return [
    ...[String(row), nodes.map(stateOf).join(' / '), reasons.join(' / '), story, rule],
    ...ORIENTATIONS.map((orientation) => time(paths[orientation])),
    isOk(line) ? 'ok' : 'NO',
  ]
}

/** In lines of `width` characters where that is possible; each column has two spaces behind it. */
function table(rows: string[][], width: number): string {
  const widths = HEAD.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)) + 2)
  const tooMuch = widths.reduce((sum, each) => sum + each, 0) - width
  const fitted = widths.map((each, index) =>
    tooMuch > 0 && WRAPPED.includes(index) ? Math.max(LEAST_WIDTH, each - Math.ceil(tooMuch / WRAPPED.length)) : each,
  )
  return columns(rows, fitted)
}

/** The table, what failed or was walked twice, and the sums. Its last line counts the field's own rows. */
export function reportOf(
  outcomes: readonly Outcome[],
  { wanted, width }: { wanted: readonly Alternative[]; width: number },
): { text: string; ok: boolean } {
  const all = ALTERNATIVES.map((alternative) => lineOf(outcomes, alternative))
  const lines = all.filter(({ alternative }) => wanted.includes(alternative))
  const walked = ({ story, orientation }: Outcome) => `${story.title}, ${orientation}`
  const unreached = lines.filter((line) => !isOk(line) && !isNeverTaken(line.alternative))
  const further = counted(all, FURTHER_ROWS)
  const text = [
    table([HEAD, ...lines.map(cells)], width),
    '',
    ...outcomes.flatMap((outcome) => (outcome.again ? [`walked twice: ${walked(outcome)}: ${outcome.again}`] : [])),
    ...outcomes.flatMap((outcome) => (outcome.failure ? [`failed: ${walked(outcome)}: ${outcome.failure}`] : [])),
    ...NEVER_TAKEN.filter(({ alternative }) => wanted.includes(alternative)).map(
      ({ alternative, why }) => `never taken: row ${nameOf(alternative)}: ${why}`,
    ),
    ...unreached.map(({ alternative }) => `not reached: row ${nameOf(alternative)}`),
    `states ${seen(outcomes, 'state')} of ${NODE_STATES.length}`,
    `reasons ${seen(outcomes, 'reason')} of ${REASONS.length}`,
    `further pairs ${further.whole}${further.parts}`,
    counted(all, FIELD_ROWS).whole,
  ]
  return { text: text.join('\n'), ok: unreached.length === 0 && outcomes.every(({ failure }) => failure === null) }
}
