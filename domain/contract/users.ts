import * as z from 'zod'
import { nameSchema, nodeNameSchema } from './configuration.ts'

/**
 * A user's name as it is kept and answered. It is prepared as XMPP prepares a local part (RFC 8265, UsernameCaseMapped):
 * who logs in as ALICE is alice, however the letters were typed.
 */
export const preparedUserName = (name: string): string => name.normalize('NFKC').toLowerCase().normalize('NFKC')

/** What neither XMPP (RFC 7622) nor a path of this API can have in a name. */
const FORBIDDEN = `"&'/:<>@%?#`
/**
 * Visible ASCII but for these; of other scripts letters, digits and what belongs to them, and no symbols. No character is
 * in both: else a long name with one bad sign would be tried in 2 to the power of its length ways.
 */
const WELL_FORMED = new RegExp(
  `^(?:(?![${FORBIDDEN}])[\\x21-\\x7e]|(?![\\x21-\\x7e])[\\p{L}\\p{Mn}\\p{Mc}\\p{Nd}])+$`,
  'u',
)

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

const placeShape = { node: nodeNameSchema.optional(), group: nameSchema.optional() }
interface Place {
  node?: string | undefined
  group?: string | undefined
}
const namesOnePlace = ({ node, group }: Place): boolean => node === undefined || group === undefined
const ONE_PLACE = { path: ['group'], message: 'must be left out where a node is named: the node decides' }

/** Where the user's home is to be; left out: the cluster's `userAssignmentMode` decides [B24]. */
export const userSchema = z.strictObject(placeShape).refine(namesOnePlace, ONE_PLACE)
export type UserBody = z.infer<typeof userSchema>

/** Most users of one call: their names and homes stand in one write of a count. */
export const MOST_OF_A_BATCH = 100

/** Users to be added together, each named once. */
export const userBatchSchema = z.strictObject({
  users: z
    .array(z.strictObject({ user: userNameSchema, ...placeShape }).refine(namesOnePlace, ONE_PLACE))
    .min(1, 'must name at least one user')
    .max(MOST_OF_A_BATCH, `must name at most ${MOST_OF_A_BATCH} users`)
    .superRefine((users, context) => {
      const places = new Map<string, number>()
      for (const [index, { user }] of users.entries()) {
        const first = places.get(user)
        if (first === undefined) places.set(user, index)
        else
          context.addIssue({ code: 'custom', path: [index, 'user'], message: `names the user of users.${first} again` })
      }
    }),
})

/** Where a user moves to, and whether it is logged out for that [B30]. */
export const moveSchema = z
  .strictObject({ ...placeShape, logOut: z.boolean().default(false) })
  .refine(namesOnePlace, ONE_PLACE)
  .refine(({ node, group }) => node !== undefined || group !== undefined, {
    path: ['group'],
    message: 'must be named, or a node',
  })
export type MoveBody = z.infer<typeof moveSchema>

export const logoutSchema = z.strictObject({})

export const rebalanceSchema = z.strictObject({
  /** Says what would move, and moves nobody. */
  dryRun: z.boolean().default(false),
  /** Logs users out who are to move; otherwise they stay where they are. */
  logOut: z.boolean().default(false),
  /** Where the page before this one ended. */
  cursor: z.string().optional(),
})
export type RebalanceBody = z.infer<typeof rebalanceSchema>

export const recountSchema = z.strictObject({})
