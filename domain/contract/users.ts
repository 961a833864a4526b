import * as z from 'zod'
import { nameSchema, nodeNameSchema } from './configuration.ts'

/**
 * A user's name as it is kept and answered. It is prepared as XMPP prepares a local part (RFC 8265, UsernameCaseMapped):
 * who logs in as ALICE is alice, however the letters were typed.
 */
export const preparedUserName = (name: string): string => name.normalize('NFKC').toLowerCase().normalize('NFKC')

/** What neither XMPP (RFC 7622) nor a path of this API can have in a name. */
const FORBIDDEN = `"&'/:<>@%?#`
/** Visible ASCII but for these; of other scripts letters, digits and what belongs to them, and no symbols. */
const WELL_FORMED = new RegExp(`^(?:(?![${FORBIDDEN}])[\\x21-\\x7e]|[\\p{L}\\p{Mn}\\p{Mc}\\p{Nd}])+$`, 'u')

/** The user part of an XMPP or SIP address. "." and ".." are steps in a path, and clients never send them. */
export const userNameSchema = z
  .string()
  .transform(preparedUserName)
  .pipe(
    z
      .string()
      .min(1, 'must have at least one character')
      .max(128, 'must have at most 128 characters')
      .regex(WELL_FORMED, `must be letters, digits and signs other than ${[...FORBIDDEN].join(' ')}, without spaces`)
      .refine((name) => name !== '.' && name !== '..', 'must not be "." or ".."'),
  )

/** Where the user's home is to be; left out: the cluster's `userAssignmentMode` decides [B24]. */
export const userSchema = z
  .strictObject({ node: nodeNameSchema.optional(), group: nameSchema.optional() })
  .refine(({ node, group }) => node === undefined || group === undefined, {
    path: ['group'],
    message: 'must be left out where a node is named: the node decides',
  })
export type UserBody = z.infer<typeof userSchema>
