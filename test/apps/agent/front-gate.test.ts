import { rmSync, writeFileSync } from 'node:fs'
import { GateError } from '../../../apps/agent/gate/gate.ts'
import { freePorts } from '../../../apps/stage/ports.ts'
import { eventually, Stand } from './stand.ts'

describe('the gate that is a front', () => {
  let stand: Stand
  beforeEach(() => {
    stand = new Stand()
  })
  afterEach(() => stand.clear())

  it('says closed of a front that was killed, and opens the next one', async () => {
    const front = await stand.front()
    await front.gate.set({ a: 'unleased' })
    front.process.kill('SIGKILL')
    await eventually('the gate is read as closed', async () => (await front.gate.read()).open.length === 0)
    expect((await front.gate.set({ a: 'unleased' })).problem).toMatch(/the front is not running: process \d+ is gone/)

    await front.startAgain()
    expect(await front.gate.read()).toEqual({ open: [], deadlines: {}, problem: null })
    expect((await front.gate.set({ a: 'unleased' })).open).toEqual(['a'])
  })

  it('says nothing of a front that does not answer', async () => {
    const front = await stand.front()
    await front.gate.set({ a: 'unleased' })
    front.process.kill('SIGSTOP')
    const before = performance.now()
    await expect(front.gate.read()).rejects.toThrow(GateError)
    await expect(front.gate.set({})).rejects.toThrow(/unknown: the front is there but did not answer in time/)
    expect(performance.now() - before).toBeLessThan(3000)

    front.process.kill('SIGCONT')
    await eventually('what was asked meanwhile is done', async () => (await front.gate.read()).open.length === 0)
  })

  it('carries out calls in their order', async () => {
    const { gate } = await stand.front()
    const readings = await Promise.all([gate.set({ a: 'unleased' }), gate.read(), gate.set({}), gate.read()])
    expect(readings.map(({ open }) => open)).toEqual([['a'], ['a'], [], []])
  })

  it('says closed where no front was ever started', async () => {
    const [port = 0] = await freePorts(1)
    const gate = stand.gate(`${stand.folder}/front.json`, port)
    expect(await gate.read()).toEqual({ open: [], deadlines: {}, problem: 'the front has not been started' })
  })

  it('says nothing where the run file is gone and the port still answers', async () => {
    const { gate, runFile } = await stand.front()
    await gate.set({ a: 'unleased' })
    rmSync(runFile)
    await expect(gate.read()).rejects.toThrow(/something listens on the front's port \d+, but .* is missing/)
  })

  it('says nothing where the run file is damaged', async () => {
    const { gate, runFile } = await stand.front()
    writeFileSync(runFile, '{')
    await expect(gate.read()).rejects.toThrow(/damaged: end the node's front/)
  })
})
