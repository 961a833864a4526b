import { patiently } from './patience.ts'
import type { RebalanceReport, UserApi } from './user-api.ts'

export interface Rebalanced {
  moved: number
  /** Stayed because they are logged in. */
  loggedIn: number
  last: RebalanceReport
  /** All who can have moved; false: broken off before. */
  done: boolean
}

interface RebalanceRun {
  logOut: boolean
  onPage: (page: RebalanceReport) => void
  onTrouble: (trouble: string) => void
  signal: AbortSignal
}

export const usersToMove = ({ moves }: RebalanceReport): number => moves.reduce((sum, { users }) => sum + users, 0)

/**
 * Levels users after a plan. Page after page, and from the beginning again as long as that moves anybody: others add and
 * remove users meanwhile. `seen` is kept current, also where an error ends all.
 */
export async function carryOutRebalance(
  users: Pick<UserApi, 'rebalance'>,
  seen: Rebalanced,
  { logOut, onPage, onTrouble, signal }: RebalanceRun,
): Promise<void> {
  for (let movedAny = true; movedAny && !signal.aborted && seen.last.moves.length > 0; ) {
    movedAny = false
    seen.loggedIn = 0
    let cursor: string | undefined
    do {
      const place = cursor === undefined ? {} : { cursor }
      const page = await patiently(() => users.rebalance({ logOut, ...place }), onTrouble, signal)
      seen.moved += page.moved
      seen.loggedIn += page.loggedIn
      seen.last = page
      movedAny ||= page.moved > 0
      onPage(page)
      cursor = page.cursor
    } while (cursor !== undefined && !signal.aborted)
    seen.done = !signal.aborted
  }
}
