import { accessSync, constants, existsSync, statSync } from 'node:fs'
import path from 'node:path'
import type { AgentConfig } from '../config.ts'
import { readBootId } from '../host.ts'
import { withoutOwnVariables } from '../service-manager.ts'
import { askReplication } from '../services/replication.ts'
import type { Environment } from '../services/start-service.ts'
import { systemctl } from '../services/systemctl.ts'
import type { Check, Finding } from './check.ts'

const SYSTEMD_LIMIT_MS = 5000

/** What the agent needs of its host besides the services. */
export const checkHost: Check = async ({ config, environment: own }) => {
  const environment = withoutOwnVariables(own)
  return [
    bootId(config),
    stateFolder(config),
    await systemd(config, environment),
    watchdog(environment),
    ...hooks(config, environment),
    ...(await replication(config, environment)),
  ]
}

function bootId({ host }: AgentConfig): Finding {
  try {
    return { name: 'boot id', result: 'ok', detail: readBootId(host.bootIdFile) }
  } catch (error) {
    const remedy = 'correct host.bootIdFile'
    return { name: 'boot id', result: 'failed', detail: (error as Error).message, remedy }
  }
}

/** It is made when the agent starts, so the nearest folder above that is there must allow that. */
function stateFolder({ stateFolder: folder }: AgentConfig): Finding {
  let nearest = folder
  while (!existsSync(nearest)) nearest = path.dirname(nearest)
  const name = 'state folder'
  try {
    accessSync(nearest, constants.W_OK)
    return { name, result: 'ok', detail: nearest === folder ? folder : `${folder} will be made` }
  } catch {
    const remedy = `run as the agent's own user, or: chown it to that user`
    return { name, result: 'failed', detail: `${nearest} cannot be written to`, remedy }
  }
}

async function systemd({ services, host }: AgentConfig, environment: Environment): Promise<Finding> {
  const name = 'systemctl'
  const isNeeded = services.some(
    ({ control, probes }) => control.kind === 'systemd' || probes.some(({ kind }) => kind === 'systemd'),
  )
  try {
    const said = await systemctl(['show', '--property=Version'], { timeLimitMs: SYSTEMD_LIMIT_MS, environment })
    return { name, result: 'ok', detail: `systemd ${said.trim().replace('Version=', '')}` }
  } catch (error) {
    const detail = (error as Error).message
    if (isNeeded) {
      const remedy = 'run as root on a host with systemd, or give these services control kind commands'
      return { name, result: 'failed', detail, remedy }
    }
    if (host.goingDownCommand !== undefined) return { name, result: 'ok', detail: 'not here, and not needed' }
    const remedy =
      'give host.goingDownCommand: without it no good-bye is said, and users wait for the keep-alive timeout'
    return { name, result: 'warning', detail, remedy }
  }
}

function watchdog(environment: Environment): Finding {
  const name = 'systemd-notify'
  const program = findProgram('systemd-notify', environment)
  if (program) return { name, result: 'ok', detail: program }
  const remedy = 'install it, or take Type=notify and WatchdogSec= out of the unit: a hung agent is then not restarted'
  return { name, result: 'warning', detail: 'not found', remedy }
}

function hooks({ hooks: { timeLimitSeconds, ...commands } }: AgentConfig, environment: Environment): Finding[] {
  return Object.entries(commands)
    .filter(([, command]) => command !== undefined)
    .map(([hook, [program = ''] = []]) => programFinding(`hook ${hook}`, program, environment, `hooks.${hook}`))
}

async function replication(
  { replicationStateCommand: command, replicationSetup, replication: { timeLimitSeconds } }: AgentConfig,
  environment: Environment,
): Promise<Finding[]> {
  const name = 'replication'
  const remedy = 'set up the replication of the database: high availability needs state 2'
  const judge = (state: number, detail: string): Finding =>
    state === 2 ? { name, result: 'ok', detail } : { name, result: 'warning', detail, remedy }
  if (command === undefined)
    return [judge(replicationSetup ?? 0, `said to be ${replicationSetup}, by the configuration`)]
  const { state, detail } = await askReplication({ command, timeLimitMs: timeLimitSeconds * 1000, environment })
  if (state !== null) return [judge(state, detail)]
  return [
    { name, result: 'failed', detail, remedy: 'correct replicationStateCommand: it prints 0 to 4 and ends with 0' },
  ]
}

/** Whether a program can be started. */
export function programFinding(name: string, program: string, environment: Environment, setting: string): Finding {
  const found = findProgram(program, environment)
  if (found) return { name, result: 'ok', detail: found }
  const remedy = `install it, or correct ${setting}`
  return { name, result: 'failed', detail: `${program} is not there, or cannot be executed`, remedy }
}

/** Where a program is that is given by its path, or looked for on PATH. */
function findProgram(program: string, environment: Environment): string | undefined {
  const folders = program.includes('/') ? [''] : (environment.PATH ?? '').split(':').filter(Boolean)
  return folders.map((folder) => path.join(folder, program)).find(isExecutable)
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return statSync(file).isFile()
  } catch {
    return false
  }
}
