import { type Explored, exploredOf } from '../part.ts'
import { Exploration } from '../search.ts'
import { beginning, type Doors, describeDoors, isOpen, type Scope } from './doors.ts'
import { eventsOf } from './events.ts'

/** Looks at one part of the doors' model. */
export function exploreDoors(scope: Scope): Explored {
  const startedMs = performance.now()
  const exploration = new Exploration<Doors>({
    initial: beginnings(scope),
    steps: (doors) => eventsOf(doors, scope),
    broken: ({ nodes }) => (nodes.every(isOpen) ? 'S: at most one door is open for a set of users' : null),
    key: JSON.stringify,
    describe: describeDoors,
  }).run(scope.depth)
  return exploredOf(scope.name, exploration, startedMs, exploration.counterexample)
}

/** Where the group is made anew users have moved before, so that they go home by that. */
function beginnings(scope: Scope): { name: string; state: Doors }[] {
  const owner = scope.membership ? 1 : 0
  return [
    { name: 'all is well', state: beginning(scope, owner, true) },
    { name: 'every lease has lapsed', state: beginning(scope, owner, false) },
  ]
}
