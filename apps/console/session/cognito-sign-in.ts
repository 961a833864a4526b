import { fromCognitoIdentityPool } from '@aws-sdk/credential-provider-cognito-identity'
import { UserManager, WebStorageStateStore } from 'oidc-client-ts'
import type { CognitoSettings } from '../config.ts'
import type { Identity, Role, SignIn } from './identity.ts'

/** Groups of the user pool, and what their members may do; the first that one belongs to counts. */
const ROLES: [group: string, role: Role][] = [
  ['operators', 'operator'],
  ['viewers', 'viewer'],
]

/**
 * Signs in at a Cognito user pool (managed login, authorization code with PKCE), and changes the ID token for the
 * credentials of the role that the identity pool gives to its groups.
 */
export function cognitoSignIn(
  { domain, userPoolId, clientId, identityPoolId }: CognitoSettings,
  region: string,
): SignIn {
  const issuer = `https://cognito-idp.${region}.amazonaws.com/${userPoolId}`
  const here = `${location.origin}/`
  const users = new UserManager({
    authority: issuer,
    // Told here, so that nothing has to be fetched before one can sign in.
    metadata: {
      issuer,
      authorization_endpoint: `${domain}/oauth2/authorize`,
      token_endpoint: `${domain}/oauth2/token`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
    },
    client_id: clientId,
    redirect_uri: here,
    scope: 'openid email',
    loadUserInfo: false,
    automaticSilentRenew: false,
    userStore: new WebStorageStateStore({ store: sessionStorage }),
  })

  /** A fresh ID token: the old one, or what the refresh token gives. */
  async function idToken(): Promise<string> {
    const user = await users.getUser()
    const fresh = user && !isOver(user.expires_at) ? user : await users.signinSilent()
    if (!fresh?.id_token) throw new Error('You are signed out: sign in again.')
    return fresh.id_token
  }

  async function identity(): Promise<Identity | null> {
    const user = await users.getUser()
    if (!user?.id_token) return null
    const groups = Array.isArray(user.profile['cognito:groups']) ? user.profile['cognito:groups'] : []
    const role = ROLES.find(([group]) => groups.includes(group))?.[1]
    const name = String(user.profile.email ?? user.profile['cognito:username'] ?? user.profile.sub)
    if (!role) throw new Error(`${name} is in none of the groups ${ROLES.map(([group]) => group).join(' and ')}.`)
    const logins = { [issuer.replace('https://', '')]: idToken }
    return { name, role, credentials: fromCognitoIdentityPool({ clientConfig: { region }, identityPoolId, logins }) }
  }

  return {
    async resume() {
      const answer = new URLSearchParams(location.search)
      if (answer.has('state') && (answer.has('code') || answer.has('error'))) {
        const { state } = await users.signinRedirectCallback()
        history.replaceState(null, '', typeof state === 'string' ? state : '/')
      }
      return identity()
    },
    ways: [
      {
        label: 'Sign in',
        description: 'Leads to the sign-in page of this environment, and back.',
        async begin() {
          await users.signinRedirect({ state: location.pathname + location.search })
          return new Promise<never>(() => undefined)
        },
      },
    ],
    async signOut() {
      await users.removeUser()
      location.assign(`${domain}/logout?${new URLSearchParams({ client_id: clientId, logout_uri: here })}`)
      await new Promise<never>(() => undefined)
    },
  }
}

/** Tokens this close to their end are renewed. */
const RENEW_BEFORE_SECONDS = 60
const isOver = (expiresAtSeconds: number | undefined): boolean =>
  expiresAtSeconds !== undefined && expiresAtSeconds - RENEW_BEFORE_SECONDS < Date.now() / 1000
