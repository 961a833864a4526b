import { parentPort } from 'node:worker_threads'
import type { Figures } from './meter.ts'
import { type MixName, traceOf } from './mix.ts'
import { playPeerToPeer, playUnderstudy } from './play.ts'

/** One group to be played by both systems, as a thread is asked for it. */
export interface GroupOrder {
  seed: string
  mix: MixName
  group: number
  hours: number
}

export interface GroupReport extends GroupOrder {
  faults: number
  understudy: Figures
  peerToPeer: Figures
}

/** A group's own trace, so that it replays alone. */
export const traceOfGroup = ({ seed, mix, group, hours }: GroupOrder) => traceOf(`${seed}/${group}`, mix, hours)

export async function compareGroup(order: GroupOrder): Promise<GroupReport> {
  const trace = traceOfGroup(order)
  const faults = trace.phases.reduce((sum, phase) => sum + phase.faults.length, 0)
  return { ...order, faults, understudy: await playUnderstudy(trace), peerToPeer: await playPeerToPeer(trace) }
}

parentPort?.on('message', async (order: GroupOrder) => parentPort?.postMessage(await compareGroup(order)))
