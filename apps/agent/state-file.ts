import { readFileSync } from 'node:fs'
import type * as z from 'zod'
import { writeFileAtomically } from './atomic-file.ts'

/** What a process keeps for those that come after it, in JSON. Undefined: nothing yet. Throws if the file is damaged, with what to do. */
export function readStateFile<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
  remedy: string,
): z.output<Schema> | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    throw new Error(`${file} is damaged${remedy}`, { cause: error })
  }
}

/** Replaces the whole, so that nobody ever reads a part; one writer at a time. */
export const writeStateFile = (file: string, content: unknown): Promise<void> =>
  writeFileAtomically(file, JSON.stringify(content))
