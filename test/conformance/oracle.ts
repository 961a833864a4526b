import oracle from '../../domain/node-states.json' with { type: 'json' }
import type { NodeState, Reason } from '../../domain/states.ts'

/** One node of a pair as a row of the table wants it; without a state, as far as the row leaves it open. */
export interface Wanted {
  state: NodeState | undefined
  reason: Reason | undefined
  unreachable: boolean
}

/** One of the pairs that a row of the table stands for. */
export interface Alternative {
  row: number
  /** What tells it from the row's other alternatives; empty where there are none. */
  name: string
  nodes: readonly [Wanted, Wanted]
  when: string
}

type Row = (typeof oracle.pairs)[number] | (typeof oracle.furtherPairs)[number]

export const FIELD_ROWS = oracle.pairs.map(({ row }) => row)
export const FURTHER_ROWS = oracle.furtherPairs.map(({ row }) => row)
/** States that last only while something is under way. */
export const TRANSITION_STATES: readonly string[] = oracle.states
  .filter(({ kind }) => kind === 'transition')
  .map(({ id }) => id)

const rows: Row[] = [...oracle.pairs, ...oracle.furtherPairs]

type Side = Row['node1'] & { unreachable?: boolean }

const wanted = (side: Side, state?: string, reason?: string): Wanted => ({
  state: state as NodeState | undefined,
  reason: reason as Reason | undefined,
  unreachable: side.unreachable ?? false,
})

const orAny = (list: string[]): (string | undefined)[] => (list.length === 0 ? [undefined] : list)

/** Reasons that belong to one state each stand beside it; else every state goes with every reason. */
function standings(side: Side): Wanted[] {
  const { states, reasons } = side
  if (states.length > 1 && states.length === reasons.length) {
    return states.map((state, index) => wanted(side, state, reasons[index]))
  }
  return orAny(states).flatMap((state) => orAny(reasons).map((reason) => wanted(side, state, reason)))
}

/**
 * The pairs that a row stands for. Where both nodes have several reasons, these belong together one by one ("both
 * reasons are the same"; PeerDown with PeerDown, Initialization with PeerReboot), and any state may go with them.
 */
function pairsOf({ node1, node2 }: Row): [Wanted, Wanted][] {
  const together = node1.reasons.length > 1 && node1.reasons.length === node2.reasons.length
  if (!together) return standings(node1).flatMap((one) => standings(node2).map((two): [Wanted, Wanted] => [one, two]))
  return node1.reasons.flatMap((reason, index) =>
    node1.states.flatMap((one) =>
      node2.states.map((two): [Wanted, Wanted] => [
        wanted(node1, one, reason),
        wanted(node2, two, node2.reasons[index]),
      ]),
    ),
  )
}

/** What may tell an alternative from the others of its row: the shortest that does is its name. */
const NAMES: ((nodes: readonly [Wanted, Wanted]) => (string | undefined)[])[] = [
  () => [],
  ([one]) => [one.state],
  ([one]) => [one.reason],
  ([one]) => [one.state, one.reason],
  ([, two]) => [two.state],
  ([one, two]) => [one.state, one.reason, two.state, two.reason],
]

function alternativesOf(row: Row): Alternative[] {
  const pairs = pairsOf(row)
  const namesBy = (name: (typeof NAMES)[number]) => pairs.map((pair) => name(pair).join(' '))
  const names = NAMES.map(namesBy).find((found) => new Set(found).size === pairs.length) ?? []
  return pairs.map((nodes, index) => ({ row: row.row, name: names[index] ?? '', nodes, when: row.when }))
}

/** Every row with every alternative: what must be reached, in both orientations. */
export const ALTERNATIVES: readonly Alternative[] = rows.flatMap(alternativesOf)

/** `11 Initialization`: a row, and which of its alternatives. */
export const nameOf = ({ row, name }: Alternative): string => `${row} ${name}`.trim()

/** Throws where there is none, or more than one, of that name. */
export function alternative(row: number, name = ''): Alternative {
  const found = ALTERNATIVES.filter((each) => each.row === row && each.name === name)
  if (found.length === 1 && found[0]) return found[0]
  const names = ALTERNATIVES.filter((each) => each.row === row).map((each) => `"${each.name}"`)
  throw new Error(`row ${row} has no alternative "${name}"; it has ${names.join(', ')}`)
}

/** What the table recommends there, with the names of the nodes that stand as its node 1 and node 2. */
export function recommendedActions({ row, nodes }: Alternative, names: readonly [string, string]): string[] {
  const actionsOf = (number: number) => rows.find((each) => each.row === number)?.recommendedActions ?? []
  // Row 26 refers to rows 16 and 17: to the one that fits its reason, or to both.
  const fitting = { PeerDown: [16], PeerReboot: [17] }[nodes[1].reason as string] ?? [16, 17]
  const texts = row === 26 ? fitting.flatMap(actionsOf) : actionsOf(row)
  return texts.map((text) => text.replaceAll('node 1', names[0]).replaceAll('node 2', names[1]))
}

export type Serves = 'nobody' | 'its own' | 'all'

const SERVES: Record<string, Serves[]> = {
  none: ['nobody'],
  own: ['its own'],
  group: ['all'],
  "group until it has released its peer's users, then own": ['all', 'its own'],
  'none until its peer has released its users, then own': ['nobody', 'its own'],
}

/** Whom a node in that state serves; several where a transition changes it under way. `able`: its services all run. */
export function serves(state: NodeState, able: boolean): Serves[] {
  const said = oracle.states.find(({ id }) => id === state)?.serves ?? ''
  if (said === 'own, while its critical services run') return able ? ['its own'] : ['nobody']
  const found = SERVES[said]
  if (!found) throw new Error(`nobody knows what "${said}" means: say it in test/conformance/oracle.ts`)
  return found
}
