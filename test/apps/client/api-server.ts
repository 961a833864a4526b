import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { wrongSignature } from './signature.ts'

export interface Call {
  method: string
  /** As it came over the wire, percent-encoded. */
  path: string
  query: Record<string, string>
  headers: IncomingHttpHeaders
  body: unknown
  /** The caller's end of the connection. */
  callerPort: number | undefined
}

export interface Reply {
  status?: number
  body?: unknown
  headers?: Record<string, string>
}

/** What the API answers to a call; `null` leaves it without an answer, `cut` cuts the connection. */
export type Answer = (call: Call) => Reply | null | 'cut'

export interface ApiServer {
  endpoint: string
  port: number
  /** All calls so far. */
  calls: Call[]
  /** From now on. */
  answer(answer: Answer): void
  close(): Promise<void>
}

export const problem = (status: number, detail: string, more: object = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: { type: `urn:understudy:problem:Test`, title: 'A title', status, detail, code: 'Test', ...more },
})

/** A server on loopback that refuses what is not signed, and answers the rest as the test says. */
export async function startApi(first: Answer): Promise<ApiServer> {
  let current = first
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const wrong = wrongSignature(request, body)
    if (wrong) return send(response, { status: 403, body: { message: wrong } })
    const url = new URL(request.url ?? '', 'http://server')
    const { method = '', headers } = request
    const call = {
      method,
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers,
      body: parse(body),
      callerPort: request.socket.remotePort,
    }
    calls.push(call)
    const reply = current(call)
    if (reply === 'cut') response.destroy()
    else if (reply) send(response, reply)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    calls,
    answer(next) {
      current = next
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const parse = (json: string): unknown => (json === '' ? undefined : JSON.parse(json))

function send(response: ServerResponse, { status = 200, body = {}, headers = {} }: Reply): void {
  const isText = typeof body === 'string'
  response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers })
  response.end(isText ? body : JSON.stringify(body))
}
