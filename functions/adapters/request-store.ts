import { createHash } from 'node:crypto'
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'

/** What was answered under an idempotency key. */
export interface Remembered {
  requestHash: string
  statusCode: number
  headers: Record<string, string>
  body: string
}

/** Answers given under idempotency keys; kept for a day. */
export interface RequestStore {
  find(id: string): Promise<Remembered | null>
  remember(id: string, answer: Remembered): Promise<void>
}

const KEPT_SECONDS = 86_400

export const hashOf = (...parts: string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('base64url').slice(0, 22)

export function createRequestStore(client: DynamoDBClient, table: string): RequestStore {
  return {
    async find(id) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: { id: { S: id } }, ConsistentRead: true }),
      )
      if (!Item) return null
      const { requestHash, statusCode, headers, body } = unmarshall(Item) as Remembered
      return { requestHash, statusCode, headers, body }
    },
    async remember(id, answer) {
      const expiration = Math.floor(Date.now() / 1000) + KEPT_SECONDS
      await client.send(new PutItemCommand({ TableName: table, Item: marshall({ ...answer, id, expiration }) }))
    },
  }
}
