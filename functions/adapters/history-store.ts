import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { PutItemCommand, paginateQuery, QueryCommand } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { Effect } from '../../domain/model.ts'
import { whetherConditionHolds } from './dynamodb.ts'

/** One thing that happened to a group, as kept and as published. */
export interface HistoryEntry {
  /** Begins with the time in ms, in 14 digits; so a group's entries sort by it. */
  id: string
  cluster: string
  group: string
  at: string
  detailType: string
  detail: Record<string, unknown>
}

/** An entry in the feed of all groups, which is in the order in which entries were kept. */
export interface FeedEntry {
  place: string
  /** Later than the entry's own time, much later when the sweeper had to carry out what a crash left. */
  keptAtMs: number
  entry: HistoryEntry
}

export interface HistoryStore {
  /** Keeps entries. The same entry twice is kept once, in the place that it had first. */
  append(entries: HistoryEntry[]): Promise<void>
  /** For how long entries are kept; one that is older is told no more, whether or not it is deleted already. */
  keptMs: number
  /** A group's entries, newest first, or oldest first, beginning beyond an entry; `more`: there are further ones. */
  ofGroup(
    group: { cluster: string; group: string },
    page: {
      limit: number
      beyond?: string | undefined
      sinceMs?: number | undefined
      oldestFirst?: boolean | undefined
    },
  ): Promise<{ entries: HistoryEntry[]; more: boolean }>
  /** Entries of all groups that were kept in that hour, after a place in it; `more`: the hour may have further ones. */
  feed(hour: string, after: string): Promise<{ entries: FeedEntry[]; more: boolean }>
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

const DAY_SECONDS = 86_400
const FEED_PAGE = 500

/** The attribute `at` is the place in the feed; the entry's own time has another name. */
const toItem = ({ at, ...entry }: HistoryEntry, keptAt: string, keptDays: number): Record<string, AttributeValue> =>
  marshall(
    {
      ...entry,
      group: `${entry.cluster}/${entry.group}`,
      happenedAt: at,
      hour: hourOf(keptAt),
      at: `${keptAt}#${entry.cluster}/${entry.group}#${entry.id}`,
      expiresAt: Math.floor(Date.parse(at) / 1000) + keptDays * DAY_SECONDS,
    },
    { removeUndefinedValues: true },
  )

function fromItem(attributes: Record<string, AttributeValue>): FeedEntry {
  const {
    id,
    cluster,
    group,
    happenedAt,
    detailType,
    detail,
    at: place,
  } = unmarshall(attributes) as HistoryEntry & {
    happenedAt: string
  }
  const [keptAt = ''] = place.split('#')
  const entry = { id, cluster, group: group.slice(cluster.length + 1), at: happenedAt, detailType, detail }
  return { place, keptAtMs: Date.parse(keptAt), entry }
}

/** Ids of entries begin with their time: every entry from then on has this or a greater one. */
const firstIdOf = (sinceMs: number): string => String(sinceMs).padStart(14, '0')

/** Where the history is kept, and for how long. */
export interface HistoryTable {
  table: string
  keptDays: number
}

/** What is over is not told; DynamoDB takes its time to delete it, and not every table deletes. */
const NOT_OVER = 'expiresAt > :now'
const nowSeconds = (): AttributeValue => ({ N: String(Math.floor(Date.now() / 1000)) })

/** Keeps an entry; false: it is kept already, and stays in its place. */
export const keepOnce = (
  client: DynamoDBClient,
  { table, keptDays }: HistoryTable,
  entry: HistoryEntry,
  keptAt = new Date().toISOString(),
): Promise<boolean> =>
  whetherConditionHolds(
    client.send(
      new PutItemCommand({
        TableName: table,
        Item: toItem(entry, keptAt, keptDays),
        ConditionExpression: 'attribute_not_exists(id)',
      }),
    ),
  )

export function createHistoryStore(client: DynamoDBClient, place: HistoryTable): HistoryStore {
  const { table, keptDays } = place
  return {
    keptMs: keptDays * DAY_SECONDS * 1000,
    async append(entries) {
      const keptAt = new Date().toISOString()
      await Promise.all(entries.map((entry) => keepOnce(client, place, entry, keptAt)))
    },
    async ofGroup({ cluster, group }, { limit, beyond, sinceMs = 0, oldestFirst = false }) {
      const key = `${cluster}/${group}`
      const since = firstIdOf(sinceMs)
      if (!oldestFirst && beyond !== undefined && beyond < since) return { entries: [], more: false }
      // DynamoDB goes on only from within what is asked for: a cursor from before `since` begins with it.
      const start = beyond !== undefined && beyond >= since ? beyond : undefined
      const found: HistoryEntry[] = []
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          KeyConditionExpression: '#group = :group AND id >= :since',
          FilterExpression: NOT_OVER,
          ExpressionAttributeNames: { '#group': 'group' },
          ExpressionAttributeValues: { ':group': { S: key }, ':since': { S: since }, ':now': nowSeconds() },
          ...(start === undefined ? {} : { ExclusiveStartKey: { group: { S: key }, id: { S: start } } }),
          ScanIndexForward: oldestFirst,
          Limit: limit + 1,
        },
      )
      for await (const { Items = [] } of pages) {
        found.push(...Items.map((item) => fromItem(item).entry))
        if (found.length > limit) break
      }
      return { entries: found.slice(0, limit), more: found.length > limit }
    },
    async feed(hour, after) {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: table,
          IndexName: 'feed',
          KeyConditionExpression: '#hour = :hour AND #at > :after',
          FilterExpression: NOT_OVER,
          ExpressionAttributeNames: { '#hour': 'hour', '#at': 'at' },
          ExpressionAttributeValues: { ':hour': { S: hour }, ':after': { S: after }, ':now': nowSeconds() },
          Limit: FEED_PAGE,
        }),
      )
      return { entries: Items.map(fromItem), more: LastEvaluatedKey !== undefined }
    },
  }
}
