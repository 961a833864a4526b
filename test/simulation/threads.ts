import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { GroupOrder, GroupReport } from './group-thread.ts'

/** A group that takes longer hangs. */
const MOST_MS = 600_000

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
        const limit = AbortSignal.timeout(MOST_MS)
        const [report] = (await once(worker, 'message', { signal: limit })) as [GroupReport]
        if (!isOver && onReport(report)) isOver = true
      }
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: threads }, work))
}
