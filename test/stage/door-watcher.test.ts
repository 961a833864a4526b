import { once } from 'node:events'
import net from 'node:net'
import { type Ask, DoorWatcher, servedTwice } from './door-watcher.ts'
import { until } from './stage-under-test.ts'

/** A front whose doors the test opens and closes, whoever else's are open. */
class PlainFront {
  readonly #sockets = new Set<net.Socket>()
  readonly #server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy())
    if (this.#line === '') return socket.destroy()
    this.#sockets.add(socket)
    return socket.resume().write(this.#line)
  })
  #line = ''

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as net.AddressInfo).port
  }

  serve(...homes: string[]): void {
    this.#line = homes.length === 0 ? '' : `front serves ${homes.join(' ')}\n`
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
  }

  /** A door that is closed to newcomers only. */
  refuseNewcomers(): void {
    this.#line = ''
  }

  close(): void {
    this.serve()
    this.#server.close()
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('the watcher of the doors', () => {
  const one = new PlainFront()
  const two = new PlainFront()
  let watcher: DoorWatcher
  beforeEach(async () => {
    watcher = new DoorWatcher({ alpha: await one.listen(), beta: await two.listen() })
    watcher.start()
    one.serve('alpha')
    await until('alpha serves', () => watcher.serves('alpha').includes('alpha'))
  })
  afterEach(async () => {
    await watcher.stop()
    one.close()
    two.close()
  })

  it('says nothing when a door closes before the other opens', async () => {
    one.serve()
    two.serve('beta', 'alpha')
    await until('beta serves both', () => watcher.serves('beta').length === 2)
    await until('alpha serves nobody', () => watcher.serves('alpha').length === 0)
    expect(watcher.servedTwice()).toEqual([])
    expect(watcher.cuts).toMatchObject([{ front: 'alpha', serves: ['alpha'] }])
  })

  it('catches two fronts that serve the same users', async () => {
    two.serve('beta', 'alpha')
    await until('beta serves both', () => watcher.serves('beta').length === 2)
    await pause(50)
    one.serve()
    await until('alpha serves nobody', () => watcher.serves('alpha').length === 0)
    expect(watcher.servedTwice()).toContainEqual(
      expect.stringMatching(/^alpha and beta both served alpha for at least \d+ ms$/),
    )
  })

  it('catches a user who stays where his door is closed', async () => {
    one.refuseNewcomers()
    await until('alpha greets nobody', () => watcher.serves('alpha').length === 0)
    two.serve('alpha')
    await until('beta serves', () => watcher.serves('beta').length === 1)
    await until('it is caught', () => watcher.servedTwice().length > 0)
    expect(watcher.servedTwice()).toEqual(['beta serves alpha, and a user of alpha is still on alpha'])
  })
})

describe('what is certain', () => {
  const ask = (front: string, askedMs: number, answeredMs: number, ...serves: string[]): Ask => {
    return { front, askedMs, answeredMs, serves }
  }

  it('is that two fronts served when one answers between two answers of the other', () => {
    const asks = [ask('a', 0, 1, 'x'), ask('b', 10, 11, 'x'), ask('a', 20, 21, 'x'), ask('b', 30, 31, 'x')]
    expect(servedTwice(asks, 'x')).toEqual(['a and b both served x for at least 9 ms'])
  })

  it('is not that they did when their questions merely overlap', () => {
    const asks = [
      ask('a', 0, 1, 'x'),
      ask('a', 20, 500, 'x'),
      ask('b', 30, 501, 'x'),
      ask('a', 502, 503),
      ask('b', 504, 505, 'x'),
    ]
    expect(servedTwice(asks, 'x')).toEqual([])
  })

  it('is nothing about other users', () => {
    const asks = [ask('a', 0, 1, 'x'), ask('b', 10, 11, 'y'), ask('a', 20, 21, 'x'), ask('b', 30, 31, 'y')]
    expect(servedTwice(asks, 'x')).toEqual([])
  })
})
