import { rmSync } from 'node:fs'
import path from 'node:path'
import { boottime } from '../../../apps/agent/boottime.ts'
import { type Service, Services, type SupervisionSettings } from '../../../apps/agent/services/services.ts'
import { unitState } from '../../../apps/agent/services/systemctl.ts'
import { standingOf } from '../../../apps/agent/services/systemd-control.ts'
import { aService } from './a-service.ts'
import { FakeSystemctl } from './fake-systemctl.ts'
import { eventually, Stand } from './stand.ts'

const UNIT = 'prosody.service'
const NAME = 'XCP Router'

describe('a service that is a unit of systemd', () => {
  let stand: Stand
  let systemd: FakeSystemctl
  beforeEach(() => {
    stand = new Stand()
    systemd = new FakeSystemctl(stand.folder)
  })
  afterEach(() => stand.clear())

  async function supervise(limits: Partial<Service> = {}, settings: Partial<SupervisionSettings> = {}) {
    const service = aService({ name: NAME, control: { kind: 'systemd', unit: UNIT }, ...limits })
    const environment = { PATH: systemd.PATH }
    const services = await Services.open([service], {
      nodeFolder: path.join(stand.folder, 'state'),
      environment,
      ...settings,
    })
    stand.afterwards(() => services.close())
    return services
  }

  const stateOf = (services: Services) => services.status()[NAME]?.state
  const becomes = (services: Services, state: string) => eventually(`it is ${state}`, () => stateOf(services) === state)

  it('is started where it does not run, and left alone where it does', async () => {
    systemd.unit(UNIT)
    const services = await supervise()
    expect(services.status()[NAME]).toMatchObject({ state: 'failed', detail: `${UNIT} is inactive (dead)` })
    expect(await services.start(NAME)).toMatchObject({ ok: true, detail: `running: ${UNIT} is active (running)` })
    expect(await services.start(NAME)).toMatchObject({ ok: true })
    expect(systemd.calls()).toEqual([`start --no-block -- ${UNIT}`])
  })

  it('that was stopped on request is disabled, so that it does not start with the host, and enabled at its next start', async () => {
    systemd.unit(UNIT, { active: 'active' })
    const services = await supervise()
    expect(await services.stop(NAME)).toMatchObject({
      ok: true,
      detail: `stopped: stopped on request; it said: Removed symlink for ${UNIT}.`,
    })
    expect(systemd.read(`${UNIT}.enabled`)).toBe('disabled')
    expect(await services.stop(NAME)).toMatchObject({ ok: true })

    services.close()
    const next = await supervise()
    expect(stateOf(next)).toBe('stopped')
    expect(await next.start(NAME)).toMatchObject({ ok: true })
    expect(systemd.read(`${UNIT}.enabled`)).toBe('enabled')
    expect(next.stoppedOnRequest()).toEqual([])
  })

  it.each(['disabled', 'static'])('that is %s stays so', async (enabled) => {
    systemd.unit(UNIT, { active: 'active', enabled })
    const services = await supervise()
    await services.stop(NAME)
    await services.start(NAME)
    expect(systemd.read(`${UNIT}.enabled`)).toBe(enabled)
  })

  it('that the boot has started although it was stopped on request is stopped again', async () => {
    systemd.unit(UNIT, { active: 'active', enabled: 'static' })
    const before = await supervise()
    await before.stop(NAME)
    before.close()
    systemd.unit(UNIT, { active: 'active', enabled: 'static' })

    const services = await supervise({}, { hasBooted: true })
    expect(stateOf(services)).toBe('stopped')
    await services.afterBoot()
    expect(systemd.read(`${UNIT}.active`)).toBe('inactive')
    expect(services.stoppedOnRequest()).toEqual([NAME])
  })

  it('that cannot be stopped after the boot is not adopted, and stopped as soon as that is possible', async () => {
    systemd.unit(UNIT, { active: 'active', enabled: 'static' })
    const before = await supervise()
    await before.stop(NAME)
    before.close()
    systemd.unit(UNIT, { active: 'active', enabled: 'static' })
    const services = await supervise({}, { hasBooted: true })
    systemd.is('down')
    expect(await services.afterBoot()).toMatchObject([{ ok: false }])
    rmSync(path.join(stand.folder, 'systemctl/down'))
    await eventually('it is stopped', () => systemd.read(`${UNIT}.active`) === 'inactive')
    expect(services.stoppedOnRequest()).toEqual([NAME])
  })

  it('that an administrator starts although it was stopped on request is adopted, and enabled again', async () => {
    systemd.unit(UNIT, { active: 'active' })
    const services = await supervise()
    await services.stop(NAME)
    systemd.set(`${UNIT}.active`, 'active')
    await becomes(services, 'running')
    expect(services.stoppedOnRequest()).toEqual([])
    expect(systemd.read(`${UNIT}.enabled`)).toBe('enabled')
  })

  it('that fails is failed since systemd says, and nobody starts it', async () => {
    systemd.unit(UNIT)
    const services = await supervise()
    await services.start(NAME)
    const beforeMs = boottime()
    systemd.set(`${UNIT}.result`, 'oom-kill')
    systemd.set(`${UNIT}.ended`, String(Math.round((beforeMs - 5000) * 1000)))
    systemd.set(`${UNIT}.active`, 'failed')
    await becomes(services, 'failed')
    const { detail, sinceMs = 0 } = services.status()[NAME] ?? {}
    expect(detail).toBe(`${UNIT} is failed (failed, result oom-kill)`)
    expect(Math.abs(beforeMs - 5000 - sinceMs)).toBeLessThan(500)
    expect(systemd.calls()).toHaveLength(1)
  })

  it('that crashes and is restarted by systemd between two looks has had a break', async () => {
    systemd.unit(UNIT)
    const services = await supervise()
    await services.start(NAME)
    const sinceMs = services.status()[NAME]?.sinceMs as number
    systemd.set(`${UNIT}.run`, 'another run')
    await eventually('the break is seen', () => (services.status()[NAME]?.sinceMs ?? 0) > sinceMs)
    await becomes(services, 'running')
  })

  it('that failed too often in a row is started all the same', async () => {
    systemd.unit(UNIT, { active: 'failed' })
    const services = await supervise()
    await services.start(NAME)
    expect(systemd.calls()).toEqual([`reset-failed -- ${UNIT}`, `start --no-block -- ${UNIT}`])
  })

  it('that cannot be started says why', async () => {
    systemd.unit(UNIT)
    systemd.is(`${UNIT}.breaks`)
    const services = await supervise()
    expect(await services.start(NAME)).toMatchObject({
      ok: false,
      detail: `failed: ${UNIT} is failed (failed, result exit-code)`,
    })
    const [missing] = [await supervise({ control: { kind: 'systemd', unit: 'no-such.service' } })]
    expect(await missing?.start(NAME)).toMatchObject({
      ok: false,
      detail: 'no-such.service cannot be started: systemd says not-found',
    })
  })

  it('that does not end in time is killed', async () => {
    systemd.unit(UNIT, { active: 'active' })
    systemd.is(`${UNIT}.stubborn`)
    const services = await supervise({ stopTimeLimitMs: 200 })
    expect(await services.stop(NAME)).toMatchObject({
      ok: true,
      detail: expect.stringContaining('did not end within 200 ms and was killed'),
    })
    expect(systemd.calls()).toContain(`kill --signal=SIGKILL -- ${UNIT}`)
  })

  it('counts as before while systemd does not answer, until it has not answered often enough', async () => {
    systemd.unit(UNIT, { active: 'active' })
    const services = await supervise({ counts: { rise: 1, fall: 3 } })
    const changes: string[] = []
    services.onChange(({ status }) => changes.push(status.detail))
    systemd.is('down')
    await becomes(services, 'unknown')
    expect(services.status()[NAME]?.detail).toMatch(/^systemctl show .*: Failed to connect to bus: Connection refused$/)
    expect(changes).toHaveLength(1)
    rmSync(path.join(stand.folder, 'systemctl/down'))
    await becomes(services, 'running')
  })

  it('that failed while systemd did not answer is failed since systemd says', async () => {
    systemd.unit(UNIT, { active: 'active' })
    const services = await supervise()
    systemd.is('down')
    await becomes(services, 'unknown')
    const endedMs = boottime() - 5000
    systemd.set(`${UNIT}.ended`, String(Math.round(endedMs * 1000)))
    systemd.set(`${UNIT}.active`, 'failed')
    rmSync(path.join(stand.folder, 'systemctl/down'))
    await becomes(services, 'failed')
    expect(Math.abs(endedMs - (services.status()[NAME]?.sinceMs ?? 0))).toBeLessThan(500)
  })
})

describe("systemd's states", () => {
  const shown = (lines: string) => standingOf(UNIT, unitState(`Id=${UNIT}\nLoadState=loaded\n${lines}\n`))

  it.each([
    ['up', 'ActiveState=active\nSubState=running\nMainPID=812\nInvocationID=f2a1'],
    ['up', 'ActiveState=active\nSubState=exited\nMainPID=0'],
    ['up', 'ActiveState=reloading\nSubState=reload'],
    ['starting', 'ActiveState=activating\nSubState=start'],
    ['starting', 'ActiveState=inactive\nSubState=dead\nJob=1234'],
    ['stopping', 'ActiveState=deactivating\nSubState=stop-sigterm'],
    ['down', 'ActiveState=inactive\nSubState=dead'],
    ['down', 'ActiveState=failed\nSubState=failed\nResult=exit-code'],
    ['down', 'ActiveState=activating\nSubState=auto-restart\nResult=signal'],
  ])('mean that a service is %s', (is, lines) => {
    expect(shown(lines).is).toBe(is)
  })

  it('that are none are an error', () => {
    expect(() => unitState('')).toThrow('systemctl show says no ActiveState: (nothing)')
  })
})
