import type { GroupStatus, SessionEntry } from '../../client/answers.ts'
import { oneLine } from '../../client/words/text.ts'
import { ago, clock, lasted } from '../../client/words/time.ts'
import { restoreCounts } from '../../client/words/words.ts'
import { list } from './lists.ts'
import type { View } from './view.ts'

const modeOf = ({ mode, pushEnabled }: SessionEntry): string => (pushEnabled ? `${mode}, push` : mode)

/** A line for each session; where it is `ended` its client has to log in again. */
export function sessionList(sessions: SessionEntry[], view: View): string {
  const rows = sessions.map((session) => [
    session.user,
    session.device,
    session.platform,
    modeOf(session),
    session.node ?? 'ended',
    ago(session.putAt, view),
  ])
  return list(['User', 'Device', 'Platform', 'Mode', 'On', 'Last put'], rows, view)
}

/** A line for each session for which messages were queued that a crash has taken. */
export function lostList(sessions: SessionEntry[], view: View): string {
  const rows = sessions.map(({ user, device, platform, lostMessages }) => [
    user,
    device,
    platform,
    lostMessages?.node ?? '',
    lostMessages ? clock(lostMessages.at, view) : '',
  ])
  return list(['User', 'Device', 'Platform', 'Crashed node', 'Taken over at'], rows, view)
}

/** How far the sessions of users who moved are re-created, a sentence for each home. */
export const restoreWords = ({ restores }: GroupStatus, view: View): string[] =>
  restores.map(({ homeNode, node, startedAt, endedAt, ...counts }) => {
    const users = `Sessions of ${oneLine(homeNode)}'s users on ${oneLine(node)}`
    if (endedAt === null) return `${users}: ${restoreCounts(counts)} so far, for ${lasted(startedAt, view)}.`
    return `${users}: ${restoreCounts(counts)}, ${ago(endedAt, view)}.`
  })
