import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetItemCommand, PutItemCommand, paginateQuery, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { Brake, BrakeChange, BrakeEvent, BrakeIntent } from '../../domain/brake.ts'
import { DEFAULT_BRAKE_NUMBERS, intentLastsMs } from '../../domain/brake.ts'
import { whetherConditionHolds } from './dynamodb.ts'
import type { HistoryEntry } from './history-store.ts'

/** The fleet brake, and an item for each group that asks it, so that groups share no write. All reads are strong. */
export interface BrakeStore {
  read(): Promise<Brake>
  /** Writes a change and its events, if the brake is still what was changed; of several changes one wins. */
  commit(change: BrakeChange): Promise<boolean>
  /** The event was published. */
  strikeOff(event: BrakeEvent): Promise<void>
  /** Keeps how many groups there are, which is no change of the brake; answers the brake. */
  count(groups: number, atMs: number): Promise<Brake>
  /** Keeps what a group says that asks, in the place of what it said before. */
  note(intent: BrakeIntent): Promise<void>
  /** Those that still count, and perhaps older ones. */
  intents(): Promise<BrakeIntent[]>
}

const BRAKE = 'brake'
const EVENT = 'event:'
/** Intents are forgotten after that: clocks differ, and DynamoDB takes its time. */
const KEPT_BESIDES_SECONDS = 3600

const KEY: Record<string, AttributeValue> = { kind: { S: BRAKE }, id: { S: BRAKE } }
const keyOfIntent = ({ cluster, group }: BrakeIntent): Record<string, AttributeValue> => ({
  kind: { S: 'intent' },
  id: { S: `${cluster}/${group}` },
})

/** The brake concerns no group: its events stand in a history of their own, and in the feed of all. */
export const entryOfBrake = ({ id, atMs, detailType, detail }: BrakeEvent): HistoryEntry => ({
  id,
  cluster: '',
  group: BRAKE,
  at: new Date(atMs).toISOString(),
  detailType,
  detail,
})

function brakeOf(item: Record<string, AttributeValue> = {}): Brake {
  const { version = 0, hold = null, release = null, counted = null, ...rest } = unmarshall(item)
  const { leastGroups, leastPercent } = { ...DEFAULT_BRAKE_NUMBERS, ...rest }
  const outbox = Object.entries(rest).flatMap(([name, text]) => (name.startsWith(EVENT) ? [JSON.parse(text)] : []))
  return { version, hold, release, counted, leastGroups, leastPercent, outbox }
}

const intentOfItem = (item: Record<string, AttributeValue>): BrakeIntent => {
  const { cluster, group, node, silentSinceMs, atMs, timeoutMs } = unmarshall(item)
  return { cluster, group, node, silentSinceMs, atMs, timeoutMs }
}

export function createBrakeStore(client: DynamoDBClient, table: string): BrakeStore {
  return {
    async read() {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: KEY, ConsistentRead: true }))
      return brakeOf(Item)
    },

    commit({ brake, events }) {
      const { version, hold, release, leastGroups, leastPercent } = brake
      const places = events.map((_, place) => `#event${place} = :event${place}`)
      const write = new UpdateItemCommand({
        TableName: table,
        Key: KEY,
        UpdateExpression:
          'SET #version = :version, #hold = :hold, #release = :release, ' +
          `#groups = :groups, #percent = :percent, ${places.join(', ')}`,
        ConditionExpression: version === 1 ? 'attribute_not_exists(#version)' : '#version = :before',
        ExpressionAttributeNames: {
          '#version': 'version',
          '#hold': 'hold',
          '#release': 'release',
          '#groups': 'leastGroups',
          '#percent': 'leastPercent',
          ...Object.fromEntries(events.map(({ id }, place) => [`#event${place}`, `${EVENT}${id}`])),
        },
        ExpressionAttributeValues: marshall({
          ':version': version,
          ':hold': hold,
          ':release': release,
          ':groups': leastGroups,
          ':percent': leastPercent,
          ...Object.fromEntries(events.map((event, place) => [`:event${place}`, JSON.stringify(event)])),
          ...(version === 1 ? {} : { ':before': version - 1 }),
        }),
      })
      return whetherConditionHolds(client.send(write))
    },

    async strikeOff({ id }) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: KEY,
          UpdateExpression: 'REMOVE #event',
          ExpressionAttributeNames: { '#event': `${EVENT}${id}` },
        }),
      )
    },

    async count(groups, atMs) {
      const { Attributes } = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: KEY,
          UpdateExpression: 'SET #counted = :counted',
          ExpressionAttributeNames: { '#counted': 'counted' },
          ExpressionAttributeValues: marshall({ ':counted': { groups, atMs } }),
          ReturnValues: 'ALL_NEW',
        }),
      )
      return brakeOf(Attributes)
    },

    async note(intent) {
      const expiresAt = Math.ceil((intent.atMs + intentLastsMs(intent)) / 1000) + KEPT_BESIDES_SECONDS
      const Item = { ...marshall({ ...intent, expiresAt }), ...keyOfIntent(intent) }
      await client.send(new PutItemCommand({ TableName: table, Item }))
    },

    async intents() {
      const pages = paginateQuery(
        { client },
        {
          TableName: table,
          ConsistentRead: true,
          KeyConditionExpression: 'kind = :intent',
          ExpressionAttributeValues: { ':intent': { S: 'intent' } },
        },
      )
      const found: BrakeIntent[] = []
      for await (const { Items = [] } of pages) found.push(...Items.map(intentOfItem))
      return found
    },
  }
}
