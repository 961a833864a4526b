import { randomBytes } from 'node:crypto'
import net from 'node:net'
import { createInterface } from 'node:readline'
import type { Peer } from '../peer/peer-link.ts'
import { answerOf, MOST_BYTES, SENDING_MS, sealLine, TRANSFER_LIMIT_MS, type TransferParties } from './peer-transfer.ts'

const CHUNK = 64 * 1024

export interface Measured {
  bytes: number
  durationMs: number
}

/** The peer is asked too often: nothing was measured, and what was measured before stands. */
export class TooSoon extends Error {
  override name = 'TooSoon'
}

/** Sends the peer's agent bytes, and answers how many arrived there and in which time. Throws, in words, where it cannot be. */
export async function measureTransfer(peer: Peer, me: TransferParties): Promise<Measured> {
  const socket = net.connect({ host: peer.address, port: peer.port })
  const where = `${peer.address} port ${peer.port} (TCP)`
  const failure = Promise.withResolvers<never>()
  const limit = setTimeout(() => failure.reject(new Error(`no answer from ${where} in time`)), TRANSFER_LIMIT_MS)
  socket.on('error', (error) => failure.reject(new Error(`${where} cannot be reached: ${error.message}`)))
  socket.on('close', () => failure.reject(new Error(`${where} ended the connection: is it the peer's agent?`)))
  failure.promise.catch(() => undefined)
  try {
    return await Promise.race([transfer(socket, peer, me), failure.promise])
  } finally {
    clearTimeout(limit)
    socket.destroy()
  }
}

async function transfer(socket: net.Socket, peer: Peer, me: TransferParties): Promise<Measured> {
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    // Who has ended the connection is said by its own event.
    return done ? await new Promise<string>(() => undefined) : value
  }
  const challenge = (await next()).slice(0, 64)
  const { node, cluster } = me
  socket.write(sealLine({ kind: 'measure', from: node, to: peer.node, cluster, challenge }, peer))
  const said = await next()
  const later = /^later (\d{1,4})$/.exec(said)?.[1]
  if (later) throw new TooSoon(`the peer is measured with at most once in a while: try again in ${later} s`)
  if (said !== 'go') throw new Error('what answers there is not the agent of the peer')
  await send(socket)
  socket.end()
  const measured = answerOf(await next(), peer, me, challenge)
  if (!measured) throw new Error('what answers there is not the agent of the peer')
  return { bytes: measured.bytes, durationMs: measured.durationMs }
}

/** Bytes that no compression on the way can make fewer, up to a bound of bytes and of time. */
async function send(socket: net.Socket): Promise<void> {
  const chunk = randomBytes(CHUNK)
  const untilMs = performance.now() + SENDING_MS
  for (let sent = 0; sent + CHUNK <= MOST_BYTES && performance.now() < untilMs; sent += CHUNK) {
    const hasRoom = socket.write(chunk)
    if (!hasRoom) await new Promise((resolve) => socket.once('drain', resolve))
  }
}
