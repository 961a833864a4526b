import type { Draft } from './draft.ts'
import type { PeerKey } from './model.ts'

/** How long a key is in use before another takes its place. */
const USED_MS = 24 * 3_600_000
/** How long both agents have to learn the next one: several heartbeats, at any interval. */
const LEARNED_MS = 3_600_000

/**
 * Keeps the keys of a pair fresh: one in use, and beside it the next one for an hour, so that both agents know it before
 * it is used; also without high availability, for which the way between the nodes is measured beforehand [B7]. `fresh`
 * makes a new secret; randomness comes from outside.
 */
export function rotatePeerKeys(draft: Draft, fresh: () => Omit<PeerKey, 'madeAtMs'>): void {
  const { group, nowMs } = draft
  if (group.nodes.length !== 2) return
  const [used, next] = group.peerKeys
  if (next && nowMs - next.madeAtMs >= LEARNED_MS) group.peerKeys = [next]
  else if (!next && (!used || nowMs - used.madeAtMs >= USED_MS)) {
    group.peerKeys = [...group.peerKeys, { ...fresh(), madeAtMs: nowMs }]
  }
}
