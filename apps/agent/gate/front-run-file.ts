import * as z from 'zod'
import { processIdentity } from '../services/process.ts'
import { readStateFile } from '../state-file.ts'

/** Written by a front when it is ready, readable by its owner only; it stays when the front dies. */
const frontRunFile = processIdentity.extend({
  node: z.string(),
  /** Where users log in, while a door is open. */
  port: z.int(),
  controlPort: z.int(),
  /** Who knows it may speak on the control port. */
  token: z.string(),
})
export type FrontRunFile = z.infer<typeof frontRunFile>

/** Undefined where no front has ever been ready. Throws if the file is damaged, saying what to do. */
export const readFrontRunFile = (file: string): FrontRunFile | undefined =>
  readStateFile(file, frontRunFile, ": end the node's front if it runs, remove the file, start the front")
