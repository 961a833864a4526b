import { rmSync, writeFileSync } from 'node:fs'
import { runCommand } from '../../../apps/agent/command.ts'
import { runHook } from '../../../apps/agent/hooks.ts'
import { hostLeaving, leavingByJobs, readBootId } from '../../../apps/agent/host.ts'
import { identify } from '../../../apps/agent/services/process.ts'
import { eventually, Stand } from './stand.ts'

const node = (program: string) => [process.execPath, '-e', program]
const limits = { timeLimitMs: 10_000, outputLimitBytes: 100 }
const facts = { node: 'a', peer: 'b', homeNode: 'b', transition: 't1', reason: 'Peer Down' }
const hookSettings = { environment: { PLAIN: 'seen' }, timeLimitMs: 10_000 }

describe('a command', () => {
  it('gives its exit code and what it printed', async () => {
    const result = await runCommand(node('console.log("out"); console.error("err"); process.exit(3)'), {}, limits)
    expect(result).toMatchObject({ exitCode: 3, problem: null })
    expect(result.output.split('\n').sort()).toEqual(['', 'err', 'out'])
  })

  it('keeps the end of a long output, in whole characters', async () => {
    const { output } = await runCommand(node('console.log("x".repeat(300000) + "é".repeat(200))'), {}, limits)
    expect(output).toBe(`${'é'.repeat(49)}\n`)
  })

  it('is killed with all that it started when it takes too long', async () => {
    const program = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
      console.log(child.pid)
      setInterval(() => {}, 1000)`
    const result = await runCommand(node(program), {}, { ...limits, timeLimitMs: 500 })
    expect(result).toMatchObject({ exitCode: null, problem: 'was killed: it took longer than 500 ms' })
    expect(result.durationMs).toBeLessThan(5000)
    await eventually('the helper is gone', () => identify(Number(result.output)) === undefined)
  })

  it('does not wait for what it left running with its output open', async () => {
    const stand = new Stand()
    const program = `
      const options = { detached: true, stdio: ['ignore', 'inherit', 'inherit'] }
      const child = require('node:child_process').spawn('sleep', ['30'], options)
      child.unref()
      console.log(child.pid)`
    const result = await runCommand(node(program), { PATH: '/usr/bin:/bin' }, limits)
    stand.afterwards(() => process.kill(Number(result.output)))
    expect(result).toMatchObject({ exitCode: 0, problem: null })
    expect(result.durationMs).toBeLessThan(5000)
    await stand.clear()
  })

  it('that does not exist is a result', async () => {
    const result = await runCommand(['/no/such/program'], {}, limits)
    expect(result).toMatchObject({ exitCode: null, problem: expect.stringContaining('ENOENT') })
  })
})

describe('a hook', () => {
  it('is told what it is about', async () => {
    const names = ['NODE', 'PEER', 'HOME_NODE', 'TRANSITION', 'REASON'].map((name) => `UNDERSTUDY_${name}`)
    const program = `console.log(${JSON.stringify([...names, 'PLAIN'])}.map((name) => process.env[name]).join())`
    const result = await runHook(node(program), facts, hookSettings)
    expect(result).toEqual({ ok: true, output: 'a,b,b,t1,Peer Down,seen\n', durationMs: expect.any(Number) })
  })

  it('that is not configured is done at once', async () => {
    expect(await runHook(undefined, facts, hookSettings)).toEqual({ ok: true, output: '', durationMs: 0 })
  })

  it('that fails says why first, and then what it printed', async () => {
    const program = ['sh', '-c', 'echo no licence; exit 4']
    const { ok, output } = await runHook(program, facts, hookSettings)
    expect({ ok, output }).toEqual({ ok: false, output: 'hook sh ended with exit code 4\nno licence\n' })
  })
})

describe('the host', () => {
  const settings = { environment: { PATH: '/usr/bin:/bin' }, timeLimitMs: 5000 }

  it('is going down when the configured command says so and ends with 0', async () => {
    const answers = async (script: string) => hostLeaving({ ...settings, command: ['sh', '-c', script] })
    expect(await answers('echo reboot')).toBe('reboot')
    expect(await answers('echo shutdown')).toBe('shutdown')
    expect(await answers('echo reboot; exit 1')).toBeNull()
    expect(await answers('echo perhaps')).toBeNull()
    expect(await answers('true')).toBeNull()
  })

  it('is not, where nobody can be asked', async () => {
    expect(await hostLeaving({ ...settings, command: ['/no/such/program'] })).toBeNull()
    expect(await hostLeaving({ ...settings, command: ['sleep', '30'], timeLimitMs: 50 })).toBeNull()
    expect(await hostLeaving({ environment: { PATH: '/nowhere' }, timeLimitMs: 5000, command: undefined })).toBeNull()
  })

  it.each([
    ['reboot', '1 reboot.target start waiting\n2 shutdown.target start waiting\n3 ssh.service stop running\n'],
    ['shutdown', ' 7 poweroff.target start waiting\n 2 shutdown.target start waiting\n'],
    [null, '12 ssh.service restart running\n'],
    [null, '12 reboot.target stop waiting\n'],
    [null, ''],
  ])("is %s by systemd's jobs", (leaving, jobs) => {
    expect(leavingByJobs(jobs)).toBe(leaving)
  })

  it('has a boot id, or says which setting to correct', () => {
    const stand = new Stand()
    const file = `${stand.folder}/boot_id`
    expect(() => readBootId(file)).toThrow(/let host.bootIdFile name a file/)
    writeFileSync(file, '\n')
    expect(() => readBootId(file)).toThrow(/is empty; let host.bootIdFile/)
    writeFileSync(file, 'b-1\n')
    expect(readBootId(file)).toBe('b-1')
    rmSync(stand.folder, { recursive: true })
  })
})
