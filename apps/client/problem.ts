/** A problem document (RFC 9457) as the API answers it. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code?: string
  /** What is wrong with which field of the request. */
  errors?: { path: string; message: string }[]
  /** What the group's state is, where it does not allow the request (409). */
  state?: unknown
  /** What it does allow (409). */
  allowedActions?: string[]
  [member: string]: unknown
}

/** The API answered with an error. Its message is the problem's detail. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly problem: Problem
  /** When to try again, where the answer says it (429, 503); null: it does not. */
  readonly retryAfterMs: number | null
  /** The answer's header `Date`: a wrong clock of ours is refused, and found out by it. */
  readonly date: string | null

  constructor(problem: Problem, retryAfterMs: number | null = null, date: string | null = null) {
    super(problem.detail)
    this.problem = problem
    this.retryAfterMs = retryAfterMs
    this.date = date
  }

  get status(): number {
    return this.problem.status
  }
}

/** No answer came. The request may have been carried out all the same, unless `neverArrived`. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
  readonly neverArrived: boolean

  constructor(message: string, neverArrived: boolean, options?: ErrorOptions) {
    super(message, options)
    this.neverArrived = neverArrived
  }
}

/** What answered is something else, though it answered well. */
export class NotTheApiError extends Error {
  override readonly name = 'NotTheApiError'

  constructor(endpoint: string) {
    super(`${endpoint} answered with something that is not Understudy's API`)
  }
}

/**
 * The problem that an answer with a status of 400 or more tells. What stands before our handlers (API Gateway, a proxy)
 * knows no problem documents: its `message` becomes the detail.
 */
export function problemOf(status: number, statusText: string, body: unknown): Problem {
  const told = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const title = text(told.title) ?? (statusText || `HTTP status ${status}`)
  const detail =
    text(told.detail) ?? text(told.message) ?? text(told.Message) ?? text(told.title) ?? plain(body) ?? title
  return { ...told, type: text(told.type) ?? 'about:blank', title, status, detail }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** A short body that is not a page of HTML says more than the status alone. */
const plain = (body: unknown): string | undefined => {
  const given = text(body)?.trim()
  return given && given.length <= 200 && !given.startsWith('<') ? given : undefined
}

/** `Retry-After` in milliseconds: the header has seconds or a date. */
export function retryAfterMs(headers: { get(name: string): string | null }): number | null {
  const value = headers.get('retry-after')
  if (!value) return null
  const seconds = Number(value)
  const ms = Number.isNaN(seconds) ? Date.parse(value) - Date.now() : seconds * 1000
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was cut',
  UND_ERR_SOCKET: 'the connection was cut',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'the network is unreachable',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_CONNECT_TIMEOUT: 'the connection timed out',
}
const NEVER_ARRIVED = [
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]

interface Thrown {
  name?: string
  message?: string
  code?: unknown
  cause?: Thrown
}

/** What `fetch` threw, in words: why is in its cause, and often in that one's code alone. */
export function unreachable(endpoint: URL, error: unknown, timeoutMs: number): UnreachableError {
  const { name, cause = error } = error as Thrown
  const { code, message } = cause as Thrown
  const told = (typeof code === 'string' && CAUSES[code]) || message || String(code ?? name)
  const why = name === 'TimeoutError' ? `no answer within ${timeoutMs / 1000} s` : told
  const hint = isLoopback(endpoint.hostname) ? ', is the stage running? (npm start)' : ''
  const neverArrived = typeof code === 'string' && NEVER_ARRIVED.includes(code)
  return new UnreachableError(`cannot reach ${endpoint.href.replace(/\/$/, '')}: ${why}${hint}`, neverArrived, {
    cause: error,
  })
}

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
