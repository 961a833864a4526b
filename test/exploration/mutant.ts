import { explore, type ModelName } from './models.ts'

/** Explores the code beside which it lies, and says in one line of JSON what it found first. */
const [model, ...scopes] = process.argv.slice(2)
let states = 0
let found = { invariant: null as string | null, scope: '', steps: 0 }
for (const part of explore(model as ModelName, scopes)) {
  states += part.states
  if (!part.counterexample) continue
  const { invariant, path } = part.counterexample
  found = { invariant, scope: part.name, steps: path.length - 1 }
}
console.log(JSON.stringify({ ...found, states }))
