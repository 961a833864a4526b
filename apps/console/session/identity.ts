import type { Credentials } from '../../client/signed-client.ts'

/** A viewer may look and change nothing; whoever may change may look, too. */
export type Role = 'operator' | 'viewer'

/** Who looks at the page, and what the calls are signed with. */
export interface Identity {
  name: string
  role: Role
  credentials: Credentials
}

/** How one signs in, where the page is served. */
export interface SignIn {
  /** Who is still signed in, or has just come back from signing in; null: nobody. */
  resume(): Promise<Identity | null>
  /** As whom or where one may sign in. What leads to another page never answers. */
  ways: { label: string; description: string; begin(): Promise<Identity> }[]
  signOut(): Promise<void>
}
