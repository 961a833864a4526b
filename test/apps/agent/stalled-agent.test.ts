import { Metrics } from '../../../apps/agent/admin/metrics.ts'
import { Agent, type AgentParts } from '../../../apps/agent/agent.ts'
import type { GateReading, WantedDoors } from '../../../apps/agent/gate/gate.ts'
import { Journal } from '../../../apps/agent/journal.ts'
import type { AgentCommand, Heartbeat, HeartbeatAnswer } from '../../../domain/contract/heartbeat.ts'
import { eventually, Stand } from './stand.ts'

const COMMAND: AgentCommand = { id: 't1/stopServices/1', kind: 'stopServices', transition: 't1', homeNode: 'a' }

function standStill(forMs: number): void {
  const untilMs = performance.now() + forMs
  while (performance.now() < untilMs);
}

describe('an agent whose process stands still between an answer and its taking', () => {
  let stand: Stand
  beforeEach(() => {
    stand = new Stand()
  })
  afterEach(() => stand.clear())

  it('looks at the clock before it acts upon it, and asks anew', async () => {
    const journal = await Journal.open(stand.folder, 'boot')
    const log: string[] = []
    const carriedOut: AgentCommand[] = []
    const heartbeats: Heartbeat[] = []
    const wanted: WantedDoors[] = []
    const nothing: GateReading = { open: [], deadlines: {}, problem: null }
    const answer = ({ incarnation, sequence }: Heartbeat): HeartbeatAnswer => ({
      ...{ group: 'pair', incarnation, sequence, state: 'Normal', reason: 'Normal', epoch: 1, leaseMs: 10_000 },
      ...{ serve: ['a'], nextHeartbeatInMs: 60_000, commands: sequence === 1 ? [COMMAND] : [] },
      settings: {
        ...{ keepAliveIntervalMs: 15_000, keepAliveTimeoutMs: 60_000, servicePort: 1, adminRpcPort: 2 },
        criticalServices: [],
      },
    })
    const agent = new Agent({
      ...{ node: 'a', bootId: 'boot', softwareVersion: '1', databaseService: 'd', journal, metrics: new Metrics() },
      road: {
        reading: { connected: true, sinceMs: 0, why: null, isRefused: false, clockAheadSeconds: 0 },
        endpoint: '',
        post: async (heartbeat: Heartbeat) => {
          heartbeats.push(heartbeat)
          if (heartbeat.sequence === 1) standStill(1500)
          return answer(heartbeat)
        },
        answered: () => undefined,
        failed: () => undefined,
      } as unknown as AgentParts['road'],
      gate: {
        kind: 'front',
        read: async () => nothing,
        set: async (doors) => {
          wanted.push(doors)
          return nothing
        },
        extend: async () => nothing,
        close: async () => undefined,
      },
      services: { status: () => ({}), onChange: () => undefined } as unknown as AgentParts['services'],
      commands: {
        onResult: () => undefined,
        carryOut: (command: AgentCommand) => carriedOut.push(command),
      } as unknown as AgentParts['commands'],
      restores: { follow: () => undefined, report: () => ({}), heard: () => undefined, onDone: () => undefined },
      peerLink: { openLink: () => Promise.reject(new Error('none')), ports: {} },
      replication: () => 2,
      mbitPerSecond: () => null,
      onSettings: () => undefined,
      log: (line) => log.push(line),
    })
    stand.afterwards(() => agent.stop())
    await agent.start()
    await eventually('the second answer is taken', () => wanted.length > 0)

    // A busy host may make the process stand still once more; each time asks once.
    const pauses = log.filter((line) => /^was paused for \d+\.\d s$/.test(line)).length
    expect(pauses).toBeGreaterThan(0)
    expect(heartbeats.length).toBeGreaterThan(1)
    expect(heartbeats.length).toBeLessThanOrEqual(1 + pauses)
    expect(wanted.length).toBeLessThan(heartbeats.length)
    expect(carriedOut).toEqual([])
  })
})
