import { type ExploredPart, twoAtATime } from './exploring.ts'
import type { Mutation, RowMutation, RuleMutation } from './mutations.ts'
import type { Found } from './part.ts'
import { exploreIn, inChangedCopy, simulateIn } from './source-mutation.ts'

export interface Outcome extends Found {
  mutation: Mutation
  /** The part of the model that found it, or the simulation. */
  where: string
  /** How many parts were looked at: without a finding, all in which it makes a difference. */
  parts: number
  elapsedMs: number
}

/** Tries each mutation; each ends at its first violation. */
export async function runMutations(
  mutations: readonly Mutation[],
  parts: readonly ExploredPart[],
  onOutcome: (outcome: Outcome) => void,
): Promise<Outcome[]> {
  return twoAtATime(mutations, async (mutation) => {
    const startedMs = performance.now()
    const found = 'condition' in mutation ? await withoutCondition(mutation, parts) : await withoutRule(mutation)
    const outcome = { mutation, ...found, elapsedMs: performance.now() - startedMs }
    onOutcome(outcome)
    return outcome
  })
}

type Looked = Omit<Outcome, 'mutation' | 'elapsedMs'>

/** Looks part by part, and adds up what was looked at, until something is found. */
async function lookIn(names: readonly string[], look: (place: number) => Promise<Found>): Promise<Looked> {
  let states = 0
  for (const [place, where] of names.entries()) {
    const found = await look(place)
    states += found.states
    if (found.invariant !== null) return { ...found, states, where, parts: place + 1 }
  }
  return { invariant: null, states, steps: 0, where: '', parts: names.length }
}

/** Looks only where the condition makes a difference; first where that is seen soonest. */
function withoutCondition(mutation: RowMutation, parts: readonly ExploredPart[]): Promise<Looked> {
  const firstIn = ({ explored }: ExploredPart) => explored.differences[mutation.name] ?? Number.POSITIVE_INFINITY
  const concerned = parts
    .filter((part) => Number.isFinite(firstIn(part)))
    .sort((one, other) => firstIn(one) - firstIn(other))
  const { row, condition } = mutation
  return lookIn(
    concerned.map(({ explored }) => explored.name),
    (place) => (concerned[place] as ExploredPart).without({ row, condition }),
  )
}

function withoutRule({ by, ...change }: RuleMutation): Promise<Looked> {
  return inChangedCopy(change, (folder) => {
    if ('simulation' in by) return lookIn(['simulation'], () => simulateIn(folder, by.simulation))
    return lookIn(by.parts, (place) => exploreIn(folder, by.model, by.parts[place] as string))
  })
}
