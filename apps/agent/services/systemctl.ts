import { runCommand } from '../command.ts'
import type { Environment } from './start-service.ts'

/** What systemd says of a unit. */
export interface UnitState {
  /** The unit's own name, where the one asked for is an alias. */
  id: string
  /** `loaded`; `not-found`, `masked`, `bad-setting` and others where it cannot be started. */
  loadState: string
  activeState: string
  subState: string
  /** `success`, or how the last run failed. */
  result: string
  mainPid: number | null
  /** Names one run of the unit; empty where it never ran in this boot. */
  invocationId: string
  /** `enabled`, `disabled`, `static` and others: whether it starts with the host. */
  unitFileState: string
  /** The unit's `Restart=`. */
  restart: string
  /** A job is queued or at work on it. */
  hasJob: boolean
  /** On the kernel's monotonic clock, which stands still in a suspend; 0: never in this boot. */
  activeEnterMs: number
  inactiveEnterMs: number
}

export interface SystemctlSettings {
  timeLimitMs: number
  environment: Environment
}

const PROPERTIES = [
  ...['Id', 'LoadState', 'ActiveState', 'SubState', 'Result', 'MainPID', 'InvocationID', 'UnitFileState', 'Restart'],
  ...['Job', 'ActiveEnterTimestampMonotonic', 'InactiveEnterTimestampMonotonic'],
]
const OUTPUT_LIMIT_BYTES = 64 * 1024

/** Runs `systemctl` and answers what it printed. Throws where it fails or takes too long, with what it said. */
export async function systemctl(args: string[], { timeLimitMs, environment }: SystemctlSettings): Promise<string> {
  const limits = { timeLimitMs, outputLimitBytes: OUTPUT_LIMIT_BYTES }
  const { exitCode, output, problem } = await runCommand(['systemctl', ...args], environment, limits)
  if (exitCode === 0 && problem === null) return output
  const why = problem ?? `ended with exit code ${exitCode}`
  const asked = args.filter((each) => !each.startsWith('--')).join(' ')
  throw new Error([`systemctl ${asked} ${why}`, output.trim()].filter(Boolean).join(': '))
}

export async function showUnit(unit: string, settings: SystemctlSettings): Promise<UnitState> {
  const properties = PROPERTIES.map((name) => `--property=${name}`)
  return unitState(await systemctl(['show', '--no-pager', ...properties, '--', unit], settings))
}

/** Lines of `systemctl show`, `Name=value`; some of what is empty is left out. Throws where there is no state in them. */
export function unitState(shown: string): UnitState {
  const value = new Map(
    shown
      .split('\n')
      .filter((line) => line.includes('='))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  const text = (name: string) => value.get(name) ?? ''
  const milliseconds = (name: string) => Number(text(name) || 0) / 1000
  if (!text('ActiveState')) throw new Error(`systemctl show says no ActiveState: ${shown.trim() || '(nothing)'}`)
  return {
    id: text('Id'),
    loadState: text('LoadState'),
    activeState: text('ActiveState'),
    subState: text('SubState'),
    result: text('Result'),
    mainPid: Number(text('MainPID')) || null,
    invocationId: text('InvocationID'),
    unitFileState: text('UnitFileState'),
    restart: text('Restart'),
    hasJob: Number(text('Job')) > 0,
    activeEnterMs: milliseconds('ActiveEnterTimestampMonotonic'),
    inactiveEnterMs: milliseconds('InactiveEnterTimestampMonotonic'),
  }
}
