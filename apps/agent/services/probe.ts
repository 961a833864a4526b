import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { runCommand } from '../command.ts'
import type { Environment } from './start-service.ts'
import { showUnit } from './systemctl.ts'

/** One way to ask whether a service works. */
export type Probe =
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'http'; url: string; status: number }
  | { kind: 'command'; command: string[]; exitCode: number }
  | { kind: 'systemd'; unit: string }

export interface ProbeResult {
  ok: boolean
  /** One line for a person. */
  detail: string
}

export interface ProbeSettings {
  timeLimitMs: number
  /** Of the commands that a probe runs. */
  environment: Environment
}

/** What a probe's command may say in a report. */
const OUTPUT_LIMIT_BYTES = 200

/** Asks once. Ends within the time limit, whatever hangs; failing is a result. */
export function ask(probe: Probe, settings: ProbeSettings): Promise<ProbeResult> {
  switch (probe.kind) {
    case 'tcp':
      return askTcp(probe, settings.timeLimitMs)
    case 'http':
      return askHttp(probe, settings.timeLimitMs)
    case 'command':
      return askCommand(probe, settings)
    case 'systemd':
      return askSystemd(probe, settings)
  }
}

/** All at once; all must hold. The detail is that of the first one that does not. */
export async function askAll(probes: Probe[], settings: ProbeSettings): Promise<ProbeResult> {
  const results = await Promise.all(probes.map((probe) => ask(probe, settings)))
  const bad = results.find(({ ok }) => !ok)
  return bad ?? { ok: true, detail: results.map(({ detail }) => detail).join(', ') }
}

/** A probe's name, for a person. */
export function nameOf(probe: Probe): string {
  switch (probe.kind) {
    case 'tcp':
      return `tcp ${probe.host}:${probe.port}`
    case 'http':
      return `http ${probe.url}`
    case 'command':
      return `command ${probe.command.join(' ')}`
    case 'systemd':
      return `systemd ${probe.unit}`
  }
}

/** Whether something accepts TCP connections on that port of this host within the time limit. */
export async function answersOnPort(port: number, timeLimitMs: number): Promise<boolean> {
  return (await askTcp({ host: '127.0.0.1', port }, timeLimitMs)).ok
}

function askTcp({ host, port }: { host: string; port: number }, timeLimitMs: number): Promise<ProbeResult> {
  const where = host === '127.0.0.1' ? `port ${port}` : `${host} port ${port}`
  return new Promise((resolve) => {
    const socket = net.connect({ host, port })
    const settle = (ok: boolean, why = '') => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ ok, detail: ok ? `answers on ${where}` : `does not answer on ${where}: ${why}` })
    }
    const timer = setTimeout(settle, timeLimitMs, false, `nothing within ${timeLimitMs} ms`)
    socket.once('connect', () => settle(true))
    socket.once('error', (error: NodeJS.ErrnoException) => settle(false, error.code ?? error.message))
  })
}

/** The status is all that counts: the body is not read, and a certificate is not checked, as it is this host's own. */
function askHttp({ url, status }: { url: string; status: number }, timeLimitMs: number): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const options = { agent: false as const, rejectUnauthorized: false, headers: { connection: 'close' } }
    const request = (url.startsWith('https:') ? https : http).get(url, options)
    const settle = (ok: boolean, detail: string) => {
      clearTimeout(timer)
      request.destroy()
      resolve({ ok, detail: `${url} ${detail}` })
    }
    const timer = setTimeout(settle, timeLimitMs, false, `does not answer within ${timeLimitMs} ms`)
    request.once('response', ({ statusCode }) => {
      const ok = statusCode === status
      settle(ok, ok ? `answers ${status}` : `answers ${statusCode} and not ${status}`)
    })
    request.on('error', (error: NodeJS.ErrnoException) => settle(false, `fails: ${error.code ?? error.message}`))
  })
}

async function askCommand(
  { command, exitCode }: { command: string[]; exitCode: number },
  { timeLimitMs, environment }: ProbeSettings,
): Promise<ProbeResult> {
  const result = await runCommand(command, environment, { timeLimitMs, outputLimitBytes: OUTPUT_LIMIT_BYTES })
  const said = result.output.trim()
  const what = result.problem ?? `ends with exit code ${result.exitCode}`
  const ok = result.problem === null && result.exitCode === exitCode
  const rest = [ok ? '' : ` and not with ${exitCode}`, said && `: ${said}`]
  return { ok, detail: `${command[0]} ${what}${result.problem ? (rest[1] ?? '') : rest.join('')}` }
}

async function askSystemd(
  { unit }: { unit: string },
  { timeLimitMs, environment }: ProbeSettings,
): Promise<ProbeResult> {
  try {
    const { activeState, subState } = await showUnit(unit, { timeLimitMs, environment })
    const ok = activeState === 'active' || activeState === 'reloading'
    return { ok, detail: `${unit} is ${activeState} (${subState})` }
  } catch (error) {
    return { ok: false, detail: (error as Error).message }
  }
}
