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

/** How an intent ended while a recount stood: the recount may have read the users before or after. */
export interface Ending {
  id: string
  isThere: boolean
}

/** Of intents that are done with. */
export interface Outcome {
  /** Whose users are there. */
  there?: readonly Intent[]
  /** Whose users are counted, and are not there (any more). */
  gone?: readonly Intent[]
  /** Who only looked, and found that its user had gone before: it is not counted any more. */
  missed?: readonly Intent[]
}

export interface Recount {
  id: string
  atMs: number
}

export interface Count {
  node: string
  users: number
  intents: Intent[]
  endings: Ending[]
  /** Who counts the users anew; null: nobody does. */
  recount: Recount | null
  /** Of this item: another one after each write. */
  version: number
}

/**
 * How many users have their home on each node of a cluster: an item for each, so that nodes share no write. All reads are
 * strongly consistent, all writes have a condition; each answers whether its condition held, for all of its intents.
 */
export interface CountStore {
  ofCluster(cluster: string): Promise<Count[]>
  /**
   * Counts users who are about to be added, unless the node is closed to whoever read this version of the cluster's
   * configuration. With `seen`: only if this many users are counted now.
   */
  reserve(key: CountKey, intents: readonly Intent[], configurationVersion: number, seen?: number): Promise<boolean>
  /** Notes a wish to take assignments away, unless somebody else takes one of them. */
  claim(key: CountKey, intents: readonly Intent[]): Promise<boolean>
  /** From looking to removing: the assignments were seen to be there. */
  advance(key: CountKey, looking: readonly Intent[]): Promise<boolean>
  /** The intents are done with: the count is less by those who are gone. */
  settle(key: CountKey, outcome: Outcome): Promise<boolean>
  /** Closes a node that has no users to whoever read the cluster's configuration at this version or before. */
  close(key: CountKey, configurationVersion: number, nowMs: number): Promise<boolean>
  /** From now on intents leave a trace of how they ended, until the recount is over. */
  beginRecount(key: CountKey, recount: Recount): Promise<boolean>
  /** Ends a recount, with what it found where it found that; only if nothing was written since the count was read. */
  endRecount(key: CountKey, read: Count, users?: number): Promise<boolean>
  /** Takes away traces that nobody needs any more. */
  forget(key: CountKey, endings: readonly Ending[]): Promise<void>
}

/** A closing that nothing followed, because of a crash, ends by itself: by then no function is at work that began it. */
export const CLOSED_MS = 30_000

/**
 * Most intents of one write: DynamoDB takes at most 300 operators in a condition, and a claim needs four for each. A
 * reservation and its settling need two.
 */
export const MOST_INTENTS = 100
export const MOST_CLAIMS = 50

/** A recount is given up where more end meanwhile than an item has room for: it holds 400 KB, a trace takes some 70 bytes. */
export const MOST_ENDINGS = 2000

/** Beside the users, under a name that no cluster can have. */
const partitionOf = (cluster: string): string => `${cluster}//nodes`
const number = (value: number): AttributeValue => ({ N: String(value) })

const PREFIX = 'intent:'
const attributeOf = ({ id }: { id: string }): string => `${PREFIX}${id}`
/** The user's name comes last: it may hold a bar. */
const textOf = ({ step, atMs, user }: Intent): string => `${step}|${atMs}|${user}`
/** "added" begins as "adding" does: whoever claims an assignment asks for what both begin with. */
const ENDINGS = { there: 'added', gone: 'gone' } as const

function intentOf(attribute: string, text: string): Intent {
  const [step = '', atMs = ''] = text.split('|', 2)
  const user = text.slice(step.length + atMs.length + 2)
  return { id: attribute.slice(PREFIX.length), user, step: step as Intent['step'], atMs: Number(atMs) }
}

