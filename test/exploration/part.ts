import type { Counterexample, Exploration } from './search.ts'

/** The policy's own states, or doors and messages. */
export type ModelName = 'policy' | 'doors'

/** What came of looking at one part of a model. */
export interface Explored {
  name: string
  states: number
  transitions: number
  depth: number
  elapsedMs: number
  counterexample: Counterexample | null
  /** Rows of the policy that had their turn. */
  fired: number[]
  /** Conditions of the policy that make a difference somewhere, each with the number of the first state where it does. */
  differences: Record<string, number>
}

/** What is found without a condition or a rule; `invariant` null: nothing. */
export interface Found {
  invariant: string | null
  /** How many states were looked at. */
  states: number
  /** How many steps the shortest way to it has. */
  steps: number
}

export const exploredOf = <State>(
  name: string,
  { states, transitions, depth }: Exploration<State>,
  startedMs: number,
  counterexample: Counterexample | null,
): Explored => ({
  ...{ name, states, transitions, depth, elapsedMs: performance.now() - startedMs, counterexample },
  ...{ fired: [], differences: {} },
})

export const foundIn = ({ states }: { states: number }, counterexample: Counterexample | null): Found => ({
  invariant: counterexample?.invariant ?? null,
  states,
  steps: counterexample ? counterexample.path.length - 1 : 0,
})
