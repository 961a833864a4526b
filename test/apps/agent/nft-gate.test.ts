import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { boottime } from '../../../apps/agent/boottime.ts'
import { describeUnless, whyNoNamespaces } from '../../network/namespaces.ts'
import { Network, NODE_ADDRESS, OTHER_NODE_ADDRESS } from './network.ts'
import { eventually, Stand } from './stand.ts'

const PORT = 5222
const DOOR_HOLDER = 'test/apps/agent/nft-door-holder.ts'
/** Far more than a closing is ever late, yet far less than any lease. */
const LATENESS_MS = 100

describeUnless(whyNoNamespaces(), 'the gate that is nftables', stories)

function stories(): void {
  let stand: Stand
  let network: Network
  beforeEach(() => {
    stand = new Stand()
    network = new Network(stand)
  })
  afterEach(() => stand.clear())

  const inMs = (delayMs: number) => boottime() + delayMs
  const closed = (gate: { read: () => Promise<{ open: string[] }> }) =>
    eventually('the gate says closed', async () => (await gate.read()).open.length === 0)

  it('lets users in while the door is open, and nobody before', async () => {
    const gate = network.gate()
    expect(await gate.read()).toEqual({ open: [], deadlines: {}, problem: null })
    await network.server(PORT)
    await network.connect(PORT).become('refused')

    const deadlineMs = Math.floor(inMs(60_000))
    expect(await gate.set({ a: deadlineMs })).toEqual({ open: ['a'], deadlines: { a: deadlineMs }, problem: null })
    await network.connect(PORT).become('answered')
    expect(await gate.set({})).toEqual({ open: [], deadlines: {}, problem: null })
    await network.connect(PORT).become('refused')
  })

  it('closes by itself at the deadline, and cuts who talks', async () => {
    const gate = network.gate()
    await network.server(PORT)
    await gate.set({})
    const knocking = network.knocking(PORT)
    await eventually('somebody is refused', () => knocking.refused().length > 0)
    const deadlineMs = inMs(1500)
    await gate.set({ a: deadlineMs })
    await gate.close()
    const user = network.connect(PORT)
    await user.become('answered')

    expect(await user.become('cut')).toBeLessThan(deadlineMs + LATENESS_MS)
    await eventually('somebody is refused afterwards', () => (knocking.refused().at(-1) ?? 0) > deadlineMs)
    expect(Math.max(...knocking.let())).toBeLessThan(deadlineMs)
    expect(Math.max(...knocking.let())).toBeGreaterThan(deadlineMs - 1000)
  })

  it('cuts who is silent, at both ends, when the agent closes and when it sees that the lease has lapsed', async () => {
    const gate = network.gate()
    const server = await network.server(PORT)
    await gate.set({ a: 'unleased' })
    const first = network.connect(PORT, { silent: true })
    await first.become('answered')
    await gate.set({})
    await first.become('cut')
    await eventually('the server notices', () => server.said().split('ended').length === 2)

    await gate.set({ a: inMs(1000) })
    const second = network.connect(PORT, { silent: true })
    await second.become('answered')
    await second.become('cut')
    expect(gate.log).toEqual([])
  })

  it('lets nothing out of what the server sends, and cuts the server, where idle connections cannot be ended', async () => {
    const gate = network.gate({ socketsCommand: ['false'] })
    const server = await network.chattyServer(PORT)
    await gate.set({ a: 'unleased' })
    const user = network.connect(PORT, { silent: true })
    await user.become('answered')
    await gate.set({})
    const closedMs = boottime()
    await eventually('the server is cut', () => /cut .* 5222/.test(server.said()))
    const lastMs = Math.max(...user.events().map((event) => Number(event.split(' ')[1])))
    expect(lastMs).toBeLessThan(closedMs)
    expect(gate.log).toEqual([expect.stringContaining('idle connections are cut only when somebody sends')])
  })

  it('lets nothing in of what a user sends who was let in before', async () => {
    const gate = network.gate({ socketsCommand: ['false'] })
    const server = await network.muteServer(PORT)
    await gate.set({ a: 'unleased' })
    const user = network.connect(PORT)
    const heardMs = () => [...server.said().matchAll(/heard (\S+)/g)].map(([, atMs]) => Number(atMs))
    await eventually('the user is heard', () => heardMs().length > 3)
    await gate.set({})
    const closedMs = boottime()
    await user.become('cut')
    expect(Math.max(...heardMs())).toBeLessThan(closedMs)
  })

  it('lets the host itself through: services are probed behind a closed gate', async () => {
    const gate = network.gate()
    await network.server(PORT)
    await gate.set({})
    await network.connect(PORT, { from: network.node, address: '127.0.0.1' }).become('answered')
    await network.connect(PORT, { from: network.node }).become('answered')
  })

  it('guards nothing but its ports', async () => {
    await network.gate().set({})
    await network.server(5300)
    await network.connect(5300).become('answered')
  })

  it('guards datagrams, too', async () => {
    const gate = network.gate({ ports: { tcp: [], udp: [5060], addresses: undefined } })
    await network.datagramServer(5060)
    await gate.set({})
    const user = network.datagrams(5060)
    await eventually('the user is refused', () => user.refused().length > 0)
    expect(user.let()).toEqual([])
    const deadlineMs = inMs(1000)
    await gate.set({ a: deadlineMs })
    await eventually('the user is answered', () => user.let().length > 0)
    await eventually('the user is refused again', () => (user.refused().at(-1) ?? 0) > deadlineMs)
    expect(Math.max(...user.let())).toBeLessThan(deadlineMs)
  })

  it('has a door for each address where users of different home nodes arrive at different ones', async () => {
    const addresses = { a: [NODE_ADDRESS], b: [OTHER_NODE_ADDRESS] }
    const gate = network.gate({ ports: { tcp: [PORT], udp: [], addresses } })
    await network.server(PORT)
    expect((await gate.set({ a: 'unleased' })).open).toEqual(['a'])
    await network.connect(PORT).become('answered')
    await network.connect(PORT, { address: OTHER_NODE_ADDRESS }).become('refused')

    const ofB = await gate
      .set({ a: inMs(60_000), b: inMs(60_000) })
      .then(() => network.connect(PORT, { address: OTHER_NODE_ADDRESS }))
    await ofB.become('answered')
    const ofA = network.connect(PORT, { silent: true })
    await ofA.become('answered')
    await gate.set({ a: inMs(60_000) })
    await ofB.become('cut')
    expect(ofA.events().some((event) => event.startsWith('cut'))).toBe(false)

    const { open, problem } = await gate.set({ c: inMs(60_000) })
    expect({ open, problem }).toEqual({
      open: [],
      problem: 'gate.addresses has no address for the users of c, so they stay out',
    })
  })

  it('lets all users in at a common address while any door is open', async () => {
    const gate = network.gate()
    await network.server(PORT)
    await gate.set({ a: inMs(60_000), b: inMs(60_000) })
    const user = network.connect(PORT)
    await user.become('answered')
    expect((await gate.set({ b: inMs(60_000) })).open).toEqual(['b'])
    await network.connect(PORT).become('answered')
    expect(user.events().some((event) => event.startsWith('cut'))).toBe(false)
  })

  it('extends an open door, and opens none', async () => {
    const gate = network.gate()
    const deadlineMs = Math.floor(inMs(60_000))
    await gate.set({ a: inMs(2000) })
    expect(await gate.extend({ a: deadlineMs, b: deadlineMs })).toMatchObject({
      open: ['a'],
      deadlines: { a: deadlineMs },
    })
    expect((await gate.extend({ a: deadlineMs - 1000 })).deadlines).toEqual({ a: deadlineMs })
    await gate.set({ a: inMs(800) })
    await closed(gate)
    expect((await gate.extend({ a: deadlineMs })).open).toEqual([])
    await gate.set({ a: 'unleased' })
    expect((await gate.extend({ a: deadlineMs })).deadlines).toEqual({ a: 'unleased' })
  })

  it('does not extend a door that lapses between the look and the deed', async () => {
    const lapsing = path.join(stand.folder, 'lapsing')
    const nft = network.slowNft(
      `case $batch in *'delete element inet understudy door_a'*) touch ${lapsing}; nft flush set inet understudy door_a ;; esac`,
    )
    const gate = network.gate({ command: network.inNode(nft) })
    await gate.set({ a: inMs(5000) })
    expect((await gate.extend({ a: inMs(60_000) })).open).toEqual([])
    expect(existsSync(lapsing)).toBe(true)
  })

  it('opens nothing with a batch that comes too late for its ticket', async () => {
    const slow = path.join(stand.folder, 'slow')
    writeFileSync(slow, '')
    const nft = network.slowNft(
      `case $batch in 'delete element inet understudy tickets'*) [ -f ${slow} ] && sleep 0.5 ;; esac`,
    )
    const gate = network.gate({ command: network.inNode(nft) })
    await expect(gate.set({ a: inMs(60_000) })).rejects.toThrow(/nft refused: .*No such file or directory/)
    expect((await gate.read()).open).toEqual([])

    rmSync(slow)
    expect((await gate.set({ a: inMs(60_000) })).open).toEqual(['a'])
  })

  it('keeps the deadline also when the making of the ticket takes long', async () => {
    const nft = network.slowNft(`case $batch in *'add element inet understudy tickets'*) sleep 1 ;; esac`)
    const gate = network.gate({ command: network.inNode(nft) })
    await network.server(PORT)
    await gate.read()
    const knocking = network.knocking(PORT)
    const deadlineMs = inMs(2000)
    expect((await gate.set({ a: deadlineMs })).open).toEqual(['a'])
    await gate.close()
    await eventually('users are refused afterwards', () => (knocking.refused().at(-1) ?? 0) > deadlineMs)
    expect(Math.max(...knocking.let())).toBeLessThan(deadlineMs)
    expect(Math.max(...knocking.let())).toBeGreaterThan(deadlineMs - 1000)
  })

  it('opens nothing for an agent that is stopped between ticket and batch, and comes to after its lease', async () => {
    const paused = path.join(stand.folder, 'paused')
    const nft = network.slowNft(
      `case $batch in 'delete element inet understudy tickets'*)
        [ -f ${paused} ] || { echo $$ > ${paused}.new; mv ${paused}.new ${paused}; kill -STOP $PPID $$; } ;;
      esac`,
    )
    const agent = network.runIn(network.node, DOOR_HOLDER, String(PORT), '2000', nft)
    await eventually('it is stopped', () => existsSync(paused))
    const deadlineMs = Number(/wants (\S+)/.exec(agent.said())?.[1])
    await eventually('the deadline has passed', () => boottime() > deadlineMs)
    process.kill(Number(readFileSync(paused, 'utf8')), 'SIGCONT')
    const knocking = network.knocking(PORT)
    await network.server(PORT)
    agent.kill('SIGCONT')
    await eventually('it has gone on', () => agent.said().includes('open'))
    agent.kill('SIGKILL')
    expect(agent.said()).toMatch(/^wants \S+\nopen \n/)
    expect(knocking.let()).toEqual([])
  })

  it.each(['SIGKILL', 'SIGSTOP'] as const)(
    'closes in time after %s of the agent, and has no gap before',
    async (signal) => {
      await network.server(PORT)
      const agent = network.runIn(network.node, DOOR_HOLDER, String(PORT), '1500')
      await eventually('the door is open', () => agent.said().includes('open a'))
      const knocking = network.knocking(PORT)
      await eventually('the lease was renewed some times', () => agent.said().split('open a').length > 10)
      agent.kill(signal)
      const deadlineMs = Number(agent.said().split('wants ').at(-1)?.split('\n')[0])
      await eventually('users are refused', () => (knocking.refused().at(-1) ?? 0) > deadlineMs)
      expect(Math.max(...knocking.let())).toBeLessThan(deadlineMs)
      expect(Math.min(...knocking.refused())).toBeGreaterThan(Math.max(...knocking.let()))
    },
  )
}
