import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import * as z from 'zod'
import type { Log } from '../log.ts'
import { readStateFile, writeStateFile } from '../state-file.ts'
import { Turns } from '../turns.ts'
import type { Deadline } from './gate.ts'

const content = z.object({
  bootId: z.string(),
  deadlines: z.record(z.string(), z.union([z.number(), z.literal('unleased')])),
  stopped: z.array(z.string()).default([]),
})

/**
 * What a gate that nothing outside the agent enforces has to know after a restart of the agent: `gate.json` of the state
 * folder. The deadlines are void on another boot.
 */
export class GateRecord {
  readonly #file: string
  readonly #bootId: string
  #deadlines: Record<string, Deadline> = {}
  #stopped: string[] = []
  readonly #turns = new Turns()

  constructor({ stateFolder, bootId, log }: { stateFolder: string; bootId: string; log: Log }) {
    this.#file = path.join(stateFolder, 'gate.json')
    this.#bootId = bootId
    try {
      const kept = readStateFile(this.#file, content, ': doors that are open without a known deadline are closed')
      this.#stopped = kept?.stopped ?? []
      if (kept?.bootId === bootId) this.#deadlines = kept.deadlines
    } catch (error) {
      log((error as Error).message)
    }
  }

  /** By home node; of a door that is to be closed there is none. */
  get deadlines(): Readonly<Record<string, Deadline>> {
    return this.#deadlines
  }

  /** Services that the gate itself has stopped, and has to start again. */
  get stopped(): readonly string[] {
    return this.#stopped
  }

  /** On the disk when this is done. One write after the other, as they share a temporary file. */
  replace(deadlines: Record<string, Deadline>, stopped: readonly string[] = this.#stopped): Promise<void> {
    this.#deadlines = deadlines
    this.#stopped = [...stopped]
    const kept = { bootId: this.#bootId, deadlines, stopped }
    const write = async () => {
      await mkdir(path.dirname(this.#file), { recursive: true })
      await writeStateFile(this.#file, kept)
    }
    return this.#turns.take(write)
  }

  /** When everything that was replaced by now is on the disk. */
  kept(): Promise<void> {
    return this.#turns.done()
  }
}
