import { factsOf, holds, type Occurrence } from '../../../domain/facts.ts'
import { rowsFor } from '../../../domain/match.ts'
import type { Group, NodeIndex } from '../../../domain/model.ts'
import type { Row } from '../../../domain/policy-row.ts'
import { NOW, peerIndex } from './pair.ts'

/** Pairs of rows that want users to go to different places, of which the first is meant to win, and why. */
const INTENDED: Readonly<Record<string, string>> = {
  '404 443': 'The backup node is silent and the Idle one is fenced: nobody can serve, whichever wins.',
}

/** Where a row has users go, with x as that node: to a node, or home; null: nowhere. */
function whereTo({ actions }: Row, x: NodeIndex): string | null {
  if (actions.some((action) => action.includes('to y') || /begin (failover|auto-recovery)/.test(action))) {
    return `to ${peerIndex(x)}`
  }
  return actions.some((action) => action.includes('home') || action === 'begin fallback to x') ? 'home' : null
}

/** Users go home when nobody needs to be rescued: every failover comes first. */
const isFallback = ({ actions }: Row): boolean => actions.includes('begin fallback to x')

/** Two rows that match at once and want users to go to different places; null: there are none. */
export function contradiction(group: Group, occurrence: Occurrence): string | null {
  const factsFrom = factsOf(group, NOW, occurrence)
  const facts = [factsFrom(0), factsFrom(1)] as const
  let first: { row: number; place: string } | null = null
  for (const { row, x } of rowsFor(group)) {
    const place = whereTo(row, x)
    if (place === null || !row.when.every((condition) => holds(facts[x], condition))) continue
    first ??= { row: row.row, place }
    if (first.place === place || isFallback(row) || `${first.row} ${row.row}` in INTENDED) continue
    return `no two rows contradict: row ${first.row} wants users ${first.place}, row ${row.row} ${place}`
  }
  return null
}
