import { randomBytes } from 'node:crypto'

const ID_BYTES = 6
const SECRET_BYTES = 24

/** A new key for the two agents of a pair. */
export const freshPeerKey = (): { id: string; secret: string } => ({
  id: randomBytes(ID_BYTES).toString('base64url'),
  secret: randomBytes(SECRET_BYTES).toString('base64url'),
})
