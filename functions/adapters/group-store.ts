import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  DeleteItemCommand,
  GetItemCommand,
  PutItemCommand,
  paginateScan,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import type { Heartbeat } from '../../domain/contract/heartbeat.ts'
import type { Group } from '../../domain/model.ts'
import { itemsOfCluster, unlessConditionFails, whetherConditionHolds } from './dynamodb.ts'
import { FORMAT, fromItem, saidBy, toItem } from './group-item.ts'

export interface GroupKey {
  cluster: string
  group: string
}

/** The groups' items. All reads are strongly consistent; all writes have a condition. */
export interface GroupStore {
  /**
   * The steady heartbeat: one conditional write and no read. It is accepted only if it is newer than the last (rule
   * 1), says nothing new, continues an unbroken row of ok heartbeats (rule 9), comes from the node's own principal,
   * nothing moves, the item has this version's format, and this clock is not behind the one that accepted the last.
   * Answers the image after the write, or null: the heartbeat needs to be looked at. It must bring no results of
   * commands: they are not looked at here.
   */
  acceptSteady(
    key: GroupKey,
    node: string,
    heartbeat: Heartbeat,
    /** Hashes under which the caller may be registered. */
    principals: readonly string[],
    nowMs: number,
  ): Promise<Group | null>
  read(key: GroupKey): Promise<Group | null>
  /** Writes the group as the version after `version`, if that is still what stands there (0: nothing stands there). */
  commit(group: Group, version: number): Promise<boolean>
  /** Strikes effects off the outbox that have been carried out. */
  strikeOff(key: GroupKey, ids: string[]): Promise<void>
  remove(key: GroupKey, version: number): Promise<boolean>
  listOf(cluster: string): Promise<Group[]>
  all(): AsyncGenerator<Group>
}

const keyOf = ({ cluster, group }: GroupKey): Record<string, AttributeValue> => ({
  cluster: { S: cluster },
  group: { S: group },
})

const number = (value: number): AttributeValue => ({ N: String(value) })

export function createGroupStore(client: DynamoDBClient, table: string): GroupStore {
  return {
    async acceptSteady(key, node, heartbeat, principals, nowMs) {
      const { said, sinceMs } = saidBy(heartbeat, nowMs)
      const [first = '', second = first] = principals
      const output = await unlessConditionFails(
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyOf(key),
            UpdateExpression:
              'SET v = v + :one, n.#node.q = :q, n.#node.l = :now, n.#node.k = :now, n.#node.d = :now + x, n.#node.t = :t',
            ConditionExpression:
              'n.#node.f = :f AND n.#node.q < :q AND n.#node.l <= :now AND n.#node.d > :now ' +
              'AND n.#node.p IN (:p1, :p2) AND n.#node.e = :e AND e = :e AND w >= :ago AND f = :format AND attribute_not_exists(m)',
            ExpressionAttributeNames: { '#node': node },
            ExpressionAttributeValues: {
              ':one': number(1),
              ':q': number(heartbeat.sequence),
              ':now': number(nowMs),
              ':t': { L: sinceMs.map(number) },
              ':f': { S: said },
              ':format': number(FORMAT),
              ':p1': { S: first },
              ':p2': { S: second },
              ':e': number(heartbeat.epoch),
              ':ago': number(Math.ceil(heartbeat.answeredMsAgo ?? Number.MAX_SAFE_INTEGER)),
            },
            ReturnValues: 'ALL_NEW',
          }),
        ),
      )
      return output !== false && output.Attributes ? fromItem(output.Attributes) : null
    },

    async read(key) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true }),
      )
      return Item ? fromItem(Item) : null
    },

    commit(group, version) {
      return whetherConditionHolds(
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: toItem({ ...group, version: version + 1 }),
            ConditionExpression: version === 0 ? 'attribute_not_exists(v)' : 'v = :v',
            ...(version === 0 ? {} : { ExpressionAttributeValues: { ':v': number(version) } }),
          }),
        ),
      )
    },

    async strikeOff(key, ids) {
      if (ids.length === 0) return
      await unlessConditionFails(
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: keyOf(key),
            UpdateExpression: `SET v = v + :one REMOVE ${ids.map((_, index) => `o.#id${index}`).join(', ')}`,
            ConditionExpression: 'attribute_exists(o)',
            ExpressionAttributeNames: Object.fromEntries(ids.map((id, index) => [`#id${index}`, id])),
            ExpressionAttributeValues: { ':one': number(1) },
          }),
        ),
      )
    },

    remove(key, version) {
      return whetherConditionHolds(
        client.send(
          new DeleteItemCommand({
            TableName: table,
            Key: keyOf(key),
            ConditionExpression: 'v = :v',
            ExpressionAttributeValues: { ':v': number(version) },
          }),
        ),
      )
    },

    listOf: (cluster) => Array.fromAsync(itemsOfCluster(client, table, cluster), fromItem),

    async *all() {
      for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
        for (const item of Items) yield fromItem(item)
      }
    },
  }
}
