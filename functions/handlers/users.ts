import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { groupOfNode } from '../../domain/cluster.ts'
import {
  logoutSchema,
  moveSchema,
  rebalanceSchema,
  recountSchema,
  userBatchSchema,
  userNameSchema,
  userSchema,
} from '../../domain/contract/users.ts'
import type { Misplaced } from '../../domain/users.ts'
import { createAgents } from '../adapters/agents.ts'
import { systemClock } from '../adapters/clock.ts'
import { createClusterStore } from '../adapters/cluster-store.ts'
import { createCountStore } from '../adapters/count-store.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { principalsOf } from '../adapters/principal.ts'
import { createRequestStore } from '../adapters/request-store.ts'
import { createSessionStore } from '../adapters/session-store.ts'
import { createSubscriptionStore } from '../adapters/subscription-store.ts'
import type { User } from '../adapters/user-store.ts'
import { createUserStore } from '../adapters/user-store.ts'
import type { HttpEvent } from '../http.ts'
import { answer, byRoute, callerOf, checked, httpHandler, jsonBody, newName, parameter } from '../http.ts'
import { idempotently } from '../idempotency.ts'
import { ProblemError } from '../problem.ts'
import { badCursor, queryParameter, wholeParameter } from '../query-parameters.ts'
import { nodeOf, readCluster } from '../usecases/configure.ts'
import { keptSessions } from '../usecases/kept-sessions.ts'
import type { LoginPorts } from '../usecases/login.ts'
import { loginOf } from '../usecases/login.ts'
import type { MovePorts } from '../usecases/move-users.ts'
import { moveUser } from '../usecases/move-users.ts'
import type { Place } from '../usecases/rebalance.ts'
import { rebalance } from '../usecases/rebalance.ts'
import { recount } from '../usecases/recount.ts'
import type { Put } from '../usecases/users.ts'
import { deleteUser, putUser, putUsers, readUser } from '../usecases/users.ts'
import { userView } from '../views.ts'

const client = new DynamoDBClient({})
const clusters = createClusterStore(client, requireEnv('CLUSTERS_TABLE'))
const stores = {
  clusters,
  groups: createGroupStore(client, requireEnv('GROUPS_TABLE')),
  users: createUserStore(client, requireEnv('USERS_TABLE')),
  sessions: createSessionStore(client, requireEnv('SESSIONS_TABLE')),
  subscriptions: createSubscriptionStore(client, requireEnv('SESSIONS_TABLE')),
  clock: systemClock,
}
const ports: MovePorts = {
  ...stores,
  counts: createCountStore(client, requireEnv('USERS_TABLE')),
  sessions: keptSessions(stores),
}
const loginPorts: LoginPorts = { ...stores, agents: createAgents(clusters, systemClock) }

const once = idempotently(createRequestStore(client, requireEnv('REQUESTS_TABLE')))
const cluster = (event: HttpEvent) => parameter(event, 'cluster')

/** The name of a user who may be there: what cannot be a name is nobody's, and is looked for as it is. */
function userNamed(event: HttpEvent): string {
  const given = parameter(event, 'user')
  const parsed = userNameSchema.safeParse(given)
  return parsed.success ? parsed.data : given
}

const USER_PAGE = { least: 1, most: 1000, fallback: 200 }

/** A user's name may hold signs that a query may not: the cursor hides them. */
const cursorOf = (user: string): string => Buffer.from(user).toString('base64url')
function afterCursor(event: HttpEvent): string | undefined {
  const cursor = queryParameter(event, 'cursor')
  if (cursor === undefined) return undefined
  const user = Buffer.from(cursor, 'base64url').toString()
  if (cursorOf(user) !== cursor || !userNameSchema.safeParse(user).success) throw badCursor()
  return user
}

async function userList(event: HttpEvent) {
  const limit = wholeParameter(event, 'limit', USER_PAGE)
  const after = afterCursor(event)
  const of = await readCluster(clusters, cluster(event))
  const home = queryParameter(event, 'node')
  if (home !== undefined) nodeOf(of, home)
  const [{ users, more }, groups] = await Promise.all([
    ports.users.list({ cluster: of.cluster, home }, { limit, after }),
    ports.groups.listOf(of.cluster),
  ])
  const last = users.at(-1)
  return answer(200, {
    users: users.map((user) => userView(of, groups, user)),
    ...(more && last ? { cursor: cursorOf(last.user) } : {}),
  })
}

