import { shortHash } from '../../domain/draft.ts'

/**
 * What is kept of a home's users is spread over so many partitions of the table: a partition of DynamoDB takes 1,000 writes
 * a second, and all users of a node may come at once. How many there are may not change while anything is kept.
 */
const SHARDS = 16

interface Home {
  cluster: string
  home: string
}

const placeOf = ({ cluster, home }: Home, shard: number): string => `${cluster}/${home}/${shard}`

/** All partitions of a home. */
export const placesOf = (home: Home): string[] => Array.from({ length: SHARDS }, (_, shard) => placeOf(home, shard))

export const shardOf = (user: string): number => Number.parseInt(shortHash(user), 36) % SHARDS

/** The partition in which all that is kept of one user stands. */
export const placeOfUser = (of: Home & { user: string }): string => placeOf(of, shardOf(of.user))

/** How far the partitions of a home were read. */
export interface Spot {
  shard: number
  /** The entry after which to go on in that partition; '' for its beginning. */
  after: string
}

/** As a cursor; names may hold signs that a query may not. */
export const cursorOf = ({ shard, after }: Spot): string => Buffer.from(`${shard} ${after}`).toString('base64url')

/** The longest entry is a lost one's, of a user and a device; DynamoDB takes no key of any length. */
const LONGEST_ENTRY_BYTES = 1024

/** Null: it is no cursor that this API gave for a list of these kinds of entries. */
export function spotOf(cursor: string, kinds: readonly ('lost' | 'session')[]): Spot | null {
  const text = Buffer.from(cursor, 'base64url').toString()
  const [, shard = '', after = '', kind] = /^(\d{1,2}) ((?:(lost|session)\/.+)?)$/.exec(text) ?? []
  const spot = { shard: Number(shard), after }
  const isKey = Buffer.byteLength(after) <= LONGEST_ENTRY_BYTES
  const isKnown = kind === undefined || kinds.some((each) => each === kind)
  return shard !== '' && spot.shard <= SHARDS && isKey && isKnown && cursorOf(spot) === cursor ? spot : null
}
