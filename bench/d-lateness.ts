import { setTimeout as pause } from 'node:timers/promises'
import type { DemoNode } from '../apps/stage/demo-node.ts'
import { DemoStage, openForBoth } from './demo-stage.ts'
import { quantile } from './figures.ts'
import { duration, endProgress, figure, heading, progress, verdict } from './report.ts'

const TIMEOUTS_SECONDS = [2, 5]
const KILLS = Number(process.argv[process.argv.indexOf('--kills') + 1] || 0) || 50

interface Lateness {
  decidedMs: number
  openMs: number
}

/** Kills one agent at a random moment, waits for the take-over, and brings the pair home again. */
async function kill(stage: DemoStage, victim: DemoNode, survivor: DemoNode, timeoutMs: number): Promise<Lateness> {
  await stage.normal()
  // The survivor must have watched for a whole timeout (rule 9) since the last one.
  await pause(timeoutMs * (1.1 + Math.random() / 2))
  const killedMs = Date.now()
  process.kill(victim.agent()?.pid ?? 0, 'SIGKILL')
  const openMs = await openForBoth(survivor)
  await stage.until('the decision is told', () => stage.line(/Taking Over.*rule 230/, killedMs) !== undefined)
  const decidedMs = stage.line(/Taking Over.*rule 230/, killedMs)?.atMs ?? 0
  const dead = (await stage.status()).nodes.find(({ node }) => node === victim.layout.node)
  const dueMs = Date.parse(dead?.lastHeartbeatAt ?? '') + timeoutMs
  victim.startAgent()
  await stage.until('it is back', async () => (await stage.status()).nodes.some(({ state }) => state === 'FailedOver'))
  await stage.ask('fallback', victim.layout.node)
  return { decidedMs: decidedMs - dueMs, openMs: openMs - dueMs }
}

heading('d', 'Lateness of a failover for a lost heartbeat', [
  `${KILLS} agents killed (SIGKILL) at random moments, for each keep-alive timeout T; a real stage, real agents, real fronts.`,
  "Counted from the dead node's last accepted heartbeat + T to (i) the decision, as seen on the event bus, so a little after",
  "its commit, and (ii) the moment when the survivor's front answers for the users of both nodes.",
  'Measured on this kind of machine for others, kill to promoted, median: Pacemaker 113 ms, Patroni 430–570,',
  'pg_auto_failover 770–830, Redis Sentinel 830–1,040; keepalived 2–4, with no durable write and no protection',
  'against split brain.',
])
for (const timeoutSeconds of TIMEOUTS_SECONDS) {
  const stage = await DemoStage.start({
    keepAliveTimeoutSeconds: timeoutSeconds,
    keepAliveIntervalSeconds: timeoutSeconds / 5,
    initializationKeepAliveTimeoutSeconds: 3 * timeoutSeconds,
  })
  try {
    const found: Lateness[] = []
    const startedMs = performance.now()
    for (let count = 0; count < KILLS; count++) {
      const eachMs = count === 0 ? 0 : (performance.now() - startedMs) / count
      progress(`T = ${timeoutSeconds} s: kill ${count + 1} of ${KILLS}, ${duration(eachMs * (KILLS - count))} to go`)
      const [victim, survivor] = count % 2 === 0 ? stage.nodes : [stage.nodes[1], stage.nodes[0]]
      found.push(await kill(stage, victim as DemoNode, survivor as DemoNode, timeoutSeconds * 1000))
    }
    endProgress()
    const decided = found.map(({ decidedMs }) => decidedMs)
    const open = found.map(({ openMs }) => openMs)
    const unit = { unit: ' ms', digits: 0 }
    verdict(`T = ${timeoutSeconds} s: (i) decided, median`, quantile(decided, 0.5), 50, unit)
    verdict(`T = ${timeoutSeconds} s: (i) decided, 95th percentile`, quantile(decided, 0.95), 250, unit)
    verdict(`T = ${timeoutSeconds} s: (ii) open for the users taken over, median`, quantile(open, 0.5), 100, unit)
    figure(
      `T = ${timeoutSeconds} s: (ii) 95th percentile, most`,
      `${Math.round(quantile(open, 0.95))} ms, ${Math.round(Math.max(...open))} ms`,
    )
  } finally {
    await stage.end()
  }
}
