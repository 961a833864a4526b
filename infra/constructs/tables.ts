import { RemovalPolicy } from 'aws-cdk-lib'
import { AttributeType, BillingMode, type SchemaOptions, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'
import { type Environment, physicalName } from '../environments/environment.ts'
import type { TableShape, TableShapes } from '../project-files.ts'

/**
 * The tables, keyed as in functions/adapters/tables.json. They live in one Region: the rules of safety rest on
 * conditional writes and strongly consistent reads (protocol.md rule 11), which a global table does not give.
 */
export class Tables extends Construct {
  readonly #shapes: TableShapes
  readonly #tables: Map<string, Table>

  constructor(scope: Construct, id: string, environment: Environment, shapes: TableShapes) {
    super(scope, id)
    this.#shapes = shapes
    this.#tables = new Map(
      Object.entries(shapes).map(([name, shape]) => [name, this.#addTable(name, shape, environment)]),
    )
  }

  /** The table of that name in tables.json; throws where there is none. */
  named(name: string): Table {
    const table = this.#tables.get(name)
    if (table) return table
    const known = [...this.#tables.keys()].join(', ')
    throw new Error(`functions/adapters/tables.json has no table "${name}"; it has ${known}.`)
  }

  /** The ARNs of all indexes of that table. */
  indexArns(name: string): string[] {
    const indexes = Object.keys(this.#shapes[name]?.indexes ?? {})
    return indexes.map((index) => `${this.named(name).tableArn}/index/${index}`)
  }

  #addTable(name: string, shape: TableShape, environment: Environment): Table {
    const table = new Table(this, name, {
      tableName: physicalName(environment, name),
      ...keys(shape),
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: {
        pointInTimeRecoveryEnabled: true,
        recoveryPeriodInDays: environment.tableRecoveryDays,
      },
      deletionProtection: environment.deletionProtection,
      removalPolicy: environment.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
      ...(shape.timeToLive && { timeToLiveAttribute: shape.timeToLive }),
    })
    for (const [indexName, index] of Object.entries(shape.indexes ?? {})) {
      table.addGlobalSecondaryIndex({ indexName, ...keys(index) })
    }
    return table
  }
}

function keys({ partitionKey, sortKey }: Pick<TableShape, 'partitionKey' | 'sortKey'>): SchemaOptions {
  return {
    partitionKey: { name: partitionKey, type: AttributeType.STRING },
    ...(sortKey && { sortKey: { name: sortKey, type: AttributeType.STRING } }),
  }
}
