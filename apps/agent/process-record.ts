import { readFileSync } from 'node:fs'
import path from 'node:path'
import * as z from 'zod'
import { writeFileAtomically } from './atomic-file.ts'
import { processIdentity } from './process.ts'

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
})
export type ProcessRecord = z.infer<typeof processRecord>

/** A service's files in the node's folder. The encoding keeps names apart that differ in spaces or slashes only. */
export function serviceFiles(nodeFolder: string, name: string): { record: string; log: string; lock: string } {
  const stem = path.join(nodeFolder, 'services', encodeURIComponent(name))
  return { record: `${stem}.json`, log: `${stem}.log`, lock: `${stem}.lock` }
}

/** Undefined where nobody has started or stopped the service yet. Throws if the file is damaged, saying what to do. */
export function readProcessRecord(nodeFolder: string, name: string): ProcessRecord | undefined {
  const { record } = serviceFiles(nodeFolder, name)
  let text: string
  try {
    text = readFileSync(record, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return processRecord.parse(JSON.parse(text))
  } catch (error) {
    throw new Error(`${record} is damaged: end the process of "${name}" if it runs, and remove the file`, {
      cause: error,
    })
  }
}

/** Only under the service's lock. */
export async function writeProcessRecord(nodeFolder: string, record: ProcessRecord): Promise<void> {
  await writeFileAtomically(serviceFiles(nodeFolder, record.name).record, JSON.stringify(record))
}
