import type { Crash, Group, NodeRecord } from './model.ts'
import { currentNodeOf } from './users.ts'

export const SESSION_MODES = ['foreground', 'background'] as const

/** A client of a user, as the agent of the node that it was on last put it. */
export interface Session {
  cluster: string
  user: string
  /** Of the user's assignment: a session of an earlier user of that name, or at an earlier home, is none of this one's. */
  assignment: string
  home: string
  device: string
  platform: string
  mode: (typeof SESSION_MODES)[number]
  pushEnabled: boolean
  /** Where it was put. Where it is follows from the group's item, and stands nowhere. */
  node: string
  putAtMs: number
  expiresAtMs: number
}

/** A temporary presence subscription of a user [B29]. */
export interface Subscription {
  cluster: string
  user: string
  /** As a session's. */
  assignment: string
  home: string
  presentity: string
  putAtMs: number
  lastsMs: number
}

const homeOf = (group: Group, home: string): NodeRecord | undefined => group.nodes.find(({ name }) => name === home)

/** A suspended client that takes pushes: it is re-created wherever its user goes, without its doing anything [B27]. */
export const isCarried = ({ mode, pushEnabled }: Pick<Session, 'mode' | 'pushEnabled'>): boolean =>
  mode === 'background' && pushEnabled

/**
 * Where the session is: on the node that now serves its user, if it was put there since the user came, or is carried
 * along; null: it ended when the user moved, and its client has to log in again.
 */
export function placeOf(group: Group, session: Session, nowMs: number): string | null {
  const current = currentNodeOf(group, session.home)
  if (!current || nowMs >= session.expiresAtMs) return null
  if (isCarried(session)) return current.node
  const movedAtMs = homeOf(group, session.home)?.movedAtMs ?? 0
  return session.node === current.node && session.putAtMs >= movedAtMs ? current.node : null
}

/** Where and when messages that were queued for the session were lost, if they were; `node`: that crashed. */
export interface Loss {
  node: string
  atMs: number
}

/**
 * The newest crash that took messages queued for a suspended client [B27]: of the node that it was on, by itself or
 * because it had been carried there.
 */
export function lossOf(group: Group, session: Session): Loss | null {
  if (session.mode !== 'background') return null
  const nameOf = ({ node }: Crash) => group.nodes[node]?.name ?? ''
  const crashes = homeOf(group, session.home)?.crashes ?? []
  const crash = crashes.findLast(
    (each) => session.putAtMs < each.atMs && (session.pushEnabled || session.node === nameOf(each)),
  )
  return crash ? { node: nameOf(crash), atMs: crash.atMs } : null
}

/**
 * When a subscription ends. If it was alive when its user came to another node it has its whole time anew from then on:
 * its server could not renew it meanwhile.
 */
export function endsAtMs(group: Group, { home, putAtMs, lastsMs }: Subscription): number {
  const movedAtMs = homeOf(group, home)?.movedAtMs ?? 0
  const wasAlive = movedAtMs >= putAtMs && movedAtMs < putAtMs + lastsMs
  return (wasAlive ? movedAtMs : putAtMs) + lastsMs
}

/**
 * Does a client that logs in come at once, also where many do? Its session was in the foreground and takes pushes, when it
 * was last put. A client that nobody names is any of its user's, so all of them have to be such.
 */
export function comesAtOnce(
  sessions: readonly Session[],
  { assignment, device }: { assignment: string; device?: string | undefined },
): boolean {
  const own = sessions.filter((each) => each.assignment === assignment && (device ?? each.device) === each.device)
  return own.length > 0 && own.every(({ mode, pushEnabled }) => mode === 'foreground' && pushEnabled)
}
