import { once } from 'node:events'
import net, { type AddressInfo } from 'node:net'
import { ListeningPort, type ListeningPortOptions } from '../../../apps/agent/admin/listening-port.ts'
import { eventually, Stand } from './stand.ts'

describe('a port of the agent’s own', () => {
  let stand: Stand
  beforeEach(() => {
    stand = new Stand()
  })
  afterEach(() => stand.clear())

  function aPort(options: Partial<ListeningPortOptions<net.Server>> = {}) {
    const seen = { tries: 0, log: [] as string[] }
    const port = new ListeningPort({
      name: 'the port',
      address: '127.0.0.1',
      make: () => {
        seen.tries += 1
        return net.createServer()
      },
      end: (server) => server.close(),
      log: (line) => seen.log.push(line),
      againMs: 5,
      ...options,
    })
    stand.afterwards(() => port.follow(undefined))
    return { port, seen }
  }
  async function taken() {
    const other = net.createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const free = () => new Promise((resolve) => other.close(resolve))
    stand.afterwards(free)
    return { number: (other.address() as AddressInfo).port, free }
  }

  it('that is taken is tried again until it is free, and said to be so once', async () => {
    const { number, free } = await taken()
    const { port, seen } = aPort()
    await port.follow(number)
    await eventually('it was tried again and again', () => seen.tries > 3)
    expect(port.port).toBeNull()

    await free()
    await eventually('it listens', () => port.port === number)
    expect(seen.log).toEqual([
      expect.stringMatching(/^the port \d+ of 127\.0\.0\.1 is not to be had, and is tried again: /),
    ])
  })

  it('is let go of where what has to follow fails, and then tried again', async () => {
    let isBroken = true
    const { port, seen } = aPort({
      opened: async () => {
        if (isBroken) throw new Error('the disk is full')
      },
    })
    await port.follow(0)
    expect(port.port).toBeNull()
    await eventually('it was tried again', () => seen.tries > 1)

    isBroken = false
    await eventually('it listens', () => port.port !== null)
    expect(seen.log).toEqual(['the port 0 of 127.0.0.1 is not to be had, and is tried again: the disk is full'])
  })
})
