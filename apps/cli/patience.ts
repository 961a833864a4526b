import { setTimeout as delay } from 'node:timers/promises'
import { ProblemError, UnreachableError } from '../client/problem.ts'

/** Whether the same question may be answered a moment later: no answer, throttled, or an error of the server's. */
export const isPassing = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof ProblemError && (error.status === 429 || error.status >= 500))

/** Waits, or until the signal; does not throw. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined)

/** How long the same is asked again while nothing but passing errors come back. */
const LONGEST_TROUBLE_MS = 60_000
const BETWEEN_TRIES_MS = 1000

/** Does what may be done again, and again while its errors are such as pass; `onTrouble` is told of each. */
export async function patiently<Result>(
  work: () => Promise<Result>,
  onTrouble: (trouble: string) => void,
  signal?: AbortSignal,
): Promise<Result> {
  const deadlineMs = performance.now() + LONGEST_TROUBLE_MS
  for (;;) {
    try {
      const result = await work()
      onTrouble('')
      return result
    } catch (error) {
      if (!isPassing(error) || signal?.aborted || performance.now() >= deadlineMs) throw error
      onTrouble((error as Error).message)
      const saidMs = error instanceof ProblemError ? error.retryAfterMs : null
      await pause(saidMs ?? BETWEEN_TRIES_MS, signal)
    }
  }
}

/**
 * A signal that Ctrl-C gives, for what goes on until then; `release` gives Ctrl-C back its own meaning. The listener
 * stays until then: where log-update's finds itself alone, it ends the process by the signal.
 */
export function untilInterrupted(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const abort = () => controller.abort()
  process.on('SIGINT', abort)
  process.on('SIGTERM', abort)
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', abort)
      process.off('SIGTERM', abort)
    },
  }
}
