type Action = () => void | Promise<void>

/** Virtual time: what is to happen, in its order; nothing takes longer than it says. */
export class Timeline {
  nowMs: number
  readonly #queue: { atMs: number; order: number; act: Action }[] = []
  #order = 0

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  /** Things of the same moment happen in the order in which they were planned. The answer calls it off. */
  at(atMs: number, act: Action): () => void {
    this.#order += 1
    const entry = { atMs: Math.max(this.nowMs, Math.ceil(atMs)), order: this.#order, act }
    const place = this.#queue.findIndex(({ atMs: other }) => other > entry.atMs)
    this.#queue.splice(place < 0 ? this.#queue.length : place, 0, entry)
    return () => {
      const index = this.#queue.indexOf(entry)
      if (index >= 0) this.#queue.splice(index, 1)
    }
  }

  after(ms: number, act: Action): () => void {
    return this.at(this.nowMs + ms, act)
  }

  /** Lets time pass; `each` is called after everything that happens. */
  async run(ms: number, each: () => void): Promise<void> {
    const endMs = this.nowMs + ms
    for (let next = this.#queue[0]; next && next.atMs <= endMs; next = this.#queue[0]) {
      this.#queue.shift()
      this.nowMs = next.atMs
      await next.act()
      each()
    }
    this.nowMs = endMs
    each()
  }
}
