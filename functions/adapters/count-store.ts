import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { itemsOfCluster, whetherConditionHolds } from './dynamodb.ts'

export interface CountKey {
  cluster: string
  node: string
}

/**
 * What somebody is about to do with one assignment of a user to this node. It is counted from before it is there until
 * after it is gone; what a crash leaves here says which one has to be looked at.
 */
export interface Intent {
  /** The assignment's. */
  id: string
  user: string
  step: 'adding' | 'looking' | 'removing'
  atMs: number
}

export interface Count {
  node: string
  users: number
  intents: Intent[]
}

/**
 * How many users have their home on each node of a cluster: an item for each, so that nodes share no write. All reads are
 * strongly consistent, all writes have a condition; each answers whether its condition held.
 */
export interface CountStore {
  ofCluster(cluster: string): Promise<Count[]>
  /**
   * Counts a user who is about to be added, unless the node is closed to whoever read this version of the cluster's
   * configuration. With `seen`: only if this many users are counted now.
   */
  reserve(key: CountKey, intent: Intent, configurationVersion: number, seen?: number): Promise<boolean>
  /** Notes a wish to remove, unless somebody else removes this assignment. */
  claim(key: CountKey, intent: Intent): Promise<boolean>
  /** From looking to removing: the assignment was seen to be there. */
  advance(key: CountKey, looking: Intent, removing: Intent): Promise<boolean>
  /** The intent is done with, and its user is there: the count stays. */
  keep(key: CountKey, intent: Intent): Promise<boolean>
  /** The intent is done with, and its user is not there: the count is one less. */
  discount(key: CountKey, intent: Intent): Promise<boolean>
  /** Closes a node that has no users to whoever read the cluster's configuration at this version or before. */
  close(key: CountKey, configurationVersion: number, nowMs: number): Promise<boolean>
}

/** A closing that nothing followed, because of a crash, ends by itself: by then no function is at work that began it. */
export const CLOSED_MS = 30_000

/** Beside the users, under a name that no cluster can have. */
const partitionOf = (cluster: string): string => `${cluster}//nodes`
const number = (value: number): AttributeValue => ({ N: String(value) })

const PREFIX = 'intent:'
const attributeOf = ({ id }: Intent): string => `${PREFIX}${id}`
/** The user's name comes last: it may hold a bar. */
const textOf = ({ step, atMs, user }: Intent): string => `${step}|${atMs}|${user}`

function intentOf(attribute: string, text: string): Intent {
  const [step = '', atMs = ''] = text.split('|', 2)
  const user = text.slice(step.length + atMs.length + 2)
  return { id: attribute.slice(PREFIX.length), user, step: step as Intent['step'], atMs: Number(atMs) }
}

const countOf = (item: Record<string, AttributeValue>): Count => ({
  node: item.user?.S ?? '',
  users: Number(item.users?.N ?? 0),
  intents: Object.entries(item).flatMap(([name, value]) =>
    name.startsWith(PREFIX) ? [intentOf(name, value.S ?? '')] : [],
  ),
})

interface Update {
  set: string
  condition: string
  names?: Record<string, string>
  values: Record<string, AttributeValue>
}

export function createCountStore(client: DynamoDBClient, table: string): CountStore {
  function update({ cluster, node }: CountKey, { set, condition, names, values }: Update): Promise<boolean> {
    const write = new UpdateItemCommand({
      TableName: table,
      Key: { cluster: { S: partitionOf(cluster) }, user: { S: node } },
      UpdateExpression: set,
      ConditionExpression: condition,
      ...(names ? { ExpressionAttributeNames: names } : {}),
      ExpressionAttributeValues: values,
    })
    return whetherConditionHolds(client.send(write))
  }
  /** Where exactly this intent stands, and nobody has taken it over. */
  const whereItStands = (key: CountKey, intent: Intent, set: string, values: Update['values'] = {}) =>
    update(key, {
      set,
      condition: '#intent = :intent',
      names: { '#intent': attributeOf(intent), ...(set.includes('#users') ? { '#users': 'users' } : {}) },
      values: { ':intent': { S: textOf(intent) }, ...values },
    })
  return {
    ofCluster: (cluster) => Array.fromAsync(itemsOfCluster(client, table, partitionOf(cluster)), countOf),
    reserve: (key, intent, configurationVersion, seen) =>
      update(key, {
        set: 'SET #users = if_not_exists(#users, :zero) + :one, #intent = :intent',
        condition:
          '(attribute_not_exists(#closed) OR #closed < :version OR #until < :now)' +
          (seen === undefined
            ? ''
            : seen === 0
              ? ' AND (attribute_not_exists(#users) OR #users = :zero)'
              : ' AND #users = :seen'),
        names: {
          '#users': 'users',
          '#intent': attributeOf(intent),
          '#closed': 'closedAtVersion',
          '#until': 'closedUntilMs',
        },
        values: {
          ':zero': number(0),
          ':one': number(1),
          ':intent': { S: textOf(intent) },
          ':version': number(configurationVersion),
          ':now': number(intent.atMs),
          ...(seen === undefined || seen === 0 ? {} : { ':seen': number(seen) }),
        },
      }),
    claim: (key, intent) =>
      update(key, {
        set: 'SET #intent = :intent',
        // An adding that is still noted is over: its user is there.
        condition: 'attribute_not_exists(#intent) OR begins_with(#intent, :adding)',
        names: { '#intent': attributeOf(intent) },
        values: { ':intent': { S: textOf(intent) }, ':adding': { S: 'adding|' } },
      }),
    advance: (key, looking, removing) =>
      whereItStands(key, looking, 'SET #intent = :next', { ':next': { S: textOf(removing) } }),
    keep: (key, intent) => whereItStands(key, intent, 'REMOVE #intent'),
    discount: (key, intent) =>
      whereItStands(key, intent, 'SET #users = #users - :one REMOVE #intent', { ':one': number(1) }),
    close: (key, configurationVersion, nowMs) =>
      update(key, {
        set: 'SET #closed = :version, #until = :until',
        condition: 'attribute_not_exists(#users) OR #users = :zero',
        names: { '#users': 'users', '#closed': 'closedAtVersion', '#until': 'closedUntilMs' },
        values: { ':zero': number(0), ':version': number(configurationVersion), ':until': number(nowMs + CLOSED_MS) },
      }),
  }
}
