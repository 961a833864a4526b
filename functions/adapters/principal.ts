import { createHash } from 'node:crypto'

/** A principal's ARN, shortened for the group's item: 16 characters of its SHA-256. */
export const principalHash = (arn: string): string =>
  arn === '' ? '' : createHash('sha256').update(arn).digest('base64url').slice(0, 16)

/**
 * The ARNs under which a caller may be registered as a node's principal: the caller's own, and for a session of an
 * assumed role the role itself (`…:assumed-role/Name/session` → `…:role/Name`).
 */
export function principalsOf(callerArn: string): string[] {
  const session = /^arn:([a-z-]+):sts::(\d{12}):assumed-role\/(.+)\/[^/]+$/.exec(callerArn)
  return session ? [callerArn, `arn:${session[1]}:iam::${session[2]}:role/${session[3]}`] : [callerArn]
}
