import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import * as z from 'zod'
import type { Peer } from '../peer/peer-link.ts'
import type { PeerKey } from '../peer/peer-message.ts'

/** Between whom bytes are sent to be measured. */
export interface TransferParties {
  node: string
  cluster: string
}

/** Far more than the first seconds of a line of 10 Mbit/s hold, and little for a line that is much faster. */
export const MOST_BYTES = 4 * 1024 * 1024
/** How long bytes are sent; a line that carries less than MOST_BYTES in that time is measured all the same. */
export const SENDING_MS = 3000
/** For the whole of it; the receiver cuts it then. */
export const TRANSFER_LIMIT_MS = 8000
/** One measurement at a time, and the next one only so long after the last: nobody loads the line with them. */
export const BETWEEN_MS = 10_000

const LONGEST_LINE = 1024

const request = z.object({
  kind: z.literal('measure'),
  from: z.string().max(128),
  to: z.string().max(128),
  cluster: z.string().max(128),
  /** The receiver's own, fresh for each connection: what was recorded opens nothing. */
  challenge: z.string().max(64),
})
const answer = z.object({
  kind: z.literal('measured'),
  from: z.string().max(128),
  to: z.string().max(128),
  cluster: z.string().max(128),
  challenge: z.string().max(64),
  bytes: z.int().min(0),
  /** From the first byte to the last, by the receiver's clock. */
  durationMs: z.number().min(0),
})
export type TransferRequest = z.infer<typeof request>
export type TransferAnswer = z.infer<typeof answer>

export const newChallenge = (): string => randomBytes(16).toString('base64url')

/**
 * The same seal as on a datagram of the peer link, over another beginning: a line of one road is none of the other.
 * `requestOf` and `answerOf` give null for what nobody of the pair has sealed for this challenge.
 */
const macOf = (text: string, { secret }: PeerKey): Buffer =>
  createHmac('sha256', Buffer.from(secret, 'base64url')).update(`transfer.${text}`).digest()

export function sealLine(message: TransferRequest | TransferAnswer, { keys: [key] }: Peer): string {
  if (!key) throw new Error('there is no key with the peer')
  const text = JSON.stringify(message)
  return `${key.id}.${macOf(text, key).toString('base64url')}.${text}\n`
}

function unsealLine(line: string, { keys }: Peer): unknown {
  const [, id, mac, text] = /^([\w-]{1,64})\.([\w-]{43})\.(\{.*\})$/s.exec(line) ?? []
  const key = keys.find((one) => one.id === id)
  if (!key || mac === undefined || text === undefined || line.length > LONGEST_LINE) return null
  if (!timingSafeEqual(macOf(text, key), Buffer.from(mac, 'base64url'))) return null
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const isBetween = (
  said: { from: string; to: string; cluster: string },
  peer: Peer,
  { node, cluster }: TransferParties,
) => said.from === peer.node && said.to === node && said.cluster === cluster

export function requestOf(line: string, peer: Peer, me: TransferParties, challenge: string): TransferRequest | null {
  const parsed = request.safeParse(unsealLine(line, peer))
  const isOurs = parsed.success && isBetween(parsed.data, peer, me) && parsed.data.challenge === challenge
  return isOurs ? parsed.data : null
}

export function answerOf(line: string, peer: Peer, me: TransferParties, challenge: string): TransferAnswer | null {
  const parsed = answer.safeParse(unsealLine(line, peer))
  const isOurs = parsed.success && isBetween(parsed.data, peer, me) && parsed.data.challenge === challenge
  return isOurs ? parsed.data : null
}
