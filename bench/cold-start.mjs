// One cold start, as Lambda has one: a fresh process loads the bundle, and the first call is answered.
import { readFileSync } from 'node:fs'

const [bundle, eventFile] = process.argv.slice(2)
const { handler } = await import(bundle)
const result = await handler(JSON.parse(readFileSync(eventFile, 'utf8')), {})
process.stdout.write(JSON.stringify(result))
process.exit(0)
