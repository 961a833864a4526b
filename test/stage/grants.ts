import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { enforceGrants } from '../functions/grants.ts'

/**
 * Loaded into the stage before everything else (`--import`): its functions may do only what they are granted. What is
 * refused is noted in the data folder, so that a test cannot overlook it.
 */
export const DENIED_FILE = 'denied.jsonl'

const folder = new URL(import.meta.url).searchParams.get('folder')
if (folder) enforceGrants((call) => appendFileSync(join(folder, DENIED_FILE), `${JSON.stringify(call)}\n`))
