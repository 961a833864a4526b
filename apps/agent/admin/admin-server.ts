import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import http from 'node:http'
import type { Log } from '../log.ts'
import { identify } from '../services/process.ts'
import { removeAdminFile, writeAdminFile } from './admin-file.ts'
import { isLoopbackAddress } from './config-admin.ts'
import { ListeningPort } from './listening-port.ts'

/** What is answered: a JSON value, or text of another kind. */
export interface AdminAnswer {
  status: number
  json?: unknown
  text?: { type: string; content: string }
}

/** `body`: parsed JSON; undefined where nothing was sent. */
export type AdminRoute = (body: unknown) => AdminAnswer | Promise<AdminAnswer>

export interface AdminServerOptions {
  address: string
  /** An operator's own; left out, each start has a new one. */
  token?: string | undefined
  stateFolder: string
  /** `GET /status` and the like. */
  routes: Record<string, AdminRoute>
  /** Those that ask for no token, on loopback. */
  open: string[]
  log: Log
  againMs?: number
}

const MOST_CONNECTIONS = 16
const LONGEST_BODY_BYTES = 4096
const REQUEST_LIMIT_MS = 5000

/** Answers local administration over HTTP. Whoever asks needs the token, so that not every user can fence the node. */
export class AdminServer {
  readonly #options: AdminServerOptions
  readonly #token: string
  readonly #port: ListeningPort<http.Server>
  #closed = false

  constructor(options: AdminServerOptions) {
    this.#options = options
    this.#token = options.token ?? randomBytes(32).toString('base64url')
    const { address, log, againMs } = options
    this.#port = new ListeningPort({
      name: 'the admin port',
      address,
      make: () => this.#make(),
      end: (server) => {
        server.close()
        server.closeAllConnections()
      },
      opened: (port) => this.#tell(port),
      taken: () => removeAdminFile(options.stateFolder),
      log,
      ...(againMs === undefined ? {} : { againMs }),
    })
  }

  /** From now on on this port; 0: on any that is free. Never throws. */
  async listen(port: number): Promise<void> {
    if (!this.#closed) await this.#port.follow(port)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#port.follow(undefined)
    await removeAdminFile(this.#options.stateFolder)
  }

  #make(): http.Server {
    const server = http.createServer({ requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS })
    server.maxConnections = MOST_CONNECTIONS
    server.on('request', (request, response) => void this.#serve(request, response))
    return server
  }

  /** Where it is answered, and what opens it. */
  async #tell(port: number): Promise<void> {
    const { address, stateFolder } = this.#options
    const agent = identify(process.pid)
    if (!agent) throw new Error('the system does not say when this process started')
    await writeAdminFile(stateFolder, { address, port, token: this.#token, agent })
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    try {
      send(response, await this.#answer(request))
    } catch (error) {
      send(response, { status: 500, json: { error: (error as Error).message } })
    }
  }

  async #answer(request: http.IncomingMessage): Promise<AdminAnswer> {
    const { address, routes, open } = this.#options
    const asked = `${request.method} ${(request.url ?? '').split('?')[0]}`
    const isOpen = open.includes(asked) && isLoopbackAddress(address)
    if (!isOpen && !this.#knows(request.headers.authorization)) {
      return { status: 401, json: { error: 'the token of admin.json in the state folder is missing, or wrong' } }
    }
    const route = routes[asked]
    if (!route)
      return { status: 404, json: { error: `there is no ${asked}; there are: ${Object.keys(routes).join(', ')}` } }
    const text = await bodyOf(request)
    if (text === null) return { status: 413, json: { error: `a body has at most ${LONGEST_BODY_BYTES} bytes` } }
    if (text === '') return await route(undefined)
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      return { status: 400, json: { error: 'the body is not JSON' } }
    }
    return await route(body)
  }

  #knows(authorization: string | undefined): boolean {
    const digest = (text: string) => createHash('sha256').update(text).digest()
    return timingSafeEqual(digest(authorization ?? ''), digest(`Bearer ${this.#token}`))
  }
}

async function bodyOf(request: http.IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > LONGEST_BODY_BYTES) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: http.ServerResponse, { status, json, text }: AdminAnswer): void {
  response.writeHead(status, {
    'content-type': text?.type ?? 'application/json',
    'cache-control': 'no-store',
    connection: 'close',
  })
  response.end(text?.content ?? `${JSON.stringify(json)}\n`)
}
