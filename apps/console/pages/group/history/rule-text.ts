import { conditionWords, named } from '../../../../../domain/fact-words.ts'
import type { Condition } from '../../../../../domain/facts.ts'
import { POLICY } from '../../../../../domain/policy.ts'
import type { NewStanding, Row } from '../../../../../domain/policy-row.ts'
import { type NodeState, reasonLabel, stateLabel } from '../../../../../domain/states.ts'
import type { EventRecord } from '../../../../client/answers.ts'
import { sidesOf } from '../../../../client/words/why.ts'

export interface RuleText {
  number: number
  /** `alpha is Normal, and beta is Normal or Idle`. */
  fits: string
  /** What must hold besides. */
  conditions: string[]
  /** What it leads to, and what is done. */
  outcome: string[]
}

const states = (side: Row['x']): string =>
  (typeof side === 'string' ? [side as NodeState] : side).map(stateLabel).join(' or ')

/** The rule of an entry, with the names of its nodes; null: the policy of today has none of that number. */
export function ruleText(detail: EventRecord['detail']): RuleText | null {
  const row = POLICY.find((each) => each.row === detail.rule)
  if (!row) return null
  const [x, y] = sidesOf(detail) ?? ['x', 'y']
  return {
    number: row.row,
    fits: `${x} is ${states(row.x)}, and ${y} is ${states(row.y)}`,
    conditions: row.when.map((condition) => conditionWords(condition, x, y)).filter(Boolean),
    outcome: [...outcome(row, x, y), ...row.actions.map((action) => named(action, x, y))],
  }
}

const outcome = ({ to }: Row, x: string, y: string): string[] =>
  to ? [becomes(x, to[0]), becomes(y, to[1])] : ['the states stay as they are']

function becomes(node: string, [state, reason]: NewStanding): string {
  const why = reason === 'keep' || reason === 'trigger' || reason === 'Normal' ? '' : ` (${reasonLabel(reason)})`
  if (state !== 'keep') return `${node} becomes ${stateLabel(state)}${why}`
  return why === '' ? `${node} stays as it is` : `${node} stays in its state${why}`
}

/** The facts of the moment in words; those that go without saying are left out. */
export function factTexts(detail: EventRecord['detail']): string[] {
  const [x, y] = sidesOf(detail) ?? ['x', 'y']
  const facts = Array.isArray(detail.facts) ? (detail.facts as Condition[]) : []
  return facts.map((fact) => factText(fact, x, y)).filter(Boolean)
}

/** A fact that this version does not know was kept by another one; its name says what it is. */
function factText(fact: Condition, x: string, y: string): string {
  try {
    return conditionWords(fact, x, y) ?? fact
  } catch {
    return fact
  }
}
