import { runCommand } from './command.ts'
import type { Environment } from './services/start-service.ts'
import { Turns } from './turns.ts'

export type HookName = 'onTakeOver' | 'onTakeBack' | 'onRelease' | 'onFence'

/** What a hook is told, in environment variables. */
export interface HookFacts {
  /** UNDERSTUDY_NODE: this node. */
  node: string
  /** UNDERSTUDY_PEER: the other node of the group; empty where there is none, or it is not known yet. */
  peer: string
  /** UNDERSTUDY_HOME_NODE: whose users it is about. */
  homeNode: string
  /** UNDERSTUDY_TRANSITION: the transition's id; empty outside one. The same id may come twice: a hook is idempotent. */
  transition: string
  /** UNDERSTUDY_REASON: the node's reason as the control plane says it or, of a fence, why the door closed. */
  reason: string
}

export interface HookResult {
  ok: boolean
  output: string
  durationMs: number
}

export interface HookSettings {
  node: string
  /** The operator's own commands; an occasion without one is done at once. */
  commands: Partial<Record<HookName, string[] | undefined>>
  environment: Environment
  timeLimitMs: number
  /** Told of each run of a command that has ended. */
  onResult?: (hook: HookName, ok: boolean) => void
}

/** A result travels in a heartbeat, whose item is small. */
const OUTPUT_LIMIT_BYTES = 1024

/**
 * Runs the operator's own commands for their occasions, one after the other: what undoes something never overtakes what
 * does it. Failing is in the result, never thrown.
 */
export class Hooks {
  readonly #settings: HookSettings
  readonly #turns = new Turns()

  constructor(settings: HookSettings) {
    this.#settings = settings
  }

  has(hook: HookName): boolean {
    return this.#settings.commands[hook] !== undefined
  }

  run(hook: HookName, facts: Omit<HookFacts, 'node'>): Promise<HookResult> {
    const { node, commands, environment, timeLimitMs, onResult } = this.#settings
    const result = this.#turns.take(() => runHook(commands[hook], { node, ...facts }, { environment, timeLimitMs }))
    if (this.has(hook)) void result.then(({ ok }) => onResult?.(hook, ok))
    return result
  }
}

/** Runs one hook's command. No command: done at once. */
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
    UNDERSTUDY_REASON: facts.reason,
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
