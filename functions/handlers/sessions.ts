import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import {
  deviceNameSchema,
  presentitySchema,
  sessionSchema,
  subscriptionSchema,
} from '../../domain/contract/sessions.ts'
import { userNameSchema } from '../../domain/contract/users.ts'
import { SESSION_MODES } from '../../domain/sessions.ts'
import { createAgents } from '../adapters/agents.ts'
import { systemClock } from '../adapters/clock.ts'
import { createClusterStore } from '../adapters/cluster-store.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { principalsOf } from '../adapters/principal.ts'
import { createRequestStore } from '../adapters/request-store.ts'
import { cursorOf, spotOf } from '../adapters/session-places.ts'
import type { SessionFilter } from '../adapters/session-store.ts'
import { createSessionStore } from '../adapters/session-store.ts'
import { createSubscriptionStore } from '../adapters/subscription-store.ts'
import { createUserStore } from '../adapters/user-store.ts'
import type { HttpEvent } from '../http.ts'
import { answer, byRoute, callerOf, checked, httpHandler, jsonBody, newName, parameter } from '../http.ts'
import { idempotently } from '../idempotency.ts'
import { badCursor, chosenParameter, queryParameter, wholeParameter } from '../query-parameters.ts'
import { sessionView, subscriptionView } from '../session-views.ts'
import type { NodeCall } from '../usecases/node-sessions.ts'
import { lostSessionsOfNode, sessionsOfNode, subscriptionsAt } from '../usecases/node-sessions.ts'
import { endSession, putSession, whereaboutsOf } from '../usecases/sessions.ts'
import { endSubscription, putSubscription, subscriptionsFor, subscriptionsOf } from '../usecases/subscriptions.ts'

const client = new DynamoDBClient({})
const clusters = createClusterStore(client, requireEnv('CLUSTERS_TABLE'))
const ports = {
  clusters,
  groups: createGroupStore(client, requireEnv('GROUPS_TABLE')),
  users: createUserStore(client, requireEnv('USERS_TABLE')),
  sessions: createSessionStore(client, requireEnv('SESSIONS_TABLE')),
  subscriptions: createSubscriptionStore(client, requireEnv('SESSIONS_TABLE')),
  agents: createAgents(clusters, systemClock),
  clock: systemClock,
}

const once = idempotently(createRequestStore(client, requireEnv('REQUESTS_TABLE')))
const nowMs = () => systemClock.read().nowMs

/** Names that cannot be are nobody's, and are looked for as they are. */
function userNamed(event: HttpEvent): string {
  const given = parameter(event, 'user')
  const parsed = userNameSchema.safeParse(given)
  return parsed.success ? parsed.data : given
}

const callOf = (event: HttpEvent) => ({
  cluster: parameter(event, 'cluster'),
  user: userNamed(event),
  principals: principalsOf(callerOf(event)),
})

const SESSION_PAGE = { least: 1, most: 1000, fallback: 200 }
const YES_OR_NO = ['true', 'false'] as const

function nodeCallOf(event: HttpEvent, kinds: Parameters<typeof spotOf>[1]): NodeCall {
  const cursor = queryParameter(event, 'cursor')
  const from = cursor === undefined ? undefined : spotOf(cursor, kinds)
  if (from === null) throw badCursor()
  return {
    cluster: parameter(event, 'cluster'),
    node: parameter(event, 'node'),
    principals: principalsOf(callerOf(event)),
    limit: wholeParameter(event, 'limit', SESSION_PAGE),
    from,
  }
}

function filterOf(event: HttpEvent): SessionFilter {
  const push = chosenParameter(event, 'pushEnabled', YES_OR_NO)
  return {
    mode: chosenParameter(event, 'mode', SESSION_MODES),
    pushEnabled: push === undefined ? undefined : push === 'true',
  }
}

async function nodeSessions(event: HttpEvent) {
  const call = nodeCallOf(event, ['session'])
  const filter = filterOf(event)
  const withSubscriptions = chosenParameter(event, 'subscriptions', YES_OR_NO) === 'true'
  const found = await sessionsOfNode(ports, call, filter)
  const subscriptions = withSubscriptions ? await subscriptionsAt(ports, call, found) : null
  const { group, sessions, next } = found
  return answer(200, {
    sessions: sessions.map((session) => ({
      ...sessionView(group, session, nowMs()),
      ...(subscriptions ? { subscriptions: (subscriptions.get(session.user) ?? []).map(subscriptionView) } : {}),
    })),
    ...(next ? { cursor: cursorOf(next) } : {}),
  })
}

async function lostSessions(event: HttpEvent) {
  const { group, sessions, next } = await lostSessionsOfNode(ports, nodeCallOf(event, ['lost', 'session']))
  const views = sessions.map(({ loss, ...session }) => ({ ...sessionView(group, session, nowMs(), loss) }))
  return answer(200, { sessions: views, ...(next ? { cursor: cursorOf(next) } : {}) })
}

/** All that is kept, so that an operator sees also what is over. */
async function userSessions(event: HttpEvent) {
  const { user, group } = await whereaboutsOf(ports, parameter(event, 'cluster'), userNamed(event))
  const sessions = await ports.sessions.ofUser(user)
  const own = sessions.filter(({ assignment, expiresAtMs }) => assignment === user.id && nowMs() < expiresAtMs)
  return answer(200, { sessions: own.map((session) => sessionView(group, session, nowMs())) })
}

/** The user's subscriptions come with the answer: a node that a user has just come to makes them again [B29]. */
const sessionPut = once(async (event) => {
  const device = newName(event, 'device', deviceNameSchema)
  const body = checked(sessionSchema, jsonBody(event))
  const { session, ...where } = await putSession(ports, { ...callOf(event), device }, body)
  const subscriptions = await subscriptionsFor(ports, where)
  return answer(200, {
    ...sessionView(where.group, session, nowMs()),
    subscriptions: subscriptions.map(subscriptionView),
  })
})

/** Sessions of users, and their temporary presence subscriptions [B27]–[B29]. */
export const handler = httpHandler(
  byRoute({
    'PUT /clusters/{cluster}/users/{user}/sessions/{device}': sessionPut,
    'DELETE /clusters/{cluster}/users/{user}/sessions/{device}': async (event) => {
      await endSession(ports, { ...callOf(event), device: parameter(event, 'device') })
      return { statusCode: 204 }
    },
    'GET /clusters/{cluster}/users/{user}/sessions': userSessions,
    'GET /clusters/{cluster}/nodes/{node}/sessions': nodeSessions,
    'GET /clusters/{cluster}/nodes/{node}/lost-sessions': lostSessions,
    'PUT /clusters/{cluster}/users/{user}/subscriptions/{presentity}': once(async (event) => {
      const presentity = newName(event, 'presentity', presentitySchema)
      const body = checked(subscriptionSchema, jsonBody(event))
      return answer(200, subscriptionView(await putSubscription(ports, { ...callOf(event), presentity }, body)))
    }),
    'DELETE /clusters/{cluster}/users/{user}/subscriptions/{presentity}': async (event) => {
      await endSubscription(ports, { ...callOf(event), presentity: parameter(event, 'presentity') })
      return { statusCode: 204 }
    },
    'GET /clusters/{cluster}/users/{user}/subscriptions': async (event) =>
      answer(200, { subscriptions: (await subscriptionsOf(ports, callOf(event))).map(subscriptionView) }),
  }),
)
