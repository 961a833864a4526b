import oracle from '../../domain/node-states.json' with { type: 'json' }
import { POLICY } from '../../domain/policy.ts'
import { FAULT_KINDS, type FaultKind } from './faults.ts'

/** What a run has reached; sums of several add up. */
export class Coverage {
  readonly fired: Record<number, number> = {}
  readonly faults: Partial<Record<FaultKind, number>> = {}
  readonly pairs = new Set<number>()

  rows(fired: readonly number[]): void {
    for (const row of fired) this.fired[row] = (this.fired[row] ?? 0) + 1
  }

  fault(kind: FaultKind): void {
    this.faults[kind] = (this.faults[kind] ?? 0) + 1
  }

  add(other: CoverageData): void {
    for (const [row, count] of Object.entries(other.fired))
      this.fired[Number(row)] = (this.fired[Number(row)] ?? 0) + count
    for (const kind of FAULT_KINDS) {
      const more = other.faults[kind] ?? 0
      if (more > 0) this.faults[kind] = (this.faults[kind] ?? 0) + more
    }
    for (const row of other.pairs) this.pairs.add(row)
  }

  get data(): CoverageData {
    return { fired: this.fired, faults: this.faults, pairs: [...this.pairs] }
  }

  get transitions(): number {
    return BEGINNINGS.reduce((sum, row) => sum + (this.fired[row] ?? 0), 0)
  }

  get faultCount(): number {
    return Object.values(this.faults).reduce((sum, count) => sum + count, 0)
  }

  /** Which rows of the policy fired how often, what befell, which pairs of the field's table were seen. */
  lines(): string[] {
    const rows = POLICY.map(({ row }) => row)
    const hits = rows.filter((row) => this.fired[row])
    const missed = rows.filter((row) => !this.fired[row])
    const pairs = [...oracle.pairs, ...oracle.furtherPairs].map(({ row }) => row)
    const unseen = pairs.filter((row) => !this.pairs.has(row))
    const neverBefell = FAULT_KINDS.filter((kind) => !this.faults[kind])
    return [
      `rows of the policy: ${hits.map((row) => `${row}×${this.fired[row]}`).join(' ')}`,
      `rows that never fired: ${missed.join(' ') || 'none'}`,
      `faults: ${FAULT_KINDS.filter((kind) => this.faults[kind])
        .map((kind) => `${kind} ×${this.faults[kind]}`)
        .join(', ')}`,
      `faults that never befell: ${neverBefell.join(', ') || 'none'}`,
      `pairs of node-states.json seen: ${pairs.length - unseen.length} of ${pairs.length}; never: ${unseen.join(' ') || 'none'}`,
    ]
  }
}

/** What one thread tells another. */
export interface CoverageData {
  fired: Record<number, number>
  faults: Partial<Record<FaultKind, number>>
  pairs: number[]
}

/** Rows that begin a transition, other than a wait. */
const BEGINNINGS = POLICY.filter(({ actions }) => actions.some((action) => action.startsWith('begin'))).map(
  ({ row }) => row,
)
