import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { ServiceState } from '../../domain/model.ts'

/** What an agent last reported. */
export interface Sighting {
  atMs: number
  softwareVersion: string
  services: Record<string, ServiceState>
  database: ServiceState
}

interface NodeKey {
  cluster: string
  node: string
}

/** The last heartbeats of nodes that are in no group, and so in no group's item. */
export interface SightingStore {
  record(key: NodeKey, sighting: Sighting): Promise<void>
  find(key: NodeKey): Promise<Sighting | null>
}

const KEPT_SECONDS = 86_400

/** They stand beside the histories, whose table forgets by itself, under a name that no group can have. */
const keyOf = ({ cluster, node }: NodeKey) => ({ group: { S: `${cluster}//${node}` }, id: { S: 'sighting' } })

export function createSightingStore(client: DynamoDBClient, table: string): SightingStore {
  return {
    async record(key, sighting) {
      const expiresAt = Math.floor(sighting.atMs / 1000) + KEPT_SECONDS
      const Item = { ...marshall({ ...sighting, expiresAt }), ...keyOf(key) }
      await client.send(new PutItemCommand({ TableName: table, Item }))
    },
    async find(key) {
      const { Item } = await client.send(
        new GetItemCommand({ TableName: table, Key: keyOf(key), ConsistentRead: true }),
      )
      if (!Item) return null
      const { atMs, softwareVersion, services, database } = unmarshall(Item) as Sighting
      return { atMs, softwareVersion, services, database }
    },
  }
}