function countOf(item: Record<string, AttributeValue>): Count {
  const noted = Object.entries(item).filter(([name]) => name.startsWith(PREFIX))
  const isEnding = (text = ''): boolean => text === ENDINGS.there || text === ENDINGS.gone
  const [id = '', atMs = ''] = item.recount?.S?.split('|') ?? []
  return {
    node: item.user?.S ?? '',
    users: Number(item.users?.N ?? 0),
    intents: noted.flatMap(([name, { S = '' }]) => (isEnding(S) ? [] : [intentOf(name, S)])),
    endings: noted.flatMap(([name, { S = '' }]) =>
      isEnding(S) ? [{ id: name.slice(PREFIX.length), isThere: S === ENDINGS.there }] : [],
    ),
    recount: item.recount ? { id, atMs: Number(atMs) } : null,
    version: Number(item.version?.N ?? 0),
  }
}

interface Update {
  set: string
  condition?: string
  names?: Record<string, string>
  values?: Record<string, AttributeValue>
}

/** Places of an expression for each of several intents: their names and, of the same number, their texts. */
const numbered = <Value>(prefix: string, values: readonly Value[]): Record<string, Value> =>
  Object.fromEntries(values.map((value, index) => [`${prefix}${index}`, value]))
const each = (intents: readonly unknown[], write: (index: number) => string, between: string): string =>
  intents.map((_, index) => write(index)).join(between)
const namesOf = (intents: readonly { id: string }[]) => numbered('#i', intents.map(attributeOf))
const textsOf = (prefix: string, texts: readonly string[]) =>
  numbered<AttributeValue>(
    prefix,
    texts.map((text) => ({ S: text })),
  )
const NAMES = {
  '#users': 'users',
  '#recount': 'recount',
  '#ended': 'ended',
  '#closed': 'closedAtVersion',
  '#until': 'closedUntilMs',
  '#version': 'version',
}

/** DynamoDB refuses names that no expression uses. */
const namesIn = (expressions: string): Record<string, string> =>
  Object.fromEntries(Object.entries(NAMES).filter(([name]) => expressions.includes(name)))

