import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DeleteItemCommand, GetItemCommand, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { Cluster } from '../../domain/cluster.ts'
import { whetherConditionHolds } from './dynamodb.ts'

/** The clusters' items: one each, read strongly, written under its version. */
export interface ClusterStore {
  read(cluster: string): Promise<Cluster | null>
  /** Writes the cluster as the version after `version`, if that is still what stands there (0: nothing stands there). */
  commit(cluster: Cluster, version: number): Promise<boolean>
  remove(cluster: string, version: number): Promise<boolean>
  /** In no order that means anything, but always the same one; after that cluster, where one is named. */
  all(after?: string): AsyncGenerator<Cluster>
}

const FORMAT = 1

const fromItem = (item: Record<string, AttributeValue>): Cluster => {
  const { format, ...cluster } = unmarshall(item) as Cluster & { format: number }
  if (format !== FORMAT) throw new Error(`the item of cluster ${cluster.cluster} has format ${format}, not ${FORMAT}`)
  return cluster
}

export function createClusterStore(client: DynamoDBClient, table: string): ClusterStore {
  return {
    async read(cluster) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: { cluster: { S: cluster } }, ConsistentRead: true }),
      )
      return Item ? fromItem(Item) : null
    },
    commit(cluster, version) {
      const item = { ...cluster, version: version + 1, format: FORMAT }
      return whetherConditionHolds(
        client.send(
          new PutItemCommand({
            TableName: table,
            Item: marshall(item, { removeUndefinedValues: true }),
            ConditionExpression: version === 0 ? 'attribute_not_exists(version)' : 'version = :version',
            ...(version === 0 ? {} : { ExpressionAttributeValues: { ':version': { N: String(version) } } }),
          }),
        ),
      )
    },
    remove(cluster, version) {
      return whetherConditionHolds(
        client.send(
          new DeleteItemCommand({
            TableName: table,
            Key: { cluster: { S: cluster } },
            ConditionExpression: 'version = :version',
            ExpressionAttributeValues: { ':version': { N: String(version) } },
          }),
        ),
      )
    },
    async *all(after) {
      const start = after === undefined ? {} : { ExclusiveStartKey: { cluster: { S: after } } }
      const pages = paginateScan({ client }, { TableName: table, ConsistentRead: true, ...start })
      for await (const { Items = [] } of pages) {
        for (const item of Items) yield fromItem(item)
      }
    },
  }
}