async function shown(user: User) {
  const of = await readCluster(clusters, user.cluster)
  const group = groupOfNode(of, user.home)
  const found = group === undefined ? null : await ports.groups.read({ cluster: user.cluster, group })
  return answer(200, userView(of, found ? [found] : [], user))
}

/** All that is wrong with the users of a batch, by their places in it. */
function batchRefusal({ refused }: Misplaced, all: Misplaced[]): ProblemError {
  if (refused.status !== 422) return new ProblemError(refused.status, refused.code, refused.detail)
  const errors = all.map(({ index, refused: { detail } }) => ({ path: `users.${index}`, message: detail }))
  const others = all.length > 1 ? ` So are ${all.length - 1} more.` : ''
  const detail = `users.${all[0]?.index} is not one to take: ${refused.detail}${others} Nothing was changed.`
  return new ProblemError(422, refused.code, detail, { errors })
}

async function addBatch(event: HttpEvent) {
  const { users } = checked(userBatchSchema, jsonBody(event))
  const puts = await putUsers(ports, cluster(event), users, batchRefusal)
  const having = (wanted: Put['outcome']) => puts.filter(({ outcome }) => outcome === wanted).length
  return answer(200, {
    added: having('added'),
    existing: having('exists'),
    elsewhere: having('elsewhere'),
    users: puts.map(({ user, outcome }) => ({ user: user.user, outcome, homeNode: user.home })),
  })
}

/** Where a page of a rebalance ended: a node, and the last user of it that was looked at ("": all were). No name of a node has a space. */
const rebalanceCursorOf = ({ node, after }: Place): string => Buffer.from(`${node} ${after}`).toString('base64url')
function placeOf(cursor: string | undefined): Place | null {
  if (cursor === undefined) return null
  const text = Buffer.from(cursor, 'base64url').toString()
  const [, node = '', after = ''] = /^([\w.-]{1,128}) (.{0,128})$/s.exec(text) ?? []
  if (node === '' || rebalanceCursorOf({ node, after }) !== cursor) throw badCursor()
  return { node, after }
}

async function rebalancePage(event: HttpEvent) {
  const { cursor, ...asked } = checked(rebalanceSchema, jsonBody(event))
  const { next, ...page } = await rebalance(ports, cluster(event), asked, placeOf(cursor))
  return answer(200, { dryRun: asked.dryRun, ...page, ...(next ? { cursor: rebalanceCursorOf(next) } : {}) })
}

async function recounted(event: HttpEvent) {
  checked(recountSchema, jsonBody(event))
  const nodes = await recount(ports, cluster(event))
  return answer(200, { users: nodes.reduce((sum, { users }) => sum + users, 0), nodes })
}

async function loggedOut(event: HttpEvent) {
  checked(logoutSchema, jsonBody(event))
  await readCluster(clusters, cluster(event))
  const user = await readUser(ports, cluster(event), userNamed(event))
  return answer(200, { cluster: user.cluster, user: user.user, sessions: await ports.sessions.end(user) })
}

/** Users, their homes, and where they log in [B24]–[B26] [B30]. */
export const handler = httpHandler(
  byRoute({
    'GET /clusters/{cluster}/users': userList,
    'GET /clusters/{cluster}/users/{user}': async (event) => {
      await readCluster(clusters, cluster(event))
      return shown(await readUser(ports, cluster(event), userNamed(event)))
    },
    'PUT /clusters/{cluster}/users/{user}': once(async (event) => {
      const user = newName(event, 'user', userNameSchema)
      const asked = checked(userSchema, jsonBody(event))
      return shown(await putUser(ports, cluster(event), user, asked))
    }),
    'DELETE /clusters/{cluster}/users/{user}': async (event) => {
      await deleteUser(ports, cluster(event), userNamed(event))
      return { statusCode: 204 }
    },
    'POST /clusters/{cluster}/users/batch': once(addBatch),
    'POST /clusters/{cluster}/users/rebalance': once(rebalancePage),
    'POST /clusters/{cluster}/users/recount': once(recounted),
    'POST /clusters/{cluster}/users/{user}/move': once(async (event) => {
      const asked = checked(moveSchema, jsonBody(event))
      return shown(await moveUser(ports, cluster(event), userNamed(event), asked))
    }),
    'POST /clusters/{cluster}/users/{user}/logout': once(loggedOut),
    'GET /clusters/{cluster}/users/{user}/login': async (event) => {
      const asked = { user: userNamed(event), device: queryParameter(event, 'device') }
      return answer(200, await loginOf(loginPorts, cluster(event), asked, principalsOf(callerOf(event))))
    },
  }),
)
