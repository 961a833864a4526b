import { fromIni, fromNodeProviderChain } from '@aws-sdk/credential-providers'
import { createClient } from '../client/node-client.ts'
import type { SignedClient } from '../client/signed-client.ts'
import type { AgentConfig } from './config.ts'

type Identity = Pick<AgentConfig, 'credentials'>

/** What fetches the agent's own identity: from the file that is named, or from where the AWS SDK looks. */
export const identityOf = ({ credentials }: Identity) =>
  credentials ? fromIni({ filepath: credentials.file, profile: credentials.profile }) : fromNodeProviderChain()

/** One for each endpoint. */
export function clientsOf(config: Identity & Pick<AgentConfig, 'endpoints' | 'region'>): SignedClient[] {
  const credentials = identityOf(config)
  return config.endpoints.map((endpoint) => createClient({ endpoint, region: config.region, credentials }))
}
