import { Sha256 } from '@aws-crypto/sha256-js'
import { SignatureV4 } from '@smithy/signature-v4'
import { ProblemError, problemOf, retryAfterMs, unreachable } from './problem.ts'

/** An access key, or what fetches one; the answer of a provider is kept until shortly before it expires. */
export type Credentials = ConstructorParameters<typeof SignatureV4>[0]['credentials']
type Identity = Exclude<Credentials, () => unknown>

export interface ClientOptions {
  /** Where the API stands, `https://host/path`; a path is put before that of each request. */
  endpoint: string
  region: string
  credentials: Credentials
}

export interface ApiRequest {
  method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** From `/` on, percent-encoded: see `apiPath`. */
  path: string
  /** Left out where undefined. */
  query?: Record<string, string | number | boolean | undefined>
  /** Sent as JSON. */
  body?: unknown
  headers?: Record<string, string>
  /** Ends the request: it then throws the signal's reason. */
  signal?: AbortSignal | undefined
  /** For the whole of it, the answer's body included; 30 s where left out. */
  timeoutMs?: number
}

export interface AnswerHeaders {
  get(name: string): string | null
}

/** `fetch`, as far as it is needed: Node's with connections of our own, or a browser's. */
export type Fetch = (
  url: URL,
  init: {
    method: string
    headers: Record<string, string>
    redirect: 'manual'
    signal: AbortSignal
    body?: string
  },
) => Promise<{ status: number; statusText: string; headers: AnswerHeaders; text(): Promise<string> }>

export interface ApiAnswer<Body> {
  status: number
  headers: AnswerHeaders
  /** Parsed JSON, or text where the answer is none. */
  body: Body
}

export interface SignedClient {
  /**
   * Signs and sends one request (SigV4, service `execute-api`). Throws ProblemError for every status but 2xx,
   * and UnreachableError where no whole answer came. Nothing is sent a second time: whether that is safe, the caller knows.
   */
  request<Body = unknown>(request: ApiRequest): Promise<ApiAnswer<Body>>
}

const DEFAULT_TIMEOUT_MS = 30_000

export function createSignedClient({ endpoint, region, credentials }: ClientOptions, fetch: Fetch): SignedClient {
  const base = new URL(endpoint)
  const basePath = base.pathname.replace(/\/$/, '')
  const signer = new SignatureV4({
    service: 'execute-api',
    region,
    credentials: typeof credentials === 'function' ? kept(credentials) : credentials,
    sha256: Sha256,
  })

  /** The headers to send; `host` is signed, and written by `fetch` itself. */
  async function sign({ method, query, headers }: ApiRequest, url: URL, body: string | undefined) {
    const { headers: signed } = await signer.sign({
      method,
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      query: present(query),
      headers: { ...headers, host: url.host, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body }),
    })
    const { host: _, ...rest } = signed
    return rest
  }

  return {
    async request<Body>(request: ApiRequest) {
      const { method, path, query, signal, timeoutMs = DEFAULT_TIMEOUT_MS } = request
      const url = new URL(`${base.origin}${basePath}${path}${queryString(query)}`)
      const body = request.body === undefined ? undefined : JSON.stringify(request.body)
      const headers = await sign(request, url, body)
      const timeout = AbortSignal.timeout(timeoutMs)
      try {
        const response = await fetch(url, {
          method,
          headers,
          redirect: 'manual',
          signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
          ...(body === undefined ? {} : { body }),
        })
        return read<Body>(response.status, response.statusText, response.headers, await response.text())
      } catch (error) {
        if (error instanceof ProblemError || signal?.aborted) throw error
        throw unreachable(base, error, timeoutMs)
      }
    },
  }
}

function read<Body>(status: number, statusText: string, headers: AnswerHeaders, text: string): ApiAnswer<Body> {
  const body = parse(headers.get('content-type') ?? '', text)
  if (status >= 300)
    throw new ProblemError(problemOf(status, statusText, body), retryAfterMs(headers), headers.get('date'))
  return { status, headers, body: body as Body }
}

/** An answer that calls itself JSON and is none is a page of something that stands between, and kept as text. */
function parse(contentType: string, text: string): unknown {
  if (!/[/+]json\b/.test(contentType) || text === '') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** RFC 3986, section 2.3: what a signature takes as unreserved. */
const encode = (value: string): string =>
  encodeURIComponent(value).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/**
 * A path from names: apiPath`/clusters/${'c'}/users/${'a/b c'}` is `/clusters/c/users/a%2Fb%20c`. Throws for a name that
 * no path can carry: every URL parser takes `.` and `..` as steps, encoded or not.
 */
export function apiPath(parts: TemplateStringsArray, ...names: string[]): string {
  const unfit = names.find((name) => name === '' || name === '.' || name === '..')
  if (unfit !== undefined) throw new RangeError(`"${unfit}" is no name that a path can carry`)
  return String.raw(parts, ...names.map(encode))
}

function present(query: ApiRequest['query'] = {}): Record<string, string> {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]))
}

function queryString(query: ApiRequest['query']): string {
  const pairs = Object.entries(present(query)).map(([name, value]) => `${encode(name)}=${encode(value)}`)
  return pairs.length > 0 ? `?${pairs.join('&')}` : ''
}

/** Credentials this close to their end are fetched anew. */
const REFRESH_BEFORE_MS = 5 * 60_000

/** Asks the provider once, and again when the credentials are about to expire or could not be had. */
function kept(provider: () => Promise<Identity>): () => Promise<Identity> {
  let identity: Promise<Identity> | undefined
  let freshUntilMs = 0
  return () => {
    if (identity && Date.now() < freshUntilMs) return identity
    freshUntilMs = Number.POSITIVE_INFINITY
    const asked = provider()
    identity = asked
    asked.then(
      ({ expiration }) => {
        if (expiration) freshUntilMs = expiration.getTime() - REFRESH_BEFORE_MS
      },
      () => {
        identity = undefined
      },
    )
    return asked
  }
}
