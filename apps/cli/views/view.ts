import { Chalk, type ChalkInstance } from 'chalk'
import Table from 'cli-table3'
import { oneLine } from '../../client/words/text.ts'
import type { Moment } from '../../client/words/time.ts'

/** All that a view depends on besides its data. */
export interface View extends Moment {
  /** Columns of the terminal. */
  width: number
  color: boolean
}

const COLORED = new Chalk({ level: 1 })
const PLAIN = new Chalk({ level: 0 })
export const paintOf = (view: View): ChalkInstance => (view.color ? COLORED : PLAIN)

/** Lines longer than this are hard to follow with the eye, however wide the terminal. */
const WIDEST = 110
export const widthOf = (view: View): number => Math.max(40, Math.min(view.width, WIDEST))

const BORDERS =
  'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right left left-mid mid mid-mid right right-mid middle'
const NO_BORDERS = Object.fromEntries(BORDERS.split(' ').map((name) => [name, '']))

/**
 * Rows in aligned columns without lines between them; a cell that is too long for its column is wrapped. Widths are in
 * characters; the last two of a column stay free.
 */
export function columns(rows: string[][], widths: number[]): string {
  const table = new Table({
    chars: NO_BORDERS,
    colWidths: widths,
    wordWrap: true,
    style: { 'padding-left': 0, 'padding-right': 2, head: [], border: [], compact: true },
  })
  table.push(...rows)
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
}

const INDENT = '  '
export const indent = (text: string): string => text.replace(/^(?=.)/gm, INDENT)

/** Text within the width of the view, wrapped and indented, its first line after a mark of one character. */
export function paragraph(mark: '' | '→', text: string, view: View): string {
  const [cells, markWidths] = mark === '' ? [[], []] : [[mark], [3]]
  const room = widthOf(view) - INDENT.length - (markWidths[0] ?? 0)
  return indent(columns([[...cells, oneLine(text)]], [...markWidths, room]))
}
