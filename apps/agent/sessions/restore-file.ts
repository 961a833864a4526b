import path from 'node:path'
import * as z from 'zod'
import type { Log } from '../log.ts'
import { readStateFile, writeStateFile } from '../state-file.ts'

const restore = z.object({
  /** Which coming of the users it follows, as the control plane named it. */
  movedAtMs: z.int(),
  /** Of the page that comes next; null: the first. */
  cursor: z.string().nullable(),
  restored: z.int(),
  failed: z.int(),
  lost: z.int(),
  /** By the host's clock. */
  startedAtMs: z.number(),
  endedAtMs: z.number().nullable(),
})
/** How far the sessions of one home are re-created here. */
export type Restore = z.infer<typeof restore>

const file = z.object({ restores: z.record(z.string(), restore) })

const fileIn = (stateFolder: string): string => path.join(stateFolder, 'sessions.json')

/** By home node. A damaged file costs work that is done twice, so it is said and begun anew. */
export function readRestores(stateFolder: string, log: Log): Record<string, Restore> {
  try {
    return readStateFile(fileIn(stateFolder), file, ' and begun anew: sessions may be re-created twice')?.restores ?? {}
  } catch (error) {
    log((error as Error).message)
    return {}
  }
}

export const writeRestores = (stateFolder: string, restores: Record<string, Restore>): Promise<void> =>
  writeStateFile(fileIn(stateFolder), { restores })
