import { once } from 'node:events'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import net, { type AddressInfo } from 'node:net'
import path from 'node:path'
import type { AgentStatus } from '../../../apps/agent/admin/admin-status.ts'
import { AgentHost, SERVICE } from './agent-host.ts'
import { eventually, Stand } from './stand.ts'

describe('administration of a running agent', () => {
  let stand: Stand
  let host: AgentHost
  let front: Awaited<ReturnType<Stand['front']>>
  beforeEach(async () => {
    stand = new Stand()
    host = await AgentHost.open(stand)
    front = await stand.front()
    configure({})
  })
  afterEach(() => stand.clear())

  const configure = (change: Record<string, unknown>) =>
    host.configure({ gate: { kind: 'front', runFile: front.runFile, port: front.port }, ...change })
  const ask = (command: string, ...options: string[]) => host.ask(command, '--config', host.configFile, ...options)
  const status = async (): Promise<AgentStatus> => JSON.parse((await ask('status', '--json')).said)
  const adminFile = () => JSON.parse(readFileSync(path.join(stand.folder, 'state', 'admin.json'), 'utf8'))
  const openDoors = () => host.heartbeats.at(-1)?.gate.open.join()
  const says = (open: string) => eventually(`the heartbeats say "${open}"`, () => openDoors() === open)
  const isOpen = async () => (await front.gate.read()).open.join()
  const get = (route: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`http://127.0.0.1:${adminFile().port}${route}`, { headers, method })
  async function startAgent() {
    const agent = host.startAgent()
    await eventually('it answers', () => isAnsweredBy(agent.pid))
    return agent
  }
  function isAnsweredBy(pid: number | undefined): boolean {
    try {
      return adminFile().agent.pid === pid
    } catch {
      return false
    }
  }
  async function kill(agent: ReturnType<AgentHost['startAgent']>) {
    agent.kill('SIGKILL')
    await once(agent, 'exit')
  }

  it('says how things are, to a person and to a program', async () => {
    await startAgent()
    await says('a')

    const { code, said } = await ask('status')
    expect(said).toMatch(/^node +a of cluster c, group pair$/m)
    expect(said).toMatch(/^state +Normal \(On Admin Request\)$/m)
    expect(said).toMatch(/^control plane +connected for \d+ s: http/m)
    expect(said).toMatch(/^door +open for the users of a, by: lease, closes in \d s$/m)
    expect(said).toMatch(/^gate +front$/m)
    expect(said).toMatch(new RegExp(`^${SERVICE} +running for `, 'm'))
    expect(code).toBe(0)
    expect(await status()).toMatchObject({ node: 'a', state: 'Normal', order: null, contact: { connected: true } })
  })

  it('says in one line that no agent runs', async () => {
    expect(await ask('status')).toEqual({ code: 4, said: `understudy-agent: no agent runs with ${host.configFile}\n` })
    const agent = await startAgent()
    await kill(agent)
    expect(await ask('fence')).toEqual({ code: 4, said: `understudy-agent: no agent runs with ${host.configFile}\n` })
    expect((await host.ask('fance')).code).toBe(2)
  })

  it('is for those alone who may read the state folder', async () => {
    await startAgent()
    await says('a')

    expect(statSync(path.join(stand.folder, 'state', 'admin.json')).mode & 0o077).toBe(0)
    expect((await get('/status')).status).toBe(401)
    expect((await get('/fence', { authorization: 'Bearer x' }, 'POST')).status).toBe(401)
    expect((await status()).order).toBeNull()
    expect((await get('/status', { authorization: `Bearer ${adminFile().token}` })).status).toBe(200)
  })

  it('takes an operator’s own token, unless others can read it', async () => {
    const file = path.join(stand.folder, 'token')
    writeFileSync(file, 'sixteen-characters\n', { mode: 0o600 })
    configure({ admin: { port: 0, tokenFile: 'token' } })
    const first = await startAgent()
    expect(adminFile().token).toBe('sixteen-characters')
    await kill(first)

    chmodSync(file, 0o644)
    expect((await ask('check')).said).toMatch(/^failed +admin token +.* can be read by others: chmod 600 /m)
    const second = await startAgent()
    expect(adminFile().token).not.toBe('sixteen-characters')
    expect(second.said()).toContain(`can be read by others: chmod 600 ${file}`)
  })

  it('fences: every door is closed until it is released, also by an agent that is restarted', async () => {
    // What an agent that crashed may have promised keeps doors closed, too: less than ten heartbeats long here.
    host.change = { leaseMs: 1800, settings: host.settingsWith({ keepAliveTimeoutMs: 2000 }) }
    const agent = await startAgent()
    await says('a')

    expect(await ask('fence')).toMatchObject({ code: 0, said: expect.stringContaining('every door is closed') })
    expect(await isOpen()).toBe('')
    await says('')
    expect(agent.said()).toContain('FENCED')
    await kill(agent)
    await startAgent()
    const from = host.heartbeats.length
    await eventually('some more heartbeats', () => host.heartbeats.length > from + 15)
    expect(host.heartbeats.slice(from).map(({ gate }) => gate.open)).toEqual(
      Array(host.heartbeats.length - from).fill([]),
    )
    expect((await ask('status')).said).toMatch(/^ORDER +FENCED since /)

    expect((await ask('release')).code).toBe(0)
    await says('a')
    expect((await status()).pastOrders).toMatchObject([{ kind: 'fence', why: 'released by an operator' }])
  })

  it('measures for Prometheus, and asks for no token', async () => {
    configure({ hooks: { onTakeOver: ['false'] } })
    host.commands = [{ id: 't1/takeOver/1', kind: 'takeOver', transition: 't1', homeNode: 'b' }]
    await startAgent()
    await says('a')
    await eventually('the command has ended', () => host.heartbeats.some(({ commandResults }) => commandResults))

    const answer = await get('/metrics')
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await answer.text()
    const value = (sample: string) => {
      const line = text.split('\n').find((each) => each.startsWith(`understudy_agent_${sample} `))
      return line === undefined ? undefined : Number(line.split(' ').at(-1))
    }
    expect(value('heartbeats_sent_total')).toBeGreaterThan(1)
    expect(value('connected')).toBe(1)
    expect(value('state{state="Normal",reason="OnAdminRequest"}')).toBe(1)
    expect(value('door_open{home_node="a"}')).toBe(1)
    expect(value('door_open{home_node="b"}')).toBe(0)
    expect(value('lease_remaining_seconds{home_node="a"}')).toBeGreaterThan(5)
    expect(value(`service_up{service="${SERVICE}"}`)).toBe(1)
    expect(value(`service_probe_seconds_count{service="${SERVICE}"}`)).toBeGreaterThan(0)
    expect(value('hook_results_total{hook="onTakeOver",result="failed"}')).toBe(1)
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e6)
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"]*",?)+\})? -?[\d.e+-]+)$/)
  })

  it('goes without its port where that is taken, and says so once', async () => {
    const other = net.createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    configure({ admin: { port } })
    const agent = host.startAgent()
    await says('a')

    expect(agent.said().match(new RegExp(`the admin port ${port} of 127.0.0.1 is not to be had`, 'g'))).toHaveLength(1)
    expect(await ask('status')).toMatchObject({ code: 1, said: expect.stringContaining('its log says why') })
    expect(agent.exitCode).toBeNull()
    await new Promise((resolve) => other.close(resolve))
  })

  it('finds out that the clock of the host is wrong', async () => {
    host.clockAheadMs = 300_000
    const agent = await startAgent()
    await says('a')

    await eventually('the log says so', () => agent.said().includes("s behind the control plane's"))
    expect(Math.abs(((await status()).contact.clockAheadSeconds ?? 0) + 300)).toBeLessThanOrEqual(2)
  })

  describe('with the glass broken', () => {
    const force = (...options: string[]) => ask('serve', '--force', ...options)
    const CONFIRMED = ['--yes-i-know-nobody-else-serves', 'a']
    beforeEach(() => {
      host.change = { serve: [], leaseMs: 1800, settings: host.settingsWith({ keepAliveTimeoutMs: 2000 }) }
    })
    /** The control plane goes, and has been silent for the keep-alive timeout. */
    async function loseContact() {
      host.isGone = true
      await eventually('it may be forced', async () => {
        const { contact } = await status()
        return !contact.connected && (contact.lastAnswerMsAgo ?? 0) >= 2000
      })
    }

    it('serves nothing while the control plane answers, nor without the name of the node', async () => {
      await startAgent()
      await says('')

      expect(await force(...CONFIRMED)).toEqual({
        code: 3,
        said: 'understudy-agent: the control plane answers, and decides who serves: ask it\n',
      })
      await loseContact()
      expect((await force()).code).toBe(2)
      expect((await force('--yes-i-know-nobody-else-serves', 'b')).code).toBe(2)
      expect((await ask('serve', ...CONFIRMED)).code).toBe(2)
      expect(await isOpen()).toBe('')
    })

    it('serves without a lease, across a crash of the agent, until the control plane answers', async () => {
      const agent = await startAgent()
      await says('')
      await loseContact()

      expect(await force('--all', ...CONFIRMED)).toMatchObject({ code: 0, said: expect.stringMatching(/^serves a, b/) })
      expect(await isOpen()).toBe('a,b')
      expect(agent.said()).toContain('FORCED: a, b served without a lease')
      await kill(agent)
      await front.gate.set({})
      const next = await startAgent()
      await eventually('the doors are open again', async () => (await isOpen()) === 'a,b')
      expect((await ask('status')).said).toMatch(/^ORDER +FORCED since .*serves a, b without a lease/)

      const from = host.heartbeats.length
      host.isGone = false
      await eventually('a heartbeat says what was forced', () => host.heartbeats.length > from)
      expect(host.heartbeats[from]?.gate.open).toEqual(['a', 'b'])
      await says('')
      expect(await isOpen()).toBe('')
      expect(next.said()).toContain('is over: the control plane answers')
      expect((await status()).pastOrders).toMatchObject([{ kind: 'serve', doors: ['a', 'b'] }])
    })

    it('closes when it is released', async () => {
      await startAgent()
      await says('')
      await loseContact()
      await force(...CONFIRMED)
      expect(await isOpen()).toBe('a')

      expect((await ask('release')).code).toBe(0)
      expect(await isOpen()).toBe('')
    })
  })
})
