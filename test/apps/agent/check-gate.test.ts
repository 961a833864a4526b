import { execFileSync } from 'node:child_process'
import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { CheckParts } from '../../../apps/agent/check/check.ts'
import { checkGate } from '../../../apps/agent/check/check-gate.ts'
import { loadAgentConfig } from '../../../apps/agent/config.ts'
import { describeUnless, whyNoNamespaces } from '../../network/namespaces.ts'
import { AgentHost } from './agent-host.ts'
import { Network } from './network.ts'
import { Stand } from './stand.ts'

describe('understudy-agent check, of the gate', () => {
  let stand: Stand
  let host: AgentHost
  beforeEach(async () => {
    stand = new Stand()
    host = await AgentHost.open(stand)
  })
  afterEach(() => stand.clear())

  async function findings(gate: Record<string, unknown>, { proveGate = true, environment = process.env } = {}) {
    host.configure({ gate })
    const parts: CheckParts = { config: loadAgentConfig(host.configFile), environment, proveGate }
    const found = await checkGate(parts)
    return (name: string) => found.find((finding) => finding.name === name)
  }

  /** A folder first on PATH, with a program in it. */
  function program(name: string, script: string): Record<string, string | undefined> {
    const file = path.join(stand.folder, name)
    writeFileSync(file, `#!/bin/sh\n${script}\n`)
    chmodSync(file, 0o755)
    return { ...process.env, PATH: `${stand.folder}:${process.env.PATH}` }
  }

  it('proves a front by reading and by connecting', async () => {
    const front = await stand.front()
    const of = await findings({ kind: 'front', runFile: front.runFile, port: front.port })
    expect(of('gate')).toMatchObject({ result: 'ok', detail: `no door is open, at port ${front.port}` })
    expect(of('gate: proof')).toEqual({
      name: 'gate: proof',
      result: 'ok',
      detail: expect.stringMatching(
        /^open for \d+ ms, then closed by itself -?\d+ ms (before|after) its deadline, by con/,
      ),
    })
  })

  it('opens nothing unless it is asked to, and nothing while a door is open', async () => {
    const front = await stand.front()
    const gate = { kind: 'front', runFile: front.runFile, port: front.port }
    expect((await findings(gate, { proveGate: false }))('gate: proof')).toMatchObject({
      result: 'warning',
      remedy: expect.stringContaining('check --prove-gate'),
    })
    await front.gate.set({ b: 'unleased' })
    expect((await findings(gate))('gate: proof')).toMatchObject({
      result: 'warning',
      detail: 'not done: open for users of b',
    })
    expect((await front.gate.read()).open).toEqual(['b'])
  })

  it('finds a gate that does not close by itself although it says so', async () => {
    const doors = path.join(stand.folder, 'doors')
    program(
      'gate',
      `case $1 in open) echo $UNDERSTUDY_HOME_NODE 500 > ${doors};; close) : > ${doors};; *) cat ${doors} 2>/dev/null || true;; esac`,
    )
    const gate = (verb: string) => [path.join(stand.folder, 'gate'), verb]
    const commands = {
      kind: 'commands',
      open: gate('open'),
      close: gate('close'),
      status: gate('status'),
      extend: ['true'],
    }
    const of = await findings({ ...commands, closesByItself: true })
    expect(of('gate: status')).toMatchObject({ result: 'ok', detail: 'no door is open' })
    expect(of('gate: proof')).toMatchObject({ result: 'failed', detail: 'the door did not close by itself' })
    const honest = await findings(commands)
    expect(honest('gate: deadline')).toMatchObject({
      result: 'warning',
      detail: expect.stringContaining('nothing outside the agent closes the doors'),
    })
    expect(honest('gate: proof')?.result).toBe('warning')
  })

  it('finds what is wrong with the commands', async () => {
    const of = await findings({ kind: 'commands', open: ['/no/such'], close: ['true'], status: ['echo', 'all closed'] })
    expect(of('gate: open')).toMatchObject({ result: 'failed', remedy: 'install it, or correct gate.open' })
    expect(of('gate: status')).toMatchObject({
      result: 'failed',
      detail: 'gate.status printed "all closed" and not a home node, and in how many ms its door closes',
    })
    expect(of('gate: proof')).toBeUndefined()
  })

  it('warns where there is no gate', async () => {
    const of = await findings({ kind: 'none' })
    expect(of('gate')).toMatchObject({
      result: 'warning',
      detail: expect.stringContaining('users could log in to a node that was failed over'),
    })
  })

  it('finds that nft is missing', async () => {
    const of = await findings({ kind: 'nftables', tcp: [5222] }, { environment: { PATH: '/no/such/folder' } as never })
    expect(of('gate')).toMatchObject({ result: 'failed', detail: expect.stringContaining('nft cannot be run') })
  })

  const nftOf = ({ node }: Network) => `ip netns exec ${node} ${String(execFileSync('which', ['nft'])).trim()}`
  const stories = () => {
    it('proves it by the kernel, and says what a common address means', async () => {
      const network = new Network(stand)
      const environment = program('nft', `exec ${nftOf(network)} "$@"`)
      const first = await findings({ kind: 'nftables', tcp: [5222] }, { environment })
      expect(first('gate')).toMatchObject({
        result: 'warning',
        detail: expect.stringContaining('no table inet understudy yet'),
      })
      expect(first('gate: addresses')).toMatchObject({
        result: 'warning',
        detail: 'all users arrive at the same addresses: while one door is open, packets of all users pass',
      })
      expect(first('gate: proof')).toEqual({
        name: 'gate: proof',
        result: 'ok',
        detail: expect.stringMatching(/^open for \d+ ms, then closed by itself \d+ ms before its deadline; by reading/),
      })
      const second = await findings(
        { kind: 'nftables', tcp: [5222], addresses: { a: ['192.0.2.1'], b: ['192.0.2.2'] } },
        { environment },
      )
      expect(second('gate')).toEqual({ name: 'gate', result: 'ok', detail: 'no door is open' })
      expect(second('gate: addresses')?.result).toBe('ok')
    })

    it('finds a kernel that does not close', async () => {
      const network = new Network(stand)
      const forever = `[ "$1" = -f ] && { sed -E '/door_a/s/ timeout [0-9]+ms//g' | ${nftOf(network)} "$@"; exit $?; }`
      const environment = program('nft', `${forever}\nexec ${nftOf(network)} "$@"`)
      const of = await findings({ kind: 'nftables', tcp: [5222] }, { environment })
      expect(of('gate: proof')).toMatchObject({ result: 'failed', detail: 'the door did not close by itself' })
    })
  }
  describeUnless(whyNoNamespaces(), 'that is nftables', stories)
})
