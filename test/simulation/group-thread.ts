import { parentPort } from 'node:worker_threads'
import { Coverage, type CoverageData } from './coverage.ts'
import { generateTrace } from './fault-generator.ts'
import type { FaultTrace } from './faults.ts'
import { play } from './group-run.ts'
import type { InvariantName } from './invariants.ts'

/** One group to be simulated, as a thread is asked for it. */
export interface GroupOrder {
  seed: string
  group: number
  hours: number
  /** What the seed drew when it failed; another release may draw something else from it. */
  trace?: FaultTrace
}

export interface GroupReport extends GroupOrder {
  broken: { invariant: InvariantName; what: string } | null
  /** Its thread failed, or hung. */
  isLost: boolean
  simulatedMs: number
  processorMs: number
  coverage: CoverageData
}

/** A group's own seed, so that it replays alone. */
export const traceOf = ({ seed, group, hours, trace }: GroupOrder): FaultTrace =>
  trace ?? generateTrace(`${seed}/${group}`, hours)

export async function simulateGroup(order: GroupOrder): Promise<GroupReport> {
  const before = process.threadCpuUsage()
  const { broken, simulatedMs, coverage } = await play(traceOf(order), { hours: order.hours })
  const { user, system } = process.threadCpuUsage(before)
  return {
    ...order,
    broken: broken && { invariant: broken.invariant, what: broken.message },
    isLost: false,
    simulatedMs,
    processorMs: (user + system) / 1000,
    coverage: coverage.data,
  }
}

/** Of a group whose thread failed, or hung. */
export function lostReport(order: GroupOrder, error: Error): GroupReport {
  const broken = { invariant: 'internal error' as const, what: `the thread: ${error.message}` }
  return { ...order, broken, isLost: true, simulatedMs: 0, processorMs: 0, coverage: new Coverage().data }
}

parentPort?.on('message', async (order: GroupOrder) => parentPort?.postMessage(await simulateGroup(order)))
