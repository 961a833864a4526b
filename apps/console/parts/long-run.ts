/** Something long that goes on while one looks at other pages; whoever shows it is told of each change. */
export abstract class LongRun<View> {
  #view: View
  readonly #listeners = new Set<() => void>()

  constructor(view: View) {
    this.#view = view
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
  /** Replaced as a whole when it changes. */
  readonly current = (): View => this.#view

  protected show(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change }
    for (const each of this.#listeners) each()
  }

  abstract isUnderWay(): boolean
  /** Ends it as soon as what has been sent is answered. */
  abstract stop(): void
}
