import dgram from 'node:dgram'
import { once } from 'node:events'
import { boottime } from '../../../apps/agent/boottime.ts'
import type { Ping, Pong } from '../../../apps/agent/peer/failsafe.ts'
import { PeerLink } from '../../../apps/agent/peer/peer-link.ts'
import { type PeerKey, seal, unseal } from '../../../apps/agent/peer/peer-message.ts'
import { eventually } from './stand.ts'

const keyOf = (id: string): PeerKey => ({ id, secret: Buffer.from(`the secret of ${id}`).toString('base64url') })
const KEY = keyOf('one')
const PROMISE: Pong = { promised: ['alpha'], failsafeMs: 20_000 }

describe('two agents', () => {
  const links: PeerLink[] = []
  const end: (() => void)[] = []
  afterEach(() => {
    for (const link of links.splice(0)) link.close()
    for (const each of end.splice(0)) each()
  })

  async function open(node: string, port = 0, incarnation = 7) {
    const pings: Ping[] = []
    const pongs: [Pong, number][] = []
    const lines: string[] = []
    const link = await PeerLink.open({
      node,
      cluster: 'c',
      incarnation,
      listen: { address: '127.0.0.1', port },
      now: boottime,
      log: (line) => void lines.push(line),
    })
    links.push(link)
    link.serve({
      onPing: (ping) => {
        pings.push(ping)
        return PROMISE
      },
      onPong: (pong, sentAtMs) => pongs.push([pong, sentAtMs]),
    })
    return { link, pings, pongs, lines }
  }

  /** alpha and beta, who know each other. */
  async function pair({ keys = [KEY], others }: { keys?: PeerKey[]; others?: PeerKey[] } = {}) {
    const alpha = await open('alpha')
    const beta = await open('beta')
    alpha.link.follow({ node: 'beta', address: 'localhost', port: beta.link.port, keys })
    beta.link.follow({ node: 'alpha', address: '127.0.0.1', port: alpha.link.port, keys: others ?? keys })
    return { alpha, beta }
  }

  /** Pings until something is so: the first ones look up the address, and learn the nonce. */
  const pingUntil = (link: PeerLink, what: string, isSo: () => boolean, ping: Ping = { epoch: 5, open: ['alpha'] }) =>
    eventually(what, () => {
      if (isSo()) return true
      link.ping(ping)
      return false
    })

  /** Stands between the two, and keeps what passes from alpha to beta. */
  async function eavesdrop(port: number) {
    const seen: Buffer[] = []
    const socket = dgram.createSocket('udp4').bind(0, '127.0.0.1')
    await once(socket, 'listening')
    end.push(() => socket.close())
    let alphaPort = 0
    socket.on('message', (datagram, sender) => {
      if (sender.port === port) return socket.send(datagram, alphaPort, '127.0.0.1')
      alphaPort = sender.port
      seen.push(datagram)
      socket.send(datagram, port, '127.0.0.1')
    })
    return { seen, port: socket.address().port, socket }
  }

  it('ask each other for promises, and measure the way there and back', async () => {
    const { alpha, beta } = await pair()
    const beforeMs = boottime()
    await pingUntil(alpha.link, 'a pong', () => alpha.pongs.length > 0)

    const [[pong, sentAtMs] = []] = alpha.pongs
    expect(pong).toEqual(PROMISE)
    expect(sentAtMs).toBeGreaterThanOrEqual(beforeMs)
    expect(beta.pings[0]).toEqual({ epoch: 5, open: ['alpha'] })
    expect(alpha.link.reading()).toMatchObject({ roundTripMs: expect.any(Number) })
    expect(beta.link.reading()?.heardMsAgo).toBeLessThan(10_000)
  })

  it('measure the way there and back anew, for who asks, and tell when nobody answers', async () => {
    const { alpha, beta } = await pair()
    await pingUntil(alpha.link, 'a pong', () => alpha.pongs.length > 0)
    const answered = alpha.link.nextRoundTripMs(10_000)
    alpha.link.ping({ epoch: 5, open: [] })
    expect(await answered).toBeGreaterThan(0)

    beta.link.follow(undefined)
    const lost = alpha.link.nextRoundTripMs(50)
    alpha.link.ping({ epoch: 5, open: [] })
    expect(await lost).toBeNull()
  })

  it('hear no stranger: another key, another addressee, no seal at all', async () => {
    const { alpha, beta } = await pair({ others: [keyOf('two')] })
    const good = await pair()
    await pingUntil(good.alpha.link, 'a pong between those who share a key', () => {
      alpha.link.ping({ epoch: 5, open: ['alpha'] })
      return good.alpha.pongs.length > 0
    })

    expect(beta.pings).toEqual([])
    expect(alpha.pongs).toEqual([])
    expect(beta.link.reading()).toBeNull()
  })

  it('agree while a key is rotated: each seals with its first and opens with all', async () => {
    const [old, next] = [keyOf('old'), keyOf('next')]
    const { alpha, beta } = await pair({ keys: [old, next], others: [next] })
    beta.link.follow({ node: 'alpha', address: '127.0.0.1', port: alpha.link.port, keys: [next, old] })
    await pingUntil(alpha.link, 'a pong', () => alpha.pongs.length > 0)

    expect(beta.pings.length).toBeGreaterThan(0)
  })

  it('hear a replayed ping never again, in this life and in the next', async () => {
    const { alpha, beta } = await pair()
    const { port } = beta.link
    const spy = await eavesdrop(port)
    alpha.link.follow({ node: 'beta', address: '127.0.0.1', port: spy.port, keys: [KEY] })
    await pingUntil(alpha.link, 'a pong', () => alpha.pongs.length > 0)
    const heard = beta.pings.length
    const replay = () => {
      for (const datagram of spy.seen) spy.socket.send(datagram, port, '127.0.0.1')
    }

    replay()
    await pingUntil(alpha.link, 'a later ping', () => beta.pings.length > heard)
    expect(beta.pings.length).toBe(heard + 1)

    beta.link.close()
    links.splice(links.indexOf(beta.link), 1)
    const reborn = await open('beta', port, 8)
    reborn.link.follow({ node: 'alpha', address: '127.0.0.1', port: alpha.link.port, keys: [KEY] })
    spy.seen.length = Math.min(spy.seen.length, 4)
    replay()
    const before = alpha.pongs.length
    await pingUntil(alpha.link, 'the new life answers', () => alpha.pongs.length > before, { epoch: 6, open: [] })
    expect(reborn.pings.every(({ epoch }) => epoch === 6)).toBe(true)
  })

  it('say which port is taken', async () => {
    const { link } = await open('alpha')

    await expect(open('beta', link.port)).rejects.toThrow(
      `the peer link cannot listen on 127.0.0.1 port ${link.port} (UDP)`,
    )
  })
})

describe('a sealed message', () => {
  const message = { kind: 'hello', nonce: 'n', from: 'a', to: 'b', cluster: 'c' } as const

  it('opens with the key that sealed it, as it was', () => {
    expect(unseal(seal(message, KEY), [keyOf('two'), KEY])).toEqual(message)
  })

  it('does not open when a single character is another, and nothing else opens either', () => {
    const sealed = seal(message, KEY).toString()
    for (let at = 0; at < sealed.length; at++) {
      const changed = sealed.slice(0, at) + String.fromCharCode(sealed.charCodeAt(at) ^ 1) + sealed.slice(at + 1)
      expect(unseal(Buffer.from(changed), [KEY])).toBeNull()
    }
    for (const text of ['', '.', 'one..{}', '{}', 'x'.repeat(5000)]) {
      expect(unseal(Buffer.from(text), [KEY])).toBeNull()
    }
  })
})
