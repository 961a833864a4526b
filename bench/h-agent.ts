import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { boottime } from '../apps/agent/boottime.ts'
import { FrontConnection } from '../apps/agent/gate/front-connection.ts'
import { readFrontRunFile } from '../apps/agent/gate/front-run-file.ts'
import { createClient } from '../apps/client/signed-client.ts'
import type { DemoNode } from '../apps/stage/demo-node.ts'
import { listenOnLoopback } from '../apps/stage/loopback-server.ts'
import { DEFAULT_SERVICE_PARAMETERS } from '../domain/settings.ts'
import { DemoStage } from './demo-stage.ts'
import { median, quantile } from './figures.ts'
import { endProgress, figure, heading, progress } from './report.ts'
import { SteadyGroup } from './steady-group.ts'
import { startStore } from './store.ts'

const FENCES = 10
const QUIET_MS = 60_000
/** Of `getconf CLK_TCK`: fixed, on Linux, for what it tells programs. */
const TICKS_PER_SECOND = 100
const SHORT = { keepAliveTimeoutSeconds: 2, keepAliveIntervalSeconds: 0.4, initializationKeepAliveTimeoutSeconds: 4 }
const { keepAliveIntervalSeconds, keepAliveTimeoutSeconds, initializationKeepAliveTimeoutSeconds } =
  DEFAULT_SERVICE_PARAMETERS
const DEFAULTS = { keepAliveIntervalSeconds, keepAliveTimeoutSeconds, initializationKeepAliveTimeoutSeconds }

/** CPU time of a process so far, and the memory that it holds. */
function usage(pid: number): { cpuMs: number; mebibytes: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const ticks = Number(fields[11]) + Number(fields[12])
  const [, kibibytes = '0'] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return { cpuMs: (ticks * 1000) / TICKS_PER_SECOND, mebibytes: Number(kibibytes) / 1024 }
}

/** What a steady heartbeat and its answer have on the wire, sent by the agents' own client over a connection that stands. */
async function wireBytes(): Promise<{ sent: number; received: number }> {
  const store = await startStore()
  try {
    Object.assign(process.env, store.environment)
    const group = await SteadyGroup.create()
    const answer = JSON.stringify(await group.beat(0))
    let socket: { bytesRead: number; bytesWritten: number } | undefined
    const server = createServer((request, response) => {
      socket = request.socket
      request.resume().once('end', () => {
        response.writeHead(200, { 'content-type': 'application/json', 'apigw-requestid': 'Zm9vYmFyYmF6cXV4=' })
        response.end(answer)
      })
    })
    const { origin, close } = await listenOnLoopback(server)
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'bench' }
    const client = createClient({ endpoint: origin, region: 'eu-central-1', credentials })
    const post = () =>
      client.request({ method: 'POST', path: '/clusters/c/nodes/n/heartbeats', body: group.heartbeat(0) })
    await post()
    const before = { read: socket?.bytesRead ?? 0, written: socket?.bytesWritten ?? 0 }
    await post()
    const bytes = {
      sent: (socket?.bytesRead ?? 0) - before.read,
      received: (socket?.bytesWritten ?? 0) - before.written,
    }
    await close()
    return bytes
  } finally {
    await store.end()
  }
}

const refuses = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => socket.destroy()).once('error', () => resolve(true))
    socket.once('close', () => resolve(false))
  })

/** Kills an agent; answers how long after the last deadline that it had given its front refused. */
async function fenceLatenessMs(stage: DemoStage, node: DemoNode): Promise<number> {
  const front = readFrontRunFile(join(stage.folder, 'nodes', node.layout.node, 'front.json'))
  if (!front) throw new Error('the front does not run')
  process.kill(node.agent()?.pid ?? 0, 'SIGKILL')
  const observer = new FrontConnection(front, 'observer')
  const { deadlines } = await observer.request({ read: true }, 1000)
  observer.close()
  const lastMs = Math.max(...Object.values(deadlines).map(Number))
  while (!(await refuses(node.layout.frontPort))) await pause(1)
  return boottime() - lastMs
}

heading('h', 'What an agent takes of its node', [
  `Memory and CPU of a real agent over ${QUIET_MS / 1000} s at the default interval, while it probes six services five times a second, as the`,
  'demo has it (by default: once in five seconds); bytes of a steady heartbeat with its headers, without TLS;',
  `and how late a front closes, after the last deadline of an agent that was killed: ${FENCES} times.`,
])
progress('bytes of a heartbeat')
const { sent, received } = await wireBytes()
const stage = await DemoStage.start(DEFAULTS)
try {
  await stage.normal()
  const pid = stage.nodes[0]?.agent()?.pid ?? 0
  progress(`watching an agent for ${QUIET_MS / 1000} s`)
  const before = usage(pid)
  await pause(QUIET_MS)
  const after = usage(pid)
  await stage.setParameters(SHORT)
  const lateMs: number[] = []
  for (let count = 0; count < FENCES; count++) {
    progress(`fence ${count + 1} of ${FENCES}`)
    await stage.normal()
    const [node] = stage.nodes
    if (!node) throw new Error('the stage has no nodes')
    lateMs.push(await fenceLatenessMs(stage, node))
    node.startAgent()
    await stage.until('it is back', async () =>
      (await stage.status()).nodes.some(({ state }) => state === 'FailedOver'),
    )
    await stage.ask('fallback', node.layout.node)
  }
  endProgress()
  const cpuMs = after.cpuMs - before.cpuMs
  figure('memory (RSS)', `${Math.round(after.mebibytes)} MiB`)
  figure('CPU', `${((cpuMs / QUIET_MS) * 100).toFixed(2)} % of one core`)
  figure('a steady heartbeat, its answer', `${sent} bytes, ${received} bytes`)
  figure(
    'the fence after the lease, median, most',
    `${Math.round(median(lateMs))} ms, ${Math.round(quantile(lateMs, 1))} ms`,
  )
} finally {
  await stage.end()
}
