import { StallWatch } from '../../../apps/agent/stall.ts'
import { AgentHost } from './agent-host.ts'
import { eventually, Stand } from './stand.ts'

describe('a watch over the process itself', () => {
  const watches: StallWatch[] = []
  afterEach(() => {
    for (const watch of watches.splice(0)) watch.close()
  })
  function watchAt(clock: { nowMs: number }) {
    const pauses: number[] = []
    const watch = new StallWatch({ now: () => clock.nowMs, onStall: (pausedMs) => pauses.push(pausedMs) })
    watches.push(watch)
    return { watch, pauses }
  }

  it('tells of a gap once, as soon as anybody looks', () => {
    const clock = { nowMs: 1000 }
    const { watch, pauses } = watchAt(clock)
    clock.nowMs += 5250
    watch.look()
    watch.look()

    expect(pauses).toEqual([5000])
    expect(watch).toMatchObject({ count: 1, totalMs: 5000 })
  })

  it('tells nothing of what a busy host is late', () => {
    const clock = { nowMs: 1000 }
    const { watch, pauses } = watchAt(clock)
    for (let turns = 0; turns < 20; turns++) {
      clock.nowMs += 900
      watch.look()
    }

    expect(pauses).toEqual([])
  })
})

describe('an agent that stood still', () => {
  let stand: Stand
  let host: AgentHost
  beforeEach(async () => {
    stand = new Stand()
    host = await AgentHost.open(stand)
  })
  afterEach(() => stand.clear())

  it('throws away what it had in hand, closes what has lapsed, and asks anew before it does anything', async () => {
    const front = await stand.front()
    host.configure({ gate: { kind: 'front', runFile: front.runFile, port: front.port } })
    host.change = {
      leaseMs: 1500,
      settings: host.settingsWith({ keepAliveTimeoutMs: 2000, keepAliveIntervalMs: 5000 }),
    }
    const agent = host.startAgent()
    await eventually('its door is open', () => host.heartbeats.at(-1)?.gate.open[0] === 'a')

    // An answer with a command waits for the agent, which is stopped before it comes.
    const answering = Promise.withResolvers<void>()
    const asked = Promise.withResolvers<number>()
    host.commands = [{ id: 't1/stopServices/1', kind: 'stopServices', transition: 't1', homeNode: 'a' }]
    host.beforeAnswer = ({ sequence }) => {
      asked.resolve(sequence)
      return answering.promise
    }
    const before = await asked.promise
    agent.kill('SIGSTOP')
    const stoppedMs = performance.now()
    host.commands = []
    host.beforeAnswer = () => Promise.resolve()
    answering.resolve()
    await eventually('the door has closed by itself', async () => (await front.gate.read()).open.length === 0)
    await eventually('the stop was long enough to be told', () => performance.now() - stoppedMs > 1800)
    const from = host.heartbeats.length
    agent.kill('SIGCONT')
    await eventually('the next heartbeat', () => host.heartbeats.length > from)

    expect(host.heartbeats[from]).toMatchObject({ sequence: before + 1, gate: { open: [] } })
    expect(agent.said()).toMatch(/was paused for 1\.\d s; meanwhile the lease lapsed for the users of a\n/)
    await eventually('its door is open again', () => host.heartbeats.at(-1)?.gate.open[0] === 'a')
    expect(agent.said()).not.toContain('stopServices')
    expect(host.systemd.calls()).toEqual([])
  })
})
