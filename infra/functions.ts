export type TableName = 'clusters' | 'groups' | 'history' | 'requests' | 'brake' | 'users' | 'sessions'
export type TableAction = 'GetItem' | 'BatchGetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Query' | 'Scan'
export type WorkflowAction = 'StartExecution' | 'DescribeExecution' | 'SendTaskSuccess'

/** What one function may do, and in how much time. Its role and its environment variables follow from this alone. */
export interface FunctionNeeds {
  readonly purpose: string
  /** The file whose export `handler` is called. */
  readonly entry: string
  readonly timeoutSeconds: number
  readonly tables: { readonly [name in TableName]?: readonly TableAction[] }
  readonly publishesEvents: boolean
  /** On the workflows of transitions. */
  readonly workflows: readonly WorkflowAction[]
  /** On the workflow that waits for the time of a schedule. */
  readonly schedules?: readonly WorkflowAction[]
  /** Whether it may write to on-call. */
  readonly tellsOnCall?: boolean
  /** Whether X-Ray samples its calls: a call a second and 5 % of the rest, too dear where calls come steadily. */
  readonly traced: boolean
}

/** What changing a group takes: its item, and what is carried out and struck off after the commit. */
const changeGroups = ['GetItem', 'PutItem', 'UpdateItem'] as const

export const functions = {
  heartbeat: {
    purpose: 'Takes a heartbeat, judges the peer, answers with the lease',
    entry: 'functions/handlers/heartbeat.ts',
    // By then the agent's next heartbeat is nearly due: a later answer helps nobody.
    timeoutSeconds: 10,
    tables: {
      groups: changeGroups,
      clusters: ['GetItem'],
      // Also the sightings of nodes in no group, and the trace of an identity that was refused.
      history: ['PutItem'],
      brake: ['GetItem', 'PutItem', 'UpdateItem', 'Query'],
    },
    publishesEvents: true,
    workflows: ['StartExecution', 'SendTaskSuccess'],
    traced: false,
  },
  configuration: {
    purpose: 'Changes clusters, nodes, groups and parameters',
    entry: 'functions/handlers/configuration.ts',
    timeoutSeconds: 15,
    tables: {
      clusters: ['GetItem', 'PutItem', 'DeleteItem'],
      groups: [...changeGroups, 'DeleteItem'],
      requests: ['GetItem', 'PutItem'],
      history: ['PutItem'],
      // How many users a node has that leaves its group; it is closed to further ones.
      users: ['Query', 'UpdateItem'],
    },
    publishesEvents: true,
    workflows: [],
    traced: true,
  },
  commands: {
    purpose: 'Takes the commands of operators, at once or at a time: on groups, and on the fleet brake',
    entry: 'functions/handlers/commands.ts',
    timeoutSeconds: 15,
    tables: {
      groups: changeGroups,
      clusters: ['GetItem'],
      requests: ['GetItem', 'PutItem'],
      history: ['PutItem'],
      brake: ['GetItem', 'UpdateItem', 'Query'],
      // The status that it answers with says how many users each node has.
      users: ['Query'],
    },
    publishesEvents: true,
    workflows: ['StartExecution', 'SendTaskSuccess'],
    schedules: ['StartExecution'],
    traced: true,
  },
  queries: {
    purpose: 'Answers what is asked about clusters, groups and their history',
    entry: 'functions/handlers/queries.ts',
    // Longer than the 20 seconds for which GET /events may wait, shorter than the 30 that the API gives an integration.
    timeoutSeconds: 28,
    tables: {
      clusters: ['GetItem', 'Scan'],
      groups: ['GetItem', 'Query'],
      history: ['GetItem', 'Query'],
      brake: ['GetItem', 'Query'],
      users: ['Query'],
    },
    publishesEvents: false,
    workflows: [],
    traced: false,
  },
  users: {
    purpose: 'Adds, moves and counts users, answers where their homes are and where they log in',
    entry: 'functions/handlers/users.ts',
    // The sweeper settles what is left after 20 seconds; by then nobody may be at work on it any more.
    timeoutSeconds: 15,
    tables: {
      users: ['GetItem', 'BatchGetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query'],
      // All clusters, to know whether a caller is the agent of another one.
      clusters: ['GetItem', 'Scan'],
      groups: ['GetItem', 'Query'],
      requests: ['GetItem', 'PutItem'],
      // Whether the client that logs in is one that may come at once, and whether a user that moves is logged in. It ends
      // the sessions of who moves or is removed, and takes subscriptions along.
      sessions: ['PutItem', 'DeleteItem', 'Query'],
    },
    publishesEvents: false,
    workflows: [],
    traced: false,
  },
  sessions: {
    purpose: "Keeps the sessions and subscriptions of users, and reads them by the users' home",
    entry: 'functions/handlers/sessions.ts',
    timeoutSeconds: 15,
    tables: {
      sessions: ['GetItem', 'PutItem', 'DeleteItem', 'Query'],
      users: ['GetItem'],
      // All clusters, to know whether a caller is the agent of another one.
      clusters: ['GetItem', 'Scan'],
      groups: ['GetItem'],
      requests: ['GetItem', 'PutItem'],
    },
    publishesEvents: false,
    workflows: [],
    // The agents put sessions as steadily as users come and go.
    traced: false,
  },
  'workflow-step': {
    purpose: 'Applies one step of a workflow to its group',
    entry: 'functions/handlers/workflow-step.ts',
    timeoutSeconds: 15,
    tables: { groups: changeGroups, history: ['PutItem'] },
    publishesEvents: true,
    workflows: ['StartExecution', 'SendTaskSuccess'],
    traced: true,
  },
  sweeper: {
    purpose: 'Finishes moves, and drives again what was decided and not yet carried out',
    entry: 'functions/handlers/sweeper.ts',
    // The next sweep begins a minute after this one.
    timeoutSeconds: 55,
    tables: {
      // It finishes the deletion of a group, too, which a crash of the configuration function left.
      groups: ['Scan', ...changeGroups, 'DeleteItem'],
      clusters: ['Scan', 'PutItem'],
      history: ['PutItem'],
      // It counts the groups for the fleet brake.
      brake: ['UpdateItem'],
      users: ['GetItem', 'Query', 'UpdateItem'],
    },
    publishesEvents: true,
    workflows: ['StartExecution', 'DescribeExecution', 'SendTaskSuccess'],
    schedules: ['StartExecution', 'DescribeExecution'],
    traced: true,
  },
  alerts: {
    purpose: 'Tells on-call when an incident begins and ends, of a group or of the fleet, once each',
    entry: 'functions/handlers/alerts.ts',
    timeoutSeconds: 15,
    tables: { requests: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'] },
    publishesEvents: false,
    workflows: [],
    tellsOnCall: true,
    traced: true,
  },
} as const satisfies Record<string, FunctionNeeds>

export type FunctionName = keyof typeof functions
