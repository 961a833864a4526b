import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { DeleteItemCommand, DynamoDBClient, PutItemCommand, paginateScan } from '@aws-sdk/client-dynamodb'
import definitions from '../../functions/adapters/tables.json' with { type: 'json' }

type Item = Record<string, AttributeValue>
type TableName = keyof typeof definitions
export interface Entry {
  table: TableName
  key: Item
  item: Item
}
type Items = Map<string, Entry>

/** What differs between two looks at the tables: what is no more, and what is new. */
export interface Difference {
  gone: Entry[]
  come: Entry[]
}

/** All that the tables of a stage hold, so that a test sees whatever a call has changed, and can take it back. */
export class AllItems {
  readonly #client = new DynamoDBClient({})
  readonly #tables: TableName[]

  constructor(except: TableName[]) {
    this.#tables = (Object.keys(definitions) as TableName[]).filter((table) => !except.includes(table))
  }
  end = () => this.#client.destroy()

  async read(): Promise<Items> {
    const found = await Promise.all(this.#tables.map((table) => this.#itemsOf(table)))
    return new Map(found.flat().map((entry) => [JSON.stringify([entry.table, sorted(entry.item)]), entry]))
  }

  async #itemsOf(table: TableName): Promise<Entry[]> {
    const entries: Entry[] = []
    const pages = paginateScan({ client: this.#client }, { TableName: tableOf(table), ConsistentRead: true })
    for await (const { Items = [] } of pages) {
      entries.push(...Items.map((item) => ({ table, key: keyIn(table, item), item })))
    }
    return entries
  }

  async takeBack({ gone, come }: Difference): Promise<void> {
    for (const { table, key } of come) {
      await this.#client.send(new DeleteItemCommand({ TableName: tableOf(table), Key: key }))
    }
    for (const { table, item } of gone) {
      await this.#client.send(new PutItemCommand({ TableName: tableOf(table), Item: item }))
    }
  }
}

export const difference = (before: Items, after: Items): Difference => ({
  gone: [...before].flatMap(([name, entry]) => (after.has(name) ? [] : [entry])),
  come: [...after].flatMap(([name, entry]) => (before.has(name) ? [] : [entry])),
})

const tableOf = (table: TableName): string => `understudy-${table}`
const sorted = (item: Item) => Object.entries(item).sort(([one], [other]) => (one < other ? -1 : 1))

function keyIn(table: TableName, item: Item): Item {
  const { partitionKey, sortKey }: { partitionKey: string; sortKey?: string } = definitions[table]
  const names = [partitionKey, ...(sortKey === undefined ? [] : [sortKey])]
  return Object.fromEntries(names.map((name) => [name, item[name] as AttributeValue]))
}
