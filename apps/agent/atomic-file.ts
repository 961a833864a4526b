import { open, rename } from 'node:fs/promises'
import path from 'node:path'

/**
 * Replaces a file as a whole: a reader, or a start after a crash or a loss of power, finds the old text or the
 * new one, never a part. One writer at a time (they would share the `.tmp` beside the file). Only the owner may read it.
 */
export async function writeFileAtomically(file: string, text: string): Promise<void> {
  const temporary = `${file}.tmp`
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
  await syncFolder(path.dirname(file))
}

/** Makes the renaming itself durable. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
