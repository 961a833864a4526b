import { PassThrough } from 'node:stream'
import { stripVTControlCharacters } from 'node:util'
import { createTerminal, type Terminal, type TerminalStreams } from '../../../apps/cli/terminal.ts'

export interface TestTerminal {
  terminal: Terminal
  /** All that was written so far. */
  output(): string
  errors(): string
  /** What the user types. */
  type(text: string): void
  /** Resolves as soon as the output, or the errors, have the text in them; colours and moves do not count. */
  shows(text: string): Promise<void>
  end(): void
}

interface Choice {
  isTTY: boolean
  columns?: number
  environment?: TerminalStreams['environment']
}

/** The program's own terminal over streams in memory; `isTTY` makes them look like a person's. */
export function openTerminal({ isTTY, columns = 100, environment = {} }: Choice): TestTerminal {
  const stream = () => Object.assign(new PassThrough().setEncoding('utf8'), isTTY ? { isTTY, columns, rows: 50 } : {})
  const [input, output, errors] = [stream(), stream(), stream()]
  const written = { output: '', errors: '' }
  const watchers = new Set<() => void>()
  for (const [name, source] of [['output', output] as const, ['errors', errors] as const]) {
    source.on('data', (text: string) => {
      written[name] += text
      for (const watcher of watchers) watcher()
    })
  }
  return {
    terminal: createTerminal({
      input: input as unknown as NodeJS.ReadStream,
      output: output as unknown as NodeJS.WriteStream,
      errors: errors as unknown as NodeJS.WriteStream,
      environment,
    }),
    output: () => written.output,
    errors: () => written.errors,
    type: (text) => void input.write(text),
    shows: (text) =>
      new Promise((resolve) => {
        const look = () => {
          if (!stripVTControlCharacters(written.output + written.errors).includes(text)) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      }),
    end: () => void input.end(),
  }
}
