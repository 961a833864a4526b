import { Agent, fetch } from 'undici'
import { type ClientOptions, createSignedClient, type SignedClient } from './signed-client.ts'

/**
 * How long a connection that nobody uses is kept: longer than any usual interval between heartbeats, which would else cost
 * a TLS handshake each. Node's own fetch lets go after 4 seconds.
 */
const IDLE_CONNECTION_MS = 60_000
const connections = new Agent({ keepAliveTimeout: IDLE_CONNECTION_MS })

/** The client of a program that runs on Node. */
export const createClient = (options: ClientOptions): SignedClient =>
  createSignedClient(options, (url, init) => fetch(url, { ...init, dispatcher: connections }))
