import { writeFileSync } from 'node:fs'
import { type Explored, explore, MODELS } from './models.ts'
import { runMutations } from './mutation-run.ts'
import { MUTATIONS } from './mutations.ts'
import { mutationsDocument } from './mutations-document.ts'

/**
 * `npm run explore`: every state of the models, and then what each mutation breaks. `--write` keeps the table in
 * docs/mutations.md, `--only TEXT` runs the mutations whose names contain it, `--quick` none.
 */
const options = process.argv.slice(2)
const only = options[options.indexOf('--only') + 1] ?? ''
const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`

function tell({ name, states, transitions, depth, elapsedMs, counterexample }: Explored): void {
  const rate = Math.round(transitions / Math.max(1, elapsedMs / 1000))
  console.log(
    `  ${name}: ${states} states, ${transitions} transitions, depth ${depth}, ${seconds(elapsedMs)} (${rate}/s)`,
  )
  if (!counterexample) return
  console.log(`  BROKEN: ${counterexample.invariant}`)
  for (const line of counterexample.path) console.log(`    ${line}`)
}

const startedMs = performance.now()
let isBroken = false
for (const model of MODELS) {
  console.log(`The model "${model}", part by part:`)
  for (const part of explore(model)) {
    tell(part)
    isBroken ||= part.counterexample !== null
  }
}
if (isBroken) process.exit(1)
console.log(`Everything holds (${seconds(performance.now() - startedMs)}).`)
if (options.includes('--quick')) process.exit(0)

const chosen = options.includes('--only') ? MUTATIONS.filter(({ name }) => name.includes(only)) : MUTATIONS
console.log(`\n${chosen.length} mutations, each in a copy of the sources:`)
const outcomes = await runMutations(chosen, (outcome, done) => {
  const { mutation, invariant, states, elapsedMs } = outcome
  const said = invariant ?? 'SURVIVES'
  console.log(`  ${done}/${chosen.length} ${mutation.name}: ${said} (${states} states, ${seconds(elapsedMs)})`)
})
const wrong = outcomes.filter(
  ({ mutation, invariant }) => (invariant === null) !== (mutation.survivesBecause !== undefined),
)
for (const { mutation, invariant } of wrong) {
  console.log(
    invariant === null ? `SURVIVES: ${mutation.name}` : `IS CAUGHT, though it is listed as harmless: ${mutation.name}`,
  )
}
if (options.includes('--write')) {
  writeFileSync(new URL('../../docs/mutations.md', import.meta.url), mutationsDocument(outcomes))
}
console.log(
  `${outcomes.length} mutations, ${wrong.length} of them not as expected; ${seconds(performance.now() - startedMs)} in all.`,
)
process.exit(wrong.length > 0 ? 1 : 0)
