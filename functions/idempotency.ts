import { randomUUID } from 'node:crypto'
import type { RequestStore } from './adapters/request-store.ts'
import { hashOf } from './adapters/request-store.ts'
import type { HttpEvent, HttpResult } from './http.ts'
import { callerOf, problemAnswer } from './http.ts'
import { ProblemError } from './problem.ts'

type Handle = (event: HttpEvent, id: string) => Promise<HttpResult>

/**
 * Answers the same for the same Idempotency-Key and request [B23]. `id` comes from the key, so that what the call
 * begins can be named after it: a command whose answer was lost is not carried out twice.
 */
export const idempotently = (requests: RequestStore) => (handle: Handle) => async (event: HttpEvent) => {
  const key = event.headers['idempotency-key']
  if (key === undefined) return handle(event, randomUUID())
  if (!/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new ProblemError(400, 'BadIdempotencyKey', 'Idempotency-Key must be 1–255 printable characters, no spaces.')
  }
  const id = hashOf(callerOf(event), key)
  const requestHash = hashOf(event.routeKey, event.rawPath, event.body ?? '')
  const known = await requests.find(id)
  if (known && known.requestHash !== requestHash) {
    throw new ProblemError(422, 'IdempotencyKeyReused', 'This Idempotency-Key was used for another request.')
  }
  if (known) return { statusCode: known.statusCode, headers: known.headers, body: known.body }
  const { statusCode = 200, headers = {}, body = '' } = await handle(event, id).catch(refusalOrThrow(event))
  await requests.remember(id, { requestHash, statusCode, headers: headers as Record<string, string>, body })
  return { statusCode, headers, body }
}

/** A refusal by the state is an answer, too: the same key is refused again. */
const refusalOrThrow = (event: HttpEvent) => (error: unknown) => {
  if (error instanceof ProblemError && error.status === 409) return problemAnswer(error, event)
  throw error
}
