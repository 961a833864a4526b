import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { boottime } from '../../../apps/agent/boottime.ts'
import { type DoorHookResult, DoorHooks } from '../../../apps/agent/gate/door-hooks.ts'
import { Hooks } from '../../../apps/agent/hooks.ts'
import { eventually, Stand } from './stand.ts'

describe('the doors of a node', () => {
  let stand: Stand
  let written: string
  let log: string[]
  let facts: { peer: string; transition: string; reason: string }
  beforeEach(() => {
    stand = new Stand()
    written = path.join(stand.folder, 'written')
    log = []
    facts = { peer: 'b', transition: 't1', reason: 'On Admin Request' }
  })
  afterEach(() => stand.clear())

  /** A front of node a, its gate with hooks that write down what they were told, or as the test says. */
  async function watch(
    front: Awaited<ReturnType<Stand['front']>>,
    given: { onRelease?: string; onFence?: string } = {},
  ) {
    const telling = (hook: string) =>
      `echo ${hook} $UNDERSTUDY_HOME_NODE $UNDERSTUDY_PEER "$UNDERSTUDY_REASON" $UNDERSTUDY_TRANSITION >> '${written}'`
    const command = (hook: 'onRelease' | 'onFence') => ['sh', '-c', given[hook] ?? telling(hook)]
    const hooks = new Hooks({
      node: 'a',
      commands: { onRelease: command('onRelease'), onFence: command('onFence') },
      environment: { PATH: '/usr/bin:/bin' },
      timeLimitMs: 5000,
    })
    const stateFolder = path.join(stand.folder, 'state')
    const watched = await DoorHooks.watch(stand.gate(front.runFile, front.port), {
      stateFolder,
      hooks,
      facts: () => facts,
      log: (line) => log.push(line),
    })
    stand.afterwards(() => watched.doorHooks.kept())
    stand.afterwards(() => watched.gate.close())
    return watched
  }

  const told = () => (existsSync(written) ? readFileSync(written, 'utf8').trim().split('\n') : [])
  const ended = (doorHooks: DoorHooks, count = 1): Promise<DoorHookResult> =>
    eventually('the hook has ended', () => doorHooks.results.length >= count && doorHooks.results.at(-1))
  const keptIn = () => path.join(stand.folder, 'state/doors.json')
  const kept = () => JSON.parse(readFileSync(keptIn(), 'utf8'))

  it('run onRelease when the agent lets go of a set of users, and tell how that ended', async () => {
    const { gate, doorHooks } = await watch(await stand.front())
    await gate.set({ a: boottime() + 60_000, b: 'unleased' })
    await gate.set({ a: boottime() + 60_000 })
    expect(await ended(doorHooks)).toMatchObject({ hook: 'onRelease', homeNode: 'b', ok: true })
    expect(told()).toEqual(['onRelease b b On Admin Request t1'])
    expect(log).toEqual(['onRelease for the users of b (On Admin Request) done'])
    const isKept = () => existsSync(keptIn()) && kept().results.length === 1 && kept().owed.length === 0
    await eventually('the result is kept', isKept)
    expect(kept().open).toEqual(['a'])
  })

  it('run onFence when a lease lapses, though nobody asks the gate', async () => {
    const { gate, doorHooks } = await watch(await stand.front())
    await gate.set({ a: boottime() + 200 })
    expect(await ended(doorHooks)).toMatchObject({ hook: 'onFence', homeNode: 'a', reason: 'the lease lapsed' })
    expect(told()).toEqual(['onFence a b the lease lapsed'])
  })

  it('run nothing while leases are renewed', async () => {
    const { gate, doorHooks } = await watch(await stand.front())
    for (let time = 0; time < 5; time += 1) await gate.set({ a: boottime() + 60_000 })
    await gate.set({})
    await ended(doorHooks)
    expect(told()).toHaveLength(1)
  })

  it('run onFence for a lapse that is noticed only when the agent closes the door', async () => {
    const front = await stand.front()
    const { gate, doorHooks } = await watch(front)
    const deadlineMs = boottime() + 100
    await gate.set({ a: deadlineMs })
    // As an agent that was stopped does when it wakes: the timer that would have looked comes after the answer.
    while (boottime() < deadlineMs);
    await gate.set({})
    expect(await ended(doorHooks)).toMatchObject({ hook: 'onFence', reason: 'the lease lapsed' })
  })

  it('say so when a hook fails', async () => {
    const { gate, doorHooks } = await watch(await stand.front(), { onRelease: 'echo no address to take away; exit 4' })
    await gate.set({ a: 'unleased' })
    await gate.set({})
    const output = 'hook sh ended with exit code 4\nno address to take away\n'
    expect(await ended(doorHooks)).toMatchObject({ ok: false, output })
    expect(log).toEqual([`onRelease for the users of a (On Admin Request) FAILED: ${output.trim()}`])
  })

  it('that close while no agent runs are made up for by the next one', async () => {
    const front = await stand.front()
    const first = await watch(front)
    await first.gate.set({ a: boottime() + 100 })
    await eventually('the open door is kept', () => existsSync(path.join(stand.folder, 'state/doors.json')))
    await first.gate.close()
    await eventually(
      'the lease has lapsed',
      async () => (await stand.gate(front.runFile, front.port).read()).open.length === 0,
    )

    const { gate, doorHooks } = await watch(front)
    await gate.read()
    expect(await ended(doorHooks)).toMatchObject({
      hook: 'onFence',
      homeNode: 'a',
      reason: 'it closed while no agent ran',
    })
  })

  it('have their hook run again when an agent died in it', async () => {
    const front = await stand.front()
    const doorsFile = path.join(stand.folder, 'state/doors.json')
    await watch(front)
    const owed = { hook: 'onFence', homeNode: 'b', peer: 'b', transition: '', reason: 'the lease lapsed' }
    writeFileSync(doorsFile, JSON.stringify({ open: [], owed: [owed], results: [] }))
    const { doorHooks } = await watch(front)
    await ended(doorHooks)
    expect(told()).toEqual(['onFence b b the lease lapsed'])
  })

  it('lose no more than a hook when their file is damaged', async () => {
    const front = await stand.front()
    await watch(front)
    writeFileSync(path.join(stand.folder, 'state/doors.json'), '{')
    await watch(front)
    expect(log).toEqual([expect.stringContaining('doors.json is damaged and begun anew')])
  })
})
