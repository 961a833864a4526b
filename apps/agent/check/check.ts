import { type AgentConfig, loadAgentConfig } from '../config.ts'
import type { Environment } from '../services/start-service.ts'
import { checkAdmin } from './check-admin.ts'
import { checkConnection } from './check-connection.ts'
import { checkGate } from './check-gate.ts'
import { checkHost } from './check-host.ts'
import { checkServices } from './check-services.ts'

/** One thing that was looked at. */
export interface Finding {
  name: string
  /** `warning`: it works, but not as well as it could; it fails no check. */
  result: 'ok' | 'warning' | 'failed'
  /** What was found. */
  detail: string
  /** What to do about it. */
  remedy?: string
}

export interface CheckParts {
  config: AgentConfig
  /** What the commands are given. */
  environment: Environment
  /** Whether a door may be opened for a moment, to see it close by itself. */
  proveGate: boolean
}

/** Looks at one subject, changes nothing on the host that it does not put back, and never throws. */
export type Check = (parts: CheckParts) => Promise<Finding[]>

/** All of them, in the order in which they are told. */
const CHECKS: Check[] = [checkHost, checkAdmin, checkServices, checkGate, checkConnection]

/** Everything about the configuration and the host that can be found out before the agent runs. */
export async function check(file: string, environment: Environment, proveGate = false): Promise<Finding[]> {
  let config: AgentConfig
  try {
    config = loadAgentConfig(file)
  } catch (error) {
    const remedy = 'correct the file; agent.example.yaml shows every option'
    return [{ name: 'configuration', result: 'failed', detail: (error as Error).message, remedy }]
  }
  const { node, cluster, services } = config
  const detail = `node ${node} of cluster ${cluster}, ${services.length} services`
  const found = await Promise.all(CHECKS.map((each) => each({ config, environment, proveGate })))
  return [{ name: 'configuration', result: 'ok', detail }, ...found.flat()]
}

export const hasFailed = (findings: Finding[]): boolean => findings.some(({ result }) => result === 'failed')

/** The findings as a table for a person, and a last line that sums up. */
export function tableOf(findings: Finding[]): string {
  const nameWidth = Math.max(...findings.map(({ name }) => name.length))
  const indent = ' '.repeat(nameWidth + 11)
  const lines = findings.flatMap(({ name, result, detail, remedy }) => {
    const [first = '', ...more] = detail.split('\n')
    const rest = [...more, ...(remedy === undefined ? [] : [`→ ${remedy}`])]
    return [`${result.padEnd(7)}  ${name.padEnd(nameWidth)}  ${first}`, ...rest.map((line) => `${indent}${line}`)]
  })
  const count = (result: Finding['result']) => findings.filter((finding) => finding.result === result).length
  return `${[...lines, '', `${count('ok')} ok, ${count('warning')} warnings, ${count('failed')} failed`].join('\n')}\n`
}
