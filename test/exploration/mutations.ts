import { POLICY } from '../../domain/policy.ts'
import { nameOf, type RowCondition } from './pair/watched-table.ts'
import type { ModelName } from './part.ts'
import { RULE_MUTATIONS } from './rule-mutations.ts'
import type { SourceChange } from './source-mutation.ts'
import { SURVIVORS } from './survivors.ts'

interface Named {
  name: string
  /** Nothing is broken without it, because of this; left out: something finds it. */
  survivesBecause?: string
}

/** A condition that is taken from a row of the policy's table. */
export interface RowMutation extends Named, RowCondition {}

/** A rule of the safety protocol that is taken from a copy of the sources. */
export interface RuleMutation extends Named, SourceChange {
  /** What looks for it: parts of a model, in this order, or a simulation with its options. */
  by: { model: ModelName; parts: readonly string[] } | { simulation: readonly string[] }
}
export type Mutation = RowMutation | RuleMutation

/** Each condition of each row. */
export const ROW_MUTATIONS: readonly RowMutation[] = POLICY.flatMap(({ row, when }) =>
  [...when].map((condition) => {
    const survivesBecause = SURVIVORS.get(`${row} ${condition}`)
    const removed = { row, condition }
    return { name: nameOf(removed), ...removed, ...(survivesBecause === undefined ? {} : { survivesBecause }) }
  }),
)

export const MUTATIONS: readonly Mutation[] = [...ROW_MUTATIONS, ...RULE_MUTATIONS]
