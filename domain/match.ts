import type { Facts } from './facts.ts'
import { holds } from './facts.ts'
import type { Group, NodeIndex, NodeRecord } from './model.ts'
import { peerOf } from './model.ts'
import { POLICY } from './policy.ts'
import type { Row } from './policy-row.ts'
import type { NodeState } from './states.ts'

const inStates = (states: Row['x'], state: NodeState): boolean =>
  typeof states === 'string' ? states === state : states.includes(state)

/** The first row that matches, with the orientation in which it does; null: hold. */
export function firstMatch(
  group: Group,
  factsFrom: (x: NodeIndex) => Facts,
): { row: Row; x: NodeIndex; facts: Facts } | null {
  const facts = [factsFrom(0), factsFrom(1)] as const
  for (const row of POLICY) {
    for (const x of [0, 1] as const) {
      const fits =
        inStates(row.x, (group.nodes[x] as NodeRecord).state) &&
        inStates(row.y, (group.nodes[peerOf(x)] as NodeRecord).state)
      if (fits && row.when.every((condition) => holds(facts[x], condition))) return { row, x, facts: facts[x] }
    }
  }
  return null
}
