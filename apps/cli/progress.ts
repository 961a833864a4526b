import { number } from '../client/words/pace.ts'
import type { Terminal } from './terminal.ts'
import { progressBar } from './views/users.ts'

/** Shows how far something long has come. */
export interface LongRun {
  advance(by: number): void
  /** What keeps it from going on for now; nothing where it is empty. */
  trouble(text: string): void
  end(): void
}

const LINES = 10

/** On a terminal a bar that grows; anywhere else a line for each tenth, beside the output. */
export async function openProgress(terminal: Terminal, all: number, quiet: boolean): Promise<LongRun> {
  const seen = { done: 0, all, startedAtMs: terminal.view().nowMs, trouble: '' }
  if (quiet || all === 0) return { advance: () => undefined, trouble: () => undefined, end: () => undefined }
  if (!terminal.isLive) {
    let told = 0
    return {
      advance(by) {
        seen.done += by
        const tenths = Math.floor((seen.done / all) * LINES)
        if (tenths > told) terminal.printError(`${number(seen.done)} of ${number(all)}`)
        told = tenths
      },
      trouble(text) {
        if (text !== '' && text !== seen.trouble) terminal.printError(text)
        seen.trouble = text
      },
      end: () => undefined,
    }
  }
  const picture = await terminal.openPicture()
  const draw = () => picture.draw(progressBar(seen, terminal.view()))
  draw()
  return {
    advance(by) {
      seen.done += by
      draw()
    },
    trouble(text) {
      if (text === seen.trouble) return
      seen.trouble = text
      draw()
    },
    end: () => picture.end(),
  }
}
