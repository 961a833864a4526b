import { readFileSync } from 'node:fs'
import { runCommand } from './command.ts'
import type { Environment } from './services/start-service.ts'

/** The kernel's own, new at each boot. A demo node has a file of its own, so that it can "reboot" alone. */
export const DEFAULT_BOOT_ID_FILE = '/proc/sys/kernel/random/boot_id'

/** Throws where the file is missing or empty, naming the setting. */
export function readBootId(file: string): string {
  let bootId: string
  try {
    bootId = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new Error(`no boot id: ${(error as Error).message}; let host.bootIdFile name a file that changes at boot`, {
      cause: error,
    })
  }
  if (bootId === '')
    throw new Error(`no boot id: ${file} is empty; let host.bootIdFile name a file that changes at boot`)
  return bootId
}

export type Leaving = 'shutdown' | 'reboot'

/** Jobs of systemd that take the host down, and what becomes of it. `shutdown.target` is part of each. */
const REBOOT_TARGETS = ['reboot.target', 'kexec.target', 'soft-reboot.target']
const SHUTDOWN_TARGETS = ['poweroff.target', 'halt.target', 'shutdown.target']

export interface GoingDownSettings {
  /** Ends with 0 and prints `shutdown` or `reboot` when the host is going down. Undefined: systemd is asked. */
  command: string[] | undefined
  environment: Environment
  timeLimitMs: number
}

/**
 * Whether the host itself is going down, which is worth a good-bye [B10]; a mere stop of the agent is not. In doubt
 * (no systemd, a failing command, no answer in time) it is not: then the keep-alive timeout decides.
 */
export async function hostLeaving({ command, environment, timeLimitMs }: GoingDownSettings): Promise<Leaving | null> {
  const argv = command ?? ['systemctl', 'list-jobs', '--no-legend', '--no-pager', '--plain']
  const result = await runCommand(argv, environment, { timeLimitMs, outputLimitBytes: 64 * 1024 })
  if (result.exitCode !== 0) return null
  if (command === undefined) return leavingByJobs(result.output)
  const said = result.output.trim()
  return said === 'shutdown' || said === 'reboot' ? said : null
}

/** Lines of `systemctl list-jobs`: number, unit, type, state. */
export function leavingByJobs(jobs: string): Leaving | null {
  const starting = jobs
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , type]) => type === 'start')
    .map(([, unit = '']) => unit)
  if (starting.some((unit) => REBOOT_TARGETS.includes(unit))) return 'reboot'
  return starting.some((unit) => SHUTDOWN_TARGETS.includes(unit)) ? 'shutdown' : null
}
