import { DEFAULT_SERVICE_PARAMETERS } from '../../domain/settings.ts'
import { adminOf } from './admin/admin.ts'
import { Metrics } from './admin/metrics.ts'
import { WanCheck } from './admin/wan-check.ts'
import { Agent } from './agent.ts'
import { boottime } from './boottime.ts'
import { Commands } from './commands.ts'
import type { AgentConfig } from './config.ts'
import { clientsOf } from './control-plane.ts'
import { DoorHooks } from './gate/door-hooks.ts'
import { gateOf } from './gate/gates.ts'
import { Hooks } from './hooks.ts'
import { hostLeaving, readBootId } from './host.ts'
import { Journal } from './journal.ts'
import type { Log } from './log.ts'
import { PeerLink } from './peer/peer-link.ts'
import { Road } from './road.ts'
import { ServiceManager, withoutOwnVariables } from './service-manager.ts'
import { servicesOf } from './services/config-services.ts'
import { Replication } from './services/replication.ts'
import { Services } from './services/services.ts'
import { type Environment, startsRecorded } from './services/start-service.ts'
import { restoresOf } from './sessions/restores-of.ts'

/** The exit code that asks the host's service manager for a new agent (systemd: RestartForceExitStatus=75). */
const RESTART = 75

const { adminRpcPort: DEFAULT_ADMIN_PORT } = DEFAULT_SERVICE_PARAMETERS

const ms = (seconds: number): number => seconds * 1000

export interface RunParts {
  /** Of this process. */
  environment: Environment
  log: Log
}

/** Runs the agent until the process is told to end. */
export async function run(config: AgentConfig, { environment: ownEnvironment, log }: RunParts): Promise<void> {
  const environment = withoutOwnVariables(ownEnvironment)
  const manager = new ServiceManager({ environment: ownEnvironment, log })
  const { hooks: hookSettings, host, stateFolder } = config
  const bootId = readBootId(host.bootIdFile)
  const journal = await Journal.open(stateFolder, bootId)
  const { timeLimitSeconds, onRestoreSessions: _, ...commandsOfHooks } = hookSettings
  const metrics = new Metrics()
  const hooks = new Hooks({
    node: config.node,
    commands: commandsOfHooks,
    environment,
    timeLimitMs: ms(timeLimitSeconds),
    onResult: (hook, ok) => metrics.count('hook_results_total', { hook, result: ok ? 'ok' : 'failed' }),
  })
  const hasBooted = journal.previousBootId !== bootId
  const services = await Services.open(servicesOf(config), {
    nodeFolder: stateFolder,
    environment,
    hasBooted,
    onLooked: (service, tookMs) => metrics.observe('service_probe_seconds', tookMs / 1000, { service }),
  })
  const { gate, doorHooks } = await DoorHooks.watch(gateOf(config, services, { bootId, environment, log }), {
    stateFolder,
    hooks,
    facts: () => agent.facts,
    log,
  })
  if (hasBooted) void startAfterBoot(services, log)
  const replication = watchReplication(config, { environment, log })
  const commands = new Commands({ services, journal, hooks, restart: () => void end(RESTART), log })
  const { node, cluster, endpoints, peerLink } = config
  const wanCheck: WanCheck = new WanCheck({
    node,
    cluster,
    address: peerLink.address,
    stateFolder,
    roundTripsMs: (count) => agent.roundTripsMs(count),
    log,
  })
  const road = new Road({ node, cluster, endpoints, clients: clientsOf(config), log })
  const restores = restoresOf(config, {
    road,
    environment,
    facts: () => agent.facts,
    onResult: (ok) => metrics.count('hook_results_total', { hook: 'onRestoreSessions', result: ok ? 'ok' : 'failed' }),
    log,
  })
  const agent: Agent = new Agent({
    node,
    bootId,
    softwareVersion: config.softwareVersion,
    road,
    restores,
    peerLink: peerLinkOf(config, journal.incarnation, log),
    gate,
    services,
    journal,
    commands,
    replication: () => replication.state,
    databaseService: config.services.find(({ role }) => role === 'database')?.name ?? '',
    mbitPerSecond: () => wanCheck.last?.mbitPerSecond ?? null,
    onSettings: ({ adminRpcPort, servicePort, peer }) => {
      void admin.listen(config.admin.port ?? adminRpcPort)
      wanCheck.follow(peer, peerLink.port ?? servicePort)
    },
    metrics,
    log,
  })
  const admin = adminOf({
    settings: config.admin,
    ...{
      node,
      cluster,
      agent,
      gate,
      services,
      commands,
      journal,
      doorHooks,
      restores,
      wanCheck,
      stateFolder,
      metrics,
      road,
      log,
    },
  })
  log(`agent of ${config.node}, incarnation ${journal.incarnation}, process ${process.pid}`)
  await agent.start()
  void admin.listen(config.admin.port ?? DEFAULT_ADMIN_PORT)
  void manager.ready(() => {
    const failed = doorHooks.results.at(-1)?.ok === false ? `; ${doorHooks.results.at(-1)?.hook} failed last` : ''
    return { isKeepingUp: agent.isKeepingUp, status: `${agent.summary}${failed}` }
  })

  async function end(code: number): Promise<void> {
    await agent.stop()
    await restores.close()
    await admin.close()
    wanCheck.close()
    await gate.close()
    services.close()
    replication.close()
    await Promise.all([startsRecorded(), doorHooks.kept()])
    process.exit(code)
  }
  let ending = false
  async function endWithHost(): Promise<void> {
    if (ending) return
    ending = true
    void manager.stopping()
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

function peerLinkOf({ node, cluster, peerLink }: AgentConfig, incarnation: number, log: Log) {
  const { address, port, peerAddress, peerPort } = peerLink
  return {
    openLink: (on: number) =>
      PeerLink.open({ node, cluster, incarnation, listen: { address, port: on }, now: boottime, log }),
    ports: { own: port, peer: peerPort, peerAddress },
  }
}

async function startAfterBoot(services: Services, log: Log): Promise<void> {
  for (const { name, ok, detail } of await services.afterBoot()) {
    if (!ok) log(`${name}, after the boot: ${detail}`)
  }
}

/** A constant where the configuration gives one. */
function watchReplication(
  config: AgentConfig,
  { environment, log }: RunParts,
): { readonly state: number; close: () => void } {
  const { replicationStateCommand: command, replicationSetup, replication } = config
  if (command === undefined) return { state: replicationSetup ?? 0, close: () => undefined }
  return new Replication({
    command,
    intervalMs: ms(replication.intervalSeconds),
    timeLimitMs: ms(replication.timeLimitSeconds),
    fall: replication.fall,
    environment,
    log,
  })
}
