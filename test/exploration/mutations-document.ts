import type { Outcome } from './mutation-run.ts'

const HEAD = `# What each safety condition is for

Written by \`npm run explore -- --write\`. Each line removes one condition of the policy, or one rule of the safety protocol,
from a copy of the sources, and tells what then finds it first: the invariant, the part of the model, the number of states
that were looked at and the length of the shortest way there. What "survives" is followed by the reason why it stands there
all the same. How the models work: \`test/exploration/README.md\`.

Of the policy these conditions are removed, from each row that has them: \`released\`, \`takeOverOrdered\`, \`tookOver\`,
\`started\`, \`silent\`, \`acknowledged\`, \`automatic\`, \`braked\`, \`serviceFailover\`.

Held elsewhere: rule 3 by \`test/functions/heartbeats.test.ts\`; rule 7 by the doors' model, which calls moves off at will; rules
9, 10 and 20 by invariants of the policy's model on who judges silence; rules 21 and 22 by \`test/apps/agent/nft-gate.test.ts\`.

| removed | found by | in | states | steps |
| --- | --- | --- | --- | --- |
`

const cell = (text: string) => text.replaceAll('|', '\\|')

function line({ mutation, invariant, scope, states, steps }: Outcome): string {
  const by = invariant ?? `survives: ${mutation.survivesBecause ?? 'nobody has said why'}`
  return `| ${cell(mutation.name)} | ${cell(by)} | ${invariant === null ? '' : scope} | ${states || ''} | ${steps || ''} |`
}

/** docs/mutations.md: what each mutation broke. */
export const mutationsDocument = (outcomes: readonly Outcome[]): string => `${HEAD}${outcomes.map(line).join('\n')}\n`
