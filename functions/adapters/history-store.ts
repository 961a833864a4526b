import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { BatchWriteItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { Effect } from '../../domain/model.ts'

/** One thing that happened to a group, as kept and as published. */
export interface HistoryEntry {
  id: string
  cluster: string
  group: string
  at: string
  detailType: string
  detail: Record<string, unknown>
}

export interface HistoryStore {
  /** Keeps entries. The same entry twice is kept once. */
  append(entries: HistoryEntry[]): Promise<void>
  /** A group's entries, newest first. */
  ofGroup(
    group: { cluster: string; group: string },
    page: { limit: number; before?: string | undefined; since?: string | undefined },
  ): Promise<HistoryEntry[]>
  /** All groups' entries after a place in the feed, oldest first. `place` is an entry's own. */
  feed(hour: string, after: string): Promise<{ place: string; entry: HistoryEntry }[]>
}

type EventEffect = Extract<Effect, { kind: 'event' }>

export const entryOf = (effect: EventEffect): HistoryEntry => ({
  id: effect.id,
  cluster: String(effect.detail.cluster),
  group: String(effect.detail.group),
  at: new Date(effect.atMs).toISOString(),
  detailType: effect.detailType,
  detail: effect.detail,
})

/** The feed is partitioned by the hour, so that no partition grows without bound. */
export const hourOf = (at: string): string => at.slice(0, 13)
const placeOf = (entry: HistoryEntry): string => `${entry.at}#${entry.cluster}/${entry.group}#${entry.id}`

const KEPT_SECONDS = 400 * 86_400
const BATCH = 25

const toItem = (entry: HistoryEntry): Record<string, AttributeValue> =>
  marshall(
    {
      ...entry,
      group: `${entry.cluster}/${entry.group}`,
      at: placeOf(entry),
      hour: hourOf(entry.at),
      expiresAt: Math.floor(Date.parse(entry.at) / 1000) + KEPT_SECONDS,
    },
    { removeUndefinedValues: true },
  )

const fromItem = (attributes: Record<string, AttributeValue>): { place: string; entry: HistoryEntry } => {
  const {
    hour: _,
    expiresAt: __,
    at: place,
    ...item
  } = unmarshall(attributes) as HistoryEntry & {
    hour: string
    expiresAt: number
  }
  const group = item.group.slice(item.cluster.length + 1)
  return { place, entry: { ...item, group, at: place.slice(0, 24) } }
}

export function createHistoryStore(client: DynamoDBClient, table: string): HistoryStore {
  async function put(entries: HistoryEntry[]): Promise<void> {
    let requests = entries.map((entry) => ({ PutRequest: { Item: toItem(entry) } }))
    for (let attempt = 0; requests.length > 0; attempt++) {
      if (attempt === 5) throw new Error('the history table does not take its entries')
      const { UnprocessedItems } = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: requests } }))
      requests = (UnprocessedItems?.[table] ?? []) as typeof requests
    }
  }
  return {
    async append(entries) {
      for (let start = 0; start < entries.length; start += BATCH) await put(entries.slice(start, start + BATCH))
    },
    async ofGroup({ cluster, group }, { limit, before, since }) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: before === undefined ? '#group = :group' : '#group = :group AND id < :before',
          ...(since === undefined ? {} : { FilterExpression: '#at >= :since' }),
          ExpressionAttributeNames: { '#group': 'group', ...(since === undefined ? {} : { '#at': 'at' }) },
          ExpressionAttributeValues: {
            ':group': { S: `${cluster}/${group}` },
            ...(before === undefined ? {} : { ':before': { S: before } }),
            ...(since === undefined ? {} : { ':since': { S: since } }),
          },
          ScanIndexForward: false,
          Limit: limit,
        }),
      )
      return Items.map((item) => fromItem(item).entry)
    },
    async feed(hour, after) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: 'feed',
          KeyConditionExpression: '#hour = :hour AND #at > :after',
          ExpressionAttributeNames: { '#hour': 'hour', '#at': 'at' },
          ExpressionAttributeValues: { ':hour': { S: hour }, ':after': { S: after } },
          Limit: 500,
        }),
      )
      return Items.map(fromItem)
    },
  }
}
