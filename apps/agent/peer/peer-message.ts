import { createHmac, timingSafeEqual } from 'node:crypto'
import * as z from 'zod'

/** A key that the control plane gives to both agents of a pair. */
export interface PeerKey {
  id: string
  /** Base64url. */
  secret: string
}

const name = z.string().max(128)
const envelope = {
  from: name,
  to: name,
  cluster: name,
}

/**
 * What two agents tell each other, in datagrams of one line: JSON, and the keyed hash over it.
 *
 * `ping` asks for promises (rule 16), and names the doors that are open. Pings are ordered by incarnation and number,
 * and an older one than the last is not heard. `pong` answers one ping. `hello` answers a ping that does not know the
 * receiver's nonce: so what was recorded in an earlier life of the receiver gets a nonce, and no promise.
 */
const peerMessage = z.discriminatedUnion('kind', [
  z.object({
    ...envelope,
    kind: z.literal('ping'),
    nonce: z.string().max(64),
    incarnation: z.int(),
    number: z.int().positive(),
    epoch: z.int().min(0),
    open: z.array(name).max(2),
  }),
  z.object({
    ...envelope,
    kind: z.literal('pong'),
    /** Both of the ping. */
    incarnation: z.int(),
    number: z.int().positive(),
    promised: z.array(name).max(2),
    failsafeMs: z.number().min(0),
  }),
  z.object({ ...envelope, kind: z.literal('hello'), nonce: z.string().max(64) }),
])
export type PeerMessage = z.infer<typeof peerMessage>

/** Far below what a datagram may hold, and far above what a message needs. */
const LONGEST_DATAGRAM_BYTES = 1400

const macOf = (text: string, { secret }: PeerKey): Buffer =>
  createHmac('sha256', Buffer.from(secret, 'base64url')).update(text).digest()

export function seal(message: PeerMessage, key: PeerKey): Buffer {
  const text = JSON.stringify(message)
  return Buffer.from(`${key.id}.${macOf(text, key).toString('base64url')}.${text}`)
}

/** The message, if one of the keys sealed it; null: it is not one, or nobody who may said it. */
export function unseal(datagram: Buffer, keys: readonly PeerKey[]): PeerMessage | null {
  if (datagram.length > LONGEST_DATAGRAM_BYTES) return null
  const [, id, mac, text] = /^([\w-]{1,64})\.([\w-]{43})\.(\{.*\})$/s.exec(datagram.toString()) ?? []
  const key = keys.find((one) => one.id === id)
  if (!key || mac === undefined || text === undefined) return null
  if (!timingSafeEqual(macOf(text, key), Buffer.from(mac, 'base64url'))) return null
  const parsed = peerMessage.safeParse(parseJson(text))
  return parsed.success ? parsed.data : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
