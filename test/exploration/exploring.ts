import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { RowCondition } from './pair/watched-table.ts'
import type { Explored, Found } from './part.ts'
import type { Part } from './parts.ts'

/** As many at a time as the smallest machine has cores that it is meant for. */
const AT_A_TIME = 2

/** Does what is to be done, two at a time, in the order of the list; answers in that order, too. */
export async function twoAtATime<Order, Answer>(
  orders: readonly Order[],
  carryOut: (order: Order) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  const waiting = orders.entries()
  const work = async () => {
    for (const [place, order] of waiting) answers[place] = await carryOut(order)
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  return answers
}

/** A part of a model that has been looked at, in a thread that keeps what it has seen. */
export class ExploredPart {
  readonly explored: Explored
  readonly #worker: Worker
  /** What was asked for last: one thing at a time. */
  #asked: Promise<unknown> = Promise.resolve()

  private constructor(worker: Worker, explored: Explored) {
    this.#worker = worker
    this.explored = explored
  }

  static async explore(part: Part): Promise<ExploredPart> {
    const worker = new Worker(new URL('./part-thread.ts', import.meta.url), { workerData: part })
    const [explored] = (await once(worker, 'message')) as [Explored]
    return new ExploredPart(worker, explored)
  }

  without(removed: RowCondition): Promise<Found> {
    const answer = this.#asked.then(async () => {
      this.#worker.postMessage(removed)
      const [found] = (await once(this.#worker, 'message')) as [Found]
      return found
    })
    this.#asked = answer
    return answer
  }

  forget = () => this.#worker.terminate()
}
