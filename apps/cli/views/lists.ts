import { oneLine } from '../../client/words/text.ts'
import { columns, paintOf, type View } from './view.ts'

const GAP = 2
/** A column that is made narrower than this says nothing any more. */
const NARROWEST = 8

/** A list of things: a row each, under a head where one is wanted. What is wider than the view is wrapped in its cells. */
export function list(head: string[] | null, rows: string[][], view: View): string {
  const cells = rows.map((row) => row.map(oneLine))
  const all = head ? [head, ...cells] : cells
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)) + GAP)
  const top = head ? [head.map((name) => paintOf(view).dim(name))] : []
  return columns([...top, ...cells], fitted(widths, view.width))
}

/** Takes from the widest columns until all fit. */
function fitted(natural: number[], width: number): number[] {
  const widths = [...natural]
  let excess = widths.reduce((sum, each) => sum + each, 0) - GAP - width
  while (excess > 0) {
    const widest = Math.max(...widths)
    if (widest <= NARROWEST) break
    const next = Math.max(NARROWEST, ...widths.filter((each) => each < widest))
    const index = widths.indexOf(widest)
    const taken = Math.min(excess, Math.max(1, widest - next))
    widths[index] = widest - taken
    excess -= taken
  }
  return widths
}

/** One thing's fields, a line each; what is not known stays out. */
export function fields(entries: [string, string | undefined][], view: View): string {
  const known = entries.filter((entry): entry is [string, string] => entry[1] !== undefined)
  const rows = known.map(([name, value]) => [paintOf(view).dim(name), oneLine(value)])
  const label = Math.max(0, ...known.map(([name]) => name.length)) + GAP
  return columns(rows, [label, Math.max(NARROWEST, view.width - label)])
}
