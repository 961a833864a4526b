import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { FrontConnection } from '../../../apps/agent/gate/front-connection.ts'
import { AgentHost, SERVICE, UNIT } from './agent-host.ts'
import { hasNotify, listenForNotices } from './notify-socket.ts'
import { eventually, Stand } from './stand.ts'

const MANY_JOBS = '12 ssh.service restart running\n'

describe('an agent on its host', () => {
  let stand: Stand
  let host: AgentHost
  beforeEach(async () => {
    stand = new Stand()
    host = await AgentHost.open(stand)
  })
  afterEach(() => stand.clear())

  const reports = () => host.heartbeats.at(-1)?.services[SERVICE]?.state
  const hasReported = (state: string) => eventually(`${SERVICE} is ${state}`, () => reports() === state)
  const ended = (agent: ReturnType<AgentHost['startAgent']>) =>
    eventually('the agent has ended', () => agent.exitCode !== null || agent.signalCode !== null)
  const result = (id: string) =>
    eventually(`the result of ${id}`, () =>
      host.heartbeats.flatMap(({ commandResults = [] }) => commandResults).find((one) => one.id === id),
    )

  /** A front, where the agent opens its door while it is granted. */
  async function withFront() {
    const { runFile, port, written } = await stand.front()
    host.configure({ gate: { kind: 'front', runFile, port } })
    // An observer: a second controller would take the front away from the agent.
    const observer = new FrontConnection(written, 'observer')
    stand.afterwards(() => observer.close())
    return { openDoors: async () => (await observer.request({ read: true }, 1000)).open }
  }

  it.each([
    ['systemctl stop', `${MANY_JOBS}17 understudy-agent.service stop running\n`],
    ['systemctl restart', '17 understudy-agent.service restart running\n'],
    ['a kill by hand', ''],
  ])('says no good-bye at %s, and leaves its services and its open door alone [B19]', async (_, jobs) => {
    const { openDoors } = await withFront()
    const agent = host.startAgent()
    await eventually('its door is open', async () => (await openDoors()).includes('a'))
    await hasReported('running')
    host.systemd.set('jobs', jobs)
    agent.kill('SIGTERM')
    await ended(agent)
    expect(agent.exitCode).toBe(0)
    expect(host.heartbeats.filter(({ leaving }) => leaving)).toEqual([])
    expect(host.systemd.calls()).toEqual([expect.stringMatching(/^list-jobs /)])
    expect(await openDoors()).toEqual(['a'])
  })

  it.each([
    [
      'reboot',
      `${MANY_JOBS}1 reboot.target start waiting\n2 shutdown.target start waiting\n17 understudy-agent.service stop running\n`,
    ],
    ['shutdown', '1 poweroff.target start waiting\n17 understudy-agent.service stop running\n'],
  ])('says good-bye when the host goes down: %s [B10]', async (leaving, jobs) => {
    const { openDoors } = await withFront()
    const agent = host.startAgent()
    await eventually('its door is open', async () => (await openDoors()).includes('a'))
    host.systemd.set('jobs', jobs)
    agent.kill('SIGTERM')
    await ended(agent)
    expect(host.heartbeats.at(-1)).toMatchObject({ leaving, gate: { open: [] } })
    expect(await openDoors()).toEqual([])
  })

  it('heartbeats on while every question to systemd hangs', async () => {
    host.configure({ supervision: { probeIntervalSeconds: 0.1, fall: 1 } })
    const agent = host.startAgent()
    await hasReported('running')
    host.systemd.is('hangs')
    const from = host.heartbeats.length
    await eventually('ten more heartbeats', () => host.heartbeats.length > from + 10, 5000)
    expect(agent.exitCode).toBeNull()
  })

  it('carries a command out once, and tells output and duration', async () => {
    host.startAgent()
    host.commands = [{ id: 't1/stopServices/1', kind: 'stopServices', transition: 't1', homeNode: 'a' }]
    expect(await result('t1/stopServices/1')).toMatchObject({
      ok: true,
      output: expect.stringMatching(
        /^XCP Router: stopped: stopped on request; it said: Removed symlink for prosody.service., in \d+\.\d s$/,
      ),
    })
    const from = host.heartbeats.length
    await eventually('the command has come some more times', () => host.heartbeats.length > from + 5)
    expect(host.systemd.calls()).toEqual([`stop --no-block -- ${UNIT}`, `disable -- ${UNIT}`])
    expect(host.heartbeats.at(-1)?.services[SERVICE]?.state).toBe('stopped')
  })

  it('that is killed in a command finishes it after its restart', async () => {
    host.systemd.is(`${UNIT}.stubborn`)
    const agent = host.startAgent()
    host.commands = [{ id: 't1/stopServices/1', kind: 'stopServices', transition: 't1', homeNode: 'a' }]
    await eventually('the unit is being stopped', () => host.systemd.calls().length > 0)
    agent.kill('SIGKILL')
    await ended(agent)

    host.configure({ supervision: { probeIntervalSeconds: 0.1, stopTimeLimitSeconds: 0.2 } })
    host.startAgent()
    expect(await result('t1/stopServices/1')).toMatchObject({
      ok: true,
      output: expect.stringContaining('did not end within 200 ms and was killed'),
    })
    expect(host.systemd.read(`${UNIT}.enabled`)).toBe('disabled')
  })

  it('runs a hook that the crash of an agent interrupted again, and reports its failure as that of the step', async () => {
    const written = path.join(stand.folder, 'written')
    const hook = `echo run >> '${written}'; while [ "$(cat '${written}')" = run ]; do sleep 0.1; done; echo no address; exit 3`
    host.configure({ hooks: { onTakeOver: ['sh', '-c', hook] } })
    host.commands = [{ id: 't1/takeOver/1', kind: 'takeOver', transition: 't1', homeNode: 'b' }]
    const agent = host.startAgent()
    await eventually('the hook runs', () => existsSync(written))
    agent.kill('SIGKILL')
    await ended(agent)
    host.startAgent()
    expect(await result('t1/takeOver/1')).toMatchObject({
      ok: false,
      output: 'hook sh ended with exit code 3\nno address\n',
    })
    expect(readFileSync(written, 'utf8')).toBe('run\nrun\n')
  })

  it('leaves a service stopped that was stopped on request, also when the host boots with it enabled [B15]', async () => {
    host.configure({ host: { bootIdFile: 'boot-id' } })
    writeFileSync(path.join(stand.folder, 'boot-id'), 'boot 1\n')
    host.commands = [{ id: 't1/stopServices/1', kind: 'stopServices', transition: 't1', homeNode: 'a' }]
    const agent = host.startAgent()
    await result('t1/stopServices/1')
    agent.kill('SIGKILL')
    await ended(agent)

    writeFileSync(path.join(stand.folder, 'boot-id'), 'boot 2\n')
    host.systemd.unit(UNIT, { active: 'active' })
    const from = host.heartbeats.length
    host.startAgent()
    await eventually('a heartbeat of the new boot', () => host.heartbeats.length > from)
    await eventually('it is stopped', () => host.systemd.read(`${UNIT}.active`) === 'inactive')
    expect(host.heartbeats.slice(from).map(({ services }) => services[SERVICE]?.state)).not.toContain('running')
  })

  it('pings systemd while it heartbeats, and no more while it is stopped', async () => {
    if (!hasNotify) return console.info('not tried: systemd-notify or perl is not here')
    const { socket, notices } = await listenForNotices(stand)
    const agent = host.startAgent({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '300000' })
    await eventually('it is ready', () => notices()[0]?.startsWith('READY=1 STATUS='))
    const said = 'WATCHDOG=1 STATUS=Normal (OnAdminRequest); serves nobody'
    await eventually('it says how it is', () => notices().includes(said))
    agent.kill('SIGSTOP')
    // Pings on their way arrive; then a watchdog's whole limit passes without one.
    const silentFor = async (ms: number) => {
      for (let count = -1, sinceMs = 0; ; ) {
        if (notices().length !== count) [count, sinceMs] = [notices().length, performance.now()]
        if (performance.now() - sinceMs > ms) return true
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    expect(await silentFor(300)).toBe(true)
    agent.kill('SIGCONT')
    const count = notices().length
    await eventually('it pings again', () => notices().length > count)
    agent.kill('SIGTERM')
    await ended(agent)
    expect(notices().at(-1)).toBe('STOPPING=1')
  })
})
