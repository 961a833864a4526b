import type { SessionEntry } from '../../client/answers.ts'
import { ago, clock } from '../../client/words/time.ts'
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