export function createCountStore(client: DynamoDBClient, table: string): CountStore {
  function update({ cluster, node }: CountKey, { set, condition, names = {}, values = {} }: Update): Promise<boolean> {
    const write = new UpdateItemCommand({
      TableName: table,
      Key: { cluster: { S: partitionOf(cluster) }, user: { S: node } },
      UpdateExpression: `${set} ADD #version :one`,
      ...(condition === undefined ? {} : { ConditionExpression: condition }),
      ExpressionAttributeNames: { ...names, ...namesIn(`${set} ${condition} #version`) },
      ExpressionAttributeValues: { ':one': number(1), ...values },
    })
    return whetherConditionHolds(client.send(write))
  }
  const standing = (intents: readonly Intent[]) => ({
    condition: each(intents, (index) => `#i${index} = :i${index}`, ' AND '),
    names: namesOf(intents),
    values: textsOf(':i', intents.map(textOf)),
  })
  return {
    ofCluster: (cluster) => Array.fromAsync(itemsOfCluster(client, table, partitionOf(cluster)), countOf),
    reserve: (key, intents, configurationVersion, seen) =>
      update(key, {
        set: `SET #users = if_not_exists(#users, :zero) + :more, ${each(intents, (n) => `#i${n} = :i${n}`, ', ')}`,
        condition:
          '(attribute_not_exists(#closed) OR #closed < :version OR #until < :now)' +
          (seen === undefined
            ? ''
            : seen === 0
              ? ' AND (attribute_not_exists(#users) OR #users = :zero)'
              : ' AND #users = :seen'),
        names: namesOf(intents),
        values: {
          ...textsOf(':i', intents.map(textOf)),
          ':zero': number(0),
          ':more': number(intents.length),
          ':version': number(configurationVersion),
          ':now': number(Math.min(...intents.map(({ atMs }) => atMs))),
          ...(seen === undefined || seen === 0 ? {} : { ':seen': number(seen) }),
        },
      }),
    claim: (key, intents) =>
      update(key, {
        set: `SET ${each(intents, (n) => `#i${n} = :i${n}`, ', ')}`,
        // An adding that is still noted is over: its user is there.
        condition: each(intents, (n) => `(attribute_not_exists(#i${n}) OR begins_with(#i${n}, :add))`, ' AND '),
        names: namesOf(intents),
        values: { ...textsOf(':i', intents.map(textOf)), ':add': { S: 'add' } },
      }),
    advance(key, looking) {
      const { condition, names, values } = standing(looking)
      const removing = looking.map((intent) => textOf({ ...intent, step: 'removing' }))
      return update(key, {
        set: `SET ${each(looking, (n) => `#i${n} = :next${n}`, ', ')}`,
        condition,
        names,
        values: { ...values, ...textsOf(':next', removing) },
      })
    },
    async settle(key, { there = [], gone = [], missed = [] }) {
      const intents = [...there, ...gone, ...missed]
      const { condition, names, values } = standing(intents)
      const less = gone.length === 0 ? '' : '#users = #users - :gone'
      const counted = gone.length === 0 ? {} : { ':gone': number(gone.length) }
      const attributes = each(intents, (n) => `#i${n}`, ', ')
      const strikeOff = (besides: string, also: string, more: Update['values'] = {}) =>
        update(key, {
          set: `${less === '' ? '' : `SET ${less} `}REMOVE ${attributes}${also}`,
          condition: `${condition} AND ${besides}`,
          names,
          values: { ...values, ...counted, ...more },
        })
      const trace = () =>
        update(key, {
          set: `SET #ended = #ended + :ended, ${each(intents, (n) => `#i${n} = :e${n}`, ', ')}${less === '' ? '' : `, ${less}`}`,
          condition: `${condition} AND #ended < :most`,
          names,
          values: {
            ...values,
            ...counted,
            ...textsOf(':e', [...there.map(() => ENDINGS.there), ...[...gone, ...missed].map(() => ENDINGS.gone)]),
            ':ended': number(intents.length),
            ':most': number(MOST_ENDINGS),
          },
        })
      return (
        (await strikeOff('attribute_not_exists(#recount)', '')) ||
        (await trace()) ||
        (await strikeOff('#ended >= :most', ', #recount, #ended', { ':most': number(MOST_ENDINGS) }))
      )
    },
    close: (key, configurationVersion, nowMs) =>
      update(key, {
        set: 'SET #closed = :version, #until = :until',
        condition: 'attribute_not_exists(#users) OR #users = :zero',
        values: { ':zero': number(0), ':version': number(configurationVersion), ':until': number(nowMs + CLOSED_MS) },
      }),
    beginRecount: (key, { id, atMs }) =>
      update(key, {
        set: 'SET #recount = :recount, #ended = :zero',
        values: { ':recount': { S: `${id}|${atMs}` }, ':zero': number(0) },
      }),
    endRecount: (key, { version, recount }, users) =>
      update(key, {
        set: `${users === undefined ? '' : 'SET #users = :users '}REMOVE #recount, #ended`,
        condition: '#version = :version AND #recount = :recount',
        values: {
          ':version': number(version),
          ':recount': { S: `${recount?.id}|${recount?.atMs}` },
          ...(users === undefined ? {} : { ':users': number(users) }),
        },
      }),
    async forget(key, endings) {
      for (let from = 0; from < endings.length; from += MOST_INTENTS) {
        const some = endings.slice(from, from + MOST_INTENTS)
        await update(key, {
          set: `REMOVE ${each(some, (n) => `#i${n}`, ', ')}`,
          condition: each(some, (n) => `#i${n} = :i${n}`, ' AND '),
          names: namesOf(some),
          values: textsOf(
            ':i',
            some.map(({ isThere }) => (isThere ? ENDINGS.there : ENDINGS.gone)),
          ),
        })
      }
    },
  }
}
