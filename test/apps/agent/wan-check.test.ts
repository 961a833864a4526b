import { once } from 'node:events'
import net from 'node:net'
import { MOST_BYTES } from '../../../apps/agent/admin/peer-transfer.ts'
import { WanCheck } from '../../../apps/agent/admin/wan-check.ts'
import type { Peer } from '../../../apps/agent/peer/peer-link.ts'
import { eventually, Stand } from './stand.ts'

const keyOf = (id: string) => ({ id, secret: Buffer.from(`secret ${id}`).toString('base64url') })

describe('the line between the nodes of a pair', () => {
  let stand: Stand
  const checks: WanCheck[] = []
  beforeEach(() => {
    stand = new Stand()
  })
  afterEach(async () => {
    for (const check of checks.splice(0)) check.close()
    await stand.clear()
  })

  function open(node: string, trips: number[] = [12, 11, 90], betweenMs = 0) {
    const check = new WanCheck({
      ...{ node, cluster: 'c', address: '127.0.0.1', stateFolder: stand.folder, betweenMs },
      roundTripsMs: () => Promise.resolve([...trips]),
      log: () => undefined,
    })
    checks.push(check)
    return check
  }
  const peer = (node: string, port: number, keys = [keyOf('one')]): Peer => ({ node, address: '127.0.0.1', port, keys })

  /** beta listens, and alpha measures with it. */
  async function pair(options: { keys?: ReturnType<typeof keyOf>[]; trips?: number[]; betweenMs?: number } = {}) {
    const [alpha, beta] = [open('alpha', options.trips), open('beta', [], options.betweenMs)]
    beta.follow(peer('alpha', 1), 0)
    const port = await eventually('beta listens', () => beta.port ?? false)
    alpha.follow(peer('beta', port, options.keys), 0)
    return { alpha, beta, port }
  }

  it('is measured: the median of the pings, and the bytes that arrive', async () => {
    const { alpha } = await pair()
    const result = await alpha.run()

    expect(result).toMatchObject({ peer: 'beta', roundTripMs: 12, pings: { sent: 5, answered: 3 }, problems: [] })
    expect(result.mbitPerSecond).toBeGreaterThan(10)
    expect(alpha.last).toEqual(result)
    const next = open('alpha')
    next.follow(peer('beta', 1), 0)
    expect(next.last).toEqual(result)
    next.follow(peer('gamma', 1), 0)
    expect(next.last).toBeNull()
  })

  it('is too slow where the pings say so, and unknown where they are lost', async () => {
    expect((await (await pair({ trips: [81, 81, 81] })).alpha.run()).problems).toEqual([
      'the round trip takes 81.0 ms, and may take 80 ms',
    ])
    expect((await (await pair({ trips: [] })).alpha.run()).problems).toEqual([expect.stringContaining('is silent')])
  })

  it.each([
    ['has no key of the pair', keyOf('two')],
    ['has a key of that name, and not its secret', { ...keyOf('two'), id: 'one' }],
  ])('carries nothing for who %s', async (_, key) => {
    const { alpha } = await pair({ keys: [key] })

    expect((await alpha.run()).problems).toEqual([
      expect.stringContaining('the throughput was not measured: 127.0.0.1 port'),
    ])
  })

  it('is not loaded by who measures again and again', async () => {
    const { alpha } = await pair({ betweenMs: 9000 })
    const result = await alpha.run()

    await expect(alpha.run()).rejects.toThrow(/at most once in a while: try again in \d s$/)
    expect(alpha.last).toEqual(result)
  })

  it('is measured once for all who ask at the same time', async () => {
    const { alpha } = await pair({ betweenMs: 9000 })
    const [one, other] = await Promise.all([alpha.run(), alpha.run()])

    expect(other).toBe(one)
  })

  it('carries no bytes for a hello that was recorded, and no more than a bound', async () => {
    const { alpha, port } = await pair()
    /** Stands between the two and keeps what alpha says first. */
    let recorded = ''
    const spy = net.createServer({ allowHalfOpen: true }, (from) => {
      const to = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true })
      from.once('data', (chunk) => {
        recorded = chunk.toString()
      })
      from.on('error', () => undefined)
      from.pipe(to).pipe(from)
    })
    spy.listen(0, '127.0.0.1')
    await once(spy, 'listening')
    stand.afterwards(() => spy.close())
    alpha.follow(peer('beta', (spy.address() as net.AddressInfo).port), 0)
    expect((await alpha.run()).problems).toEqual([])

    const thief = net.connect(port, '127.0.0.1').setEncoding('utf8')
    thief.on('error', () => undefined)
    let said = ''
    thief.on('data', (text: string) => (said += text))
    thief.write(recorded)
    await once(thief, 'close')
    expect(recorded).toContain('"kind":"measure"')
    expect(said).not.toContain('go')
    expect(MOST_BYTES).toBeLessThan(5_000_000)
  })

  it('cannot be measured where there is no peer', async () => {
    await expect(open('alpha').run()).rejects.toThrow('there is no peer to measure with')
  })
})
