import { readFileSync } from 'node:fs'
import { POLICY } from '../../domain/policy.ts'
import type { Row } from '../../domain/policy-row.ts'
import { RULE_MUTATIONS } from './rule-mutations.ts'
import { SURVIVORS } from './survivors.ts'

/** One condition or rule that is removed from a copy of the sources, to see what finds it. */
export interface Mutation {
  name: string
  /** A row of the policy, or a rule of the safety protocol. */
  of: string
  file: string
  /** Stands exactly once in the file. */
  text: string
  replacement: string
  /** What explores the copy: a model, its parts that are tried in this order, or a simulation and its arguments. */
  by: { model: 'policy' | 'doors'; scopes?: readonly string[] } | { simulation: readonly string[] }
  /** Nothing is broken without it, because of this; left out: something finds it. */
  survivesBecause?: string
}

/** Conditions that decide who may serve: each of them is removed from each row that has it. */
const SAFETY = ['released', 'takeOverOrdered', 'tookOver', 'started', 'silent', 'acknowledged']
const RESTRAINTS = ['automatic', 'braked', 'serviceFailover']

const FENCES = ['fences, and nodes that are not heard', 'fences, and services that fail']
/** Where to look for what a condition is for: the parts of the model that have it happen, the smallest first. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  automatic: ['maintenance'],
  braked: ['cut-offs and the fleet brake'],
  serviceFailover: ['cut-offs and the fleet brake'],
}
/** Rows that are for what those parts do not have: a fallback from failed mode needs a reboot, row 443 a fence. */
const SCOPES_OF_ROWS: Readonly<Record<string, readonly string[]>> = {
  '522 x.started': ['agents and hosts that start anew'],
  '443 x.silent': FENCES,
}
const MOST_SCOPES = ['roads that are lost', 'services that fail']

const factOf = (condition: string): string => condition.replace(/^!?([xy]\.)?/, '')

const POLICY_FILE = 'domain/policy.ts'
const LINES = readFileSync(new URL(`../../${POLICY_FILE}`, import.meta.url), 'utf8').split('\n')

/** The line of the table that begins a row, without one of its conditions. */
function rowMutation({ row, when }: Row, condition: string): Mutation {
  const list = (conditions: readonly string[]) => `[${conditions.map((each) => `'${each}'`).join(', ')}]`
  const text = LINES.find((line) => line.startsWith(`  row(${row}, `)) ?? `row(${row}, `
  const survivesBecause = SURVIVORS[`${row} ${condition}`]
  return {
    name: `row ${row} without ${condition}`,
    of: `row ${row}`,
    file: POLICY_FILE,
    text,
    replacement: text.replace(list(when), list(when.filter((each) => each !== condition))),
    by: { model: 'policy', scopes: SCOPES_OF_ROWS[`${row} ${condition}`] ?? SCOPES[factOf(condition)] ?? MOST_SCOPES },
    ...(survivesBecause === undefined ? {} : { survivesBecause }),
  }
}

/** Rows that only switch something off need no restraint: they are one themselves. */
const isRestraint = ({ actions }: Row): boolean => actions.some((action) => action.startsWith('switch '))

const ROW_MUTATIONS = POLICY.flatMap((row) =>
  row.when
    .filter((condition) => [...SAFETY, ...(isRestraint(row) ? [] : RESTRAINTS)].includes(factOf(condition)))
    .map((condition) => rowMutation(row, condition)),
)

export const MUTATIONS: readonly Mutation[] = [...ROW_MUTATIONS, ...RULE_MUTATIONS]
