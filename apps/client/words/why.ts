import { named } from '../../../domain/fact-words.ts'
import type { EventRecord } from '../answers.ts'

/** A rule's sentence with the names of the nodes. */
export function whyWords(detail: EventRecord['detail']): string {
  const { why } = detail
  const sides = sidesOf(detail)
  return sides ? named(String(why), ...sides) : String(why)
}

/** The nodes that the rule of an entry calls x and y; null: it does not say. */
export function sidesOf({ x, nodes, transition }: EventRecord['detail']): [x: string, y: string] | null {
  const { from, to } = (transition ?? {}) as { from?: string; to?: string }
  const ends = [from, to].filter((name) => name !== undefined)
  const names = Array.isArray(nodes) ? (nodes as { node: string }[]).map(({ node }) => node) : ends
  const y = names.find((name) => name !== x)
  return typeof x === 'string' && y !== undefined ? [x, y] : null
}
