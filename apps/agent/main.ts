import { fromIni, fromNodeProviderChain } from '@aws-sdk/credential-providers'
import { Command } from 'commander'
import { createClient } from '../client/signed-client.ts'
import { Agent } from './agent.ts'
import { runCommand } from './command.ts'
import { Commands } from './commands.ts'
import { type AgentConfig, loadAgentConfig } from './config.ts'
import { FrontGate } from './front-gate.ts'
import { runHook } from './hooks.ts'
import { hostLeaving, readBootId } from './host.ts'
import { Journal } from './journal.ts'
import { createLog } from './log.ts'
import { Services } from './services.ts'
import { startsRecorded } from './start-service.ts'

/** The exit code that asks the host's service manager for a new agent (systemd: RestartForceExitStatus=75). */
const RESTART = 75
const REPLICATION_INTERVAL_MS = 60_000
const REPLICATION_LIMITS = { timeLimitMs: 10_000, outputLimitBytes: 256 }

const ms = (seconds: number): number => seconds * 1000
const environment = { ...process.env }
const log = createLog((text) => process.stdout.write(text))

/** Asks the operator's command from time to time; in between the last answer counts, and before it 0. */
function watchReplication(config: AgentConfig): () => number {
  let state = config.replicationSetup ?? 0
  const { replicationStateCommand: command } = config
  if (command === undefined) return () => state
  const ask = async () => {
    const { exitCode, output } = await runCommand(command, environment, REPLICATION_LIMITS)
    state = exitCode === 0 && /^[0-4]$/.test(output.trim()) ? Number(output.trim()) : 0
  }
  void ask()
  setInterval(() => void ask(), REPLICATION_INTERVAL_MS).unref()
  return () => state
}

function clientsOf(config: AgentConfig) {
  const credentials = config.credentials
    ? fromIni({ filepath: config.credentials.file, profile: config.credentials.profile })
    : fromNodeProviderChain()
  return config.endpoints.map((endpoint) => createClient({ endpoint, region: config.region, credentials }))
}

/** After a boot the services of the node start with it, except those that were stopped on request [B15]. */
function startAfterBoot(services: Services): void {
  const held = services.stoppedOnRequest()
  const names = Object.keys(services.status()).filter((name) => !held.includes(name))
  for (const name of names) {
    void services.start(name).then(({ ok, detail }) => {
      if (!ok) log(`${name} did not start with the node: ${detail}`)
    })
  }
}

async function run(file: string): Promise<void> {
  const config = loadAgentConfig(file)
  const bootId = readBootId(config.host.bootIdFile)
  const journal = await Journal.open(config.stateFolder, bootId)
  const gate = new FrontGate({ runFile: config.gate.runFile, port: config.gate.port, bootId })
  const { supervision, hooks, host } = config
  const services = await Services.open(config.services, {
    nodeFolder: config.stateFolder,
    environment,
    probeIntervalMs: ms(supervision.probeIntervalSeconds),
    probeTimeLimitMs: ms(supervision.probeTimeLimitSeconds),
    startTimeLimitMs: ms(supervision.startTimeLimitSeconds),
    stopTimeLimitMs: ms(supervision.stopTimeLimitSeconds),
  })
  if (journal.previousBootId !== bootId) startAfterBoot(services)
  const commands = new Commands({
    services,
    journal,
    hooks,
    runHook: (hook, facts) =>
      runHook(hooks[hook], { node: config.node, ...facts }, { environment, timeLimitMs: ms(hooks.timeLimitSeconds) }),
    restart: () => void end(RESTART),
    log,
  })
  const agent = new Agent({
    node: config.node,
    cluster: config.cluster,
    bootId,
    softwareVersion: config.softwareVersion,
    clients: clientsOf(config),
    gate,
    services,
    journal,
    commands,
    replication: watchReplication(config),
    databaseService: config.services.find(({ role }) => role === 'database')?.name ?? '',
    log,
  })
  log(`agent of ${config.node}, incarnation ${journal.incarnation}, process ${process.pid}`)
  agent.start()

  async function end(code: number): Promise<void> {
    agent.stop()
    services.close()
    gate.close()
    await startsRecorded()
    process.exit(code)
  }
  let ending = false
  async function endWithHost(): Promise<void> {
    if (ending) return
    ending = true
    const { goingDownCommand: command, goingDownTimeLimitSeconds } = host
    const leaving = await hostLeaving({ command, environment, timeLimitMs: ms(goingDownTimeLimitSeconds) })
    if (leaving) {
      log(`the host goes down (${leaving}): good-bye`)
      await agent.sayGoodBye(leaving)
    }
    await end(0)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void endWithHost())
}

const program = new Command('understudy-agent').description('The recovery manager of one presence node')
program
  .command('run', { isDefault: true })
  .description('heartbeats, watches the services, holds the gate, carries out commands')
  .requiredOption('--config <file>', 'the configuration of this agent (YAML)')
  .action(({ config }: { config: string }) => run(config))

try {
  await program.parseAsync()
} catch (error) {
  console.error(`understudy-agent: ${(error as Error).message}`)
  process.exit(1)
}
