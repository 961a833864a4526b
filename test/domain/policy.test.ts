import { AGENT_TABLE } from '../../domain/agent-table.ts'
import { NODE_FACTS } from '../../domain/facts.ts'
import oracle from '../../domain/node-states.json' with { type: 'json' }
import { POLICY } from '../../domain/policy.ts'
import type { Row } from '../../domain/policy-row.ts'
import { NODE_STATES, REASONS } from '../../domain/states.ts'

const STEPS = ['Release', 'TakeOver', 'StopServices', 'StartServices', 'TakeBack', 'Restart']
const GROUP_FACTS = [
  'noTransition',
  'running',
  'autoRecovery',
  'recovering',
  'askedRecovery',
  'waiting',
  'automatic',
  'braked',
  'automaticFallback',
  'fallbacksUsedUp',
  'serviceFailover',
  'serviceMovesUsedUp',
  ...REASONS.map((reason) => `trigger.${reason}`),
  ...STEPS.map((step) => `failed.${step}`),
]

const numbers = POLICY.map(({ row }) => row)
const facts = POLICY.flatMap(({ when }) => when.map((condition) => condition.replace(/^!/, '')))

describe('the policy table', () => {
  it('numbers its rows upwards', () => {
    expect(numbers).toEqual([...new Set(numbers)].sort((one, two) => one - two))
  })

  it('says of every row why, in sentences', () => {
    const silent = POLICY.filter(({ why }) => !/^.{12,}\.$/.test(why) && !refersToARow(why))

    expect(silent).toEqual([])
  })

  it('cites only behaviours, rules and rows that there are', () => {
    const cited = (pattern: RegExp) => POLICY.flatMap(({ why }) => [...why.matchAll(pattern)].map(([, n]) => Number(n)))

    expect(cited(/\[B(\d+)\]/g).filter((behaviour) => behaviour < 1 || behaviour > 33)).toEqual([])
    expect(cited(/\brules? (\d+)/g).filter((rule) => rule < 1 || rule > 22)).toEqual([])
    expect(cited(/\brow (\d+)/g).filter((row) => !numbers.includes(row))).toEqual([])
  })

  it('asks only for facts that there are, and for every one of them somewhere', () => {
    const known = [...NODE_FACTS.flatMap((fact) => [`x.${fact}`, `y.${fact}`]), ...GROUP_FACTS]
    const asked = new Set(facts.map((fact) => fact.replace(/^[xy]\./, '')))

    expect(facts.filter((fact) => !known.includes(fact))).toEqual([])
    expect(NODE_FACTS.filter((fact) => !asked.has(fact))).toEqual([])
  })

  it('never asks for a fact and for its opposite', () => {
    const contradictory = POLICY.filter(({ when }) => when.some((fact) => when.includes(`!${fact}` as never)))

    expect(contradictory).toEqual([])
  })

  it('leads only to pairs of the field’s table, or of the further ones', () => {
    const strange = POLICY.filter((row) => row.to && !leadsIntoTheOracle(row))

    expect(strange.map(({ row }) => row)).toEqual([])
  })

  it('starts in every pair of states that it leads to, so that there is a way on', () => {
    const from = new Set(POLICY.flatMap((row) => list(row.x).flatMap((x) => list(row.y).map((y) => pairName(x, y)))))
    const to = POLICY.flatMap((row) => comesTo(row).map(([x, y]) => pairName(x, y)))

    expect(to.filter((pair) => !from.has(pair))).toEqual([])
  })

  it('orders nothing that the agent has no answer to', () => {
    const ordered = POLICY.flatMap(({ actions }) => actions)
      .filter((action) => action.startsWith('order '))
      .map((action) => action.split(' ')[2] ?? '')

    expect(ordered.length).toBeGreaterThan(0)
    expect(ordered.filter((kind) => !(kind in AGENT_TABLE))).toEqual([])
    expect(Object.keys(AGENT_TABLE).filter((kind) => !ordered.includes(kind))).toEqual([])
  })
})

describe('the agent’s table', () => {
  it('says of every command why, and what makes it safe to repeat', () => {
    for (const { why, idempotentBecause } of Object.values(AGENT_TABLE)) {
      expect(why).toMatch(/\.$/)
      expect(idempotentBecause).not.toBe('')
    }
  })

  it('names a hook where it runs one, and only there', () => {
    for (const { action, hook } of Object.values(AGENT_TABLE)) expect(hook !== undefined).toBe(action === 'run hook')
  })
})

describe('states and reasons', () => {
  it('are those of the field’s table', () => {
    expect([...NODE_STATES]).toEqual(oracle.states.map(({ id }) => id))
    expect([...REASONS]).toEqual(oracle.reasons.map(({ id }) => id))
  })
})

function refersToARow(why: string): boolean {
  const [, number] = /^As row (\d+)\.$/.exec(why) ?? []
  return numbers.includes(Number(number))
}

const list = (states: Row['x']): readonly string[] => (typeof states === 'string' ? [states] : states)
/** The same for both orientations. */
const pairName = (x: string, y: string): string => [x, y].sort().join(' / ')

/** The pairs of states that the row comes to; a state that is kept is each one that the row starts from. */
function comesTo(row: Row): [string, string][] {
  if (!row.to) return []
  const [x, y] = row.to.map(([state]) => state)
  const states = (to: string | undefined, from: Row['x']) => (to === 'keep' ? list(from) : [to ?? ''])
  return states(x, row.x).flatMap((stateX) => states(y, row.y).map((stateY): [string, string] => [stateX, stateY]))
}

/** What is kept, or is the transition's trigger, may be any reason here: the walks look at what it comes to. */
const fitsReason = (reasons: string[], reason: string) =>
  reason === 'keep' || reason === 'trigger' || reasons.includes(reason)

function leadsIntoTheOracle(row: Row): boolean {
  const [[, reasonX], [, reasonY]] = row.to ?? [[], []]
  const fits = (side: { states: string[]; reasons: string[] }, state: string, reason = '') =>
    side.states.includes(state) && fitsReason(side.reasons, reason)
  return comesTo(row).every(([x, y]) =>
    [...oracle.pairs, ...oracle.furtherPairs].some(
      ({ node1, node2 }) =>
        (fits(node1, x, reasonX) && fits(node2, y, reasonY)) || (fits(node2, x, reasonX) && fits(node1, y, reasonY)),
    ),
  )
}
