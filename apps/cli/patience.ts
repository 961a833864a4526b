import { setTimeout as delay } from 'node:timers/promises'
import { ProblemError, UnreachableError } from '../client/problem.ts'

/** Whether the same question may be answered a moment later: no answer, throttled, or an error of the server's. */
export const isPassing = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof ProblemError && (error.status === 429 || error.status >= 500))

/** Waits, or until the signal; does not throw. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  delay(ms, undefined, signal ? { signal } : {}).catch(() => undefined)

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
