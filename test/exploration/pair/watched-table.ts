import type { Condition } from '../../../domain/facts.ts'
import { POLICY } from '../../../domain/policy.ts'
import type { Row } from '../../../domain/policy-row.ts'

/** One condition of one row of the policy. */
export interface RowCondition {
  row: number
  condition: Condition
}

export const nameOf = ({ row, condition }: RowCondition): string => `row ${row} without ${condition}`

let told: ((name: string) => void) | null = null

/** Conditions of a row; they tell which of them is the only one that keeps the row from matching. */
function watched(row: number, conditions: readonly Condition[]): readonly Condition[] {
  const names = conditions.map((condition) => nameOf({ row, condition }))
  const every = (fits: (condition: Condition) => boolean): boolean => {
    let missing = -1
    for (const [place, condition] of conditions.entries()) {
      if (fits(condition)) continue
      if (missing >= 0) return false
      missing = place
    }
    if (missing >= 0) told?.(names[missing] as string)
    return missing < 0
  }
  return Object.assign([...conditions], { every })
}

const put = (row: Row, when: readonly Condition[]): void => void Object.assign(row, { when })
for (const row of POLICY) put(row, watched(row.row, row.when))

/**
 * Watches the real table. While nothing is told of a condition it makes no difference whether it stands in the table:
 * another one keeps its row from matching, or an earlier row wins. Null: nobody watches.
 */
export const watchTable = (onAlone: ((name: string) => void) | null): void => {
  told = onAlone
}

/** Looks at the real table without one condition. */
export function without<Seen>({ row: number, condition }: RowCondition, look: () => Seen): Seen {
  const row = POLICY.find(({ row: each }) => each === number) as Row
  const { when } = row
  put(
    row,
    when.filter((each) => each !== condition),
  )
  try {
    return look()
  } finally {
    put(row, when)
  }
}
