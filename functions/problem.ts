/** An error that the API tells its caller, as problem details (RFC 9457) with a stable `code`. */
export class ProblemError extends Error {
  readonly status: number
  readonly code: string
  readonly extra: Record<string, unknown>

  constructor(status: number, code: string, detail: string, extra: Record<string, unknown> = {}) {
    super(detail)
    this.name = 'ProblemError'
    this.status = status
    this.code = code
    this.extra = extra
  }
}

const TITLES: Record<number, string> = {
  400: 'Malformed request',
  403: 'Not yours',
  404: 'Not found',
  409: 'The state does not allow it',
  412: 'Changed meanwhile',
  413: 'Too large',
  422: 'Against a rule',
  429: 'Throttled',
  500: 'Internal error',
  503: 'Unavailable',
}

/** The body of an error answer: `type`, `title`, `status`, `detail`, `code` and what the error adds. */
export function problemBody(error: ProblemError, requestId: string): Record<string, unknown> {
  return {
    type: `urn:understudy:problem:${error.code}`,
    title: TITLES[error.status] ?? 'Error',
    status: error.status,
    detail: error.message,
    code: error.code,
    requestId,
    ...error.extra,
  }
}
