import { parentPort, workerData } from 'node:worker_threads'
import type { RowCondition } from './pair/watched-table.ts'
import { explorePart, type Part } from './parts.ts'

/**
 * Looks at one part of a model, and tells what came of it. A part of the policy's is kept then: each condition that comes
 * as a message is answered by what is found without it.
 */
const part = explorePart(workerData as Part)
if ('without' in part) {
  parentPort?.on('message', (removed: RowCondition) => parentPort?.postMessage(part.without?.(removed)))
}
parentPort?.postMessage(part.explored)
