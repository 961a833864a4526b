import { runCommand } from '../command.ts'
import type { Environment } from '../services/start-service.ts'

export interface ConnectionsToCut {
  /** How ss is called. */
  command: readonly string[]
  environment: Environment
  /** Of this host, TCP. */
  ports: readonly number[]
  /** Of this host; none: all of them. */
  addresses: readonly string[]
}

const TIME_LIMIT_MS = 2000

/**
 * Ends the established connections of users with a reset to both ends. A packet filter only refuses what is sent, so who
 * is idle would not notice. Connections of the host with itself stay. Answers why it could not be done; null where it was.
 */
export async function cutConnections({
  command,
  environment,
  ports,
  addresses,
}: ConnectionsToCut): Promise<string | null> {
  if (ports.length === 0) return null
  const anyOf = (conditions: string[]) => `( ${conditions.join(' or ')} )`
  const where = [
    anyOf(ports.map((port) => `sport = :${port}`)),
    ...(addresses.length > 0 ? [anyOf(addresses.map((address) => `src = ${bracketed(address)}`))] : []),
    'not dst = 127.0.0.0/8',
    'not dst = [::1]',
  ]
  const argv = [...command, '-K', '-H', '-n', '-t', 'state', 'connected', where.join(' and ')]
  const result = await runCommand(argv, environment, { timeLimitMs: TIME_LIMIT_MS, outputLimitBytes: 1024 })
  if (result.problem !== null) return `ss ${result.problem}`
  return result.exitCode === 0 ? null : `ss ended with exit code ${result.exitCode}: ${result.output.trim()}`
}

const bracketed = (address: string): string => (address.includes(':') ? `[${address}]` : address)
