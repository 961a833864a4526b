import { readFileSync } from 'node:fs'
import { runCommand } from '../command.ts'
import type { AgentConfig } from '../config.ts'
import { readStatus } from '../gate/commands-gate.ts'
import type { GateConfig } from '../gate/config-gate.ts'
import { FrontConnection } from '../gate/front-connection.ts'
import { readFrontRunFile } from '../gate/front-run-file.ts'
import { nftTable } from '../gate/nft.ts'
import { readTable, TABLE } from '../gate/nft-table.ts'
import { withoutOwnVariables } from '../service-manager.ts'
import type { Environment } from '../services/start-service.ts'
import type { Check, Finding } from './check.ts'
import { proveGate } from './check-gate-proof.ts'
import { programFinding } from './check-host.ts'

const LIMIT_MS = 2000
/** What the package nftables of Debian loads at boot and at each reload; it begins with a flush of all rules. */
const HOST_RULES = '/etc/nftables.conf'

type Of<Kind extends GateConfig['kind']> = Extract<GateConfig, { kind: Kind }>

/** Whether the gate can be had, what it says now, and what it cannot do; with `--prove-gate`, that it closes by itself. */
export const checkGate: Check = async ({ config, environment: own, proveGate: isToProve }) => {
  const environment = withoutOwnVariables(own)
  const found = await findingsOf(config, environment)
  if (found.some(({ result }) => result === 'failed')) return found
  return [...found, await proveGate(config, environment, isToProve)]
}

async function findingsOf({ gate, node }: AgentConfig, environment: Environment): Promise<Finding[]> {
  switch (gate.kind) {
    case 'nftables':
      return [await table(environment), ...addresses(gate, node), ...hostRules()]
    case 'commands':
      return await commands(gate, environment)
    case 'front':
      return [await front(gate)]
    case 'none':
      return [none()]
  }
}

async function table(environment: Environment): Promise<Finding> {
  const name = 'gate'
  try {
    const said = await nftTable({ command: ['nft'], timeLimitMs: LIMIT_MS, environment }, TABLE)
    if (said !== undefined) return { name, result: 'ok', detail: openDoors([...readTable(said, 0).doors.keys()]) }
    const detail = `there is no table ${TABLE} yet, so the client ports are open to everybody`
    const remedy = 'start the agent, which makes it; at boot: systemctl enable understudy-gate'
    return { name, result: 'warning', detail, remedy }
  } catch (error) {
    const remedy = 'install the package nftables, and run as root or with CAP_NET_ADMIN'
    return { name, result: 'failed', detail: (error as Error).message, remedy }
  }
}

function addresses({ addresses: byHome }: Of<'nftables'>, node: string): Finding[] {
  const name = 'gate: addresses'
  if (byHome === undefined) {
    const detail = 'all users arrive at the same addresses: while one door is open, packets of all users pass'
    const remedy =
      'let the presence server refuse users whom this node does not serve, or give gate.addresses, one for each home node'
    return [{ name, result: 'warning', detail, remedy }]
  }
  const homes = Object.keys(byHome)
  if (byHome[node] === undefined) {
    const remedy = `name the addresses of ${node} in gate.addresses`
    return [{ name, result: 'failed', detail: `there is none for this node's own users`, remedy }]
  }
  if (homes.length < 2) {
    const remedy = "name the peer's addresses in gate.addresses, too"
    return [
      { name, result: 'warning', detail: `none for the peer's users, who would stay out after a failover`, remedy },
    ]
  }
  return [{ name, result: 'ok', detail: `users of ${homes.join(', ')} arrive at addresses of their own` }]
}

/** Other tables do not matter to the agent's; a flush of all of them does. */
function hostRules(): Finding[] {
  try {
    if (!/^\s*flush ruleset/m.test(readFileSync(HOST_RULES, 'utf8'))) return []
  } catch {
    return []
  }
  const detail = `${HOST_RULES} flushes all rules: a reload opens the client ports until the agent's next look`
  const remedy = 'flush the tables of that file by name, and order understudy-gate.service after nftables.service'
  return [{ name: 'gate: host rules', result: 'warning', detail, remedy }]
}

async function commands(gate: Of<'commands'>, environment: Environment): Promise<Finding[]> {
  const programs = (['open', 'close', 'extend'] as const).flatMap((verb) => {
    const [program] = gate[verb] ?? []
    return program === undefined ? [] : [programFinding(`gate: ${verb}`, program, environment, `gate.${verb}`)]
  })
  return [...programs, await status(gate, environment), ...(gate.closesByItself ? [] : [unenforced()])]
}

async function status(gate: Of<'commands'>, environment: Environment): Promise<Finding> {
  const name = 'gate: status'
  const remedy = 'correct gate.status: a line for each open door, and 0 as its exit code'
  const limits = { timeLimitMs: gate.timeLimitSeconds * 1000, outputLimitBytes: 64 * 1024 }
  const { exitCode, output, problem } = await runCommand(gate.status, environment, limits)
  if (exitCode !== 0 || problem !== null) {
    const detail = problem ?? `ended with exit code ${exitCode}: ${output.trim()}`
    return { name, result: 'failed', detail: `${gate.status[0]} ${detail}`, remedy }
  }
  try {
    return { name, result: 'ok', detail: openDoors([...readStatus(output).keys()]) }
  } catch (error) {
    return { name, result: 'failed', detail: (error as Error).message, remedy }
  }
}

function unenforced(): Finding {
  const detail =
    'nothing outside the agent closes the doors: when it dies or hangs they stay open, and two nodes may serve'
  const remedy = 'let open set up something that ends by itself, and say closesByItself: true; or take kind nftables'
  return { name: 'gate: deadline', result: 'warning', detail, remedy }
}

async function front({ runFile }: Of<'front'>): Promise<Finding> {
  const name = 'gate'
  const remedy = 'start the front of this node'
  let connection: FrontConnection | undefined
  try {
    const written = readFrontRunFile(runFile)
    if (written === undefined) return { name, result: 'warning', detail: 'the front has not been started', remedy }
    connection = new FrontConnection(written, 'observer')
    const { open } = await connection.request({ read: true }, LIMIT_MS)
    return { name, result: 'ok', detail: `${openDoors(open)}, at port ${written.port}` }
  } catch (error) {
    return { name, result: 'failed', detail: (error as Error).message, remedy }
  } finally {
    connection?.close()
  }
}

function none(): Finding {
  const detail = [
    'there is none: users could log in to a node that was failed over, and a door cannot close while another is open.',
    'When its lease is about to lapse the node stops its critical services, and kills what does not stop',
  ].join('\n')
  return { name: 'gate', result: 'warning', detail, remedy: 'take kind nftables' }
}

const openDoors = (homes: string[]): string =>
  homes.length === 0 ? 'no door is open' : `open for users of ${homes.join(', ')}`
