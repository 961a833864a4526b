import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { identify, isAlive, terminate } from '../../../apps/agent/services/process.ts'
import { eventually, Stand } from './stand.ts'

describe('a process', () => {
  let stand: Stand
  beforeEach(() => {
    stand = new Stand()
  })
  afterEach(() => stand.clear())

  function node(program: string) {
    const child = spawn(process.execPath, ['-e', program], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
    const identity = identify(child.pid as number)
    if (identity === undefined) throw new Error('the process is gone')
    stand.afterwards(() => terminate(identity, 0))
    return { child, identity, said: once(child.stdout, 'data') }
  }

  it('is known by its pid and its start, so that its pid can be given to another', async () => {
    const { identity } = node('setInterval(() => {}, 1000)')
    expect(isAlive(identity)).toBe(true)
    expect(isAlive({ ...identity, startedAt: 'earlier' })).toBe(false)
    expect(await terminate({ ...identity, startedAt: 'earlier' }, 1000)).toBe('gone')
    expect(isAlive(identity)).toBe(true)
  })

  it('does not count once it is dead, although nobody has reaped it', async () => {
    const program = `
      const child = require('node:child_process').spawn('true')
      console.log(child.pid)
      for (;;) {}`
    const { said } = node(program)
    const zombie = Number(String((await said)[0]))
    await eventually('it is dead', () => identify(zombie) === undefined)
    if (process.platform === 'linux')
      expect(readFileSync(path.join('/proc', `${zombie}`, 'stat'), 'utf8')).toMatch(/ Z /)
  })

  it('is ended by SIGTERM where that is enough', async () => {
    const { identity } = node('setInterval(() => {}, 1000)')
    expect(await terminate(identity, 5000)).toBe('stopped')
    expect(isAlive(identity)).toBe(false)
  })

  it('is killed where it does not end in time, together with what it started', async () => {
    const program = `
      process.on('SIGTERM', () => {})
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000); console.log("ready")'])
      child.stdout.once('data', () => console.log(child.pid))`
    const { identity, said } = node(program)
    const helper = Number(String((await said)[0]))
    expect(await terminate(identity, 50)).toBe('killed')
    await eventually('the helper is gone', () => identify(helper) === undefined)
  })
})
