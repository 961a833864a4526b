import { Deviation, headsOf } from '../deviation.ts'
import { type Explored, exploredOf, type Found, foundIn } from '../part.ts'
import { type Counterexample, Exploration, type Model } from '../search.ts'
import { Happenings } from './happenings.ts'
import { brokenInvariant } from './invariants.ts'
import { describePair, initialPairs, keyOf, type Pair } from './pair.ts'
import { deadEnd, marksOf, unrest } from './progress.ts'
import type { Scope } from './scopes.ts'
import { nameOf, type RowCondition, watchTable, without } from './watched-table.ts'

/** The exploration of the policy as it is, which notes where the conditions of the table make a difference. */
class Watch extends Exploration<Pair> {
  /** By a condition's name: the states in which it does, in the order in which they were found. */
  readonly differences = new Map<string, Set<number>>()

  constructor(model: Model<Pair>) {
    super(model, { keepGraph: true })
  }

  protected override expand(number: number): void {
    watchTable((name) => {
      const states = this.differences.get(name)
      if (states) states.add(number)
      else this.differences.set(name, new Set([number]))
    })
    super.expand(number)
    watchTable(null)
  }
}

/** One part of the policy's model. It is kept, so that it can be looked at again without a condition of the table. */
export class PolicyPart {
  readonly explored: Explored
  readonly #watch: Watch
  readonly #heads: Int32Array

  constructor(scope: Scope) {
    const fired = new Set<number>()
    const happenings = new Happenings(scope, (decision) => {
      for (const row of decision.fired) fired.add(row)
    })
    const startedMs = performance.now()
    this.#watch = new Watch({
      initial: initialPairs(scope),
      steps: (pair) => happenings.of(pair),
      broken: brokenInvariant,
      key: keyOf,
      marks: marksOf,
      describe: describePair,
    }).run()
    this.#heads = headsOf(this.#watch)
    const differences = [...this.#watch.differences].map(([name, [first]]) => [name, first as number] as const)
    this.explored = {
      ...exploredOf(scope.name, this.#watch, startedMs, brokenIn(this.#watch)),
      fired: [...fired],
      differences: Object.fromEntries(differences),
    }
  }

  /** What is found without a condition of the table; what is known of the other states is not looked at again. */
  without(removed: RowCondition): Found {
    const differs = this.#watch.differences.get(nameOf(removed)) ?? new Set()
    return without(removed, () => {
      const deviation = new Deviation(this.#watch, differs, this.#heads).run()
      return foundIn(deviation, brokenIn(deviation))
    })
  }
}

const brokenIn = (exploration: Exploration<Pair>): Counterexample | null =>
  exploration.counterexample ?? deadEnd(exploration) ?? unrest(exploration)
