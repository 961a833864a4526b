import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { ConditionalCheckFailedException, paginateQuery } from '@aws-sdk/client-dynamodb'

/** Runs a conditional write; false: its condition did not hold. */
export async function unlessConditionFails<T>(write: Promise<T>): Promise<T | false> {
  try {
    return await write
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}

/** Runs a conditional write; answers whether its condition held. */
export const whetherConditionHolds = async (write: Promise<unknown>): Promise<boolean> =>
  (await unlessConditionFails(write)) !== false

/** All items of one cluster in a table whose partition key is `cluster`, read strongly. */
export async function* itemsOfCluster(
  client: DynamoDBClient,
  table: string,
  cluster: string,
): AsyncGenerator<Record<string, AttributeValue>> {
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      ConsistentRead: true,
      KeyConditionExpression: '#cluster = :cluster',
      ExpressionAttributeNames: { '#cluster': 'cluster' },
      ExpressionAttributeValues: { ':cluster': { S: cluster } },
    },
  )
  for await (const { Items = [] } of pages) yield* Items
}
