import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** A group that takes longer hangs. */
const MOST_MS = 300_000

interface Work<Order, Report> {
  /** What a thread runs: it answers each order, which comes as a message, with its report. */
  script: URL
  orders: Iterator<Order>
  threads: number
  /** Told of each report; ends it all by answering true. */
  onReport: (report: Report) => boolean
  /** What an order comes to whose thread fails, or hangs. */
  ofLost: (order: Order, error: Error) => Report
}

export async function inThreads<Order, Report>(work: Work<Order, Report>): Promise<void> {
  const { script, orders, threads, onReport } = work
  let isOver = false
  const carryOut = async () => {
    const worker = new Worker(script)
    try {
      for (let next = orders.next(); !isOver && !next.done; next = orders.next()) {
        const report = await reportOf(worker, next.value, work)
        if (!isOver && onReport(report)) isOver = true
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: threads }, carryOut))
}

async function reportOf<Order, Report>(worker: Worker, order: Order, { ofLost }: Work<Order, Report>): Promise<Report> {
  worker.postMessage(order)
  try {
    const [report] = (await once(worker, 'message', { signal: AbortSignal.timeout(MOST_MS) })) as [Report]
    return report
  } catch (error) {
    return ofLost(order, error as Error)
  }
}
