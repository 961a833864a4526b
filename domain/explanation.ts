import { conditionWords, named } from './fact-words.ts'
import type { DetailType } from './model.ts'
import type { Expectation } from './next.ts'
import { POLICY } from './policy.ts'
import type { NodeState, Reason } from './states.ts'
import { reasonLabel, stateLabel, stateMeaning } from './states.ts'
import type { GroupStatus } from './status.ts'

/** An event of a group's history, as far as it explains the group. */
export interface ToldEvent {
  at: string
  detailType: DetailType
  detail: Record<string, unknown>
}

/** A decision that led to what is so now. */
export interface Decision {
  at: string
  rule: number
  /** What came of it. */
  what: string
  /** The rule's own sentence, with the names of the nodes. */
  why: string
  /** The facts that the rule asked for, and that held. */
  facts: string[]
  /** Who asked for it; '' where nobody did. */
  by: string
}

/** Why a group is as it is, and what will happen next [B31]. */
export interface Explanation {
  now: string[]
  decisions: Decision[]
  next: Expectation[]
  recommendedActions: string[]
}

/** From a group's status and its history, newest first. */
export const explanationOf = (status: GroupStatus, history: readonly ToldEvent[]): Explanation => ({
  now: [...status.nodes.map(nodeSentence), ...restOf(status)],
  decisions: decisionsOf(history),
  next: status.next,
  recommendedActions: status.recommendedActions,
})

/** `alpha is Idle (On Admin Request): failed over on an operator's request, ….` */
function nodeSentence({ node, state, reason, reachable, serves }: GroupStatus['nodes'][number]): string {
  const because = reason === 'Normal' ? '' : ` (${reasonLabel(reason)})`
  const silence = reachable ? '' : '; it is not heard'
  const doors =
    serves.length === 0 ? 'no door of it is open' : `its doors are open to the users of ${serves.join(' and ')}`
  return `${node} is ${stateLabel(state)}${because}: ${stateMeaning(state)}${silence}. At this moment ${doors}.`
}

/** What the status says beyond how each node stands. */
function restOf({ explanation, nodes }: GroupStatus): string[] {
  const said = nodes.flatMap(({ node }) => [`${node} is `])
  return sentencesOf(explanation).filter((sentence) => !said.some((start) => sentence.startsWith(start)))
}

/** Sentences end with a dot and a space before a capital, a name or a quotation. */
const sentencesOf = (text: string): string[] => (text === '' ? [] : text.split(/(?<=[.\]]\.?|\)\.) (?=\S)/))

const MOST_DECISIONS = 6

interface NodeChange {
  node: string
  state: NodeState
  reason: Reason
  previousState: NodeState
}

/** Those since both nodes were last Normal, oldest first; where they still are, the last one. */
export function decisionsOf(history: readonly ToldEvent[]): Decision[] {
  const changes = history.filter(({ detailType }) => detailType === 'Group State Change')
  const normal = changes.findIndex(({ detail }) => changed(detail).every(({ state }) => state === 'Normal'))
  const recent = normal < 0 ? changes : changes.slice(0, Math.max(1, normal))
  return recent.slice(0, MOST_DECISIONS).reverse().map(decisionOf)
}

const changed = (detail: ToldEvent['detail']): NodeChange[] => detail.nodes as NodeChange[]

function decisionOf({ at, detail }: ToldEvent): Decision {
  const nodes = changed(detail)
  const rule = Number(detail.rule)
  const x = typeof detail.x === 'string' ? detail.x : ''
  const y = nodes.find(({ node }) => node !== x)?.node ?? ''
  const { requestedBy = '' } = (detail.transition ?? {}) as { requestedBy?: string }
  return {
    at,
    rule,
    what: nodes.map(changeWords).join(', '),
    why: x === '' ? String(detail.why) : named(String(detail.why), x, y),
    facts: x === '' ? [] : factsOfRule(rule, x, y),
    by: requestedBy === 'understudy' ? '' : requestedBy,
  }
}

const changeWords = ({ node, state, reason, previousState }: NodeChange): string =>
  state === previousState
    ? `${node} stays ${stateLabel(state)}${reason === 'Normal' ? '' : ` (${reasonLabel(reason)})`}`
    : `${node} from ${stateLabel(previousState)} to ${stateLabel(state)}`

/** What the rule asks for, in words; a rule that there is no more asks for nothing. */
const factsOfRule = (rule: number, x: string, y: string): string[] =>
  (POLICY.find(({ row }) => row === rule)?.when ?? [])
    .map((condition) => conditionWords(condition, x, y))
    .filter((words) => words !== '')
