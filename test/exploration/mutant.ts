import type { ModelName } from './part.ts'
import { foundIn } from './part.ts'
import { explorePart, type Part } from './parts.ts'

/** Looks at one part of a model over the code beside which it lies, and says in one line of JSON what it found. */
const [model, name] = process.argv.slice(2) as [ModelName, string]
const { explored } = explorePart({ model, name } satisfies Part)
console.log(JSON.stringify(foundIn(explored, explored.counterexample)))
