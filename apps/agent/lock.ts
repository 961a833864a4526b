import { createHash, randomUUID } from 'node:crypto'
import { link, open, readFile, rm, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { identify, isAlive, processIdentity } from './services/process.ts'

const RETRY_MS = 10

/**
 * Runs `work` while no other process (nor another caller in this one) holds `lockFile`. A lock whose holder has
 * died is broken. Throws if the lock is not to be had within the time limit, naming who holds it.
 */
export async function withLock<T>(lockFile: string, work: () => Promise<T>, timeLimitMs = 5000): Promise<T> {
  await acquire(lockFile, timeLimitMs)
  try {
    return await work()
  } finally {
    await rm(lockFile, { force: true })
  }
}

async function acquire(lockFile: string, timeLimitMs: number): Promise<void> {
  const mine = `${lockFile}.${randomUUID()}`
  await writeFile(mine, JSON.stringify({ ...identify(process.pid), nonce: randomUUID() }))
  try {
    const until = performance.now() + timeLimitMs
    while (!(await linked(mine, lockFile))) {
      const held = await readIfThere(lockFile)
      if (held !== undefined && !holderLives(held)) await breakLock(lockFile, held)
      if (performance.now() >= until) throw new Error(lockedMessage(lockFile, held))
      await pause(RETRY_MS)
    }
  } finally {
    await rm(mine, { force: true })
  }
}

function lockedMessage(lockFile: string, held: string | undefined): string {
  return (
    `${lockFile} is locked by another process (${held ?? 'it changes hands'}): let it end, ` +
    `or remove the file together with any ${lockFile}.break-* if no such process works on it`
  )
}

/** A link to a complete file: the lock appears together with its holder's name, or not at all. */
async function linked(mine: string, lockFile: string): Promise<boolean> {
  try {
    await link(mine, lockFile)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Only who creates the file named after this very lock may remove it: without that, the second of two breakers would
 * remove the lock that the first one has taken in the meantime.
 */
async function breakLock(lockFile: string, stale: string): Promise<void> {
  const permit = `${lockFile}.break-${createHash('sha256').update(stale).digest('hex').slice(0, 16)}`
  try {
    await (await open(permit, 'wx')).close()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    throw error
  }
  if ((await readIfThere(lockFile)) === stale) await rm(lockFile)
  await rm(permit)
}

function holderLives(held: string): boolean {
  try {
    const holder = processIdentity.safeParse(JSON.parse(held))
    return holder.success && isAlive(holder.data)
  } catch {
    // Not JSON: a lock cut short by a loss of power, so its holder is gone too.
    return false
  }
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
