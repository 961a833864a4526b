import { stringify } from 'yaml'
import { EXIT, type ExitCode } from './exit.ts'
import type { Terminal } from './terminal.ts'
import { list } from './views/lists.ts'
import type { View } from './views/view.ts'

export const FORMATS = ['table', 'json', 'jsonl', 'yaml'] as const
export type Format = (typeof FORMATS)[number]
/** What programs read. */
type Structured = Exclude<Format, 'table'>

/** How the user wants an answer to be printed; options of every command. */
export interface OutputOptions {
  output: Format
  /** Whether lists have a head. */
  headers: boolean
}

/** The API's own shape as text; `jsonl` is one line. Long texts stay on one line in YAML, so that `grep` finds them. */
export function documentText(document: unknown, format: Structured): string {
  if (format === 'yaml') return stringify(document, { lineWidth: 0 }).trimEnd()
  return format === 'jsonl' ? JSON.stringify(document) : JSON.stringify(document, null, 2)
}

/** Prints an answer: the API's own shape for programs, or a picture of it for people. */
export function show(
  terminal: Terminal,
  { output }: OutputOptions,
  document: unknown,
  picture: (view: View) => string,
): ExitCode {
  terminal.print(output === 'table' ? picture(terminal.view()) : documentText(document, output))
  return EXIT.done
}

export interface Listing {
  head: string[]
  rows: string[][]
  /** Said to a person where there is no row. */
  none: string
}

/** Prints a list. Only a terminal has an edge to keep to: a program reads one line an entry. */
export function showList(terminal: Terminal, options: OutputOptions, document: unknown, listing: Listing): ExitCode {
  const { head, rows, none } = listing
  if (options.output === 'table' && rows.length === 0) {
    if (options.headers) terminal.print(none)
    return EXIT.done
  }
  return show(terminal, options, document, (view) => {
    const width = terminal.isLive ? view.width : Number.POSITIVE_INFINITY
    return list(options.headers ? head : null, rows, { ...view, width })
  })
}

/** One of many documents on a stream: a line of JSON, or a document of YAML with its mark. */
export const streamed = (document: unknown, format: Structured): string =>
  format === 'yaml' ? `---\n${documentText(document, format)}` : documentText(document, 'jsonl')
