import { setTimeout as pause } from 'node:timers/promises'
import { boottime } from '../boottime.ts'
import type { AgentConfig } from '../config.ts'
import type { Gate } from '../gate/gate.ts'
import { independentGate } from '../gate/gates.ts'
import { readBootId } from '../host.ts'
import { answersOnPort } from '../services/probe.ts'
import type { Environment } from '../services/start-service.ts'
import type { Finding } from './check.ts'

const LEASE_MS = 1000
/** Commands take their time. */
const COMMANDS_LEASE_MS = 4000
const LOOK_EVERY_MS = 20
/** A front and commands close at the deadline, and are late by their own time; nftables closes before it. */
const LATENESS_MS = 1000

const name = 'gate: proof'
type Result = Omit<Finding, 'name'>

/**
 * Opens this node's own door for a moment, leaves it alone, and sees it close by itself. It lets users in for that moment,
 * so it is done only when asked for, and only while no door is open.
 */
export async function proveGate(config: AgentConfig, environment: Environment, isWanted: boolean): Promise<Finding> {
  const { gate: settings, host } = config
  if (settings.kind === 'none' || (settings.kind === 'commands' && !settings.closesByItself))
    return { name, result: 'warning', detail: 'nothing to prove: no door closes by itself' }
  if (!isWanted) {
    const remedy = 'check --prove-gate, with the agent stopped, opens the door for a moment and sees it close by itself'
    return { name, result: 'warning', detail: 'not asked for', remedy }
  }
  let gate: Gate | undefined
  try {
    const bootId = readBootId(host.bootIdFile)
    gate = independentGate(config, { bootId, environment, log: () => undefined }) as Gate
    return { name, ...(await prove(config, gate)) }
  } catch (error) {
    return { name, result: 'failed', detail: (error as Error).message, remedy: 'see the findings above' }
  } finally {
    await gate?.close()
  }
}

async function prove({ node, gate: { kind, ...settings } }: AgentConfig, gate: Gate): Promise<Result> {
  const before = await gate.read()
  if (before.open.length > 0) {
    const remedy = 'stop the agent and let its leases lapse, or do it while the node serves nobody'
    return { result: 'warning', detail: `not done: open for users of ${before.open.join(', ')}`, remedy }
  }
  const askedMs = boottime()
  const deadlineMs = askedMs + (kind === 'commands' ? COMMANDS_LEASE_MS : LEASE_MS)
  const { open, problem } = await gate.set({ [node]: deadlineMs })
  if (!open.includes(node))
    return { result: 'failed', detail: `the door does not open: ${problem ?? 'no reason is given'}` }
  const port = kind === 'front' && 'port' in settings ? settings.port : undefined
  const wasLetIn = port === undefined || (await answersOnPort(port, LEASE_MS))
  const openedMs = boottime()

  const lastMs = deadlineMs + (kind === 'nftables' ? 0 : LATENESS_MS)
  while (boottime() < lastMs) {
    const reading = await gate.read()
    const atMs = boottime()
    if (reading.open.includes(node)) {
      await pause(LOOK_EVERY_MS)
      continue
    }
    // The gate closes what it finds open past its deadline, so what was found then proves nothing.
    if (kind === 'nftables' && atMs >= deadlineMs) break
    return await closed({ openedMs, atMs, deadlineMs, wasLetIn, port })
  }
  await gate.set({})
  return { result: 'failed', detail: 'the door did not close by itself', remedy: 'see what keeps the gate from it' }
}

interface Seen {
  openedMs: number
  atMs: number
  deadlineMs: number
  wasLetIn: boolean
  port: number | undefined
}

async function closed({ openedMs, atMs, deadlineMs, wasLetIn, port }: Seen): Promise<Result> {
  if (!wasLetIn) return { result: 'failed', detail: 'the door is said to be open, but nobody is let in' }
  if (port !== undefined && (await answersOnPort(port, LEASE_MS)))
    return { result: 'failed', detail: 'the door is said to be closed, but users are let in' }
  const early = Math.round(deadlineMs - atMs)
  if (early > LEASE_MS / 2) {
    const remedy = 'stop the agent first: it closes what it has not opened itself'
    return {
      result: 'warning',
      detail: `not proven: something closed the door ${early} ms before its lease lapsed`,
      remedy,
    }
  }
  const when = early >= 0 ? `${early} ms before` : `${-early} ms after`
  const connecting =
    port === undefined ? '; by reading, as the host itself is always let through' : ', by connecting, too'
  return {
    result: 'ok',
    detail: `open for ${Math.round(atMs - openedMs)} ms, then closed by itself ${when} its deadline${connecting}`,
  }
}
