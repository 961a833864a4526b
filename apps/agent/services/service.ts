import type { ServiceState } from '../../../domain/model.ts'
import type { Counts } from './health.ts'
import type { Probe } from './probe.ts'
import type { Environment } from './start-service.ts'

export type ControlSettings =
  | { kind: 'process'; command: string[]; env?: Record<string, string> | undefined }
  | { kind: 'systemd'; unit: string }
  | { kind: 'commands'; start: string[]; stop: string[] }

/** Something that the node keeps for its users. */
export interface Service {
  name: string
  role: 'critical' | 'database'
  control: ControlSettings
  /** All must hold for it to be running. None: that it is up is enough. */
  probes: Probe[]
  /** Services that must run before it is started. */
  after: string[]
  counts: Counts
  probeIntervalMs: number
  /** For all its probes together, as they are asked at once. */
  probeTimeLimitMs: number
  /** How long it may take, once started, until it runs. */
  startTimeLimitMs: number
  /** How long it has to end by itself, before it is killed. */
  stopTimeLimitMs: number
}

export interface ServiceStatus {
  /**
   * `stopped`: on request. `failed`: not running, or not answering, although nobody asked for that.
   * `starting`: alive, young, and has not answered yet. `unknown`: not looked at yet, or nobody can tell.
   * One that is being stopped counts as `stopped`; its pid stands here until it is gone.
   */
  state: ServiceState
  /** When it began to run or, in any other state, ceased to: on boottime, as far as can be told. */
  sinceMs: number
  /** One line for a person. */
  detail: string
  pid: number | null
}

export interface ServiceOutcome {
  name: string
  ok: boolean
  detail: string
  durationMs: number
}

export interface SupervisionSettings {
  /** The node's folder, where records and logs stand. */
  nodeFolder: string
  environment: Environment
  /** Told how long each look at a service took. */
  onLooked?: (name: string, durationMs: number) => void
  /**
   * The host has booted since the last look. What runs although it was stopped on request was then started by the boot
   * and not by an administrator: it is not adopted, but to be stopped again.
   */
  hasBooted?: boolean
}
