/** When a door closes by itself, on boottime; `unleased`: high availability is off, it stays open without a lease [B5]. */
export type Deadline = number | 'unleased'

/** What a caller wants of each door, by home node; null: closed. */
export type WantedDoors = Record<string, Deadline | null>

/**
 * The doors of one node: one absolute deadline per user set (protocol.md rule 21). Which of them are open is never
 * stored but computed at the moment of asking, so a process that was paused has no outdated answer to give.
 */
export class Doors {
  #deadlines = new Map<string, Deadline>()

  /** Replaces all doors: one that is not named is closed. */
  replace(wanted: WantedDoors): void {
    const open = Object.entries(wanted).filter((entry): entry is [string, Deadline] => entry[1] !== null)
    this.#deadlines = new Map(open)
  }

  /** Gives later deadlines to doors that are open then; one that is closed stays closed (protocol.md rule 18). */
  extend(later: Record<string, number>, nowMs: number): void {
    for (const [home, deadline] of this.openAt(nowMs)) {
      const wanted = later[home]
      if (deadline !== 'unleased' && wanted !== undefined) this.#deadlines.set(home, Math.max(deadline, wanted))
    }
  }

  /** The doors that are open then, with their deadlines. */
  openAt(nowMs: number): Map<string, Deadline> {
    return new Map([...this.#deadlines].filter(([, deadline]) => deadline === 'unleased' || nowMs < deadline))
  }
}

/** What the front greets with, the node's own set first; undefined with no door open (api.md, last part). */
export function greeting(node: string, homes: Iterable<string>): string | undefined {
  const sets = [...homes].sort((one, other) => Number(other === node) - Number(one === node) || (one < other ? -1 : 1))
  return sets.length === 0 ? undefined : `${node} serves ${sets.join(' ')}\n`
}
