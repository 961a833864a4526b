import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type ServerResponse } from 'node:http'
import { type ConsoleFile, encodingFor } from './console-files.ts'
import type { StandIn } from './console-page.ts'
import { type LoopbackServer, listenOnLoopback } from './loopback-server.ts'

/** What there is to show: the files of the console, or a page in their place. */
export type Shown = { kind: 'files'; files: Map<string, ConsoleFile> } | { kind: 'page'; status: number; page: StandIn }

export interface ConsoleServerOptions {
  /** 0 takes a free one. */
  port: number
  /** Served as `/config.json`. */
  config: object
  contentSecurityPolicy: string
  shown: () => Shown
  signIn: (request: IncomingMessage) => Promise<Reply>
  onError: (error: unknown, where: string) => void
}

export interface Reply {
  status: number
  headers: OutgoingHttpHeaders
  body: Buffer | string
}

/** Files stand in /assets/, or beside the page with an extension; every other path is a place in the page. */
const FILE = /^\/(assets\/.*|[^/]+\.[^/]+)$/

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}
const ASK_AGAIN = 'no-cache'
const KEEP = 'public, max-age=31536000, immutable'
const TEXT = { 'content-type': 'text/plain; charset=utf-8' }

/** Serves the console on 127.0.0.1. Rejects when the port is taken. */
export async function startConsoleServer(options: ConsoleServerOptions): Promise<LoopbackServer> {
  let own = ''
  const server = createServer(async (request, response) => {
    try {
      send(request, response, options, await answer(request, own, options))
    } catch (error) {
      if (!request.complete) return
      options.onError(error, `the console's ${request.method} ${request.url}`)
      send(request, response, options, { status: 500, headers: TEXT, body: 'Internal Server Error\n' })
    }
  })
  const listening = await listenOnLoopback(server, options.port, '--console-port')
  own = listening.origin
  return listening
}

async function answer(request: IncomingMessage, own: string, options: ConsoleServerOptions): Promise<Reply> {
  // A page of another name that leads here (DNS rebinding) would be of our origin to the browser.
  if (`http://${request.headers.host}` !== own) return text(421, `The console is at ${own}`)
  const path = (request.url ?? '').split('?')[0] ?? ''
  if (path === '/sign-in' && request.method === 'POST') return options.signIn(request)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const allow = path === '/sign-in' ? 'GET, HEAD, POST' : 'GET, HEAD'
    return { ...text(405, 'Method Not Allowed'), headers: { ...TEXT, allow } }
  }
  if (path === '/config.json') return json(200, options.config)
  return find(request, path, options.shown())
}

async function find(request: IncomingMessage, path: string, shown: Shown): Promise<Reply> {
  const isFile = FILE.test(path)
  if (shown.kind === 'page') {
    if (isFile) return text(404, 'Not Found')
    const { status, page } = shown
    const headers = {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': page.contentSecurityPolicy,
      'cache-control': 'no-store',
    }
    return { status, headers, body: page.html }
  }
  const file = shown.files.get(isFile ? path : '/index.html')
  return file ? serve(request, file) : text(404, 'Not Found')
}

async function serve({ headers: asked }: IncomingMessage, file: ConsoleFile): Promise<Reply> {
  const headers: OutgoingHttpHeaders = {
    etag: file.etag,
    'cache-control': file.isImmutable ? KEEP : ASK_AGAIN,
    vary: 'accept-encoding',
  }
  if (isKnown(asked['if-none-match'], file.etag)) return { status: 304, headers, body: '' }
  headers['content-type'] = file.contentType
  const encoding = encodingFor(String(asked['accept-encoding'] ?? ''))
  const body = encoding ? await file.encoded(encoding) : file.body
  if (encoding && body !== file.body) headers['content-encoding'] = encoding
  return { status: 200, headers, body }
}

const bare = (etag: string): string => etag.trim().replace(/^W\//, '')
const isKnown = (asked: string | undefined, etag: string): boolean =>
  asked !== undefined && (asked.trim() === '*' || asked.split(',').some((each) => bare(each) === bare(etag)))

const text = (status: number, what: string): Reply => ({
  status,
  headers: { ...TEXT, 'cache-control': 'no-store' },
  body: `${what}\n`,
})

const json = (status: number, content: object): Reply => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': ASK_AGAIN },
  body: JSON.stringify(content),
})

function send(
  request: IncomingMessage,
  response: ServerResponse,
  { contentSecurityPolicy }: ConsoleServerOptions,
  { status, headers, body }: Reply,
): void {
  const length = status === 304 ? {} : { 'content-length': Buffer.byteLength(body) }
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'content-security-policy': contentSecurityPolicy,
    ...length,
    ...headers,
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}
