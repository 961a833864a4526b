import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  BatchGetItemCommand,
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateQuery,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import { itemsOfCluster, whetherConditionHolds } from './dynamodb.ts'

export interface UserKey {
  cluster: string
  user: string
}

/** A user with its home. Its current node is computed from the home's group, and stands nowhere. */
export interface User extends UserKey {
  home: string
  /** Of this assignment: a user of that name who comes later has another. */
  id: string
  createdAtMs: number
}

export interface UserStore {
  read(key: UserKey): Promise<User | null>
  /** Those of a cluster who are there, by name; at most 100 are asked for. */
  readSome(cluster: string, users: readonly string[]): Promise<ReadonlyMap<string, User>>
  /** Keeps a new user; false: there is one of that name. */
  add(user: User): Promise<boolean>
  /** Removes this assignment; false: it is not there (any more). */
  remove(user: User): Promise<boolean>
  /** Gives the user another home, and the assignment another id; false: it is not there (any more). */
  rehome(user: User, to: Pick<User, 'home' | 'id'>): Promise<boolean>
  /** Each user of a cluster once, strongly read: who is there all the while is among them. */
  all(cluster: string): AsyncGenerator<User>
  /** Users in the order of their names, after one of them; of one home, seen a moment later, where it is named. */
  list(
    of: { cluster: string; home?: string | undefined },
    page: { limit: number; after?: string | undefined },
  ): Promise<{ users: User[]; more: boolean }>
}

/** The index is partitioned by the home node of its cluster; what has no home is not in it. */
const indexed = (cluster: string, home: string): string => `${cluster}/${home}`
const toItem = (user: User): Record<string, AttributeValue> =>
  marshall({ ...user, home: indexed(user.cluster, user.home) })

function fromItem(item: Record<string, AttributeValue>): User {
  const { cluster, user, home, id, createdAtMs } = unmarshall(item) as User
  return { cluster, user, home: home.slice(cluster.length + 1), id, createdAtMs }
}

const keyOf = ({ cluster, user }: UserKey) => ({ cluster: { S: cluster }, user: { S: user } })

export function createUserStore(client: DynamoDBClient, table: string): UserStore {
  async function read(key: UserKey): Promise<User | null> {
    const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true }))
    return Item ? fromItem(Item) : null
  }
  return {
    read,
    async readSome(cluster, users) {
      const Keys = users.map((user) => keyOf({ cluster, user }))
      const { Responses, UnprocessedKeys } = await client.send(
        new BatchGetItemCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } }),
      )
      // What is throttled is left out without an error; read alone, it is tried again.
      const left = (UnprocessedKeys?.[table]?.Keys ?? []).map((key) => read(unmarshall(key) as UserKey))
      const found = [...(Responses?.[table] ?? []).map(fromItem), ...(await Promise.all(left))]
      return new Map(found.flatMap((user) => (user ? [[user.user, user] as const] : [])))
    },
    add: (user) =>
      whetherConditionHolds(
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: toItem(user),
            ConditionExpression: 'attribute_not_exists(id)',
          }),
        ),
      ),
    remove: (user) =>
      whetherConditionHolds(
        client.send(
          new DeleteItemCommand({
            TableName: table,
            Key: keyOf(user),
            ConditionExpression: 'id = :id',
            ExpressionAttributeValues: { ':id': { S: user.id } },
          }),
        ),
      ),
    rehome: (user, { home, id }) =>
      whetherConditionHolds(
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyOf(user),
            UpdateExpression: 'SET home = :home, id = :next',
            ConditionExpression: 'id = :id',
            ExpressionAttributeValues: {
              ':home': { S: indexed(user.cluster, home) },
              ':next': { S: id },
              ':id': { S: user.id },
            },
          }),
        ),
      ),
    async *all(cluster) {
      for await (const item of itemsOfCluster(client, table, cluster)) yield fromItem(item)
    },
    async list({ cluster, home }, { limit, after }) {
      const [key, value] = home === undefined ? ['cluster', cluster] : ['home', indexed(cluster, home)]
      const found: User[] = []
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          ...(home === undefined ? { ConsistentRead: true } : { IndexName: 'home' }),
          KeyConditionExpression: after === undefined ? '#key = :key' : '#key = :key AND #user > :after',
          ExpressionAttributeNames: { '#key': key, ...(after === undefined ? {} : { '#user': 'user' }) },
          ExpressionAttributeValues: {
            ':key': { S: value },
            ...(after === undefined ? {} : { ':after': { S: after } }),
          },
          Limit: limit + 1,
        },
      )
      for await (const { Items = [] } of pages) {
        found.push(...Items.map(fromItem))
        if (found.length > limit) break
      }
      return { users: found.slice(0, limit), more: found.length > limit }
    },
  }
}
