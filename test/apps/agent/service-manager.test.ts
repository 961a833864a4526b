import { ServiceManager, withoutOwnVariables } from '../../../apps/agent/service-manager.ts'
import { hasNotify, listenForNotices } from './notify-socket.ts'
import { eventually, Stand } from './stand.ts'

const PATH = '/usr/bin:/bin'

describe('what the agent says to systemd', () => {
  let stand: Stand
  let log: string[]
  beforeEach(() => {
    stand = new Stand()
    log = []
  })
  afterEach(() => stand.clear())

  function manager(environment: Record<string, string>): ServiceManager {
    const created = new ServiceManager({ environment: { PATH, ...environment }, log: (line) => log.push(line) })
    stand.afterwards(() => created.close())
    return created
  }

  const isHere = () => {
    if (!hasNotify) console.info('not tried: systemd-notify or perl is not here (Debian: apt-get install systemd perl)')
    return hasNotify
  }

  it('is that it is ready, how it is, and again and again that it is not hung', async () => {
    if (!isHere()) return
    const { socket, notices } = await listenForNotices(stand)
    const systemd = manager({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '300000', WATCHDOG_PID: `${process.pid}` })
    let status = 'not connected yet'
    await systemd.ready(() => ({ isKeepingUp: true, status }))
    expect(notices()).toEqual(['READY=1 STATUS=not connected yet WATCHDOG=1'])
    status = 'Normal (On Admin Request); serves a'
    await eventually('a new status', () => notices().includes(`WATCHDOG=1 STATUS=${status}`))
    await systemd.stopping()
    expect(notices().at(-1)).toBe('STOPPING=1')
    expect(log).toEqual([])
  })

  it('is nothing while its heartbeats are late, so that the watchdog bites', async () => {
    if (!isHere()) return
    const { socket, notices } = await listenForNotices(stand)
    const systemd = manager({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '150000' })
    let looks = 0
    await systemd.ready(() => {
      looks += 1
      return { isKeepingUp: false, status: 'hung' }
    })
    await eventually('it was looked for a few times', () => looks > 4)
    expect(notices()).toEqual(['READY=1 STATUS=hung WATCHDOG=1'])
    expect(log).toContain('the heartbeats are late, so the watchdog is not answered')
  })

  it('is no ping where the watchdog is not for it', async () => {
    if (!isHere()) return
    const { socket } = await listenForNotices(stand)
    const systemd = manager({ NOTIFY_SOCKET: socket, WATCHDOG_USEC: '150000', WATCHDOG_PID: '1' })
    await systemd.ready(() => ({ isKeepingUp: true, status: 'fine' }))
    expect(systemd.hasWatchdog).toBe(false)
  })

  it('is nothing where there is no systemd, and one line in the log where it cannot be told', async () => {
    await manager({}).ready(() => ({ isKeepingUp: true, status: '' }))
    expect(log).toEqual([])
    const systemd = manager({ NOTIFY_SOCKET: '/no/such/socket', PATH: '/nowhere' })
    await systemd.ready(() => ({ isKeepingUp: true, status: '' }))
    await systemd.stopping()
    expect(log).toEqual([expect.stringMatching(/^systemd cannot be told: systemd-notify cannot be run: .*ENOENT$/)])
  })

  it("is said by it alone: what it starts gets nothing of systemd's", () => {
    const own = { NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '1', WATCHDOG_PID: '1', LISTEN_FDS: '1', LISTEN_PID: '1' }
    expect(withoutOwnVariables({ ...own, PATH, HOME: '/root' })).toEqual({ PATH, HOME: '/root' })
  })
})
