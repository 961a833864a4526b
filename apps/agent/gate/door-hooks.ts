import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import type { Hooks } from '../hooks.ts'
import type { Log } from '../log.ts'
import { readStateFile, writeStateFile } from '../state-file.ts'
import { Turns } from '../turns.ts'
import type { Gate } from './gate.ts'
import { type ClosedDoor, WatchedGate } from './watched-gate.ts'

const occasion = z.object({
  hook: z.enum(['onRelease', 'onFence']),
  homeNode: z.string(),
  peer: z.string(),
  transition: z.string(),
  reason: z.string(),
})
type Occasion = z.infer<typeof occasion>

const result = occasion.extend({ endedAt: z.string(), ok: z.boolean(), output: z.string(), durationMs: z.number() })
/** How a hook that no command waits for has ended. */
export type DoorHookResult = z.infer<typeof result>

const doorsFile = z.object({ open: z.array(z.string()), owed: z.array(occasion), results: z.array(result) })
type DoorsFile = z.infer<typeof doorsFile>

const RESULTS_KEPT = 20

export interface DoorHooksParts {
  stateFolder: string
  hooks: Hooks
  /** What the agent knows at this moment. */
  facts: () => { peer: string; transition: string; reason: string }
  log: Log
}

/**
 * Runs `onRelease` when this node has let go of a set of users, and `onFence` when its door closed by itself: the lease
 * lapsed, so the node has lost contact. No command waits for them, so their results go to the log and into `doors.json` of
 * the state folder, where `status` finds the last ones; a failure is never silent. What is owed stands there, too: a hook
 * that an agent's death interrupted, or a door that closed while no agent ran, is made up for by the next agent.
 */
export class DoorHooks {
  readonly #parts: DoorHooksParts
  readonly #file: string
  #content: DoorsFile
  readonly #turns = new Turns()

  private constructor(parts: DoorHooksParts, content: DoorsFile) {
    this.#parts = parts
    this.#file = fileIn(parts.stateFolder)
    this.#content = content
  }

  /** Wraps the gate, so that every reading of it is seen. Goes on with what an earlier agent owed. */
  static async watch(gate: Gate, parts: DoorHooksParts): Promise<{ gate: Gate; doorHooks: DoorHooks }> {
    await mkdir(parts.stateFolder, { recursive: true })
    const before = readDoors(fileIn(parts.stateFolder), parts.log)
    const doorHooks = new DoorHooks(parts, before)
    for (const owed of before.owed) void doorHooks.#run(owed)
    return { gate: new WatchedGate(gate, before.open, (open, closed) => doorHooks.#note(open, closed)), doorHooks }
  }

  /** The last ones, oldest first. */
  get results(): readonly DoorHookResult[] {
    return this.#content.results
  }

  /** When everything that is known so far is on the disk. */
  kept(): Promise<void> {
    return this.#turns.done()
  }

  #note(open: string[], closed: ClosedDoor[]): void {
    const { hooks, facts } = this.#parts
    const due = closed
      .map(({ homeNode, released, why }): Occasion => {
        const { peer, transition, reason } = facts()
        if (released) return { hook: 'onRelease', homeNode, peer, transition, reason }
        return { hook: 'onFence', homeNode, peer, transition: '', reason: why }
      })
      .filter(({ hook }) => hooks.has(hook))
    this.#keep({ open, owed: [...this.#content.owed, ...due] })
    for (const one of due) void this.#run(one)
  }

  async #run(owed: Occasion): Promise<void> {
    const { hooks, log } = this.#parts
    const { hook, ...facts } = owed
    const { ok, output, durationMs } = await hooks.run(hook, facts)
    const said = output.trim() && `: ${output.trim()}`
    log(`${hook} for the users of ${owed.homeNode} (${owed.reason}) ${ok ? 'done' : 'FAILED'}${said}`)
    const ended = { ...owed, endedAt: new Date().toISOString(), ok, output, durationMs: Math.round(durationMs) }
    this.#keep({
      owed: this.#content.owed.filter((one) => one !== owed),
      results: [...this.#content.results, ended].slice(-RESULTS_KEPT),
    })
  }

  /** One write after the other; each writes what is in force when its turn comes. */
  #keep(change: Partial<DoorsFile>): void {
    this.#content = { ...this.#content, ...change }
    this.#turns
      .take(() => writeStateFile(this.#file, this.#content))
      .catch((error: Error) => this.#parts.log(`what the hooks still have to do is not kept: ${error.message}`))
  }
}

const fileIn = (stateFolder: string): string => path.join(stateFolder, 'doors.json')

/** A damaged file costs at most a hook, so it is said and begun anew. */
function readDoors(file: string, log: Log): DoorsFile {
  const none = { open: [], owed: [], results: [] }
  try {
    return readStateFile(file, doorsFile, ' and begun anew: a hook may be missed') ?? none
  } catch (error) {
    log((error as Error).message)
    return none
  }
}
