import type { User } from '../adapters/user-store.ts'

/** A client with which a user is logged in: it counts also while it is in the background or suspended. */
export interface UserSession {
  device: string
}

/** What follows for the sessions of users where these move and go [B30]. A user is named with its home and assignment. */
export interface UserSessions {
  ofUser(user: User): Promise<readonly UserSession[]>
  /** Logs the user out everywhere; answers of how many clients. */
  end(user: User): Promise<number>
  /** The user has another home: what still stands at the old one ends, and what outlives a move is taken along [B29]. */
  moved(from: User, to: User): Promise<void>
  /** The user is no more. */
  removed(user: User): Promise<void>
}

export interface SessionPorts {
  sessions: UserSessions
}

export const isLoggedIn = async ({ sessions }: SessionPorts, user: User): Promise<boolean> =>
  (await sessions.ofUser(user)).length > 0
