import { type ApiRequest, apiPath } from './signed-client.ts'

export interface UserEntry {
  cluster: string
  user: string
  homeNode: string
  /** Who serves it now. */
  currentNode: string
  /** Null: its home is in no group any more. */
  group: string | null
  createdAt: string
}

export interface UserPlace {
  node?: string
  group?: string
}
export type WantedUser = UserPlace & { user: string }

export interface UserLogin {
  node: string
  hostName: string
  homeNode: string
  serving: boolean
  reLogin: { waitSeconds: number; lowerLimitSeconds: number; upperLimitSeconds: number }
}

export interface BatchReport {
  added: number
  existing: number
  elsewhere: number
  users: { user: string; outcome: 'added' | 'exists' | 'elsewhere'; homeNode: string }[]
}

export interface RebalanceReport {
  nodes: { node: string; group: string; users: number; fairShare: number }[]
  moves: { from: string; to: string; users: number }[]
  moved: number
  loggedIn: number
  cursor?: string
}

export interface RecountReport {
  users: number
  nodes: { node: string; users: number; counted: number }[]
}

export interface UsersPage {
  users: UserEntry[]
  cursor?: string
}

/** The calls about users. */
export interface UserApi {
  page(query: { node?: string; limit?: number; cursor?: string }): Promise<UsersPage>
  show(user: string): Promise<UserEntry>
  login(user: string): Promise<UserLogin>
  add(user: string, place: UserPlace): Promise<UserEntry>
  /** Sent again it adds nobody twice; so it needs no key. */
  addAll(users: WantedUser[]): Promise<BatchReport>
  remove(user: string): Promise<void>
  move(user: string, order: UserPlace & { logOut: boolean }): Promise<UserEntry>
  /** Answers how many sessions have ended. */
  logOut(user: string): Promise<{ sessions: number }>
  rebalance(order: { dryRun?: boolean; logOut?: boolean; cursor?: string }): Promise<RebalanceReport>
  recount(): Promise<RecountReport>
}

type Send = <Body>(request: ApiRequest) => Promise<Body>

export function createUserApi(send: Send, theCluster: () => Promise<string>): UserApi {
  const users = async (rest = '') => apiPath`/clusters/${await theCluster()}/users` + rest
  const one = (user: string) => users(apiPath`/${user}`)
  return {
    page: async (query) => send({ method: 'GET', path: await users(), query }),
    show: async (user) => send({ method: 'GET', path: await one(user) }),
    login: async (user) => send({ method: 'GET', path: `${await one(user)}/login` }),
    add: async (user, body) => send({ method: 'PUT', path: await one(user), body }),
    addAll: async (wanted) => send({ method: 'POST', path: await users('/batch'), body: { users: wanted } }),
    remove: async (user) => send({ method: 'DELETE', path: await one(user) }),
    move: async (user, body) => send({ method: 'POST', path: `${await one(user)}/move`, body }),
    logOut: async (user) => send({ method: 'POST', path: `${await one(user)}/logout`, body: {} }),
    rebalance: async (body) => send({ method: 'POST', path: await users('/rebalance'), body }),
    recount: async () => send({ method: 'POST', path: await users('/recount'), body: {} }),
  }
}
