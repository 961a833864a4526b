import { AGENT_TABLE } from '../../domain/agent-table.ts'
import type { AgentCommand } from '../../domain/contract/heartbeat.ts'
import type { Hooks } from './hooks.ts'
import type { Journal } from './journal.ts'
import type { Log } from './log.ts'
import type { ServiceOutcome, Services } from './services/services.ts'
import { Turns } from './turns.ts'

export interface CommandResult {
  id: string
  ok: boolean
  output: string
  durationMs: number
}
type Outcome = Pick<CommandResult, 'ok' | 'output'>

/** What the answer that brought a command said beside it. */
interface Told {
  peer: string
  reason: string
}

/** Of what a result says; it travels in a heartbeat. */
const OUTPUT_LIMIT = 1024

export interface CommandParts {
  services: Services
  journal: Journal
  hooks: Pick<Hooks, 'has' | 'run'>
  /** Ends this process so that a new one is started. */
  restart: () => void
  log: Log
}

/**
 * Carries out the commands of the control plane, one after the other, as the agent's table says. A command that
 * arrives twice acts once. One that a crash interrupted arrives again and is carried out again: each is idempotent.
 */
export class Commands {
  readonly #parts: CommandParts
  /** Commands that this process is at, or waits to be at. */
  readonly #underWay = new Set<string>()
  #tell: (result: CommandResult) => void = () => undefined
  readonly #turns = new Turns()

  constructor(parts: CommandParts) {
    this.#parts = parts
  }

  onResult(tell: (result: CommandResult) => void): void {
    this.#tell = tell
  }

  /** Ids of the commands that have come and not ended. */
  get underWay(): string[] {
    return [...this.#underWay]
  }

  carryOut(command: AgentCommand, told: Told): void {
    if (this.#underWay.has(command.id)) return
    const known = this.#parts.journal.command(command.id)
    if (known && known.state !== 'started') {
      this.#tell({ id: command.id, ok: known.state === 'done', output: known.output, durationMs: known.durationMs })
      return
    }
    const interrupted = known !== undefined
    this.#underWay.add(command.id)
    void this.#turns.take(() => this.#act(command, told, interrupted))
  }

  async #act(command: AgentCommand, told: Told, interrupted: boolean): Promise<void> {
    const { journal, log } = this.#parts
    const startedMs = performance.now()
    if (this.#isNothing(command)) {
      // Nothing is done, so there is nothing to remember, and the users who wait are not kept waiting for a disk.
      log(`command ${command.kind} (${command.transition}): no hook, done`)
      this.#underWay.delete(command.id)
      this.#tell({ id: command.id, ok: true, output: '', durationMs: 0 })
      return
    }
    try {
      await journal.commandStarted(command.id)
      log(`command ${command.kind} (${command.transition})`)
      const outcome = await this.#perform(command, told, interrupted)
      if (!outcome) return
      const result = { ...outcome, durationMs: Math.round(performance.now() - startedMs) }
      await journal.commandEnded(command.id, result)
      log(`command ${command.kind} ${result.ok ? 'done' : 'failed'}${result.output ? `: ${result.output}` : ''}`)
      this.#tell({ id: command.id, ...result })
    } catch (error) {
      log(`command ${command.kind} could not be carried out, and is tried again: ${(error as Error).message}`)
    } finally {
      this.#underWay.delete(command.id)
    }
  }

  #isNothing({ kind }: AgentCommand): boolean {
    const { hook } = AGENT_TABLE[kind]
    return hook !== undefined && !this.#parts.hooks.has(hook)
  }

  /** Null: this process ends, and the next one reports. */
  async #perform(command: AgentCommand, told: Told, interrupted: boolean): Promise<Outcome | null> {
    const { services, hooks, restart } = this.#parts
    const { homeNode, transition } = command
    const { action, hook } = AGENT_TABLE[command.kind]
    switch (action) {
      case 'start services':
        return summary(await services.startAll())
      case 'stop services':
        return summary(await services.stopAll())
      case 'run hook':
        return hook ? hooks.run(hook, { ...told, homeNode, transition }) : null
      case 'restart agent':
        if (interrupted) return { ok: true, output: `restarted as incarnation ${this.#parts.journal.incarnation}` }
        restart()
        return null
    }
  }
}

/** What came of each service and how long it took; what failed stands first, as a long output is cut. */
const summary = (outcomes: ServiceOutcome[]): Outcome => ({
  ok: outcomes.every(({ ok }) => ok),
  output: [...outcomes]
    .sort((one, other) => Number(one.ok) - Number(other.ok))
    .map(({ name, detail, durationMs }) => `${name}: ${detail}, in ${(durationMs / 1000).toFixed(1)} s`)
    .join('; ')
    .slice(0, OUTPUT_LIMIT),
})
