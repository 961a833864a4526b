import { boottime } from '../../../apps/agent/boottime.ts'
import { GateError } from '../../../apps/agent/gate/gate.ts'
import { describeUnless, whyNoNamespaces } from '../../network/namespaces.ts'
import { Network } from './network.ts'
import { eventually, Stand } from './stand.ts'

const PORT = 5222

describeUnless(whyNoNamespaces(), "the kernel's table of the gate", stories)

function stories(): void {
  let stand: Stand
  let network: Network
  beforeEach(() => {
    stand = new Stand()
    network = new Network(stand)
  })
  afterEach(() => stand.clear())

  const inMs = (delayMs: number) => boottime() + delayMs

  it('closes what a suspend of the host, in which the kernel counts no time, has kept open past its deadline', async () => {
    const gate = network.gate()
    await gate.set({ a: inMs(60_000), b: inMs(60_000) })
    network.nft('flush', 'set', 'inet', 'understudy', 'door_a')
    const suspended = `timeout 60s comment "until ${Math.floor(inMs(-10))}"`
    network.nft('add', 'element', 'inet', 'understudy', 'door_a', `{ tcp . ${PORT} ${suspended} }`)
    expect((await gate.read()).open).toEqual(['b'])
    expect(network.nft('list', 'set', 'inet', 'understudy', 'door_a')).not.toContain('elements')
  })

  it('says open of what somebody has opened by hand', async () => {
    const gate = network.gate()
    await gate.set({ a: inMs(60_000) })
    network.nft('flush', 'set', 'inet', 'understudy', 'door_a')
    network.nft('add', 'element', 'inet', 'understudy', 'door_a', `{ tcp . ${PORT} timeout 60s }`)
    const { open, deadlines } = await gate.read()
    expect(open).toEqual(['a'])
    expect(deadlines.a).toBeGreaterThan(inMs(55_000))
    network.nft('flush', 'set', 'inet', 'understudy', 'door_a')
    network.nft('add', 'element', 'inet', 'understudy', 'door_a', `{ tcp . ${PORT} }`)
    expect((await gate.read()).deadlines).toEqual({ a: 'unleased' })
  })

  it('leaves no gap when the next agent takes the table over, also with other rules', async () => {
    await network.server(PORT)
    const first = network.gate()
    await first.set({ a: inMs(60_000) })
    const knocking = network.knocking(PORT)
    const user = network.connect(PORT)
    await user.become('answered')
    await eventually('users are let in', () => knocking.let().length > 3)
    first.close()

    const second = network.gate({ ports: { tcp: [PORT, 5061], udp: [5060], addresses: undefined } })
    const reading = await second.read()
    expect(reading.open).toEqual(['a'])
    expect(reading.deadlines.a).toBeGreaterThan(inMs(50_000))
    expect((await second.set({ a: inMs(60_000), b: inMs(60_000) })).open).toEqual(['a', 'b'])
    for (let time = 0; time < 20; time += 1) await second.set({ a: inMs(60_000) })
    await eventually('users are let in afterwards', () => (knocking.let().at(-1) ?? 0) > inMs(-20))
    expect(knocking.refused()).toEqual([])
    expect(user.events().some((event) => event.startsWith('cut'))).toBe(false)
  })

  it('makes its table anew, closed, when somebody has flushed the rules, and says so', async () => {
    const gate = network.gate()
    await network.server(PORT)
    await gate.set({ a: 'unleased' })
    network.nft('flush', 'ruleset')
    expect(await gate.read()).toMatchObject({
      open: [],
      problem: expect.stringContaining('somebody changed the table'),
    })
    await network.connect(PORT).become('refused')
    network.nft('flush', 'chain', 'inet', 'understudy', 'from_users')
    expect((await gate.set({ a: 'unleased' })).problem).toContain('somebody changed the table')
    expect(await gate.read()).toEqual({ open: ['a'], deadlines: { a: 'unleased' }, problem: null })
  })

  it('touches nothing else on the host', async () => {
    network.nft('add', 'table', 'inet', 'theirs')
    network.nft('add', 'chain', 'inet', 'theirs', 'c', '{ type filter hook input priority 0; policy accept; }')
    const before = network.nft('list', 'table', 'inet', 'theirs')
    const gate = network.gate()
    await gate.set({ a: 'unleased' })
    await gate.set({})
    expect(network.nft('list', 'table', 'inet', 'theirs')).toBe(before)
    expect(network.nft('list', 'tables').trim().split('\n').sort()).toEqual([
      'table inet theirs',
      'table inet understudy',
    ])
  })

  it('says nothing of a kernel that cannot be asked', async () => {
    const missing = network.gate({ command: ['/no/such/nft'] })
    await expect(missing.read()).rejects.toThrow(GateError)
    await expect(missing.set({})).rejects.toThrow(/^nft cannot be run: .*ENOENT; install the package nftables$/)
    const hanging = network.gate({ command: ['sh', '-c', 'exec sleep 60'], timeLimitMs: 200 })
    await expect(hanging.read()).rejects.toThrow('nft did not answer within 200 ms')
    const refusing = network.gate({ command: ['sh', '-c', 'echo Operation not permitted >&2; exit 1'] })
    await expect(refusing.read()).rejects.toThrow('nft refused: Operation not permitted')
  })
}
