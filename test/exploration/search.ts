/** What leads from one state to the next. `next` shares nothing with the state that it comes from. */
export interface Step<State> {
  /** In the field's words: what happens. */
  name: string
  kind: StepKind
  next: State
  /** What must never happen and did; left out: nothing. */
  broken?: string
}

/**
 * `calm` happens by itself where nothing is broken: time passes, agents heartbeat and obey. `repair`: what was broken
 * works again. `operator`: somebody asks for something. `change`: one fault in another's place. `fault`: one more.
 */
export const STEP_KINDS = ['calm', 'repair', 'operator', 'change', 'fault'] as const
export type StepKind = (typeof STEP_KINDS)[number]

export interface Model<State> {
  initial: { name: string; state: State }[]
  /** All that may happen in a state; the same steps in the same order whenever it is asked. */
  steps: (state: State) => Step<State>[]
  /** What of a state must hold and does not; null: all is well. */
  broken: (state: State) => string | null
  /** Two states with the same key behave alike. */
  key: (state: State) => string
  /** What the look at the whole graph has to know of a state, as bits. */
  marks?: (state: State) => number
  /** One line for a person. */
  describe: (state: State) => string
}

/** A way from the beginning to what must not be, one line a step. */
export interface Counterexample {
  invariant: string
  path: string[]
}

export class Exploration<State> {
  readonly model: Model<State>
  states = 0
  transitions = 0
  depth = 0
  counterexample: Counterexample | null = null
  /** By number of state: the state that it was first reached from (−1: it is an initial one), and by which step. */
  readonly parents: number[] = []
  readonly #via: number[] = []
  /** By number of state: its marks. */
  readonly marks: number[] = []
  /** Of each transition between two states: from, to, kind. Kept only where the graph is asked for. */
  readonly edges: { from: number[]; to: number[]; kind: number[] } = { from: [], to: [], kind: [] }
  readonly #numbers = new Map<number, number>()
  readonly #keepEdges: boolean

  constructor(model: Model<State>, { keepEdges = false } = {}) {
    this.model = model
    this.#keepEdges = keepEdges
  }

  /** Breadth-first, so that the way to a violation is a shortest one. Ends at the first, or after so many steps. */
  run(mostDepth = Number.POSITIVE_INFINITY): this {
    let level: { number: number; text: string }[] = []
    for (const [index, { state }] of this.model.initial.entries()) this.#meet(state, -1, index, level)
    while (level.length > 0 && !this.counterexample && this.depth < mostDepth) {
      const next: typeof level = []
      for (const { number, text } of level) {
        this.#expand(number, JSON.parse(text) as State, next)
        if (this.counterexample) break
      }
      level = next
      if (level.length > 0) this.depth += 1
    }
    return this
  }

  #expand(number: number, state: State, next: { number: number; text: string }[]): void {
    for (const [index, step] of this.model.steps(state).entries()) {
      this.transitions += 1
      if (step.broken) {
        this.counterexample = {
          invariant: step.broken,
          path: [...this.pathTo(number), line(step.name, step.next, this.model)],
        }
        return
      }
      const to = this.#meet(step.next, number, index, next)
      if (this.#keepEdges && to !== number) {
        this.edges.from.push(number)
        this.edges.to.push(to)
        this.edges.kind.push(STEP_KINDS.indexOf(step.kind))
      }
      if (this.counterexample) return
    }
  }

  #meet(state: State, parent: number, via: number, next: { number: number; text: string }[]): number {
    const hash = hashOf(this.model.key(state))
    const known = this.#numbers.get(hash)
    if (known !== undefined) return known
    const number = this.states
    this.#numbers.set(hash, number)
    this.states += 1
    this.parents.push(parent)
    this.#via.push(via)
    this.marks.push(this.model.marks?.(state) ?? 0)
    next.push({ number, text: JSON.stringify(state) })
    const invariant = this.model.broken(state)
    if (invariant) this.counterexample = { invariant, path: this.pathTo(number) }
    return number
  }

  /** The state of that number, by going its way once more, and what is told on the way. */
  #walk(number: number): { state: State; path: string[] } {
    const numbers: number[] = []
    for (let at = number; at >= 0; at = this.parents[at] as number) numbers.unshift(at)
    const first = this.model.initial[this.#via[numbers[0] as number] as number] as { name: string; state: State }
    let { state } = first
    const path = [line(first.name, state, this.model)]
    for (const at of numbers.slice(1)) {
      const step = this.model.steps(state)[this.#via[at] as number] as Step<State>
      state = JSON.parse(JSON.stringify(step.next)) as State
      path.push(line(step.name, state, this.model))
    }
    return { state, path }
  }

  pathTo = (number: number): string[] => this.#walk(number).path
  stateOf = (number: number): State => this.#walk(number).state
}

const line = <State>(name: string, state: State, model: Model<State>): string => `${name}  →  ${model.describe(state)}`

/** 53 bits of a text (cyrb53): of a million states two are mistaken for one with a chance of one in 18,000. */
function hashOf(text: string): number {
  let high = 0xdeadbeef
  let low = 0x41c6ce57
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    high = Math.imul(high ^ code, 2654435761)
    low = Math.imul(low ^ code, 1597334677)
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  return 4294967296 * (2097151 & low) + (high >>> 0)
}

/** A copy of plain data; several times as fast as `structuredClone`. */
export function copy<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copy) as Value
  const made = { ...value }
  for (const name in made) {
    const part = made[name]
    if (typeof part === 'object' && part !== null) made[name] = copy(part)
  }
  return made
}
