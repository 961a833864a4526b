type Action = () => void | Promise<void>

interface Entry {
  atMs: number
  act: Action
}

/** Virtual time: what is to happen, in its order; nothing takes longer than it says. */
export class Timeline {
  nowMs: number
  /**
   * Something may sleep in the midst of what it does, so that other things go on meanwhile. Otherwise each thing is over
   * before the next begins, which is much faster.
   */
  interleaves = false
  readonly #queue: Entry[] = []
  #sleeping = 0
  #failure: unknown

  constructor(startMs: number) {
    this.nowMs = startMs
  }

  /** Things of the same moment happen in the order in which they were planned. The answer calls it off. */
  at(atMs: number, act: Action): () => void {
    const entry = { atMs: Math.max(this.nowMs, Math.ceil(atMs)), act }
    const queue = this.#queue
    let place = queue.length
    while (place > 0 && (queue[place - 1] as Entry).atMs > entry.atMs) place -= 1
    queue.splice(place, 0, entry)
    return () => {
      const index = queue.indexOf(entry)
      if (index >= 0) queue.splice(index, 1)
    }
  }

  after(ms: number, act: Action): () => void {
    return this.at(this.nowMs + ms, act)
  }

  /** Lets time pass within what happens; others go on meanwhile. */
  sleep(ms: number): Promise<void> {
    this.#sleeping += 1
    return new Promise((resolve) => {
      this.after(ms, () => {
        this.#sleeping -= 1
        resolve()
        return macrotask()
      })
    })
  }

  /** Lets time pass; `each` is called after everything that happens, and ends the run by answering true. */
  async run(ms: number, each: () => boolean): Promise<void> {
    const endMs = this.nowMs + ms
    for (let next = this.#queue[0]; next && next.atMs <= endMs; next = this.#queue[0]) {
      this.#queue.shift()
      this.nowMs = next.atMs
      const work = next.act()
      if (work) await this.#over(work)
      if (this.#failure !== undefined) throw this.#failure
      if (each()) return
    }
    this.nowMs = endMs
    each()
  }

  /** What is over has ended, or sleeps. Everything here runs in microtasks, so after a macrotask it does one or the other. */
  async #over(work: Promise<void>): Promise<void> {
    if (!this.interleaves && this.#sleeping === 0) return work
    work.catch((error) => {
      this.#failure ??= error
    })
    await macrotask()
  }
}

const macrotask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
