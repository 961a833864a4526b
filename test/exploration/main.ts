import { writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { POLICY } from '../../domain/policy.ts'
import { ExploredPart, twoAtATime } from './exploring.ts'
import { type Outcome, runMutations } from './mutation-run.ts'
import { MUTATIONS } from './mutations.ts'
import { mutationsDocument } from './mutations-document.ts'
import type { Explored } from './part.ts'
import { PARTS } from './parts.ts'

const options = new Command('npm run explore --')
  .description('Looks at every state of the models, and then at what each mutation breaks.')
  .addOption(new Option('--write', 'keep the table of the mutations in docs/mutations.md').conflicts(['only', 'quick']))
  .option('--only <text>', 'try the mutations whose names contain this')
  .option('--quick', 'try none')
  .parse()
  .opts<{ write?: boolean; only?: string; quick?: boolean }>()
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`
const startedMs = performance.now()
const elapsed = () => seconds(performance.now() - startedMs)

function tell({ name, states, transitions, depth, elapsedMs, counterexample }: Explored): void {
  const rate = Math.round(transitions / Math.max(1, elapsedMs / 1000))
  console.log(
    `  ${name}: ${states} states, ${transitions} transitions, depth ${depth}, ${seconds(elapsedMs)} (${rate}/s)`,
  )
  if (!counterexample) return
  console.log(`  BROKEN: ${counterexample.invariant}`)
  for (const line of counterexample.path) console.log(`    ${line}`)
}

/** Looks at all parts of the models; whether everything holds. */
async function explore(): Promise<{ parts: ExploredPart[]; holds: boolean }> {
  console.log('The models, part by part:')
  const parts = await twoAtATime(PARTS, async (part) => {
    const explored = await ExploredPart.explore(part)
    tell(explored.explored)
    return explored
  })
  const fired = new Set(parts.flatMap(({ explored }) => explored.fired))
  const idle = POLICY.filter(({ row }) => !fired.has(row)).map(({ row }) => row)
  if (idle.length > 0) console.log(`  BROKEN: every row of the policy has its turn; never: row ${idle.join(', ')}`)
  const holds = idle.length === 0 && parts.every(({ explored }) => explored.counterexample === null)
  if (holds) console.log(`Everything holds (${elapsed()}).`)
  return { parts, holds }
}

/** Tries the mutations; whether each is found, or has its reason why not. */
async function mutate(parts: readonly ExploredPart[]): Promise<boolean> {
  const chosen = MUTATIONS.filter(({ name }) => name.includes(options.only ?? ''))
  console.log(`\n${chosen.length} mutations:`)
  const outcomes = await runMutations(chosen, parts, ({ mutation, invariant, states, elapsedMs }) =>
    console.log(`  ${mutation.name}: ${invariant ?? 'SURVIVES'} (${states} states, ${seconds(elapsedMs)})`),
  )
  const isUnexpected = ({ mutation, invariant }: Outcome) =>
    (invariant === null) !== (mutation.survivesBecause !== undefined)
  const wrong = outcomes.filter(isUnexpected)
  for (const { mutation, invariant } of wrong) {
    const what = invariant === null ? 'SURVIVES' : 'IS FOUND, though it is listed as harmless'
    console.log(`${what}: ${mutation.name}`)
  }
  if (options.write) {
    writeFileSync(new URL('../../docs/mutations.md', import.meta.url), mutationsDocument(outcomes))
  }
  const found = outcomes.filter(({ invariant }) => invariant !== null).length
  console.log(
    `${outcomes.length} mutations: ${found} are found, ${outcomes.length - found} survive; ${wrong.length} not as expected.`,
  )
  return wrong.length === 0
}

const { parts, holds } = await explore()
const isWell = holds && (options.quick || (await mutate(parts)))
await Promise.all(parts.map((part) => part.forget()))
console.log(`${elapsed()} in all.`)
process.exit(isWell ? 0 : 1)
