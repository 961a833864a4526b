import { runCommand } from '../command.ts'
import type { Environment } from '../services/start-service.ts'

/** A session as the command that re-creates it is told, on a line of its own. */
export interface SuspendedSession {
  user: string
  device: string
  platform: string
  homeNode: string
  /** What was queued for it when a node crashed is lost. */
  messagesLost: boolean
  /** Temporary presence subscriptions of its user, which are to be made again [B29]. */
  subscriptions: { presentity: string; expiresAt: string }[]
}

export interface SessionHookSettings {
  node: string
  command: string[]
  environment: Environment
  timeLimitMs: number
  onResult: (ok: boolean) => void
}

/** What is told in the environment of the command, beside UNDERSTUDY_NODE. */
export interface SessionHookFacts {
  peer: string
  homeNode: string
  reason: string
}

export interface Outcome {
  /** Those that could not be re-created. */
  failed: SuspendedSession[]
  /** What the command said about it, or why it could not be run. */
  why: string
}

/** As much as the longest batch has, so that a command may print all of it back. */
const OUTPUT_LIMIT_BYTES = 1024 * 1024
const WHY_LIMIT = 300

/**
 * Runs the operator's command for some sessions at once: they are on its standard input, a line of JSON each. It ends with 0
 * when all of them are re-created. Otherwise those have failed whose lines it prints, or all, where it prints none of them.
 */
export async function runSessionHook(
  { node, command, environment, timeLimitMs, onResult }: SessionHookSettings,
  { peer, homeNode, reason }: SessionHookFacts,
  sessions: SuspendedSession[],
): Promise<Outcome> {
  const lines = new Map(sessions.map((session) => [JSON.stringify(session), session]))
  const told = {
    UNDERSTUDY_NODE: node,
    UNDERSTUDY_PEER: peer,
    UNDERSTUDY_HOME_NODE: homeNode,
    UNDERSTUDY_REASON: reason,
  }
  const result = await runCommand(
    command,
    { ...environment, ...told },
    { timeLimitMs, outputLimitBytes: OUTPUT_LIMIT_BYTES },
    `${[...lines.keys()].join('\n')}\n`,
  )
  const ok = result.exitCode === 0 && result.problem === null
  onResult(ok)
  if (ok) return { failed: [], why: '' }
  const printed = result.output.split('\n')
  const named = printed.flatMap((line) => lines.get(line.trim()) ?? [])
  const said = printed.filter((line) => line.trim() !== '' && !lines.has(line.trim())).join(' ')
  const why = [result.problem ?? `ended with exit code ${result.exitCode}`, said].filter(Boolean).join(': ')
  return { failed: named.length > 0 ? [...new Set(named)] : sessions, why: why.slice(0, WHY_LIMIT) }
}
