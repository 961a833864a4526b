import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { boottime } from '../../../apps/agent/boottime.ts'
import { terminate } from '../../../apps/agent/services/process.ts'
import { readProcessRecord } from '../../../apps/agent/services/process-record.ts'
import { describeUnless, whyNoNamespaces } from '../../network/namespaces.ts'
import { AgentHost, SERVICE } from './agent-host.ts'
import { Network } from './network.ts'
import { eventually, Stand } from './stand.ts'

const PORT = 5222
const LEASE_MS = 2500

describe('an agent', () => {
  let stand: Stand
  let host: AgentHost
  beforeEach(async () => {
    stand = new Stand()
    host = await AgentHost.open(stand)
  })
  afterEach(() => stand.clear())

  const said = () => host.heartbeats.at(-1)?.gate
  const says = (open: string[]) =>
    eventually(`the agent says of its doors: ${open}`, () => said()?.open.join() === open.join())

  it('without a gate stops its services when it is to serve nobody, and starts them once that was heard', async () => {
    const service = (name: string, role: string) => ({
      name,
      role,
      control: { kind: 'process', command: ['sleep', '600'] },
    })
    stand.afterwards(async () => {
      for (const name of [SERVICE, 'Database']) {
        const process = readProcessRecord(path.join(stand.folder, 'state'), name)?.process
        if (process) await terminate(process, 0)
      }
    })
    host.configure({
      gate: { kind: 'none' },
      services: [service(SERVICE, 'critical'), service('Database', 'database')],
    })
    const agent = host.startAgent()
    await says(['a'])
    expect(said()?.kind).toBe('none')
    await eventually(
      'its service runs, as after any boot',
      () => host.heartbeats.at(-1)?.services[SERVICE]?.state === 'running',
    )

    host.change = { serve: [] }
    await says([])
    await eventually('its service was stopped', () =>
      agent.said().includes('no gate: the critical services are stopped'),
    )
    await eventually('it runs again', () => agent.said().includes('is started again, as the control plane is heard'))
    await eventually('and is said to', () => host.heartbeats.at(-1)?.services[SERVICE]?.state === 'running')
    expect(said()?.open).toEqual([])
  })

  const stories = () => {
    it.each(['SIGKILL', 'SIGSTOP'] as const)(
      'with nftables holds the door while it lives; after %s the kernel closes it',
      async (signal) => {
        const network = new Network(stand)
        const nft = String(execFileSync('which', ['nft'])).trim()
        const file = path.join(stand.folder, 'nft')
        writeFileSync(file, `#!/bin/sh\nexec ip netns exec ${network.node} ${nft} "$@"\n`)
        chmodSync(file, 0o755)
        host.configure({ gate: { kind: 'nftables', tcp: [PORT] } })
        host.change = { leaseMs: LEASE_MS }
        const agent = host.startAgent({ PATH: `${stand.folder}:${host.systemd.PATH}` })
        await network.server(PORT)
        await says(['a'])
        expect(said()?.kind).toBe('nftables')
        const knocking = network.knocking(PORT)
        const user = network.connect(PORT)
        await user.become('answered')
        const beganMs = boottime()
        await eventually('it is held longer than a lease', () => boottime() > beganMs + 2 * LEASE_MS)
        expect(knocking.refused()).toEqual([])

        agent.kill(signal)
        const lapsesMs = boottime() + LEASE_MS
        expect(await user.become('cut')).toBeLessThan(lapsesMs)
        await eventually('users are refused', () => (knocking.refused().at(-1) ?? 0) > lapsesMs)
        expect(Math.max(...knocking.let())).toBeLessThan(lapsesMs)
      },
    )
  }
  describeUnless(whyNoNamespaces(), 'in a network of its own', stories)
})
