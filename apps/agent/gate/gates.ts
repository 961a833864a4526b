import type { AgentConfig } from '../config.ts'
import type { Log } from '../log.ts'
import { servicesOf } from '../services/config-services.ts'
import type { Services } from '../services/services.ts'
import type { Environment } from '../services/start-service.ts'
import { CommandsGate } from './commands-gate.ts'
import { FrontGate } from './front-gate.ts'
import type { Gate } from './gate.ts'
import { NftGate } from './nft-gate.ts'
import { ServicesGate } from './services-gate.ts'

export interface GateParts {
  bootId: string
  environment: Environment
  log: Log
}

/** The gate as it is configured, where it is something besides the services. */
export function independentGate({ node, gate, stateFolder }: AgentConfig, parts: GateParts): Gate | undefined {
  const { bootId, environment, log } = parts
  switch (gate.kind) {
    case 'front':
      return new FrontGate({ runFile: gate.runFile, port: gate.port, bootId })
    case 'nftables':
      return new NftGate({ ports: { tcp: gate.tcp, udp: gate.udp, addresses: gate.addresses }, environment, log })
    case 'commands': {
      const { kind: _, timeLimitSeconds, ...commands } = gate
      const timeLimitMs = timeLimitSeconds * 1000
      return new CommandsGate({ node, ...commands, timeLimitMs, environment, stateFolder, bootId, log })
    }
    case 'none':
      return undefined
  }
}

export function gateOf(config: AgentConfig, services: Services, parts: GateParts): Gate {
  const { stateFolder } = config
  const stopLimitsMs = servicesOf(config)
    .filter(({ role }) => role === 'critical')
    .map(({ stopTimeLimitMs }) => stopTimeLimitMs)
  return (
    independentGate(config, parts) ??
    new ServicesGate({ services, stopTimeLimitMs: Math.max(...stopLimitsMs), stateFolder, ...parts })
  )
}

/** For the start of the host, before its network is up: the client ports are closed from the first packet on. */
export async function prepareGate(config: AgentConfig, environment: Environment): Promise<void> {
  if (config.gate.kind !== 'nftables') return
  const gate = independentGate(config, { bootId: '', environment, log: () => undefined })
  await gate?.read()
  await gate?.close()
}
