import { Exploration } from './search.ts'

/**
 * The exploration of a model that is another one except in some states: what leads on from all the other states is known
 * from the exploration of the first. It finds what an exploration from scratch would find, in a fraction of the time.
 */
export class Deviation<State> extends Exploration<State> {
  readonly #base: Exploration<State>
  readonly #differs: ReadonlySet<number>
  /** By number of state in the first exploration: where its edges begin, and its number here (−1: it has none yet). */
  readonly #heads: Int32Array
  readonly #here: Int32Array
  /** By number of state here: its number in the first exploration (left out: it has none). */
  readonly #there: number[] = []

  /** `differs`: the states of `base`, whose graph was kept, in which other steps may happen now. */
  constructor(base: Exploration<State>, differs: ReadonlySet<number>, heads: Int32Array) {
    super(base.model, { keepGraph: true })
    this.#base = base
    this.#differs = differs
    this.#heads = heads
    this.#here = new Int32Array(base.states).fill(-1)
  }

  protected override expand(number: number): void {
    const there = this.#there[number]
    if (there === undefined || this.#differs.has(there)) {
      super.expand(number)
      return
    }
    const { to, kind, via } = this.#base.edges
    for (let edge = this.#heads[there] as number; edge < (this.#heads[there + 1] as number); edge++) {
      const target = this.#reach(to[edge] as number, number, via[edge] as number)
      this.note(number, target, kind[edge] as number, via[edge] as number)
    }
  }

  protected override known(hash: number, parent: number, via: number): number | undefined {
    const there = this.#base.numberOf(hash)
    return there === undefined ? this.numberOf(hash) : this.#reach(there, parent, via)
  }

  #reach(there: number, parent: number, via: number): number {
    const known = this.#here[there] as number
    if (known >= 0) return known
    const number = this.add(parent, via, this.#base.marks[there] as number)
    this.#here[there] = number
    this.#there[number] = there
    return number
  }

  override textOf(number: number): string {
    const there = this.#there[number]
    return there === undefined ? super.textOf(number) : this.#base.textOf(there)
  }
}

/** By number of state: where its edges begin. */
export function headsOf<State>({ states, edges }: Exploration<State>): Int32Array {
  const heads = new Int32Array(states + 1)
  for (const from of edges.from) (heads[from + 1] as number) += 1
  for (let state = 0; state < states; state++) (heads[state + 1] as number) += heads[state] as number
  return heads
}
