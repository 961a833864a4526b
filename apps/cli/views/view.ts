import { stripVTControlCharacters } from 'node:util'
import { Chalk, type ChalkInstance } from 'chalk'
import Table from 'cli-table3'

/** All that a view depends on besides its data. */
export interface View {
  nowMs: number
  /** Columns of the terminal. */
  width: number
  color: boolean
  /** An IANA name; left out: the system's. */
  timeZone?: string
}

const COLORED = new Chalk({ level: 1 })
const PLAIN = new Chalk({ level: 0 })
export const paintOf = (view: View): ChalkInstance => (view.color ? COLORED : PLAIN)

/** Lines longer than this are hard to follow with the eye, however wide the terminal. */
const WIDEST = 110
export const widthOf = (view: View): number => Math.max(40, Math.min(view.width, WIDEST))

/** Text of others on one line: what agents and hooks report could else move the cursor or paint the terminal. */
export const oneLine = (text: string): string =>
  stripVTControlCharacters(text)
    .replace(/\s*\p{Cc}+\s*/gu, ' ')
    .trim()

export const clip = (text: string, width: number): string => {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}

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
