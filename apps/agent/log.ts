/** Writes one line for a person. */
export type Log = (line: string) => void

/** To standard output, each line with its time. */
export const createLog =
  (write: (text: string) => unknown): Log =>
  (line) => {
    write(`${new Date().toISOString()} ${line}\n`)
  }
