import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { boottime } from '../../../apps/agent/boottime.ts'
import { type Service, Services, type SupervisionSettings } from '../../../apps/agent/services/services.ts'
import { aService } from './a-service.ts'
import { eventually, Stand } from './stand.ts'

const NAME = 'XCP Router'
const environment = { PATH: '/usr/bin:/bin' }

describe('a service with start and stop commands', () => {
  let stand: Stand
  let file: (name: string) => string
  beforeEach(() => {
    stand = new Stand()
    file = (name) => path.join(stand.folder, name)
  })
  afterEach(() => stand.clear())

  /** Runs while the file `up` is there; each command writes down that it ran. */
  function router(settings: Partial<Service> = {}): Service {
    const sh = (text: string) => ['sh', '-c', `cd '${stand.folder}'; ${text}`]
    return aService({
      name: NAME,
      control: { kind: 'commands', start: sh('echo start >> ran; touch up'), stop: sh('echo stop >> ran; rm -f up') },
      probes: [{ kind: 'command', command: ['test', '-e', file('up')], exitCode: 0 }],
      ...settings,
    })
  }

  async function supervise(services: Service[], settings: Partial<SupervisionSettings> = {}) {
    const opened = await Services.open(services, { nodeFolder: file('state'), environment, ...settings })
    stand.afterwards(() => opened.close())
    return opened
  }

  const ran = () => (existsSync(file('ran')) ? readFileSync(file('ran'), 'utf8').trim().split('\n') : [])
  const stateOf = (services: Services) => services.status()[NAME]?.state
  const becomes = (services: Services, state: string) => eventually(`it is ${state}`, () => stateOf(services) === state)

  it('is started and stopped once, however often that is asked', async () => {
    const services = await supervise([router()])
    for (let time = 0; time < 2; time += 1) expect(await services.start(NAME)).toMatchObject({ ok: true })
    for (let time = 0; time < 2; time += 1) expect(await services.stop(NAME)).toMatchObject({ ok: true })
    // Something of a service that has failed may be left: that is why it is stopped before it is started.
    expect(ran()).toEqual(['stop', 'start', 'stop'])
    expect(await services.start(NAME)).toMatchObject({ ok: true })
    expect(ran()).toEqual(['stop', 'start', 'stop', 'start'])
  })

  it('stays stopped for the next agent, and is stopped again when the boot has started it', async () => {
    const first = await supervise([router()])
    await first.start(NAME)
    await first.stop(NAME)
    first.close()
    writeFileSync(file('up'), '')
    const second = await supervise([router()], { hasBooted: true })
    expect(stateOf(second)).toBe('stopped')
    await second.afterBoot()
    expect(existsSync(file('up'))).toBe(false)
    expect(second.stoppedOnRequest()).toEqual([NAME])
  })

  it('that has failed is stopped all the same: something of it may be left', async () => {
    const services = await supervise([router()])
    expect(stateOf(services)).toBe('failed')
    await services.stop(NAME)
    expect(ran()).toEqual(['stop'])
  })

  it('that an agent died in stopping is stopped by the next one', async () => {
    const stop = ['sh', '-c', 'exit 1']
    const first = await supervise([router({ control: { kind: 'commands', start: ['true'], stop } })])
    writeFileSync(file('up'), '')
    await becomes(first, 'running')
    expect(await first.stop(NAME)).toMatchObject({ ok: false, detail: 'its stop command sh ended with exit code 1' })
    first.close()
    const second = await supervise([router()])
    expect(await second.stop(NAME)).toMatchObject({ ok: true })
    expect(ran()).toEqual(['stop'])
  })

  it('that an administrator starts is adopted', async () => {
    const services = await supervise([router()])
    await services.start(NAME)
    await services.stop(NAME)
    writeFileSync(file('up'), '')
    await becomes(services, 'running')
    expect(services.stoppedOnRequest()).toEqual([])
  })

  it('whose start command hangs is given up at its time limit, and says so', async () => {
    const control = { kind: 'commands' as const, start: ['sleep', '60'], stop: ['true'] }
    const services = await supervise([router({ control, startTimeLimitMs: 200 })])
    const { ok, detail } = await services.start(NAME)
    expect({ ok, detail }).toEqual({
      ok: false,
      detail: 'its start command sleep was killed: it took longer than 200 ms',
    })
  })

  it('whose probe hangs keeps no other service from being seen', async () => {
    const hanging = router({
      name: 'Hanging',
      probes: [{ kind: 'command', command: ['sh', '-c', "trap '' TERM; sleep 60"], exitCode: 0 }],
      probeTimeLimitMs: 3000,
    })
    const services = await supervise([router(), { ...hanging, probeTimeLimitMs: 500 }])
    writeFileSync(file('up'), '')
    const startedMs = performance.now()
    await becomes(services, 'running')
    expect(performance.now() - startedMs).toBeLessThan(450)
    expect(services.status().Hanging?.state).toBe('failed')
  })

  it('is failed since the first bad probe, although it takes three', async () => {
    const services = await supervise([router({ counts: { rise: 1, fall: 3 }, probeIntervalMs: 200 })])
    await services.start(NAME)
    const beforeMs = boottime()
    rmSync(file('up'))
    await becomes(services, 'failed')
    const sinceMs = services.status()[NAME]?.sinceMs as number
    expect(boottime() - sinceMs).toBeGreaterThanOrEqual(400)
    expect(sinceMs).toBeGreaterThanOrEqual(beforeMs - 200)
  })

  describe('and an order', () => {
    const noting = (name: string, settings: Partial<Service>): Service => {
      const sh = (text: string) => ['sh', '-c', `cd '${stand.folder}'; ${text}`]
      return router({
        name,
        control: {
          kind: 'commands',
          start: sh(`echo start ${name} >> ran; touch 'up-${name}'`),
          stop: sh(`echo stop ${name} >> ran; rm -f 'up-${name}'`),
        },
        probes: [{ kind: 'command', command: ['test', '-e', file(`up-${name}`)], exitCode: 0 }],
        ...settings,
      })
    }

    it('is started after those it needs, and stopped before them; the database stays', async () => {
      const services = await supervise([
        noting('proxy', { after: ['router'] }),
        noting('router', { after: ['database'] }),
        noting('database', { role: 'database' }),
      ])
      expect((await services.startAll()).map(({ ok }) => ok)).toEqual([true, true, true])
      expect((await services.stopAll()).map(({ name }) => name)).toEqual(['proxy', 'router'])
      const [, , , , , , ...stopped] = ran()
      expect(ran().filter((line) => line.startsWith('start'))).toEqual([
        'start database',
        'start router',
        'start proxy',
      ])
      expect(stopped).toEqual(['stop proxy', 'stop router'])
    })

    it('is not started when one that it needs does not run', async () => {
      const broken = { kind: 'commands' as const, start: ['false'], stop: ['true'] }
      const services = await supervise([
        noting('router', { after: ['database'] }),
        noting('database', { role: 'database', control: broken }),
      ])
      const [router] = await services.startAll()
      expect(router).toMatchObject({ ok: false, detail: 'was not started, as "database" does not run' })
      expect(ran()).toEqual([])
    })

    it('is not started any more when a stop has come meanwhile', async () => {
      const slow = {
        kind: 'commands' as const,
        start: ['sh', '-c', `touch '${file('begun')}'; sleep 0.5; touch '${file('up-database')}'`],
        stop: ['true'],
      }
      const services = await supervise([
        noting('router', { after: ['database'] }),
        noting('database', { role: 'database', control: slow }),
      ])
      const started = services.startAll()
      await eventually('the database is being started', () => existsSync(file('begun')))
      await services.stopAll()
      expect((await started)[0]).toMatchObject({ ok: false, detail: 'was not started, as a later command came' })
      expect(ran()).not.toContain('start router')
    })
  })
})
