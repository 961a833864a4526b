import { MOST_OF_A_BATCH } from '../../domain/contract/users.ts'

/** So many batches are under way at once: the API's throttling is for all of its callers. */
const AT_ONCE = 4

/** Sends users in batches until the signal. The first error ends all: batches that are under way are still waited for. */
export async function inBatches<User>(
  users: readonly User[],
  send: (batch: User[]) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let next = 0
  let failed = false
  const worker = async () => {
    while (next < users.length && !failed && !signal.aborted) {
      const batch = users.slice(next, next + MOST_OF_A_BATCH)
      next += batch.length
      await send(batch)
    }
  }
  const ended = await Promise.allSettled(
    Array.from({ length: AT_ONCE }, () =>
      worker().catch((error: unknown) => {
        failed = true
        throw error
      }),
    ),
  )
  const broken = ended.find((each) => each.status === 'rejected')
  if (broken) throw broken.reason
}
