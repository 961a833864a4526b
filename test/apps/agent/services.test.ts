import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { identify, isAlive, terminate } from '../../../apps/agent/services/process.ts'
import { readProcessRecord, serviceFiles } from '../../../apps/agent/services/process-record.ts'
import { type Service, type ServiceChange, Services } from '../../../apps/agent/services/services.ts'
import { startService } from '../../../apps/agent/services/start-service.ts'
import { freePorts } from '../../../apps/stage/ports.ts'
import { aService } from './a-service.ts'
import { eventually, inRepository, Stand } from './stand.ts'

const PROBE_MS = 50

/** A process that answers on a port. */
interface Demo {
  name: string
  role: Service['role']
  port: number
  command: string[]
}

describe('the services of a node', () => {
  let stand: Stand
  let router: Demo
  let database: Demo
  let spare: Demo

  beforeEach(async () => {
    stand = new Stand()
    const [routerPort = 0, databasePort = 0, sparePort = 0] = await freePorts(3)
    router = demo('XCP Router', 'critical', routerPort)
    database = demo('Database', 'database', databasePort)
    spare = { ...demo('Spare', 'critical', sparePort) }
    stand.afterwards(async () => {
      for (const { name } of [router, database, spare]) {
        const process = readProcessRecord(stand.folder, name)?.process
        if (process) await terminate(process, 0)
      }
    })
  })
  afterEach(() => stand.clear())

  function demo(name: string, role: Service['role'], port: number): Demo {
    const options = ['--name', name, '--node', 'a', '--port', String(port)]
    const command = [process.execPath, inRepository('apps/stage/demo-service.mjs'), ...options]
    return { name, role, port, command }
  }

  const running = (program: string) => ({ command: [process.execPath, '-e', program] })

  async function supervise(demos: Demo[], limits: Partial<Service> = {}) {
    const services = demos.map(({ name, role, port, command }) =>
      aService({
        name,
        role,
        control: { kind: 'process', command },
        probes: [{ kind: 'tcp', host: '127.0.0.1', port }],
        probeIntervalMs: PROBE_MS,
        ...limits,
      }),
    )
    const opened = await Services.open(services, { nodeFolder: stand.folder, environment: {} })
    stand.afterwards(() => opened.close())
    return opened
  }

  const stateOf = (services: Services, { name }: Demo) => services.status()[name]?.state
  const pidOf = (services: Services, { name }: Demo) => services.status()[name]?.pid as number
  const becomes = (services: Services, service: Demo, state: string) =>
    eventually(`${service.name} is ${state}`, () => stateOf(services, service) === state)

  it('are not started by being watched', async () => {
    const services = await supervise([router, database])
    expect(services.status()[router.name]).toMatchObject({
      state: 'failed',
      detail: 'has not been started on this node',
    })
    expect(services.stoppedOnRequest()).toEqual([])
  })

  it('start on command, and a second command leaves them as they are', async () => {
    const services = await supervise([router, database])
    const durationMs = expect.any(Number)
    expect(await services.startAll()).toEqual([
      { name: 'XCP Router', ok: true, detail: `running: answers on port ${router.port}`, durationMs },
      { name: 'Database', ok: true, detail: `running: answers on port ${database.port}`, durationMs },
    ])
    const pids = [pidOf(services, router), pidOf(services, database)]

    expect((await services.startAll()).every(({ ok }) => ok)).toBe(true)
    expect([pidOf(services, router), pidOf(services, database)]).toEqual(pids)

    const visit = stand.visit(router.port)
    await visit.settled()
    expect(visit.greeting).toBe('XCP Router on a\n')
  })

  it('that die are seen at once, and nothing starts them but a command', async () => {
    const services = await supervise([router, database])
    await services.startAll()
    const changes: ServiceChange[] = []
    services.onChange((change) => changes.push(change))
    const sinceMs = services.status()[router.name]?.sinceMs as number

    const pid = pidOf(services, router)
    process.kill(pid, 'SIGKILL')
    await eventually('the death is told', () => changes.length > 0)
    expect(changes[0]).toMatchObject({ name: 'XCP Router', status: { state: 'failed', pid: null } })
    const said = `process ${pid} ended by SIGKILL`
    await eventually('its end is told', () => services.status()[router.name]?.detail === said)
    expect(changes[0]?.status.sinceMs).toBeGreaterThan(sinceMs)

    // That nothing happens can only be seen by giving it the time in which it would.
    await pause(10 * PROBE_MS)
    expect(stateOf(services, router)).toBe('failed')
    expect(stateOf(services, database)).toBe('running')

    expect(await services.start(router.name)).toMatchObject({ ok: true })
    expect(pidOf(services, router)).not.toBe(pid)
    expect(changes.map(({ status }) => status.state)).toEqual(['failed', 'starting', 'running'])
  })

  it('stop on command, except for the database, and are then not failed', async () => {
    const services = await supervise([router, spare, database])
    await services.startAll()
    const routerProcess = identify(pidOf(services, router))

    const outcomes = await services.stopAll()
    expect(outcomes.map(({ name, ok }) => [name, ok])).toEqual([
      ['XCP Router', true],
      ['Spare', true],
    ])
    expect(routerProcess && isAlive(routerProcess)).toBe(false)
    expect(services.status()[router.name]).toMatchObject({ state: 'stopped', pid: null })
    expect(stateOf(services, database)).toBe('running')
    expect(services.stoppedOnRequest()).toEqual(['XCP Router', 'Spare'])
    expect((await services.stopAll()).every(({ ok }) => ok)).toBe(true)
  })

  it('outlive their agent; the next one finds them as they are', async () => {
    const first = await supervise([router, spare, database])
    await first.startAll()
    await first.stop(spare.name)
    const pid = pidOf(first, router)
    first.close()

    const second = await supervise([router, spare, database])
    expect(second.status()[router.name]).toMatchObject({ state: 'running', pid })
    expect(second.status()[spare.name]).toMatchObject({ state: 'stopped' })
    expect(second.stoppedOnRequest()).toEqual(['Spare'])

    process.kill(pid, 'SIGKILL')
    await becomes(second, router, 'failed')
  })

  it('are never mistaken for a later process with the same pid', async () => {
    const bystander = spawn('sleep', ['60'], { stdio: 'ignore' })
    stand.afterwards(async () => {
      const ended = once(bystander, 'exit')
      bystander.kill('SIGKILL')
      await ended
    })
    const { record } = serviceFiles(stand.folder, router.name)
    mkdirSync(path.dirname(record), { recursive: true })
    const old = { pid: bystander.pid, startedAt: 'before the pid was reused' }
    writeFileSync(record, JSON.stringify({ name: router.name, process: old, startedAtMs: 0, stoppedOnRequest: false }))

    const services = await supervise([router, database])
    expect(stateOf(services, router)).toBe('failed')
    expect(await services.stop(router.name)).toMatchObject({ ok: true })
    expect(identify(bystander.pid as number)).toBeDefined()
  })

  it('that an administrator starts are adopted', async () => {
    const services = await supervise([router, database])
    await services.startAll()
    await services.stop(router.name)

    const administrator = stand.run('test/apps/agent/administrator.ts', stand.folder, JSON.stringify(router))
    await becomes(services, router, 'running')
    await eventually('the administrator is done', () => administrator.said().endsWith('\n'))
    expect(JSON.parse(administrator.said())).toEqual({ started: true, pid: pidOf(services, router) })
    expect(services.stoppedOnRequest()).toEqual([])
  })

  it('are started once, however many start them at the same time', async () => {
    const services = await supervise([router, database])
    const others = Array.from({ length: 3 }, () =>
      stand.run('test/apps/agent/administrator.ts', stand.folder, JSON.stringify(router)),
    )
    const own = Promise.all(Array.from({ length: 3 }, () => startService(stand.folder, router, { environment: {} })))
    await services.start(router.name)
    await eventually('all are done', () => others.every((other) => other.said().endsWith('\n')))

    const results = [...(await own), ...others.map((other) => JSON.parse(other.said()))]
    expect(results.filter(({ started }) => started).length).toBeLessThanOrEqual(1)
    expect(new Set(results.map(({ pid, process }) => pid ?? process.pid))).toEqual(new Set([pidOf(services, router)]))
  })

  it('are left alone by who brings the node up, if they were stopped on request', async () => {
    const services = await supervise([router, database])
    await services.startAll()
    await services.stop(router.name)
    const options = { environment: {}, unlessStoppedOnRequest: true }
    expect(await startService(stand.folder, router, options)).toEqual({ started: false, why: 'stopped on request' })
    expect(stateOf(services, router)).toBe('stopped')
  })

  it('that do not end by themselves are killed', async () => {
    const stubborn = { ...router, ...running(`process.on('SIGTERM', () => {}); ${listening(router.port)}`) }
    const services = await supervise([stubborn, database], { stopTimeLimitMs: 100 })
    await services.start(stubborn.name)
    const outcome = await services.stop(stubborn.name)
    expect(outcome).toMatchObject({
      ok: true,
      detail: expect.stringContaining('did not end within 100 ms and was kill'),
    })
  })

  it('that do not answer are starting, and after their time failed', async () => {
    const mute = { ...router, ...running('setInterval(() => {}, 1000)') }
    const services = await supervise([mute, database], { startTimeLimitMs: 500 })
    const started = services.start(mute.name)
    await becomes(services, mute, 'starting')
    expect(await started).toMatchObject({ ok: false })
    await becomes(services, mute, 'failed')
    expect(services.status()[mute.name]?.detail).toMatch(/process \d+ does not answer on port/)
  })

  it('that have answered and fall silent are failed at once; the next start replaces them', async () => {
    const program = `${listening(router.port)}; process.on('SIGUSR2', () => server.close()); setInterval(() => {}, 1000)`
    const silenced = { ...router, ...running(program) }
    const services = await supervise([silenced, database])
    await services.start(silenced.name)
    const pid = pidOf(services, silenced)
    process.kill(pid, 'SIGUSR2')
    await becomes(services, silenced, 'failed')
    expect(pidOf(services, silenced)).toBe(pid)

    expect(await services.start(silenced.name)).toMatchObject({ ok: true })
    expect(identify(pid)).toBeUndefined()
  })

  it('that cannot be started say why', async () => {
    const missing = { ...router, command: ['/no/such/program'] }
    const dying = { ...spare, ...running('process.exit(7)') }
    const services = await supervise([missing, dying, database])
    expect(await services.start(missing.name)).toEqual({
      name: 'XCP Router',
      ok: false,
      detail: '"XCP Router" cannot be started: spawn /no/such/program ENOENT',
      durationMs: expect.any(Number),
    })
    const outcome = await services.start(dying.name)
    expect(outcome.ok).toBe(false)
    await eventually('the exit code is told', () => services.status()[dying.name]?.detail.endsWith('with exit code 7'))
  })

  it('are stopped although they are only starting', async () => {
    const slow = { ...router, ...running(`setTimeout(() => { ${listening(router.port)} }, 60000)`) }
    const services = await supervise([slow, database])
    const started = services.start(slow.name)
    await becomes(services, slow, 'starting')
    expect(await services.stop(slow.name)).toMatchObject({ ok: true })
    expect(await started).toMatchObject({ ok: false, detail: expect.stringContaining('given up for a later command') })
    expect(stateOf(services, slow)).toBe('stopped')
  })

  it('inherit only the environment that they are given, and their own', async () => {
    const program = 'console.log(JSON.stringify(process.env)); setInterval(() => {}, 1000)'
    const printing = { ...router, ...running(program), env: { OWN: '1' } }
    await startService(stand.folder, printing, { environment: { GIVEN: '2' } })
    const { log } = serviceFiles(stand.folder, printing.name)
    const printed = await eventually(
      'it has printed',
      () => readFileSync(log, 'utf8').includes('\n') && readFileSync(log, 'utf8'),
    )
    expect(JSON.parse(printed)).toEqual({ GIVEN: '2', OWN: '1' })
  })

  it('with a damaged record are unknown, and say what to do', async () => {
    const { record } = serviceFiles(stand.folder, router.name)
    mkdirSync(path.dirname(record), { recursive: true })
    writeFileSync(record, '{')
    const services = await supervise([router, database])
    expect(services.status()[router.name]).toMatchObject({
      state: 'unknown',
      detail: expect.stringContaining('remove'),
    })
    writeFileSync(record, JSON.stringify({ name: router.name, process: null, startedAtMs: 0, stoppedOnRequest: true }))
    await becomes(services, router, 'stopped')
  })
})

const listening = (port: number) => `const server = require('node:net').createServer().listen(${port}, '127.0.0.1')`
