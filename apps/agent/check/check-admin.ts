import { readTokenFile } from '../admin/admin-file.ts'
import type { Check } from './check.ts'

/** The operator's own token; the agent goes without one that cannot be used. */
export const checkAdmin: Check = async ({ config: { admin } }) => {
  const { tokenFile } = admin
  if (tokenFile === undefined) return []
  const name = 'admin token'
  try {
    readTokenFile(tokenFile)
    return [{ name, result: 'ok', detail: tokenFile }]
  } catch (error) {
    const remedy = `umask 077; head -c 32 /dev/urandom | base64 > ${tokenFile}, as the agent's own user`
    return [{ name, result: 'failed', detail: (error as Error).message, remedy }]
  }
}
