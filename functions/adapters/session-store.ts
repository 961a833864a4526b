import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  QueryCommand,
} from '@aws-sdk/client-dynamodb'
import type { Loss, Session } from '../../domain/sessions.ts'
import { placeOfUser, placesOf, type Spot } from './session-places.ts'

export interface SessionKey {
  cluster: string
  user: string
  home: string
  device: string
}

/** Which sessions of a home are wanted; what is left out does not matter. */
export interface SessionFilter {
  mode?: Session['mode'] | undefined
  pushEnabled?: boolean | undefined
}

/** A session as it stood when it was found that a crash had taken what was queued for it. */
export type LostSession = Session & { loss: Loss }

export interface SessionPage<Entry> {
  entries: Entry[]
  /** Where the next page begins; null: there is none. A page may be short, or empty, and not be the last. */
  next: Spot | null
}

/** Sessions of users. All reads are strongly consistent. */
export interface SessionStore {
  read(key: SessionKey): Promise<Session | null>
  put(session: Session): Promise<void>
  remove(key: SessionKey): Promise<void>
  ofUser(user: Omit<SessionKey, 'device'>): Promise<Session[]>
  /** Sessions of all users of a home, in no order that means anything. */
  ofHome(
    home: { cluster: string; home: string },
    filter: SessionFilter,
    page: { limit: number; from?: Spot | undefined },
  ): Promise<SessionPage<Session>>
  /** Keeps, beside the sessions, that messages queued for one were lost: it is about to be put anew, or to end. */
  keepLost(lost: LostSession): Promise<void>
  /** The suspended sessions of a home, and what was kept of those that were lost, in the same manner as `ofHome`. */
  suspended(
    home: { cluster: string; home: string },
    page: { limit: number; from?: Spot | undefined },
  ): Promise<SessionPage<Session | LostSession>>
}

/** For how long it can be asked whose messages a crash took. */
export const LOST_KEPT_SECONDS = 30 * 86_400
/** DynamoDB looks at so many items, and the function asks so often, before a page is answered as it is. */
const LOOKED_AT = 1000
const MOST_QUERIES = 24

const entryOf = ({ user, device }: Pick<SessionKey, 'user' | 'device'>): string => `session/${user}/${device}`
const keyOf = (key: SessionKey) => ({ place: { S: placeOfUser(key) }, entry: { S: entryOf(key) } })
const seconds = (atMs: number): number => Math.ceil(atMs / 1000)

/**
 * A session in DynamoDB: its key says whose it is, two attributes are what is asked for, and the rest stands in one string.
 * A takeover reads thousands of them, and each attribute costs on its way.
 */
const attributesOf = ({ cluster: _, user: __, home: ___, device: ____, mode, pushEnabled, ...rest }: Session) => ({
  mode: { S: mode },
  pushEnabled: { BOOL: pushEnabled },
  rest: { S: JSON.stringify(rest) },
})

export const toItem = (session: Session): Record<string, AttributeValue> => ({
  ...keyOf(session),
  ...attributesOf(session),
  expiresAt: { N: String(seconds(session.expiresAtMs)) },
})

function fromItem({ place, entry, mode, pushEnabled, rest }: Record<string, AttributeValue>): Session | LostSession {
  const [cluster = '', home = ''] = place?.S?.split('/') ?? []
  const [, user = '', device = ''] = entry?.S?.split('/') ?? []
  const asked = { mode: mode?.S as Session['mode'], pushEnabled: pushEnabled?.BOOL ?? false }
  return { cluster, user, home, device, ...asked, ...JSON.parse(rest?.S ?? '{}') }
}

/** Entries of sessions, and of the lost ones before them, are neighbours: "lost/…" < "session/…" < "session0". */
const SESSIONS = { from: 'session/', to: 'session0' }
const WITH_LOST = { from: 'lost/', to: 'session0' }

export function createSessionStore(client: DynamoDBClient, table: string): SessionStore {
  const put = async (item: Record<string, AttributeValue>) => {
    await client.send(new PutItemCommand({ TableName: table, Item: item }))
  }

  async function look(place: string, { from, to }: typeof SESSIONS, filter: SessionFilter, after: string) {
    const { mode, pushEnabled } = filter
    const conditions = [
      ...(mode === undefined ? [] : ['#mode = :mode']),
      ...(pushEnabled === undefined ? [] : ['pushEnabled = :push']),
    ]
    return client.send(
      new QueryCommand({
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'place = :place AND entry BETWEEN :from AND :to',
        ...(conditions.length > 0 ? { FilterExpression: conditions.join(' AND ') } : {}),
        ...(mode === undefined ? {} : { ExpressionAttributeNames: { '#mode': 'mode' } }),
        ExpressionAttributeValues: {
          ':place': { S: place },
          ':from': { S: from },
          ':to': { S: to },
          ...(mode === undefined ? {} : { ':mode': { S: mode } }),
          ...(pushEnabled === undefined ? {} : { ':push': { BOOL: pushEnabled } }),
        },
        ...(after === '' ? {} : { ExclusiveStartKey: { place: { S: place }, entry: { S: after } } }),
        Limit: LOOKED_AT,
      }),
    )
  }

  async function page(
    home: { cluster: string; home: string },
    range: typeof SESSIONS,
    filter: SessionFilter,
    { limit, from = { shard: 0, after: '' } }: { limit: number; from?: Spot | undefined },
  ): Promise<SessionPage<Session | LostSession>> {
    const places = placesOf(home)
    const entries: Record<string, AttributeValue>[] = []
    let { shard, after } = from
    for (let asked = 0; asked < MOST_QUERIES; asked++) {
      const place = places[shard]
      if (place === undefined) return { entries: entries.map(fromItem), next: null }
      const { Items = [], LastEvaluatedKey } = await look(place, range, filter, after)
      entries.push(...Items.slice(0, limit - entries.length))
      if (entries.length === limit) {
        return { entries: entries.map(fromItem), next: { shard, after: entries.at(-1)?.entry?.S ?? '' } }
      }
      after = LastEvaluatedKey?.entry?.S ?? ''
      if (LastEvaluatedKey === undefined) shard += 1
    }
    return { entries: entries.map(fromItem), next: { shard, after } }
  }

  return {
    async read(key) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true }),
      )
      return Item ? fromItem(Item) : null
    },
    put: (session) => put(toItem(session)),
    async remove(key) {
      await client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(key) }))
    },
    async ofUser(user) {
      const found: Session[] = []
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'place = :place AND begins_with(entry, :user)',
          ExpressionAttributeValues: {
            ':place': { S: placeOfUser(user) },
            ':user': { S: entryOf({ ...user, device: '' }) },
          },
        },
      )
      for await (const { Items = [] } of pages) found.push(...Items.map(fromItem))
      return found
    },
    ofHome: (home, filter, asked) => page(home, SESSIONS, filter, asked),
    keepLost: (lost) =>
      put({
        ...attributesOf(lost),
        place: { S: placeOfUser(lost) },
        entry: { S: `lost/${lost.user}/${lost.device}/${lost.loss.atMs}` },
        expiresAt: { N: String(seconds(lost.loss.atMs) + LOST_KEPT_SECONDS) },
      }),
    suspended: (home, asked) => page(home, WITH_LOST, { mode: 'background' }, asked),
  }
}
