import { randomUUID } from 'node:crypto'
import type { GroupStatus } from '../../client/answers.ts'
import type { Api } from '../api.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Terminal } from '../terminal.ts'
import { paragraph } from '../views/view.ts'

export interface MaintenanceOptions {
  node?: string
  reason?: string
  until?: Date
  json?: boolean
}

/** Begins maintenance of a group or one of its nodes, or moves its end. */
export const beginMaintenance = (api: Api, terminal: Terminal, group: string, options: MaintenanceOptions) =>
  maintain(api, terminal, group, options, {
    enabled: true,
    reason: options.reason,
    ...(options.until ? { until: options.until.toISOString() } : {}),
  })

export const endMaintenance = (api: Api, terminal: Terminal, group: string, options: MaintenanceOptions) =>
  maintain(api, terminal, group, options, { enabled: false })

async function maintain(
  api: Api,
  terminal: Terminal,
  group: string,
  { node, json }: MaintenanceOptions,
  wanted: object,
): Promise<ExitCode> {
  const status = await api.maintain(group, node, wanted, randomUUID())
  tell(terminal, status, json)
  return EXIT.done
}

/** On-call has seen what happened to the group; what a cut-off has switched off is on again. */
export async function acknowledge(api: Api, terminal: Terminal, group: string, { json }: { json?: boolean }) {
  const status = await api.acknowledge(group, randomUUID())
  tell(terminal, status, json)
  return EXIT.done
}

const tell = (terminal: Terminal, status: GroupStatus, json = false): void =>
  terminal.print(json ? JSON.stringify(status, null, 2) : paragraph('', status.explanation, terminal.view()))
