import { ProblemError, UnreachableError } from './problem.ts'

/** Whether the same question may be answered a moment later: no answer, throttled, or an error of the server's. */
export const isPassing = (error: unknown): boolean =>
  error instanceof UnreachableError || (error instanceof ProblemError && (error.status === 429 || error.status >= 500))

/** Waits, or until the signal; does not throw. */
export const pause = (ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal?.addEventListener('abort', end)
  })

/** How long the same is asked again while nothing but passing errors come back. */
const LONGEST_TROUBLE_MS = 60_000
const BETWEEN_TRIES_MS = 1000

/** Does what may be done again, and again while its errors are such as pass; `onTrouble` is told of each. */
export async function patiently<Result>(
  work: () => Promise<Result>,
  onTrouble: (trouble: string) => void,
  signal?: AbortSignal,
  longestTroubleMs = LONGEST_TROUBLE_MS,
): Promise<Result> {
  const deadlineMs = performance.now() + longestTroubleMs
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
