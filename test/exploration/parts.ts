import { exploreDoors } from './doors/part.ts'
import { SCOPES as DOOR_SCOPES } from './doors/scopes.ts'
import { PolicyPart } from './pair/part.ts'
import { SCOPES as PAIR_SCOPES } from './pair/scopes.ts'
import type { RowCondition } from './pair/watched-table.ts'
import type { Explored, Found, ModelName } from './part.ts'

export interface Part {
  model: ModelName
  name: string
}

/** All parts of both models. */
export const PARTS: readonly Part[] = [
  ...PAIR_SCOPES.map(({ name }) => ({ model: 'policy', name }) as const),
  ...DOOR_SCOPES.map(({ name }) => ({ model: 'doors', name }) as const),
]

/** Looks at a part; of the policy's model it can then be looked at without a condition of the table. */
export function explorePart({ model, name }: Part): { explored: Explored; without?: (removed: RowCondition) => Found } {
  const fits = (scope: { name: string }) => scope.name === name
  const [pair, doors] = [PAIR_SCOPES.find(fits), DOOR_SCOPES.find(fits)]
  if (model === 'policy' && pair) return new PolicyPart(pair)
  if (model === 'doors' && doors) return { explored: exploreDoors(doors) }
  throw new Error(`the model "${model}" has no part "${name}"`)
}
