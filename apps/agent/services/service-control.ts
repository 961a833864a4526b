import { CommandsControl } from './commands-control.ts'
import type { ServiceControl } from './control.ts'
import { ProcessControl } from './process-control.ts'
import type { Service, SupervisionSettings } from './service.ts'
import { SystemdControl } from './systemd-control.ts'

/** Until an unanswered question to systemd, or a job that cannot be queued, is given up. */
const SYSTEMD_CALL_LIMIT_MS = 10_000

/** What starts and stops a service. `onExit` is called when its process has ended, where that is told at all. */
export function controlOf(service: Service, settings: SupervisionSettings, onExit: () => void): ServiceControl {
  const { name, control, startTimeLimitMs, stopTimeLimitMs } = service
  const { nodeFolder, environment } = settings
  switch (control.kind) {
    case 'process': {
      const { command, env } = control
      return new ProcessControl({ name, command, env }, { nodeFolder, environment, stopTimeLimitMs, onExit })
    }
    case 'systemd': {
      const limits = { callTimeLimitMs: SYSTEMD_CALL_LIMIT_MS, stopTimeLimitMs }
      return new SystemdControl({ name, unit: control.unit, nodeFolder, environment, ...limits })
    }
    case 'commands':
      return new CommandsControl({ ...control, environment, startTimeLimitMs, stopTimeLimitMs })
  }
}
