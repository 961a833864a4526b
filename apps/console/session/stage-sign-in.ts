import { problemOf } from '../../client/problem.ts'
import type { Identity, Role, SignIn } from './identity.ts'

/** As the stage answers. */
type SignedIn = Pick<Identity, 'name' | 'role'> & { accessKeyId: string; secretAccessKey: string }

/** What the stage prints holds for as long as its data folder is there; who one was, until one signs out. */
const TOKEN = 'understudy.stage.token'
const CHOICE = 'understudy.stage.identity'

/** The token of an address such as `…/#token=x`; it is taken out of the address, which people copy and show. */
function tokenOfAddress(): string | null {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token !== null) history.replaceState(null, '', location.pathname + location.search)
  return token
}

/** Signs in at the stage, which keeps its identities on this machine. */
export function stageSignIn(): SignIn {
  const given = tokenOfAddress()
  if (given !== null) {
    localStorage.setItem(TOKEN, given)
    localStorage.setItem(CHOICE, 'operator')
  }

  async function signIn(role: Role): Promise<Identity> {
    const token = localStorage.getItem(TOKEN)
    if (token === null) throw new Error('Open the address that `npm start` printed: it holds the key to this page.')
    const response = await fetch('/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token, identity: role }),
    })
    const body: unknown = await response.json().catch(() => null)
    if (!response.ok) throw new Error(problemOf(response.status, response.statusText, body).detail)
    const { name, role: given, accessKeyId, secretAccessKey } = body as SignedIn
    localStorage.setItem(CHOICE, role)
    return { name, role: given, credentials: { accessKeyId, secretAccessKey } }
  }

  return {
    async resume() {
      const choice = localStorage.getItem(CHOICE)
      return choice === 'operator' || choice === 'viewer' ? signIn(choice) : null
    },
    ways: [
      {
        label: 'Sign in as operator',
        description: 'May do everything: commands, configuration, users.',
        begin: () => signIn('operator'),
      },
      {
        label: 'Sign in as viewer',
        description: 'Sees everything and can change nothing.',
        begin: () => signIn('viewer'),
      },
    ],
    async signOut() {
      localStorage.removeItem(CHOICE)
    },
  }
}
