// One cold start, as Lambda has one: Node runs, the bundle is loaded, and the first call is answered. Says what loading
// and answering took, so without the start of Node itself, which is the same for every bundle.
import { readFileSync } from 'node:fs'

const [bundle, eventFile] = process.argv.slice(2)
const event = JSON.parse(readFileSync(eventFile, 'utf8'))
const cpuBefore = process.cpuUsage()
const startedMs = performance.now()
const { handler } = await import(bundle)
const result = await handler(event, {})
const wallMs = performance.now() - startedMs
const { user, system } = process.cpuUsage(cpuBefore)
process.stdout.write(JSON.stringify({ wallMs, cpuMs: (user + system) / 1000, result }))
process.exit(0)
