import { setTimeout as pause } from 'node:timers/promises'
import { boottime } from '../boottime.ts'
import type { ServiceControl, Standing, StopResult } from './control.ts'
import { readProcessRecord, rememberEnabled } from './process-record.ts'
import type { Environment } from './start-service.ts'
import { showUnit, systemctl, type UnitState } from './systemctl.ts'

export interface SystemdControlSettings {
  name: string
  unit: string
  nodeFolder: string
  environment: Environment
  /** For one question, or the queueing of a job. */
  callTimeLimitMs: number
  /** Until a unit that was told to stop is killed. */
  stopTimeLimitMs: number
}

const STOP_LOOK_MS = 100
const KILL_WAIT_MS = 5000

/**
 * A service that is a unit of systemd. Jobs are queued (`--no-block`) and their end is looked for: so a later command
 * can end the waiting for an earlier one, and the time limit is the agent's own.
 *
 * A unit that is enabled would start with the host although it was stopped on request [B15]. So a stop disables it,
 * remembers that, and the next start enables it again. A mask is no way: it cannot be put over a unit file in /etc,
 * one with `--runtime` is gone at the boot it is needed for, and an administrator could not start the unit either. What
 * cannot be disabled (static, generated, an alias) and comes up with the host is stopped again when the agent starts.
 */
export class SystemdControl implements ServiceControl {
  readonly #settings: SystemdControlSettings

  constructor(settings: SystemdControlSettings) {
    this.#settings = settings
  }

  async look(): Promise<Standing> {
    return standingOf(this.#settings.unit, await this.#show())
  }

  /** systemd would have to be asked again; the next look does that. */
  isStill(): boolean {
    return true
  }

  async start(): Promise<string> {
    const { unit } = this.#settings
    const state = await this.#show()
    if (state.loadState !== 'loaded') throw new Error(`${unit} cannot be started: systemd says ${state.loadState}`)
    // One that failed too often in a row would be refused; this start is meant.
    if (state.activeState === 'failed') await this.#call('reset-failed')
    return await this.#call('start', '--no-block')
  }

  async started(): Promise<string> {
    const { name, nodeFolder } = this.#settings
    if (!readProcessRecord(nodeFolder, name)?.enableAgain) return ''
    const output = await this.#call('enable')
    await rememberEnabled(nodeFolder, name, false)
    return output
  }

  async stop(): Promise<StopResult> {
    const { unit, stopTimeLimitMs } = this.#settings
    const output = await this.#call('stop', '--no-block')
    let killed = false
    if (!(await this.#downWithin(stopTimeLimitMs))) {
      killed = true
      await this.#call('kill', '--signal=SIGKILL')
      if (!(await this.#downWithin(KILL_WAIT_MS))) throw new Error(`${unit} is still there after SIGKILL`)
    }
    return { output: `${output}${await this.#disable()}`, killed }
  }

  /** First remembered, then done: a crash in between leaves a unit that is enabled, and is enabled again. */
  async #disable(): Promise<string> {
    const { name, unit, nodeFolder } = this.#settings
    const { id, unitFileState } = await this.#show()
    if (unitFileState !== 'enabled' || id !== unit) return ''
    await rememberEnabled(nodeFolder, name, true)
    return await this.#call('disable')
  }

  async #downWithin(timeLimitMs: number): Promise<boolean> {
    const until = performance.now() + timeLimitMs
    while ((await this.look()).is !== 'down') {
      if (performance.now() >= until) return false
      await pause(STOP_LOOK_MS)
    }
    return true
  }

  #show(): Promise<UnitState> {
    return showUnit(this.#settings.unit, this.#callSettings())
  }

  #call(verb: string, ...options: string[]): Promise<string> {
    return systemctl([verb, ...options, '--', this.#settings.unit], this.#callSettings())
  }

  #callSettings() {
    return { timeLimitMs: this.#settings.callTimeLimitMs, environment: this.#settings.environment }
  }
}

/** What systemd's own states mean here. A unit that crashed and waits for its automatic restart is down: it crashed. */
export function standingOf(unit: string, state: UnitState): Standing {
  const { activeState, subState, mainPid: pid, hasJob } = state
  const how = state.result === 'success' || state.result === '' ? '' : `, result ${state.result}`
  const detail =
    state.loadState === 'loaded' ? `${unit} is ${activeState} (${subState}${how})` : `${unit}: ${state.loadState}`
  const run = state.invocationId || null
  const since = (atMs: number) => (atMs > 0 ? boottime() - (monotonicMs() - atMs) : null)
  const isQueued = activeState === 'inactive' && hasJob
  if (subState === 'auto-restart') return { is: 'down', detail, pid: null, run: null, sinceMs: null }
  if (activeState === 'active' || activeState === 'reloading' || activeState === 'refreshing')
    return { is: 'up', detail, pid, run, sinceMs: since(state.activeEnterMs) }
  if (activeState === 'activating' || isQueued) return { is: 'starting', detail, pid, run, sinceMs: null }
  if (activeState === 'deactivating') return { is: 'stopping', detail, pid, run, sinceMs: null }
  return { is: 'down', detail, pid: null, run: null, sinceMs: since(state.inactiveEnterMs) }
}

/** The clock of systemd's timestamps. */
const monotonicMs = () => Number(process.hrtime.bigint()) / 1e6
