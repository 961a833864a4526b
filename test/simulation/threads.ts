import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { Coverage } from './coverage.ts'
import type { GroupOrder, GroupReport } from './group-thread.ts'

/** A group that takes longer hangs. */
const MOST_MS = 300_000

/** Simulates the groups in so many threads; `onReport` is told of each, and ends it all by answering true. */
export async function simulateGroups(
  orders: Iterator<GroupOrder>,
  threads: number,
  onReport: (report: GroupReport) => boolean,
): Promise<void> {
  let isOver = false
  const work = async () => {
    const worker = new Worker(new URL('./group-thread.ts', import.meta.url))
    try {
      for (let next = orders.next(); !isOver && !next.done; next = orders.next()) {
        worker.postMessage(next.value)
        const report = await reportOf(worker, next.value)
        if (!isOver && onReport(report)) isOver = true
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: threads }, work))
}

async function reportOf(worker: Worker, order: GroupOrder): Promise<GroupReport> {
  try {
    const [report] = (await once(worker, 'message', { signal: AbortSignal.timeout(MOST_MS) })) as [GroupReport]
    return report
  } catch (error) {
    const broken = { invariant: 'internal error' as const, what: `the thread: ${(error as Error).message}` }
    return { ...order, broken, simulatedMs: 0, processorMs: 0, coverage: new Coverage().data }
  }
}
