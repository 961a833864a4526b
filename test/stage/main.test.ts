import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { identify } from '../../apps/agent/services/process.ts'
import { openNodes } from '../../apps/stage/demo.ts'
import { StageUnderTest, until } from './stage-under-test.ts'

const program = fileURLToPath(new URL('../../apps/stage/understudy-stage.mjs', import.meta.url))

interface Run {
  child: ChildProcess
  output: () => string
  ended: Promise<number | null>
}

function run(args: string[]): Run {
  let output = ''
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, NODE_OPTIONS: '' } })
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += data
    })
  }
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { child, output: () => output, ended }
}

describe('the stage as it is started', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'understudy-test-'))
  })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it('starts empty, and ends with Ctrl-C', async () => {
    const stage = run(['up', '--empty', '--no-console', '--port', '0', '--data', folder])
    await until('it is up', () => stage.output().includes('It is empty'))
    stage.child.kill('SIGINT')
    expect(await stage.ended).toBe(0)
  })

  it('prints where its console is, and again for who has lost sight of it', async () => {
    const stage = run(['up', '--empty', '--port', '0', '--data', folder])
    await until('it is up', () => stage.output().includes('It is empty'))
    const [, port = ''] = /stage: http:\/\/127\.0\.0\.1:(\d+)/.exec(stage.output()) ?? []
    const [, address = ''] = /console: +(http:\/\/127\.0\.0\.1:\d+\/#token=\S+)/.exec(stage.output()) ?? []

    const { endpoint, signIn } = (await (await fetch(new URL('/config.json', address))).json()) as Record<
      string,
      unknown
    >
    expect([endpoint, signIn]).toEqual([`http://127.0.0.1:${port}`, { kind: 'stage' }])
    const asked = await fetch(String(endpoint), { headers: { origin: new URL(address).origin } })
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([404, new URL(address).origin])
    const again = run(['console', '--port', port])
    expect([await again.ended, again.output()]).toEqual([0, `${address}\n`])

    stage.child.kill('SIGINT')
    expect(await stage.ended).toBe(0)
    const afterwards = run(['console', '--port', port])
    expect([await afterwards.ended, afterwards.output()]).toEqual([
      1,
      `understudy-stage: no stage runs on port ${port}: start it (npm start), or say which with --port\n`,
    ])
  })

  it('may leave its console out', async () => {
    const stage = run(['up', '--empty', '--no-console', '--port', '0', '--data', folder])
    await until('it is up', () => stage.output().includes('It is empty'))
    const [, port = ''] = /stage: http:\/\/127\.0\.0\.1:(\d+)/.exec(stage.output()) ?? []
    expect(stage.output()).not.toContain('console')
    const asked = run(['console', '--port', port])
    expect([await asked.ended, asked.output()]).toEqual([
      1,
      `understudy-stage: the stage on port ${port} runs without its console: start it without --no-console\n`,
    ])
    stage.child.kill('SIGINT')
    expect(await stage.ended).toBe(0)
  })

  it('says in one line that its port is taken, or that of its console', async () => {
    const holder = createServer()
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
    const { port } = holder.address() as { port: number }
    const stage = run(['up', '--empty', '--port', String(port), '--data', folder])
    expect(await stage.ended).toBe(1)
    expect(stage.output().trim()).toBe(
      `understudy-stage: Port ${port} on 127.0.0.1 is taken: stop the program that holds it, or choose another port.`,
    )
    const other = run(['up', '--empty', '--port', '0', '--console-port', String(port), '--data', folder])
    expect(await other.ended).toBe(1)
    expect(other.output().trim()).toBe(
      `understudy-stage: Port ${port} on 127.0.0.1 is taken: stop the program that holds it, or choose another port with --console-port.`,
    )
    holder.close()
  })

  it('leaves the data folder of another version alone, and says so in one line', async () => {
    writeFileSync(join(folder, 'stage.json'), '{"format":99}')
    const stage = run(['up', '--empty', '--port', '0', '--data', folder])
    expect(await stage.ended).toBe(1)
    expect(stage.output().trim()).toMatch(/^understudy-stage: the data folder .* has format 99 .*--data.*$/)
  })

  it('says what would be right when an option is wrong', async () => {
    const stage = run(['up', '--port', 'eighty'])
    expect(await stage.ended).not.toBe(0)
    expect(stage.output()).toContain('give a port from 0 to 65535')
  })
})

describe("the demo's processes", () => {
  it.each([
    ['it is interrupted while it starts', (child: ChildProcess) => child.kill('SIGINT')],
    ['nobody reads any longer what it prints', (child: ChildProcess) => child.stdout?.destroy()],
  ])('end with the stage also when %s', async (_when, end) => {
    const folder = mkdtempSync(join(tmpdir(), 'understudy-test-'))
    const stage = run(['up', '--no-console', '--port', '0', '--data', folder])
    await until('the nodes are being started', () => stage.output().includes('waiting for the agents'))
    end(stage.child)
    expect(await stage.ended).toBe(0)
    const nodes = await openNodes(folder, process.env)
    const left = nodes.flatMap((node) => [node.agent(), node.front(), ...node.services().map(({ process }) => process)])
    expect(left.filter((each) => each !== null)).toEqual([])
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain(folder)
    rmSync(folder, { recursive: true, force: true })
  })

  it('end with the stage, every one of them', async () => {
    const stage = await StageUnderTest.start()
    const pids = Object.values(stage.describe().nodes).flatMap(({ agentPid, front, services }) => [
      agentPid,
      front.pid,
      ...Object.values(services).map(({ pid }) => pid),
    ])
    expect(pids).toHaveLength(16)
    await stage.end()
    expect(pids.filter((pid) => identify(pid ?? 0) !== undefined)).toEqual([])
  })
})
