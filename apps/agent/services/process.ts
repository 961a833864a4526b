import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import * as z from 'zod'

/** One process, and no later one that was given the same pid. */
export const processIdentity = z.object({
  pid: z.int().positive(),
  /** Opaque: when the kernel started it. Two processes never share both fields, not even across boots. */
  startedAt: z.string().min(1),
})
export type ProcessIdentity = z.infer<typeof processIdentity>

/** The identity of a process that runs; undefined where there is none, or only a dead one that nobody has reaped. */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt
}

export function sameProcess(one: ProcessIdentity | null | undefined, other: ProcessIdentity): boolean {
  return one?.pid === other.pid && one.startedAt === other.startedAt
}

/** The start is in ticks since boot (field 22), so the kernel's boot id belongs to it. */
function startOnLinux(pid: number): string | undefined {
  const stat = readIfThere(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The second field is the command in parentheses, and may itself hold spaces and parentheses.
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (state === 'Z' || state === 'X') return undefined
  return `${kernelBootId()} ${fields[18]}`
}

const kernelBootId = () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // ESRCH: the process ended between the opening and the reading.
    if (code === 'ENOENT' || code === 'ESRCH') return undefined
    throw error
  }
}

function startByPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return line.startsWith('Z') ? undefined : line.slice(line.indexOf(' ')).trim()
  } catch {
    // ps ends with 1 where there is no such process.
    return undefined
  }
}

const GONE_CHECK_MS = 10
/** What the kernel may need to end a process after SIGKILL. */
const KILL_WAIT_MS = 5000

/**
 * Ends a process and its group: SIGTERM, and SIGKILL where it is not gone in time. Answers how it ended when it is gone.
 * Throws if even SIGKILL does not end it (it hangs in the kernel), or where it may not be signalled.
 */
export async function terminate(
  identity: ProcessIdentity,
  timeLimitMs: number,
): Promise<'gone' | 'stopped' | 'killed'> {
  if (!isAlive(identity)) return 'gone'
  signalGroup(identity, 'SIGTERM')
  if (await goneWithin(identity, timeLimitMs)) return 'stopped'
  signalGroup(identity, 'SIGKILL')
  if (await goneWithin(identity, KILL_WAIT_MS)) return 'killed'
  throw new Error(`process ${identity.pid} is still there ${KILL_WAIT_MS} ms after SIGKILL`)
}

/** Our processes lead a group of their own, so that what a starting script left behind ends with it. */
function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isAlive(identity)) return
  if (!send(-identity.pid, signal)) send(identity.pid, signal)
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

async function goneWithin(identity: ProcessIdentity, timeLimitMs: number): Promise<boolean> {
  const until = performance.now() + timeLimitMs
  while (isAlive(identity)) {
    if (performance.now() >= until) return false
    await pause(GONE_CHECK_MS)
  }
  return true
}
