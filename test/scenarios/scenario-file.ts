/** A part of a scenario's file: prose, or commands with what is expected of them. */
export type Part = { kind: 'text'; lines: string[] } | { kind: 'block'; commands: string[]; expected: string[] }

const DIVIDER = '----'

/**
 * Reads a scenario. Prose begins with `#`; a block is commands, a line of four dashes and the expected output; blank
 * lines separate them.
 */
export function parseScenario(text: string): Part[] {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph): Part => {
      const lines = paragraph.split('\n')
      if (lines.every((line) => line.startsWith('#'))) return { kind: 'text', lines }
      const divider = lines.indexOf(DIVIDER)
      const [commands, expected] = divider < 0 ? [lines, []] : [lines.slice(0, divider), lines.slice(divider + 1)]
      return { kind: 'block', commands, expected }
    })
}

export const formatScenario = (parts: Part[]): string =>
  `${parts
    .map((part) => (part.kind === 'text' ? part.lines : [...part.commands, DIVIDER, ...part.expected]).join('\n'))
    .join('\n\n')}\n`

/** A scenario's first line of prose says what it is about. */
export function titleOf(parts: Part[]): string {
  const [first] = parts
  if (first?.kind !== 'text') throw new Error('a scenario begins with prose that says what it is about')
  return (first.lines[0] ?? '').replace(/^#\s*/, '')
}
