import { AsyncLocalStorage } from 'node:async_hooks'
import { closeSync, openSync, writeSync } from 'node:fs'

const current = new AsyncLocalStorage<string>()

/** The function in whose course this is asked; undefined: the stage itself is at work. */
export const functionAtWork = (): string | undefined => current.getStore()

/** What functions print: their log, as on Lambda. */
export interface FunctionOutput {
  /** Calls the function of that name; all that is printed in the course of it is its own. */
  during<Result>(name: string, work: () => Result): Result
  close(): void
}

export interface FunctionOutputOptions {
  file: string
  /** Told of each line that a function prints as an error. */
  onErrorLine: (line: string, name: string) => void
}

/**
 * Takes what functions print into a file, so that it does not disturb the live screen of the terminal, which the same
 * process draws. What the stage itself prints goes where it always goes.
 */
export function captureFunctionOutput({ file, onErrorLine }: FunctionOutputOptions): FunctionOutput {
  const descriptor = openSync(file, 'a', 0o600)
  const capture = (stream: NodeJS.WriteStream, told?: typeof onErrorLine) => {
    const { write } = stream
    stream.write = ((...args: Parameters<typeof write>) => {
      const name = current.getStore()
      if (name === undefined) return write.apply(stream, args)
      const text = String(args[0])
      writeSync(descriptor, text)
      told?.(text.trimEnd(), name)
      return true
    }) as typeof write
    return () => {
      stream.write = write
    }
  }
  const release = [capture(process.stdout), capture(process.stderr, onErrorLine)]
  return {
    during: (name, work) => current.run(name, work),
    close() {
      for (const give of release) give()
      closeSync(descriptor)
    },
  }
}

/** The message of a line of JSON, with that of its error; any other line as it is. */
export function messageOfLine(line: string): string {
  try {
    const { message, error } = JSON.parse(line) as { message: string; error?: { message: string } }
    return error ? `${message}: ${error.message}` : message
  } catch {
    return line
  }
}
