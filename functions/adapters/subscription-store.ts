import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DeleteItemCommand, PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { Subscription } from '../../domain/sessions.ts'
import { placeOfUser, shardOf } from './session-places.ts'

export interface SubscriptionKey {
  cluster: string
  user: string
  home: string
  presentity: string
}

/** Temporary presence subscriptions, beside the sessions of the users that hold them. Reads are strongly consistent. */
export interface SubscriptionStore {
  put(subscription: Subscription): Promise<void>
  remove(key: SubscriptionKey): Promise<void>
  ofUser(user: Omit<SubscriptionKey, 'presentity'>): Promise<Subscription[]>
  /** Those of several users of one home; also some of users in between, whom nobody asked about. */
  ofUsers(home: { cluster: string; home: string }, users: string[]): Promise<Subscription[]>
}

const entryOf = ({ user, presentity }: Pick<SubscriptionKey, 'user' | 'presentity'>): string =>
  `subscription/${user}/${presentity}`
const keyOf = (key: SubscriptionKey) => ({ place: { S: placeOfUser(key) }, entry: { S: entryOf(key) } })

/** It is forgotten no sooner than it ends, which is its whole time after its user's last move (domain/sessions.ts). */
const toItem = (subscription: Subscription): Record<string, AttributeValue> => ({
  ...marshall({
    ...subscription,
    expiresAt: Math.ceil((subscription.putAtMs + 2 * subscription.lastsMs) / 1000),
  }),
  ...keyOf(subscription),
})

function fromItem(item: Record<string, AttributeValue>): Subscription {
  const { place: _, entry: __, expiresAt: ___, ...subscription } = unmarshall(item)
  return subscription as Subscription
}

/** Greater than every name that goes on where it stands. */
const LAST = '\u{10ffff}'

export function createSubscriptionStore(client: DynamoDBClient, table: string): SubscriptionStore {
  async function between(place: string, from: string, to: string): Promise<Subscription[]> {
    const found: Subscription[] = []
    const pages = paginateQuery(
      { client },
      {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'place = :place AND entry BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':place': { S: place }, ':from': { S: from }, ':to': { S: to } },
      },
    )
    for await (const { Items = [] } of pages) found.push(...Items.map(fromItem))
    return found
  }
  const ofRange = (of: { cluster: string; home: string }, first: string, last: string) =>
    between(
      placeOfUser({ ...of, user: first }),
      entryOf({ user: first, presentity: '' }),
      entryOf({ user: last, presentity: LAST }),
    )

  return {
    async put(subscription) {
      await client.send(new PutItemCommand({ TableName: table, Item: toItem(subscription) }))
    },
    async remove(key) {
      await client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(key) }))
    },
    ofUser: (user) => ofRange(user, user.user, user.user),
    async ofUsers(home, users) {
      const shards = Map.groupBy(new Set(users), shardOf)
      const ranges = [...shards.values()].map((names) => names.sort(byBytes))
      const found = await Promise.all(ranges.map((names) => ofRange(home, names[0] ?? '', names.at(-1) ?? '')))
      return found.flat()
    },
  }
}

/** The order of their entries: DynamoDB compares bytes, which JavaScript's strings do not, and a "/" ends the name. */
const byBytes = (one: string, other: string): number => Buffer.compare(Buffer.from(`${one}/`), Buffer.from(`${other}/`))
