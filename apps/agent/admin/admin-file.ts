import { readFileSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import { processIdentity } from '../services/process.ts'
import { readStateFile, writeStateFile } from '../state-file.ts'

/** Where a running agent answers administration, and what opens it. Only the agent's own user and root can read it. */
const adminFile = z.object({
  address: z.string(),
  port: z.int(),
  token: z.string(),
  agent: processIdentity,
})
export type AdminFile = z.infer<typeof adminFile>

const fileIn = (stateFolder: string): string => path.join(stateFolder, 'admin.json')

export const writeAdminFile = (stateFolder: string, content: AdminFile): Promise<void> =>
  writeStateFile(fileIn(stateFolder), content)

export const removeAdminFile = (stateFolder: string): Promise<void> => rm(fileIn(stateFolder), { force: true })

/** Undefined: there is none. Throws where it cannot be read, or is none of ours. */
export function readAdminFile(stateFolder: string): AdminFile | undefined {
  const file = fileIn(stateFolder)
  try {
    return readStateFile(file, adminFile, ': restart the agent')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
    throw new Error(`${file} cannot be read: ask as the agent's own user, or as root`)
  }
}

const SHORTEST_TOKEN = 16

/** The token of an operator's own file; throws where others can read it, or it is too short to be one. */
export function readTokenFile(file: string): string {
  const { mode } = statSync(file)
  if ((mode & 0o077) !== 0) throw new Error(`admin.tokenFile ${file} can be read by others: chmod 600 ${file}`)
  const token = readFileSync(file, 'utf8').trim()
  if (token.length >= SHORTEST_TOKEN && !/\s/.test(token)) return token
  throw new Error(`admin.tokenFile ${file} must hold one token of at least ${SHORTEST_TOKEN} characters`)
}
