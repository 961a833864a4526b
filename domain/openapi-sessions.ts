import { sessionSchema, subscriptionSchema } from './contract/sessions.ts'
import type { Operation } from './openapi.ts'

const session = {
  user: 'alice',
  device: 'phone-7f3a',
  platform: 'ios',
  mode: 'background',
  pushEnabled: true,
  homeNode: 'alpha',
  node: 'beta',
  putOn: 'alpha',
  putAt: '2026-01-31T12:00:00.000Z',
  expiresAt: '2026-02-07T12:00:00.000Z',
  lostMessages: { node: 'alpha', at: '2026-01-31T12:05:00.000Z' },
}
const { lostMessages, ...unharmed } = session
const fresh = { ...unharmed, node: 'alpha', lostMessages: null }
const subscription = { presentity: 'bob@example.com', expiresAt: '2026-01-31T13:00:00.000Z' }
const NOT_ON_THIS_NODE = 'The user is on another node, which `node` names; or it was moved meanwhile.'
const NOT_YOURS = 'The caller is the agent of another cluster, or nobody’s.'
const OF_ANOTHER_GROUP = 'The caller is the agent of a node of another group.'

/** What the routes about sessions and subscriptions are for. */
export const SESSION_OPERATIONS: Record<string, Operation> = {
  'GET /clusters/{cluster}/users/{user}/sessions': {
    summary: 'The sessions of a user; node: where each is now, or null where its client has to log in again',
    answers: { 200: '{ sessions }' },
    examples: { answer: { sessions: [fresh] } },
  },
  'PUT /clusters/{cluster}/users/{user}/sessions/{device}': {
    summary:
      'A client of the user is here, and how; from the agent of the node that the user is on. The answer has the ' +
      'subscriptions of the user, for the node to make again',
    body: sessionSchema,
    answers: { 200: 'The session, and { subscriptions }', 403: NOT_YOURS, 409: NOT_ON_THIS_NODE },
    examples: {
      body: { platform: 'ios', mode: 'background', pushEnabled: true, expiresInSeconds: 604800 },
      answer: { ...fresh, subscriptions: [subscription] },
    },
  },
  'DELETE /clusters/{cluster}/users/{user}/sessions/{device}': {
    summary: 'A session is over; from the agent of the node that the user is on, or an operator',
    answers: { 204: 'Gone, or never known', 403: NOT_YOURS, 409: NOT_ON_THIS_NODE },
  },
  'GET /clusters/{cluster}/nodes/{node}/sessions': {
    summary:
      'Sessions of the users whose home the node is, wherever they are served, in no particular order (mode, ' +
      'pushEnabled; subscriptions=true: with those of their users; limit, cursor). A page may be short and not the last',
    answers: { 200: '{ sessions, cursor }', 403: OF_ANOTHER_GROUP, 409: 'The node is in no group.' },
    examples: { answer: { sessions: [{ ...session, subscriptions: [subscription] }], cursor: 'MyBzZXNzaW9uL2FsaWNl' } },
  },
  'GET /clusters/{cluster}/nodes/{node}/lost-sessions': {
    summary:
      'Sessions of the users whose home the node is for which messages were queued that a crash of the node they were ' +
      'on has taken, during the last 30 days (limit, cursor). A page may be short and not the last',
    answers: { 200: '{ sessions, cursor }', 403: OF_ANOTHER_GROUP, 409: 'The node is in no group.' },
    examples: { answer: { sessions: [session] } },
  },
  'GET /clusters/{cluster}/users/{user}/subscriptions': {
    summary: 'The temporary presence subscriptions of a user, and when each ends',
    answers: { 200: '{ subscriptions }', 403: OF_ANOTHER_GROUP },
    examples: { answer: { subscriptions: [subscription] } },
  },
  'PUT /clusters/{cluster}/users/{user}/subscriptions/{presentity}': {
    summary:
      'Keep a temporary presence subscription, or prolong it; from the agent of the node that the user is on. It outlives ' +
      'failover, fallback and a move of the user, and has its whole time anew from then on',
    body: subscriptionSchema,
    answers: { 200: 'The subscription', 403: NOT_YOURS, 409: NOT_ON_THIS_NODE },
    examples: { body: { expiresInSeconds: 3600 }, answer: subscription },
  },
  'DELETE /clusters/{cluster}/users/{user}/subscriptions/{presentity}': {
    summary: 'A subscription is over; from the agent of the node that the user is on, or an operator',
    answers: { 204: 'Gone, or never known', 403: NOT_YOURS, 409: NOT_ON_THIS_NODE },
  },
}

export const SESSION_QUERY: Record<string, string[]> = {
  'GET /clusters/{cluster}/nodes/{node}/sessions': ['limit', 'cursor', 'mode', 'pushEnabled', 'subscriptions'],
  'GET /clusters/{cluster}/nodes/{node}/lost-sessions': ['limit', 'cursor'],
}
