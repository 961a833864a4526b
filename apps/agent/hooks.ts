import { runCommand } from './command.ts'
import type { Environment } from './start-service.ts'

/** What a hook is told, in environment variables. */
export interface HookFacts {
  /** UNDERSTUDY_NODE: this node. */
  node: string
  /** UNDERSTUDY_PEER: the other node of the group; empty where there is none. */
  peer: string
  /** UNDERSTUDY_HOME_NODE: whose users it is about. */
  homeNode: string
  /** UNDERSTUDY_TRANSITION: the transition's id; empty outside one. The same id may come twice: a hook is idempotent. */
  transition: string
}

export interface HookResult {
  ok: boolean
  output: string
  durationMs: number
}

/** A result travels in a heartbeat, whose item is small. */
const OUTPUT_LIMIT_BYTES = 1024

/** Runs the operator's own command for an occasion. No hook: done at once. Failing is in the result, never thrown. */
export async function runHook(
  command: string[] | undefined,
  facts: HookFacts,
  { environment, timeLimitMs }: { environment: Environment; timeLimitMs: number },
): Promise<HookResult> {
  if (command === undefined) return { ok: true, output: '', durationMs: 0 }
  const told = {
    UNDERSTUDY_NODE: facts.node,
    UNDERSTUDY_PEER: facts.peer,
    UNDERSTUDY_HOME_NODE: facts.homeNode,
    UNDERSTUDY_TRANSITION: facts.transition,
  }
  const limits = { timeLimitMs, outputLimitBytes: OUTPUT_LIMIT_BYTES }
  const result = await runCommand(command, { ...environment, ...told }, limits)
  const ok = result.exitCode === 0 && result.problem === null
  return { ok, output: ok ? result.output : reasonFirst(command, result), durationMs: result.durationMs }
}

function reasonFirst(command: string[], result: Awaited<ReturnType<typeof runCommand>>): string {
  const why = result.problem ?? `ended with exit code ${result.exitCode}`
  return [`hook ${command[0]} ${why}`, result.output].filter(Boolean).join('\n').slice(0, OUTPUT_LIMIT_BYTES)
}
