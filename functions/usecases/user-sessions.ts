import type { UserKey } from '../adapters/user-store.ts'

/** A client with which a user is logged in: it counts also while it is in the background or suspended. */
export interface UserSession {
  device: string
}

/** What is asked of the sessions of users before one gets another home [B30]. */
export interface UserSessions {
  ofUser(key: UserKey): Promise<readonly UserSession[]>
  /** Logs the user out everywhere; answers of how many clients. */
  end(key: UserKey): Promise<number>
}

/** Left out where nobody keeps sessions: then no user has any. */
export interface SessionPorts {
  sessions?: UserSessions
}

export const isLoggedIn = async ({ sessions }: SessionPorts, key: UserKey): Promise<boolean> =>
  sessions !== undefined && (await sessions.ofUser(key)).length > 0

export const logOut = async ({ sessions }: SessionPorts, key: UserKey): Promise<number> =>
  sessions === undefined ? 0 : sessions.end(key)
