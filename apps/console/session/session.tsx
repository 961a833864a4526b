import { createContext, type ReactNode, useContext } from 'react'
import { type Api, createApi } from '../../client/api.ts'
import { createSignedClient } from '../../client/signed-client.ts'
import type { ConsoleConfig } from '../config.ts'
import type { Identity, Role, SignIn } from './identity.ts'

export interface Session {
  environment: string
  name: string
  role: Role
  /** Whether the buttons that change something are there. */
  mayChange: boolean
  /** The calls about the clusters as a whole: clusters, events, the brake. */
  api: Api
  /** The calls about one cluster. */
  inCluster(cluster: string): Api
  signOut(): void
}

export function createSession(
  config: ConsoleConfig,
  { name, role, credentials }: Identity,
  signOut: () => void,
): Session {
  const { endpoint, region, environment } = config
  const client = createSignedClient({ endpoint, region, credentials }, (url, init) => fetch(url, init))
  const api = createApi(client, endpoint, undefined)
  const inCluster = (cluster: string) => api.inCluster(cluster)
  return { environment, name, role, mayChange: role === 'operator', api, inCluster, signOut }
}

/** How this page is signed in to. What belongs to one way alone is loaded where it is used. */
export async function signInOf({ signIn, region }: ConsoleConfig): Promise<SignIn> {
  if (signIn.kind === 'stage') return (await import('./stage-sign-in.ts')).stageSignIn()
  return (await import('./cognito-sign-in.ts')).cognitoSignIn(signIn, region)
}

const SessionContext = createContext<Session | null>(null)

export const SessionProvider = ({ session, children }: { session: Session; children: ReactNode }) => (
  <SessionContext value={session}>{children}</SessionContext>
)

/** Who is signed in; there is somebody on every page but that of signing in. */
export function useSession(): Session {
  const session = useContext(SessionContext)
  if (!session) throw new Error('nobody is signed in')
  return session
}
