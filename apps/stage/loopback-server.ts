import type { IncomingMessage, Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type LoopbackServer = {
  port: number
  origin: string
  /** Ends every connection at once, also those kept alive. */
  close(): Promise<void>
}

const host = '127.0.0.1'

/** Longer than any client of the stage pauses between two calls, so that no call pays for a new connection. */
const keepAliveTimeoutMs = 65_000

/**
 * Listens on 127.0.0.1 and nowhere else; port 0 takes a free one. Node's HTTP server sets TCP_NODELAY by itself.
 * Rejects with one line that names the port when it cannot be had, and the option that sets it.
 */
export async function listenOnLoopback(server: Server, port = 0, option?: string): Promise<LoopbackServer> {
  server.keepAliveTimeout = keepAliveTimeoutMs
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(new Error(whyNot(error, port, option), { cause: error })))
    server.listen(port, host, resolve)
  })
  const bound = (server.address() as AddressInfo).port
  return { port: bound, origin: `http://${host}:${bound}`, close: () => close(server) }
}

function whyNot(error: NodeJS.ErrnoException, port: number, option?: string): string {
  const how = option ? ` with ${option}` : ''
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken: stop the program that holds it, or choose another port${how}.`
  }
  if (error.code === 'EACCES') return `Port ${port} on ${host} needs privileges: choose one above 1023${how}.`
  return `Cannot listen on port ${port} of ${host}: ${error.message}`
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()))
    server.closeAllConnections()
  })
}

export class BodyTooLarge extends Error {}

/**
 * Reads a request's body. One above the limit is read to its end, so that the caller hears the answer, but not kept:
 * then rejects with BodyTooLarge.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let lengthBytes = 0
  for await (const chunk of request) {
    lengthBytes += chunk.length
    if (lengthBytes <= limitBytes) chunks.push(chunk)
  }
  if (lengthBytes > limitBytes) throw new BodyTooLarge(`The body is larger than ${limitBytes} bytes.`)
  return Buffer.concat(chunks)
}
