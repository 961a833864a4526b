import { POLICY } from '../../domain/policy.ts'
import { beginning, type Scope as DoorScope, type Doors, describeDoors, isOpen } from './doors/doors.ts'
import { eventsOf } from './doors/events.ts'
import { SCOPES as DOOR_SCOPES } from './doors/scopes.ts'
import { Happenings } from './pair/happenings.ts'
import { brokenInvariant } from './pair/invariants.ts'
import { describePair, initialPairs, keyOf, type Pair } from './pair/pair.ts'
import { deadEnd, marksOf, unrest } from './pair/progress.ts'
import { SCOPES as PAIR_SCOPES, type Scope as PairScope } from './pair/scopes.ts'
import { type Counterexample, Exploration } from './search.ts'

/** The policy's own states, or doors and messages. */
export const MODELS = ['policy', 'doors'] as const
export type ModelName = (typeof MODELS)[number]

export interface Explored {
  name: string
  states: number
  transitions: number
  depth: number
  elapsedMs: number
  counterexample: Counterexample | null
}

/** Explores the model part by part, or those parts that are named, up to the first violation. */
export function* explore(model: ModelName, names: readonly string[] = []): Generator<Explored> {
  const isWanted = ({ name }: { name: string }) => names.length === 0 || names.includes(name)
  if (model === 'doors') yield* exploreDoors(DOOR_SCOPES.filter(isWanted))
  else yield* explorePolicy(PAIR_SCOPES.filter(isWanted))
}

function* explorePolicy(scopes: readonly PairScope[]): Generator<Explored> {
  const fired = new Set<number>()
  for (const scope of scopes) {
    const happenings = new Happenings(scope, (decision) => {
      for (const row of decision.fired) fired.add(row)
    })
    const startedMs = performance.now()
    const exploration = new Exploration<Pair>(
      {
        initial: initialPairs(scope),
        steps: (pair) => happenings.of(pair),
        broken: brokenInvariant,
        key: keyOf,
        marks: marksOf,
        describe: describePair,
      },
      { keepEdges: true },
    ).run()
    const counterexample = exploration.counterexample ?? deadEnd(exploration) ?? unrest(exploration)
    yield explored(scope.name, exploration, startedMs, counterexample)
    if (counterexample) return
  }
  const idle = POLICY.filter(({ row }) => !fired.has(row)).map(({ row }) => row)
  if (idle.length === 0 || scopes.length < PAIR_SCOPES.length) return
  const counterexample = { invariant: 'every row of the policy has its turn', path: [`never: row ${idle.join(', ')}`] }
  yield { name: 'all of these', states: 0, transitions: 0, depth: 0, elapsedMs: 0, counterexample }
}

function* exploreDoors(scopes: readonly DoorScope[]): Generator<Explored> {
  for (const scope of scopes) {
    const startedMs = performance.now()
    const exploration = new Exploration<Doors>({
      initial: beginnings(scope),
      steps: (doors) => eventsOf(doors, scope),
      broken: ({ nodes }) => (nodes.every(isOpen) ? 'S: at most one door is open for a set of users' : null),
      key: JSON.stringify,
      describe: describeDoors,
    }).run(scope.depth)
    yield explored(scope.name, exploration, startedMs, exploration.counterexample)
    if (exploration.counterexample) return
  }
}

/** Where the group is made anew users have moved before, so that they go home by that. */
function beginnings(scope: DoorScope): { name: string; state: Doors }[] {
  const owner = scope.membership ? 1 : 0
  return [
    { name: 'all is well', state: beginning(scope, owner, true) },
    { name: 'every lease has lapsed', state: beginning(scope, owner, false) },
  ]
}

const explored = <State>(
  name: string,
  { states, transitions, depth }: Exploration<State>,
  startedMs: number,
  counterexample: Counterexample | null,
): Explored => ({ name, states, transitions, depth, elapsedMs: performance.now() - startedMs, counterexample })
