import * as z from 'zod'
import { SESSION_MODES } from '../sessions.ts'

/** A path's steps, and what no path can carry. */
const isNoStep = (name: string): boolean => name !== '.' && name !== '..'

/** A client of a user, as its server tells it from the user's others: an XMPP resource, a device's id. */
export const deviceNameSchema = z
  .string()
  .regex(/^[A-Za-z0-9_.:+=-]{1,128}$/, 'must be 1–128 letters, digits, or any of _ . : + = -')
  .refine(isNoStep, 'must not be "." or ".."')

/** Whom a subscription is about: an address as its server writes it, `bob@example.com`. */
export const presentitySchema = z
  .string()
  .min(1, 'must have at least one character')
  .max(128, 'must have at most 128 characters')
  .regex(/^[^\s/%?#\p{C}]*$/u, 'must have no spaces, no control characters and none of / % ? #')
  .refine(isNoStep, 'must not be "." or ".."')

const MONTH_SECONDS = 30 * 86_400
const seconds = z.int().min(60).max(MONTH_SECONDS)

export const sessionSchema = z.strictObject({
  platform: z.string().min(1).max(64),
  /** `background`: the client is suspended; what comes for it is queued, and pushed where it takes pushes. */
  mode: z.enum(SESSION_MODES),
  pushEnabled: z.boolean().default(false),
  /** For how long it is kept if nobody puts it again; a week where left out. */
  expiresInSeconds: seconds.default(7 * 86_400),
})
export type SessionBody = z.infer<typeof sessionSchema>

export const subscriptionSchema = z.strictObject({
  /** For how long; it begins anew whenever it is put, and when the user comes to another node [B29]. */
  expiresInSeconds: seconds.default(3600),
})
export type SubscriptionBody = z.infer<typeof subscriptionSchema>
