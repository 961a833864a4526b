import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { withLock } from '../lock.ts'
import { readStateFile, writeStateFile } from '../state-file.ts'
import { type ProcessIdentity, processIdentity } from './process.ts'

/**
 * What the node's folder remembers of a service, for every process that starts or watches it: the pid file.
 * It outlives the agent and the boot, so a service that was stopped on request stays stopped.
 */
const processRecord = z.object({
  name: z.string(),
  /** The process started last, alive or not; null: none yet. */
  process: processIdentity.nullable(),
  /** When that was, on boottime. */
  startedAtMs: z.number(),
  /** A command stopped it (or is about to), and nobody has started it since. */
  stoppedOnRequest: z.boolean(),
  /** A stop has disabled its unit of systemd (or is about to): whoever starts it enables it again. */
  enableAgain: z.boolean().default(false),
})
export type ProcessRecord = z.infer<typeof processRecord>

/** A service's files in the node's folder. The encoding keeps names apart that differ in spaces or slashes only. */
export function serviceFiles(nodeFolder: string, name: string): { record: string; log: string; lock: string } {
  const stem = path.join(nodeFolder, 'services', encodeURIComponent(name))
  return { record: `${stem}.json`, log: `${stem}.log`, lock: `${stem}.lock` }
}

/** Undefined where nobody has started or stopped the service yet. Throws if the file is damaged, saying what to do. */
export function readProcessRecord(nodeFolder: string, name: string): ProcessRecord | undefined {
  const remedy = `: end the process of "${name}" if it runs, and remove the file`
  return readStateFile(serviceFiles(nodeFolder, name).record, processRecord, remedy)
}

/** Only under the service's lock. */
export async function writeProcessRecord(nodeFolder: string, record: ProcessRecord): Promise<void> {
  await writeStateFile(serviceFiles(nodeFolder, record.name).record, record)
}

/** Remembers that a service is stopped on request, before it is stopped; answers the process to end. */
export async function holdStopped(nodeFolder: string, name: string): Promise<ProcessIdentity | undefined> {
  const { process } = await change(nodeFolder, name, { stoppedOnRequest: true })
  return process ?? undefined
}

/** Remembers that it is not to stay stopped any more: it is started, or somebody has started it. */
export async function endHold(nodeFolder: string, name: string): Promise<void> {
  if (readProcessRecord(nodeFolder, name)?.stoppedOnRequest) await change(nodeFolder, name, { stoppedOnRequest: false })
}

export async function rememberEnabled(nodeFolder: string, name: string, enableAgain: boolean): Promise<void> {
  await change(nodeFolder, name, { enableAgain })
}

async function change(
  nodeFolder: string,
  name: string,
  changes: Partial<Pick<ProcessRecord, 'stoppedOnRequest' | 'enableAgain'>>,
): Promise<ProcessRecord> {
  const files = serviceFiles(nodeFolder, name)
  await mkdir(path.dirname(files.record), { recursive: true })
  return withLock(files.lock, async () => {
    const none = { name, process: null, startedAtMs: 0, stoppedOnRequest: false, enableAgain: false }
    const record = { ...none, ...readProcessRecord(nodeFolder, name), ...changes }
    await writeProcessRecord(nodeFolder, record)
    return record
  })
}
