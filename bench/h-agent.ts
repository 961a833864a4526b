import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { boottime } from '../apps/agent/boottime.ts'
import { FrontGate } from '../apps/agent/gate/front-gate.ts'
import { readFrontRunFile } from '../apps/agent/gate/front-run-file.ts'
import { DEFAULT_BOOT_ID_FILE, readBootId } from '../apps/agent/host.ts'
import { createClient } from '../apps/client/node-client.ts'
import { listenOnLoopback } from '../apps/stage/loopback-server.ts'
import { freePorts } from '../apps/stage/ports.ts'
import { DEFAULT_SERVICE_PARAMETERS } from '../domain/settings.ts'
import { DemoStage } from './demo-stage.ts'
import { median, quantile } from './figures.ts'
import { endProgress, figure, heading, progress } from './report.ts'
import { SteadyGroup } from './steady-group.ts'
import { startStore } from './store.ts'

const FENCES = 50
const LEASE_MS = 300
const POSTS = 20
const QUIET_MS = 30_000
/** Of `getconf CLK_TCK`: fixed, on Linux, for what it tells programs. */
const TICKS_PER_SECOND = 100
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
    const sockets = new Set<{ bytesRead: number; bytesWritten: number }>()
    const server = createServer((request, response) => {
      sockets.add(request.socket)
      request.resume().once('end', () => {
        response.writeHead(200, { 'content-type': 'application/json', 'apigw-requestid': 'Zm9vYmFyYmF6cXV4=' })
        response.end(answer)
      })
    })
    const { origin, close } = await listenOnLoopback(server)
    const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'bench' }
    const client = createClient({ endpoint: origin, region: 'eu-central-1', credentials })
    for (let count = 0; count < POSTS; count++) {
      await client.request({ method: 'POST', path: '/clusters/c/nodes/n/heartbeats', body: group.heartbeat(0) })
    }
    const total = (what: 'bytesRead' | 'bytesWritten') => [...sockets].reduce((sum, socket) => sum + socket[what], 0)
    const bytes = { sent: Math.round(total('bytesRead') / POSTS), received: Math.round(total('bytesWritten') / POSTS) }
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

/** How long after the deadline that it was given a front refuses, with nobody there to renew it. */
async function fenceLatenessMs(): Promise<number[]> {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-bench-'))
  const runFile = join(folder, 'front.json')
  const [port = 0] = await freePorts(1)
  const program = fileURLToPath(new URL('../apps/agent/gate/front.ts', import.meta.url))
  const options = ['--node', 'n', '--port', String(port), '--run-file', runFile, '--boot-id-file', DEFAULT_BOOT_ID_FILE]
  const front = spawn(process.execPath, [program, ...options], { stdio: 'ignore' })
  const gate = new FrontGate({ runFile, port, bootId: readBootId(DEFAULT_BOOT_ID_FILE) })
  try {
    while (readFrontRunFile(runFile) === undefined) await pause(20)
    const lateMs: number[] = []
    for (let count = 0; count < FENCES; count++) {
      progress(`fence ${count + 1} of ${FENCES}`)
      const deadlineMs = boottime() + LEASE_MS
      await gate.set({ n: deadlineMs })
      while (!(await refuses(port))) await pause(1)
      lateMs.push(boottime() - deadlineMs)
    }
    return lateMs
  } finally {
    gate.close()
    const ended = once(front, 'exit')
    front.kill('SIGKILL')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}

heading('h', 'What an agent takes of its node', [
  `Memory and CPU of a real agent over ${QUIET_MS / 1000} s at the default interval, while it probes six services five times a second, as the`,
  'demo has it (by default: once in five seconds); bytes of a steady heartbeat with its headers, without TLS;',
  `and how late a front refuses after its deadline, with nobody there to renew it: ${FENCES} times.`,
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
  const lateMs = await fenceLatenessMs()
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
