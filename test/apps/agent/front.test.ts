import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { boottime } from '../../../apps/agent/boottime.ts'
import { ConnectionLost, FrontConnection } from '../../../apps/agent/gate/front-connection.ts'
import { Doorkeeper } from '../../../apps/agent/gate/front-doorkeeper.ts'
import { DEFAULT_BOOT_ID_FILE } from '../../../apps/agent/host.ts'
import { freePorts } from '../../../apps/stage/ports.ts'
import { BOOT_ID, eventually, Stand } from './stand.ts'

/** Far more than a closing is ever late, yet far less than any lease. */
const LATENESS_MS = 100

describe('the front of node a', () => {
  let stand: Stand
  beforeEach(() => {
    stand = new Stand()
  })
  afterEach(() => stand.clear())

  /** Asks the front every 20 ms until it refuses; answers when it greeted last, on boottime. */
  async function lastGreetingMs(port: number): Promise<number> {
    let lastMs = 0
    await eventually('the front refuses', async () => {
      const visit = stand.visit(port)
      await visit.settled()
      if (visit.greeting !== '') lastMs = boottime()
      visit.leave()
      return visit.refused
    })
    return lastMs
  }

  async function occupy(port: number): Promise<net.Server> {
    const thief = net.createServer().listen(port, '127.0.0.1')
    stand.afterwards(() => thief.close())
    await once(thief, 'listening')
    return thief
  }

  it('refuses until a door is open, then says whose users it serves and keeps them', async () => {
    const { port, gate } = await stand.front()
    const early = stand.visit(port)
    await early.settled()
    expect(early.refused).toBe(true)

    const deadline = boottime() + 60_000
    expect(await gate.set({ a: deadline })).toEqual({ open: ['a'], deadlines: { a: deadline }, problem: null })

    const visit = stand.visit(port)
    await visit.settled()
    expect(visit).toMatchObject({ greeting: 'a serves a\n', ended: false })
  })

  it('names its own set first', async () => {
    const { port, gate } = await stand.front()
    await gate.set({ '0-peer': 'unleased', a: 'unleased' })
    const visit = stand.visit(port)
    await visit.settled()
    expect(visit.greeting).toBe('a serves a 0-peer\n')
  })

  it('cuts users when what it told them is not true any more', async () => {
    const { port, gate } = await stand.front()
    await gate.set({ a: 'unleased' })
    const alone = stand.visit(port)
    await alone.settled()

    await gate.set({ a: 'unleased', b: 'unleased' })
    await eventually('the user is cut', () => alone.ended)
    const both = stand.visit(port)
    await both.settled()
    expect(both.greeting).toBe('a serves a b\n')

    await gate.set({ a: 'unleased', b: null })
    await eventually('the user is cut again', () => both.ended)
  })

  it('keeps its users when a deadline is extended', async () => {
    const { port, gate } = await stand.front()
    const firstMs = boottime() + 300
    await gate.set({ a: firstMs })
    const visit = stand.visit(port)
    await visit.settled()

    const secondMs = firstMs + 300
    await gate.set({ a: secondMs })
    await eventually('the first deadline is past', () => boottime() > firstMs + LATENESS_MS)
    expect(visit.ended).toBe(false)
    await eventually('the user is cut at the second', () => visit.ended)
    expect(boottime()).toBeGreaterThanOrEqual(secondMs)
  })

  it('has closed when it answers that it has', async () => {
    const { port, gate } = await stand.front()
    for (let round = 0; round < 20; round += 1) {
      await gate.set({ a: 'unleased' })
      const visit = stand.visit(port)
      await visit.settled()
      expect(visit.greeting).toBe('a serves a\n')

      expect((await gate.set({})).open).toEqual([])
      const late = stand.visit(port)
      await late.settled()
      expect(late.refused).toBe(true)
      await eventually('the user is cut', () => visit.ended)
    }
  })

  it.each([
    ['killed', 'SIGKILL'],
    ['stopped', 'SIGSTOP'],
  ] as const)('closes at the deadline although its agent was %s', async (_, signal) => {
    const { port, runFile } = await stand.front()
    const agent = stand.run('test/apps/agent/door-holder.ts', runFile, String(port), '400')
    await eventually('the agent has extended the lease twice', () => agent.said().split('\n').length > 3)
    const user = stand.visit(port)
    await user.settled()
    expect(user.greeting).toBe('a serves a\n')

    agent.kill(signal)
    const lastMs = await lastGreetingMs(port)
    const refusedMs = boottime()

    // The last deadline that was said may not have been set any more; the one before has been.
    const [previousMs = 0, lastSaidMs = 0] = agent.said().trim().split('\n').slice(-2).map(Number)
    expect(lastMs).toBeLessThan(lastSaidMs + LATENESS_MS)
    expect(refusedMs).toBeGreaterThan(previousMs)
    await eventually('the user is cut', () => user.ended)
  })

  it('greets nobody after a pause of its own in which the deadline passed', async () => {
    const front = await stand.front()
    const deadlineMs = boottime() + 200
    await front.gate.set({ a: deadlineMs })
    const earlier = stand.visit(front.port)
    await earlier.settled()

    front.process.kill('SIGSTOP')
    // The kernel accepts these; the front finds them when it goes on.
    const meanwhile = Array.from({ length: 10 }, () => stand.visit(front.port))
    await eventually('the deadline is past', () => boottime() > deadlineMs)
    front.process.kill('SIGCONT')

    await Promise.all(meanwhile.map((visit) => visit.settled()))
    expect(meanwhile.map((visit) => visit.greeting).join('')).toBe('')
    await eventually('the earlier user is cut', () => earlier.ended)
  })

  it('greets nobody after a suspend in which the deadline passed, before any timer has noticed', async () => {
    const [port = 0] = await freePorts(1)
    let suspendedMs = 0
    const now = () => boottime() + suspendedMs
    const doorkeeper = new Doorkeeper({ node: 'a', port, bootIdFile: DEFAULT_BOOT_ID_FILE, now })
    stand.afterwards(() => doorkeeper.serve({ set: { doors: {} }, bootId: BOOT_ID }))
    for (let round = 0; round < 5; round += 1) {
      await doorkeeper.serve({ set: { doors: { a: now() + 60_000 } }, bootId: BOOT_ID })
      suspendedMs += 60_000
      const visit = stand.visit(port)
      await visit.settled()
      expect(visit).toMatchObject({ greeting: '', ended: true })
    }
  })

  it('takes no deadlines of another boot', async () => {
    const { port, runFile, gate } = await stand.front()
    const beforeReboot = stand.gate(runFile, port, 'an earlier boot')
    await expect(beforeReboot.set({ a: boottime() + 60_000 })).rejects.toThrow(/for boot an earlier boot, and this is/)
    expect((await gate.read()).open).toEqual([])
  })

  it('closes when the boot that its deadlines belong to is over', async () => {
    const bootIdFile = path.join(stand.folder, 'boot_id')
    writeFileSync(bootIdFile, 'first\n')
    const { port, gate } = await stand.front(bootIdFile)
    await gate.set({ a: boottime() + 60_000, b: 'unleased' })
    const user = stand.visit(port)
    await user.settled()

    writeFileSync(bootIdFile, 'second\n')
    await eventually('the user is cut', () => user.ended)
    expect((await gate.read()).open).toEqual([])
  })

  it('says that its port is taken, counts the door as open, and opens when it can', async () => {
    const { port, gate } = await stand.front()
    const thief = await occupy(port)

    const reading = await gate.set({ a: 'unleased' })
    expect(reading).toMatchObject({ open: ['a'], problem: expect.stringContaining('EADDRINUSE') })

    thief.close()
    await eventually('the front has its port', async () => (await gate.read()).problem === null)
    const visit = stand.visit(port)
    await visit.settled()
    expect(visit.greeting).toBe('a serves a\n')
  })

  it('forgets the taken port when the door is closed meanwhile', async () => {
    const { port, gate } = await stand.front()
    const thief = await occupy(port)
    await gate.set({ a: boottime() + 150 })
    await eventually('the deadline is past', async () => (await gate.read()).open.length === 0)
    thief.close()
    // That the front does not try again can only be seen by giving it the time in which it would.
    await pause(300)
    const visit = stand.visit(port)
    await visit.settled()
    expect(visit.refused).toBe(true)
  })

  it('runs once: a second one with the same run file says so and ends', async () => {
    const { port, runFile } = await stand.front()
    const second = stand.run('apps/agent/gate/front.ts', '--node', 'a', '--port', String(port), '--run-file', runFile)
    await eventually('the second one has ended', () => second.exitCode !== null)
    expect(second.exitCode).toBe(1)
    expect(second.said()).toMatch(/a front runs already with .*: process \d+/)
  })

  describe('on its control port', () => {
    it('lets nobody in without the token of its run file', async () => {
      const { written } = await stand.front()
      const stranger = new FrontConnection({ ...written, token: 'guessed' }, 'controller')
      await expect(stranger.request({ read: true }, 1000)).rejects.toThrow(ConnectionLost)
    })

    it('lets an observer read and not set', async () => {
      const { written } = await stand.front()
      const observer = new FrontConnection(written, 'observer')
      stand.afterwards(() => observer.close())
      expect(await observer.request({ read: true }, 1000)).toMatchObject({ open: [], connections: 0 })
      const set = { set: { doors: { a: 'unleased' as const } }, bootId: BOOT_ID }
      await expect(observer.request(set, 1000)).rejects.toThrow('an observer may only read')
    })

    it('does not hear an earlier controller once a newer one was answered', async () => {
      const { written } = await stand.front()
      const earlier = new FrontConnection(written, 'controller')
      await earlier.request({ read: true }, 1000)
      const newer = new FrontConnection(written, 'controller')
      stand.afterwards(() => newer.close())
      expect(await newer.request({ read: true }, 1000)).toMatchObject({ open: [] })

      const set = { set: { doors: { a: 'unleased' as const } }, bootId: BOOT_ID }
      await expect(earlier.request(set, 1000)).rejects.toThrow(ConnectionLost)
      expect(await newer.request({ read: true }, 1000)).toMatchObject({ open: [] })
    })

    it('answers what is no request with an error, and goes on', async () => {
      const { written } = await stand.front()
      const controller = new FrontConnection(written, 'controller')
      stand.afterwards(() => controller.close())
      const nonsense = { set: { doors: { a: 'tomorrow' } }, bootId: BOOT_ID } as never
      await expect(controller.request(nonsense, 1000)).rejects.toThrow(/not a request/)
      expect(await controller.request({ read: true }, 1000)).toMatchObject({ open: [] })
    })
  })
})
