import {
  logoutSchema,
  MOST_OF_A_BATCH,
  moveSchema,
  rebalanceSchema,
  recountSchema,
  userBatchSchema,
  userSchema,
} from './contract/users.ts'
import type { Operation } from './openapi.ts'

const BUSY = 'Too many changes at once; try again after Retry-After.'
const ALICE = {
  cluster: 'berlin',
  user: 'alice',
  homeNode: 'berlin-1a',
  currentNode: 'berlin-1a',
  group: 'berlin-1',
  createdAt: '2026-01-31T12:00:00.000Z',
}
const MOVED = { ...ALICE, homeNode: 'berlin-2a', currentNode: 'berlin-2a', group: 'berlin-2' }
const LEVEL = { group: 'berlin-1', users: 5000, fairShare: 5000 }

/** The operations on users. */
export const USER_OPERATIONS: Record<string, Operation> = {
  'GET /clusters/{cluster}/users': {
    summary: 'The users of a cluster in the order of their names, or those at home on one node (node, limit, cursor)',
    answers: { 200: '{ users, cursor }' },
    examples: { answer: { users: [ALICE], cursor: 'YWxpY2U' } },
  },
  'GET /clusters/{cluster}/users/{user}': {
    summary: 'A user: its home node, and the node that serves it now. Names are the same in all spellings of case',
    answers: { 200: 'The user' },
    examples: { answer: ALICE },
  },
  'PUT /clusters/{cluster}/users/{user}': {
    summary: 'Add a user; its home is assigned by userAssignmentMode, or is the node named, or one of the group named',
    body: userSchema,
    answers: {
      200: 'The user, new or as it was',
      409: 'A node of the cluster is neither Normal nor Initializing (with the states), or the user has another home.',
      422: 'The name, node or group is not one to take, or the cluster assigns nobody by itself.',
      503: BUSY,
    },
    examples: { body: { group: 'berlin-1' }, answer: ALICE },
  },
  'POST /clusters/{cluster}/users/batch': {
    summary:
      `Add up to ${MOST_OF_A_BATCH} users, each assigned or placed as one alone would be; the nodes stay within one user ` +
      'of each other. Users who are there are reported and not counted again, so that a batch may be sent again at any ' +
      'time. One that is malformed or breaks a rule is refused whole',
    body: userBatchSchema,
    answers: {
      200:
        'Each user with its outcome and home, in the order asked: added, exists (as asked for) or elsewhere (there ' +
        'already, with another home, where it stays); and how many of each',
      409: 'A node of the cluster is neither Normal nor Initializing (with the states), or none is in a group.',
      422: 'Users, nodes or groups are not ones to take (`errors` names each), or the cluster assigns nobody by itself.',
      503: `${BUSY} Some may have been added; sending the batch again adds the others.`,
    },
    examples: {
      body: { users: [{ user: 'alice' }, { user: 'bob', group: 'berlin-2' }, { user: 'carol', node: 'berlin-1b' }] },
      answer: {
        added: 2,
        existing: 1,
        elsewhere: 0,
        users: [
          { user: 'alice', outcome: 'exists', homeNode: 'berlin-1a' },
          { user: 'bob', outcome: 'added', homeNode: 'berlin-2a' },
          { user: 'carol', outcome: 'added', homeNode: 'berlin-1b' },
        ],
      },
    },
  },
  'POST /clusters/{cluster}/users/rebalance': {
    summary:
      'Level the users by userAssignmentMode: all nodes to within one user of each other or, in active-standby, the first ' +
      'nodes of the groups. dryRun says what would move. A page moves some hundred users; call again with its cursor ' +
      'until there is none. Without one it begins anew, at any time. Users who are logged in stay, or are logged out ' +
      'where logOut says so',
    body: rebalanceSchema,
    answers: {
      200: 'Users and fair share of each node, the moves still to be made, and what this page did',
      409: 'A node of the cluster is neither Normal nor Initializing (with the states).',
      422: 'The cluster assigns nobody by itself, so that no share is fair.',
      503: `${BUSY} Some may have moved; what is left follows from where the users are.`,
    },
    examples: {
      body: { dryRun: true },
      answer: {
        dryRun: true,
        nodes: [
          { ...LEVEL, node: 'berlin-1a', users: 7500 },
          { ...LEVEL, node: 'berlin-1b', users: 2500 },
        ],
        moves: [{ from: 'berlin-1a', to: 'berlin-1b', users: 2500 }],
        moved: 0,
        loggedIn: 0,
      },
    },
  },
  'POST /clusters/{cluster}/users/recount': {
    summary:
      'Count the users of each node from the users themselves, where the numbers are in doubt (after a restore, say). ' +
      'Others may go on adding, moving and deleting users meanwhile; each is counted once',
    body: recountSchema,
    answers: {
      200: 'The users of each node, and what had been counted until then',
      503: 'Users change too quickly, or are too many to be read in one call. The counts stay as they were.',
    },
    examples: {
      body: {},
      answer: {
        users: 9998,
        nodes: [
          { node: 'berlin-1a', users: 4999, counted: 5003 },
          { node: 'berlin-1b', users: 4999, counted: 4999 },
        ],
      },
    },
  },
  'POST /clusters/{cluster}/users/{user}/move': {
    summary:
      'Give a user another home, in the group or on the node named. A user who is logged in stays, unless logOut says to ' +
      'log it out first. Users may leave nodes in any state',
    body: moveSchema,
    answers: {
      200: 'The user; as it was, where its home is there already',
      409: 'It is logged in, or a node of the group that it would go to is neither Normal nor Initializing.',
      422: 'The node or group is not one to take.',
      503: BUSY,
    },
    examples: { body: { group: 'berlin-2', logOut: true }, answer: MOVED },
  },
  'POST /clusters/{cluster}/users/{user}/logout': {
    summary: 'Log a user out of all its clients',
    body: logoutSchema,
    answers: { 200: 'How many sessions have ended' },
    examples: { body: {}, answer: { cluster: 'berlin', user: 'alice', sessions: 2 } },
  },
  'DELETE /clusters/{cluster}/users/{user}': {
    summary: 'Delete a user',
    answers: { 204: 'Gone', 503: BUSY },
  },
  'GET /clusters/{cluster}/users/{user}/login': {
    summary:
      'Where the user logs in: the node that serves it or, while it moves, gets it; serving: its door is open now; ' +
      'reLogin.waitSeconds: how long to wait first, drawn between the limits while many come at once, else 0. A client ' +
      '(device; all of the user’s, where none is named) that is in the foreground and takes pushes does not wait',
    answers: {
      200: '{ node, hostName, homeNode, serving, reLogin: { waitSeconds, lowerLimitSeconds, upperLimitSeconds } }',
      403: 'The caller is the agent of another cluster.',
    },
    examples: {
      answer: {
        node: 'berlin-1b',
        hostName: 'berlin-1b.example.com',
        homeNode: 'berlin-1a',
        serving: true,
        reLogin: { waitSeconds: 214.6, lowerLimitSeconds: 120, upperLimitSeconds: 537 },
      },
    },
  },
}
