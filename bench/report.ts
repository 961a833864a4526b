/** What every benchmark prints: a heading, progress on standard error while it runs, figures, and verdicts. */

const PROGRESS_EVERY_MS = 10_000
const LABEL_WIDTH = 58

let lastProgressMs = Number.NEGATIVE_INFINITY

export function heading(letter: string, title: string, explanation: string[]): void {
  const command = `npm run bench -- ${letter}`
  console.log(
    [`(${letter}) ${title}`, `    repeat: ${command}`, ...explanation.map((line) => `    ${line}`)].join('\n'),
  )
}

/** On a terminal one line that is written over; else a line now and then. */
export function progress(text: string): void {
  const { stderr } = process
  if (stderr.isTTY) {
    stderr.write(`\r\x1b[K    … ${text}`)
    return
  }
  const nowMs = performance.now()
  if (nowMs - lastProgressMs < PROGRESS_EVERY_MS) return
  lastProgressMs = nowMs
  stderr.write(`    … ${text}\n`)
}

export function endProgress(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
}

const line = (label: string, text: string) => console.log(`    ${label.padEnd(LABEL_WIDTH)} ${text}`)

export const figure = line

/** A figure that has a target: a bound that it may reach. */
export function verdict(label: string, value: number, most: number, { unit = '', digits = 2 } = {}): void {
  const shown = (number: number) => `${number.toFixed(digits)}${unit}`
  const words = value <= most ? 'met' : 'MISSED'
  line(label, `${shown(value)}   target: at most ${shown(most)}: ${words}`)
}

export const ms = (value: number): string => `${value.toFixed(2)} ms`

/** Minutes and seconds. */
export function duration(valueMs: number): string {
  const seconds = Math.max(0, Math.round(valueMs / 1000))
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}
