import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { boottime } from '../../../apps/agent/boottime.ts'
import { ServicesGate } from '../../../apps/agent/gate/services-gate.ts'
import { terminate } from '../../../apps/agent/services/process.ts'
import { readProcessRecord } from '../../../apps/agent/services/process-record.ts'
import { Services } from '../../../apps/agent/services/services.ts'
import { aService } from './a-service.ts'
import { BOOT_ID, eventually, Stand } from './stand.ts'

const ROUTER = 'XCP Router'
const PROXY = 'SIP Proxy'
const STOP_LIMIT_MS = 300

describe('a node without a gate', () => {
  let stand: Stand
  let services: Services
  let log: string[]
  beforeEach(async () => {
    stand = new Stand()
    log = []
    stand.afterwards(async () => {
      for (const name of [ROUTER, PROXY, 'Database']) {
        const process = readProcessRecord(stand.folder, name)?.process
        if (process) await terminate(process, 0)
      }
    })
  })
  afterEach(() => stand.clear())

  /** All run; the router is stopped as the test says. */
  async function watch(router = ['sleep', '600']) {
    const service = (name: string, command: string[], role: 'critical' | 'database' = 'critical') =>
      aService({ name, role, control: { kind: 'process', command }, stopTimeLimitMs: STOP_LIMIT_MS })
    services = await Services.open(
      [service(ROUTER, router), service(PROXY, ['sleep', '600']), service('Database', ['sleep', '600'], 'database')],
      { nodeFolder: stand.folder, environment: { PATH: process.env.PATH } },
    )
    stand.afterwards(() => services.close())
    await services.startAll()
    return open()
  }

  function open(): ServicesGate {
    const gate = new ServicesGate({
      services,
      stopTimeLimitMs: STOP_LIMIT_MS,
      stateFolder: stand.folder,
      bootId: BOOT_ID,
      log: (line) => log.push(line),
    })
    stand.afterwards(() => gate.close())
    return gate
  }

  const running = () =>
    Object.entries(services.status())
      .filter(([, { pid }]) => pid !== null)
      .map(([name]) => name)
      .sort()
  const ALL = ['Database', PROXY, ROUTER]
  const become = (names: string[]) => eventually(`these run: ${names}`, () => running().join() === names.join())

  it('stops its critical services to close its doors, and says closed when they are gone', async () => {
    const gate = await watch()
    const deadlineMs = boottime() + 60_000
    expect(await gate.set({ a: deadlineMs })).toEqual({ open: ['a'], deadlines: { a: deadlineMs }, problem: null })
    expect(running()).toEqual(ALL)
    expect((await gate.set({})).open).toEqual([])
    expect(running()).toEqual(['Database'])
    expect(log).toEqual([
      'no gate: the critical services are stopped, so that users of a are not served',
      'no gate: the critical services are stopped',
    ])
  })

  it('stops them before its lease lapses, and kills what does not stop', async () => {
    const gate = await watch(['sh', '-c', "trap '' TERM; while :; do sleep 600 & wait $!; done"])
    const deadlineMs = boottime() + 3000
    await gate.set({ a: deadlineMs })
    expect((await gate.read()).open).toEqual(['a'])
    await eventually('the doors are closed', async () => (await gate.read()).open.length === 0)
    expect(boottime()).toBeLessThan(deadlineMs)
    expect(running()).toEqual(['Database'])
  })

  it('says open while one of them still runs', async () => {
    const gate = await watch(['sh', '-c', "trap '' TERM; while :; do sleep 600 & wait $!; done"])
    await gate.set({ a: boottime() + 500 })
    await eventually('it stops', () => log.length > 0)
    const reading = await gate.read()
    expect(running()).toContain(ROUTER)
    expect(reading.open).toEqual(['a'])
    await become(['Database'])
  })

  it('starts them again when a door opens', async () => {
    const gate = await watch()
    await gate.set({ a: boottime() + 60_000 })
    await gate.set({})
    expect((await gate.set({ a: boottime() + 60_000 })).open).toEqual(['a'])
    await become(ALL)
  })

  it('starts them again, with its doors closed, once it has said so and the control plane has answered', async () => {
    const gate = await watch()
    await gate.set({ a: boottime() + 60_000 })
    await gate.set({})
    await gate.set({})
    expect(running()).toEqual(['Database'])
    await gate.read()
    expect((await gate.set({})).open).toEqual([])
    await become(ALL)
    expect(log.at(-1)).toContain('is started again, as the control plane is heard')
  })

  it('leaves stopped what a command has stopped since', async () => {
    const gate = await watch()
    await gate.set({ a: boottime() + 60_000 })
    await gate.set({})
    await services.stopAll()
    await gate.read()
    await gate.set({})
    await gate.set({ a: 'unleased' })
    expect(log.join()).not.toContain('started again')
    expect(running()).toEqual(['Database'])
  })

  it('goes on where an earlier agent ended: with its lease, or with a stop for one that has lapsed', async () => {
    const first = await watch()
    const deadlineMs = boottime() + 2500
    await first.set({ a: deadlineMs })
    await first.close()
    const second = open()
    expect(await second.read()).toEqual({ open: ['a'], deadlines: { a: deadlineMs }, problem: null })
    await second.close()
    await eventually('the lease has lapsed', () => boottime() > deadlineMs)
    expect(running()).toEqual(ALL)
    const third = open()
    await eventually('the doors are closed', async () => (await third.read()).open.length === 0)
    expect(running()).toEqual(['Database'])
  })

  it('closes its doors, and says so, when the disk does not take what it has stopped', async () => {
    const gate = await watch()
    await gate.set({ a: boottime() + 60_000 })
    const inTheWay = path.join(stand.folder, 'gate.json.tmp')
    mkdirSync(inTheWay)
    expect(await gate.set({})).toEqual({ open: [], deadlines: {}, problem: null })
    expect(log.join()).toContain('a next agent will not know which services the gate has stopped: EISDIR')
  })

  it('extends what is open, and opens nothing by that', async () => {
    const gate = await watch()
    const deadlineMs = boottime() + 60_000
    await gate.set({ a: boottime() + 5000 })
    expect((await gate.extend({ a: deadlineMs, b: deadlineMs })).deadlines).toEqual({ a: deadlineMs })
    await gate.set({})
    expect((await gate.extend({ a: deadlineMs })).open).toEqual([])
  })
})
