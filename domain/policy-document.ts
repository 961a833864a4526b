import { AGENT_TABLE } from './agent-table.ts'
import { POLICY } from './policy.ts'
import type { Row } from './policy-row.ts'
import type { NodeState } from './states.ts'
import { stateLabel } from './states.ts'

const statesOf = (states: Row['x']): readonly NodeState[] => (typeof states === 'string' ? [states] : states)

/** A pair without orientation, as a name that Mermaid takes. */
const pairId = (x: NodeState, y: NodeState): string => [x, y].sort().join('__')
const pairLabel = (x: NodeState, y: NodeState): string =>
  x === y ? `both ${stateLabel(x)}` : [x, y].sort().map(stateLabel).join(' / ')

/** Where a row leads from one pair of states; null: the states stay. */
function target(row: Row, x: NodeState, y: NodeState): [NodeState, NodeState] | null {
  if (!row.to) return null
  const [[toX], [toY]] = row.to
  const pair: [NodeState, NodeState] = [toX === 'keep' ? x : toX, toY === 'keep' ? y : toY]
  return pairId(...pair) === pairId(x, y) ? null : pair
}

/** The diagram of all pairs, drawn from the table: an arrow for each way from pair to pair, with the rows that take it. */
function diagram(): string {
  const names = new Map<string, string>()
  const arrows = new Map<string, number[]>()
  for (const row of POLICY) {
    for (const x of statesOf(row.x)) {
      for (const y of statesOf(row.y)) {
        names.set(pairId(x, y), pairLabel(x, y))
        const to = target(row, x, y)
        if (!to) continue
        names.set(pairId(...to), pairLabel(...to))
        const arrow = `${pairId(x, y)} --> ${pairId(...to)}`
        arrows.set(arrow, [...(arrows.get(arrow) ?? []), row.row])
      }
    }
  }
  return [
    'stateDiagram-v2',
    ...[...names].map(([id, label]) => `  state "${label}" as ${id}`),
    ...[...arrows].map(([arrow, rows]) => `  ${arrow}: ${rows.join(', ')}`),
  ].join('\n')
}

const cell = (text: string): string => text.replaceAll('|', '\\|')
const list = (items: readonly string[]): string => items.map((item) => `\`${item}\``).join('<br>')
const labels = (states: Row['x']): string => statesOf(states).map(stateLabel).join(' or ')

function outcome(row: Row): string {
  if (!row.to) return '–'
  return row.to
    .map(([state, reason], side) => {
      const what =
        state === 'keep' && reason === 'keep'
          ? 'as it is'
          : `${state === 'keep' ? 'same' : stateLabel(state)} (${reason})`
      return `${side === 0 ? 'x' : 'y'}: ${what}`
    })
    .join('<br>')
}

const line = (row: Row): string =>
  `| ${[row.row, labels(row.x), labels(row.y), list(row.when), outcome(row), row.actions.join('<br>'), row.why]
    .map((each) => cell(String(each)))
    .join(' | ')} |`

/** `docs/policy.md`: both tables and the diagram, as a reader wants them. */
export function policyDocument(): string {
  const agent = Object.entries(AGENT_TABLE).map(
    ([kind, { action, hook, idempotentBecause, why }]) =>
      `| ${kind} | ${action}${hook ? ` \`${hook}\`` : ''} | ${idempotentBecause} | ${why} |`,
  )
  return `# The policy

Written by \`npm run docs\` from \`domain/policy.ts\` and \`domain/agent-table.ts\`; a test fails when it is stale.

Every decision that the control plane takes is a row of this table. The first row that matches wins, tried with x as node 1
and then as node 2; no match means hold. The row's number stands in every history entry. Facts stand in \`domain/facts.ts\`.

## The pairs, and the rows that lead from one to the other

\`\`\`mermaid
${diagram()}
\`\`\`

## The rows

| row | x | y | when all hold (\`!\`: not) | then | and | why |
| --- | --- | --- | --- | --- | --- | --- |
${POLICY.map(line).join('\n')}

## What an agent does for a command

| command | action | safe to repeat, because | why |
| --- | --- | --- | --- |
${agent.join('\n')}
`
}
