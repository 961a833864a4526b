import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomically } from '../agent/atomic-file.ts'

/** Nobody guesses 144 bits, and an address with them still fits into a line of a terminal. */
const TOKEN_BYTES = 18
const PATTERN = /^[\w-]{24}$/

/**
 * Who knows it may sign in at the console of the stage with this data folder: whoever sees the stage's terminal, or may
 * read the folder's files. Made at the first start and kept, so that a page that is open stays signed in.
 */
export async function openConsoleToken(dataFolder: string): Promise<string> {
  const file = join(dataFolder, 'console-token')
  const token = (await read(file)) ?? randomBytes(TOKEN_BYTES).toString('base64url')
  await writeFileAtomically(file, `${token}\n`)
  return token
}

async function read(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined || PATTERN.test(text.trim())) return text?.trim()
  throw new Error(`${file} holds no token: delete it, and a new one is made.`)
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** In a time that says nothing of how much of it is right; digests are of one length, whatever was given. */
export const isToken = (given: string, token: string): boolean => timingSafeEqual(digest(given), digest(token))
