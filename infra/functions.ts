export type TableName = 'clusters' | 'groups' | 'history' | 'requests'
export type TableAction = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem' | 'Query' | 'Scan'
export type WorkflowAction = 'StartExecution' | 'DescribeExecution' | 'SendTaskSuccess'

/** What one function may do, and in how much time. Its role and its environment variables follow from this alone. */
export interface FunctionNeeds {
  readonly purpose: string
  /** The file whose export `handler` is called. */
  readonly entry: string
  readonly timeoutSeconds: number
  readonly tables: { readonly [name in TableName]?: readonly TableAction[] }
  readonly publishesEvents: boolean
  readonly workflows: readonly WorkflowAction[]
}

const read: readonly TableAction[] = ['GetItem', 'Query', 'Scan']
const write: readonly TableAction[] = ['PutItem', 'UpdateItem', 'DeleteItem']

export const functions = {
  heartbeat: {
    purpose: 'Takes a heartbeat, judges the peer, answers with the lease',
    entry: 'functions/handlers/heartbeat.ts',
    // By then the agent's next heartbeat is nearly due: a later answer helps nobody.
    timeoutSeconds: 10,
    tables: {
      groups: ['GetItem', 'PutItem', 'UpdateItem'],
      clusters: ['GetItem', 'UpdateItem'],
      history: ['BatchWriteItem'],
    },
    publishesEvents: true,
    workflows: ['StartExecution', 'SendTaskSuccess'],
  },
  configuration: {
    purpose: 'Changes clusters, nodes, groups and parameters',
    entry: 'functions/handlers/configuration.ts',
    timeoutSeconds: 15,
    tables: {
      clusters: [...read, ...write],
      groups: [...read, ...write],
      requests: ['GetItem', ...write],
      history: ['BatchWriteItem'],
    },
    publishesEvents: true,
    workflows: [],
  },
  commands: {
    purpose: 'Takes the commands of operators: failover, fallback, recovery, high availability',
    entry: 'functions/handlers/commands.ts',
    timeoutSeconds: 15,
    tables: {
      groups: ['GetItem', 'PutItem', 'UpdateItem'],
      clusters: ['GetItem'],
      requests: ['GetItem', ...write],
      history: ['BatchWriteItem'],
    },
    publishesEvents: true,
    workflows: ['StartExecution', 'SendTaskSuccess'],
  },
  queries: {
    purpose: 'Answers what is asked about clusters, groups and their history',
    entry: 'functions/handlers/queries.ts',
    // Longer than the 20 seconds for which GET /events may wait, shorter than the 30 that the API gives an integration.
    timeoutSeconds: 28,
    tables: { clusters: read, groups: read, history: read },
    publishesEvents: false,
    workflows: [],
  },
  'workflow-step': {
    purpose: 'Applies one step of a workflow to its group',
    entry: 'functions/handlers/workflow-step.ts',
    timeoutSeconds: 15,
    tables: { groups: ['GetItem', 'PutItem', 'UpdateItem'], clusters: ['GetItem'], history: ['BatchWriteItem'] },
    publishesEvents: true,
    workflows: ['StartExecution', 'SendTaskSuccess'],
  },
  sweeper: {
    purpose: 'Finishes moves, and drives again what was decided and not yet carried out',
    entry: 'functions/handlers/sweeper.ts',
    // The next sweep begins a minute after this one.
    timeoutSeconds: 55,
    tables: {
      groups: ['Scan', 'GetItem', 'PutItem', 'UpdateItem'],
      clusters: ['Scan', 'GetItem', 'PutItem', 'UpdateItem'],
      history: ['BatchWriteItem'],
    },
    publishesEvents: true,
    workflows: ['StartExecution', 'DescribeExecution', 'SendTaskSuccess'],
  },
} as const satisfies Record<string, FunctionNeeds>

export type FunctionName = keyof typeof functions
