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

/** Transitions in the order of the states that they start from: whereto, of which kind, by which of the state's steps. */
interface Edges {
  from: number[]
  to: number[]
  kind: number[]
  via: number[]
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
  /** Of each transition between two states, where the graph is kept. */
  readonly edges: Edges = { from: [], to: [], kind: [], via: [] }
  /** By number of state: the state as JSON, as long as it is needed. */
  readonly #texts: string[] = []
  readonly #numbers = new Map<number, number>()
  readonly #keepGraph: boolean

  constructor(model: Model<State>, { keepGraph = false } = {}) {
    this.model = model
    this.#keepGraph = keepGraph
  }

  /** Breadth-first, so that the way to a violation is a shortest one. Ends at the first, or after so many steps. */
  run(mostDepth = Number.POSITIVE_INFINITY): this {
    for (const [index, { state }] of this.model.initial.entries()) this.#meet(state, -1, index)
    for (let number = 0; number < this.states && !this.counterexample && this.depth < mostDepth; ) {
      const end = this.states
      for (; number < end && !this.counterexample; number++) this.expand(number)
      if (this.states > end) this.depth += 1
    }
    return this
  }

  /** Takes all steps that lead on from a state. */
  protected expand(number: number): void {
    const state = JSON.parse(this.textOf(number)) as State
    if (!this.#keepGraph) this.#texts[number] = ''
    for (const [via, step] of this.model.steps(state).entries()) {
      this.transitions += 1
      if (step.broken) {
        const path = [...this.pathTo(number), line(step.name, step.next, this.model)]
        this.counterexample = { invariant: step.broken, path }
      }
      if (this.counterexample) return
      const to = this.#meet(step.next, number, via)
      if (this.#keepGraph && to !== number) this.note(number, to, STEP_KINDS.indexOf(step.kind), via)
    }
  }

  protected note(from: number, to: number, kind: number, via: number): void {
    this.edges.from.push(from)
    this.edges.to.push(to)
    this.edges.kind.push(kind)
    this.edges.via.push(via)
  }

  #meet(state: State, parent: number, via: number): number {
    const hash = hashOf(this.model.key(state))
    const known = this.known(hash, parent, via)
    if (known !== undefined) return known
    const number = this.add(parent, via, this.model.marks?.(state) ?? 0)
    this.#numbers.set(hash, number)
    this.#texts[number] = JSON.stringify(state)
    const invariant = this.model.broken(state)
    if (invariant) this.counterexample = { invariant, path: this.pathTo(number) }
    return number
  }

  /** The number of the state with that hash; left out: it is new. */
  readonly numberOf = (hash: number): number | undefined => this.#numbers.get(hash)

  protected known(hash: number, _parent: number, _via: number): number | undefined {
    return this.numberOf(hash)
  }

  protected add(parent: number, via: number, marks: number): number {
    this.parents.push(parent)
    this.#via.push(via)
    this.marks.push(marks)
    this.states += 1
    return this.states - 1
  }

  textOf(number: number): string {
    return this.#texts[number] as string
  }

  /** What was told on the way to the state of that number, by going it once more. */
  pathTo(number: number): string[] {
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
    return path
  }
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
