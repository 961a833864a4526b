import { Coverage } from './coverage.ts'
import { generateTrace } from './fault-generator.ts'
import { play } from './group-run.ts'

const seed = process.argv[2] ?? '1',
  groups = Number(process.argv[3] ?? 10),
  hours = Number(process.argv[4] ?? 4),
  one = process.argv[5]
if (process.env.DEF) process.env.SIMDEF="1"
const cov = new Coverage()
let ms = 0
const fails: Record<string, number[]> = {}
const t = performance.now()
for (let g = one ? Number(one) : 0; g < (one ? Number(one) + 1 : groups); g++) {
  const trace = generateTrace(`${seed}/${g}`, hours)
  if (process.env.DEF) trace.parameters = {}
  const r = await play(trace, { transcript: !!one })
  cov.add(r.coverage.data)
  ms += r.simulatedMs
  if (r.broken) {
    ;(fails[r.broken.invariant] ??= []).push(g)
    if (fails[r.broken.invariant]!.length <= 3) console.log(g, r.broken.invariant, r.broken.message.slice(0, 600))
  }
  if (one) console.log(r.transcript.slice(-80).join('\n'))
}
console.log(fails, ms / 3.6e6, 'gh', ms / 3.6e6 / ((performance.now() - t) / 1000), 'gh/s')
console.log(cov.lines().join('\n'))
