/** Calls that are made one after the other, in the order they were asked for; one that fails holds up none. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Calls when all earlier ones have ended; answers, or fails, as the call does. */
  take<T>(call: () => Promise<T>): Promise<T> {
    const answer = this.#last.then(call)
    this.#last = answer.catch(() => undefined)
    return answer
  }

  /** When every call that was asked for by now has ended. */
  async done(): Promise<void> {
    await this.#last
  }
}
