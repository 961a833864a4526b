import type { Facts } from './facts.ts'
import { holds } from './facts.ts'
import type { Group, NodeIndex } from './model.ts'
import { POLICY } from './policy.ts'
import type { Row } from './policy-row.ts'
import type { NodeState } from './states.ts'

/** A row, and the node that it calls x. */
interface Match {
  row: Row
  x: NodeIndex
}

const statesOf = (states: Row['x']): readonly NodeState[] => (typeof states === 'string' ? [states] : states)

/** For each pair of states the rows that are for it, in the order in which they are tried: no other can match. */
const ROWS = new Map<string, Match[]>()
for (const row of POLICY) {
  for (const x of [0, 1] as const) {
    const [first, second] = x === 0 ? [row.x, row.y] : [row.y, row.x]
    for (const pair of statesOf(first).flatMap((one) => statesOf(second).map((two) => `${one}/${two}`))) {
      ROWS.set(pair, [...(ROWS.get(pair) ?? []), { row, x }])
    }
  }
}

/** The rows for the states that the group stands in, in the order in which they are tried. */
export const rowsFor = ({ nodes: [one, two] }: Group): readonly Match[] => ROWS.get(`${one?.state}/${two?.state}`) ?? []

/** The first row that matches, with the orientation in which it does, and its facts; null: hold. */
export function firstMatch(group: Group, factsFrom: (x: NodeIndex) => Facts): (Match & { facts: Facts }) | null {
  const facts = [factsFrom(0), factsFrom(1)] as const
  const match = rowsFor(group).find(({ row, x }) => row.when.every((condition) => holds(facts[x], condition)))
  return match ? { ...match, facts: facts[match.x] } : null
}
