import { columns, oneLine, paintOf, type View } from './view.ts'

/** A list of things: a head and a row each; the last column takes what is left of the width. */
export function list(head: string[], rows: string[][], view: View): string {
  const cells = rows.map((row) => row.map(oneLine))
  const widths = head.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]?.length ?? 0)) + 2)
  return columns([head.map((name) => paintOf(view).dim(name)), ...cells], widths)
}
