import type { Group } from '../domain/model.ts'
import type { Loss, Session } from '../domain/sessions.ts'
import { lossOf, placeOf } from '../domain/sessions.ts'
import type { Standing } from './usecases/subscriptions.ts'

const iso = (atMs: number): string => new Date(atMs).toISOString()

/**
 * A session as the API shows it. `node` is where it is now; null: it ended when its user moved, and its client has to log
 * in again. `lostMessages` names the crash that took what was queued for it; null where none did.
 */
export function sessionView(group: Group, session: Session, nowMs: number, loss: Loss | null = lossOf(group, session)) {
  const { user, device, platform, mode, pushEnabled, home, node, putAtMs, expiresAtMs } = session
  return {
    user,
    device,
    platform,
    mode,
    pushEnabled,
    homeNode: home,
    node: placeOf(group, session, nowMs),
    putOn: node,
    putAt: iso(putAtMs),
    expiresAt: iso(expiresAtMs),
    lostMessages: loss && { node: loss.node, at: iso(loss.atMs) },
  }
}
export type SessionView = ReturnType<typeof sessionView>

export const subscriptionView = ({ presentity, endsAtMs }: Standing) => ({ presentity, expiresAt: iso(endsAtMs) })
