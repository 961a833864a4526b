import { createInterface } from 'node:readline/promises'
import type { View } from './views/view.ts'

/** A picture that is drawn over itself, in place. */
export interface LivePicture {
  draw(text: string): void
  /** Leaves the last picture standing. */
  end(): void
}

/** Where a command writes to and asks. */
export interface Terminal {
  print(text: string): void
  printError(text: string): void
  /** Now, and as wide and coloured as the output can show. */
  view(): View
  /** Whether the output can be drawn over. */
  isLive: boolean
  /** Whether somebody is there to be asked. */
  canAsk: boolean
  /** Whether the answer was yes; an end of the input is a no. */
  confirm(question: string): Promise<boolean>
  openPicture(): Promise<LivePicture>
}

/** The columns of an output that is no terminal. */
const DEFAULT_WIDTH = 100

export interface TerminalStreams {
  input: NodeJS.ReadStream
  output: NodeJS.WriteStream
  errors: NodeJS.WriteStream
  /** What says whether colours are wanted, where it is set. */
  environment: { NO_COLOR?: string | undefined; FORCE_COLOR?: string | undefined; TERM?: string | undefined }
}

/** Colours on a terminal only, unless they are forced (https://no-color.org, https://force-color.org). */
function wantsColor({ NO_COLOR, FORCE_COLOR, TERM }: TerminalStreams['environment'], isTerminal: boolean): boolean {
  if (NO_COLOR) return false
  if (FORCE_COLOR) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return isTerminal && TERM !== 'dumb'
}

export function createTerminal({ input, output, errors, environment }: TerminalStreams): Terminal {
  const color = wantsColor(environment, output.isTTY === true)
  return {
    print: (text) => void output.write(`${text}\n`),
    printError: (text) => void errors.write(`${text}\n`),
    view: () => ({ nowMs: Date.now(), width: output.columns ?? DEFAULT_WIDTH, color }),
    isLive: output.isTTY === true,
    canAsk: input.isTTY === true && errors.isTTY === true,
    async confirm(question) {
      const lines = createInterface({ input, output: errors })
      const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
      const answer = await Promise.race([lines.question(`${question} [y/N] `), ended])
      lines.close()
      return /^y(es)?$/i.test(answer.trim())
    },
    async openPicture() {
      const { createLogUpdate } = await import('log-update')
      const update = createLogUpdate(output)
      return { draw: (text) => update(text), end: () => update.done() }
    },
  }
}
