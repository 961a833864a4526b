import type { Outcome } from './mutation-run.ts'

const HEAD = `# What each safety condition is for

Written by \`npm run explore -- --write\`. Each line removes one condition of one row of the policy, every one of them, or one
rule of the safety protocol, and tells what then finds it: the invariant, the part of the model (or the simulation), the
number of states that were looked at and the length of the shortest way there.

What "survives" is followed by the reason why it stands there all the same. It has gone through all parts of the model in
which it makes a difference: in which it is, in some state, the only condition that keeps its row from matching. Where there
is no such part, other conditions or earlier rows say the same in every state that can be reached. How the models work:
\`test/exploration/README.md\`.

Held elsewhere: rule 3 by \`test/functions/heartbeats.test.ts\`; rule 7 by the doors' model, which calls moves off at will;
that a judge's own gaps are nobody's silence (rule 9) by \`test/domain/decide.test.ts\`; rules 21 and 22 by
\`test/apps/agent/nft-gate.test.ts\`.

| removed | found by | in | states | steps |
| --- | --- | --- | --- | --- |
`

const cell = (text: string) => text.replaceAll('|', '\\|')
const partsOf = (count: number): string => (count === 0 ? 'no part' : count === 1 ? '1 part' : `${count} parts`)

function line({ mutation, invariant, where, parts, states, steps }: Outcome): string {
  const by = invariant ?? `survives: ${mutation.survivesBecause ?? 'nobody has said why'}`
  const place = invariant === null ? partsOf(parts) : where
  return `| ${cell(mutation.name)} | ${cell(by)} | ${place} | ${states || ''} | ${steps || ''} |`
}

/** docs/mutations.md: what each mutation broke. */
export const mutationsDocument = (outcomes: readonly Outcome[]): string => `${HEAD}${outcomes.map(line).join('\n')}\n`
