import type { Facts, Occurrence } from './facts.ts'
import type { CommandKind, DetailType, Group, NodeIndex, TransitionKind } from './model.ts'

/** A decision in the making: `group` is its own copy and is changed in place. */
export interface Draft {
  group: Group
  nowMs: number
  /** What rows may still act upon: each occurrence is acted upon once. */
  occurrence: Occurrence
  /** What the group was looked at for. */
  occurred: Occurrence
  /** The node whose heartbeat this decision answers: its last report was not granted anything that moves (rule 6). */
  answering: NodeIndex | null
  /** Rows that fired, in order. */
  fired: number[]
  /** Numbers the effects of this commit. */
  effects: number
  /** A failover began: on-call is told, also when an incident is open already [B33]. */
  failoverBegan: boolean
  /** A transition ended in failure. */
  failure: TransitionFailure | null
  /** What the row goes by that is being applied; left out: none is. */
  grounds?: { x: NodeIndex; facts: Facts }
}

export interface TransitionFailure {
  kind: TransitionKind
  from: string
  to: string
  /** The last order that an agent could not carry out, and what it said; left out: none came back. */
  command?: { node: string; kind: CommandKind; output: string }
}

/** An effect's name is unique, and sorts by time: when it was decided, the version of the commit, a running number. */
export function effectId(draft: Draft): string {
  draft.effects += 1
  const at = String(draft.nowMs).padStart(14, '0')
  return `${at}-${draft.group.version + 1}-${String(draft.effects).padStart(2, '0')}`
}

export function publish(draft: Draft, detailType: DetailType, detail: Record<string, unknown>): void {
  const { cluster, name } = draft.group
  draft.group.outbox.push({
    kind: 'event',
    id: effectId(draft),
    atMs: draft.nowMs,
    detailType,
    detail: { version: '1', cluster, group: name, ...detail },
  })
}

/** The facts that a decision goes by, and which node they call x. */
export function groundsOf({ group, grounds, occurred }: Draft): { x?: string; facts?: string[] } {
  if (!grounds) return {}
  // A brake that nobody asked counts as one that holds, and says nothing.
  const isAsked = occurred.kind === 'heartbeat' && occurred.brake === 'holds'
  const facts = [...grounds.facts].filter((fact) => fact !== 'braked' || isAsked)
  return { x: group.nodes[grounds.x]?.name ?? '', facts }
}

export function answerToken(draft: Draft, token: string, outcome: string): void {
  draft.group.outbox.push({ kind: 'token', id: effectId(draft), atMs: draft.nowMs, token, outcome })
}

/** FNV-1a: tells texts apart where there is little room. */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5
  for (const character of text) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193)
  return (hash >>> 0).toString(36)
}
