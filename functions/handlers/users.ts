import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { groupOfNode } from '../../domain/cluster.ts'
import { userNameSchema, userSchema } from '../../domain/contract/users.ts'
import { createAgents } from '../adapters/agents.ts'
import { systemClock } from '../adapters/clock.ts'
import { createClusterStore } from '../adapters/cluster-store.ts'
import { createCountStore } from '../adapters/count-store.ts'
import { requireEnv } from '../adapters/environment.ts'
import { createGroupStore } from '../adapters/group-store.ts'
import { principalsOf } from '../adapters/principal.ts'
import { createRequestStore } from '../adapters/request-store.ts'
import { createSessionStore } from '../adapters/session-store.ts'
import type { User } from '../adapters/user-store.ts'
import { createUserStore } from '../adapters/user-store.ts'
import type { HttpEvent } from '../http.ts'
import { answer, byRoute, callerOf, checked, httpHandler, jsonBody, newName, parameter } from '../http.ts'
import { idempotently } from '../idempotency.ts'
import { badCursor, queryParameter, wholeParameter } from '../query-parameters.ts'
import { nodeOf, readCluster } from '../usecases/configure.ts'
import { loginOf } from '../usecases/login.ts'
import { deleteUser, putUser, readUser } from '../usecases/users.ts'
import { userView } from '../views.ts'

const client = new DynamoDBClient({})
const clusters = createClusterStore(client, requireEnv('CLUSTERS_TABLE'))
const ports = {
  clusters,
  groups: createGroupStore(client, requireEnv('GROUPS_TABLE')),
  users: createUserStore(client, requireEnv('USERS_TABLE')),
  counts: createCountStore(client, requireEnv('USERS_TABLE')),
  sessions: createSessionStore(client, requireEnv('SESSIONS_TABLE')),
  agents: createAgents(clusters, systemClock),
  clock: systemClock,
}

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

/** Users, their homes, and where they log in [B24]–[B26]. */
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
    'GET /clusters/{cluster}/users/{user}/login': async (event) => {
      const asked = { user: userNamed(event), device: queryParameter(event, 'device') }
      return answer(200, await loginOf(ports, cluster(event), asked, principalsOf(callerOf(event))))
    },
  }),
)
