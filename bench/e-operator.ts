import { setTimeout as pause } from 'node:timers/promises'
import { DEMO_PARAMETERS } from '../apps/stage/demo.ts'
import { DemoStage } from './demo-stage.ts'
import { median, quantile } from './figures.ts'
import { endProgress, figure, heading, progress, verdict } from './report.ts'

const ROUNDS = 20

/** From the call to the transition's end, as seen on the event bus. */
async function duration(stage: DemoStage, action: 'failover' | 'fallback', node: string): Promise<number> {
  await pause(Math.random() * DEMO_PARAMETERS.keepAliveIntervalSeconds * 1000)
  const askedMs = Date.now()
  await stage.ask(action, node)
  const pattern = new RegExp(`${action === 'failover' ? 'Failover' : 'Fallback'} .*succeeded`)
  await stage.until(`the ${action} ends`, () => stage.line(pattern, askedMs) !== undefined)
  return (stage.line(pattern, askedMs)?.atMs ?? 0) - askedMs
}

heading('e', "Duration of an operator's failover and fallback", [
  `${ROUNDS} of each, with the demo's parameters (a heartbeat every ${DEMO_PARAMETERS.keepAliveIntervalSeconds} s), asked for at random moments. The demo's five services`,
  'are processes of Node: a fallback starts them all, and that is part of its duration.',
])
const stage = await DemoStage.start({})
try {
  const found = { failover: [] as number[], fallback: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const action of ['failover', 'fallback'] as const) {
      progress(`round ${round + 1} of ${ROUNDS}: ${action}`)
      found[action].push(await duration(stage, action, stage.nodes[round % 2]?.layout.node ?? ''))
    }
  }
  endProgress()
  for (const action of ['failover', 'fallback'] as const) {
    verdict(`${action}, median`, median(found[action]), 1000, { unit: ' ms', digits: 0 })
    figure(`${action}, 95th percentile`, `${Math.round(quantile(found[action], 0.95))} ms`)
  }
} finally {
  await stage.end()
}
