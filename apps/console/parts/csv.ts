type Cell = string | number | null

/** What a spreadsheet would compute instead of showing; an apostrophe before it prevents that. */
const FORMULA = /^[=+\-@\t]/

function cellOf(value: Cell): string {
  const text = typeof value === 'string' && FORMULA.test(value) ? `'${value}` : String(value ?? '')
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** CSV (RFC 4180) that spreadsheets open as UTF-8. */
export const csvOf = (head: string[], rows: Cell[][]): string =>
  `\ufeff${[head, ...rows].map((row) => row.map(cellOf).join(',')).join('\r\n')}\r\n`
