import { draftOf } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import type { Effect, Group, NodeIndex } from '../../domain/model.ts'
import type { Clock } from '../adapters/clock.ts'
import type { Dispatch } from '../adapters/dispatch.ts'
import type { GroupKey, GroupStore } from '../adapters/group-store.ts'
import { ProblemError } from '../problem.ts'
import type { Observe } from './observation.ts'

export interface ChangePorts {
  groups: GroupStore
  clock: Clock
  dispatch: () => Promise<Dispatch>
  /** Left out where nobody watches. */
  observe?: Observe
}

const TRIES = 10

export interface Changed<Result> {
  group: Group
  result: Result
  nowMs: number
}

/**
 * Load → change → commit → dispatch. `change` works on a draft and may throw to leave everything as it is; it is
 * called again, on a newer image and with a newer clock, when somebody else wrote meanwhile. A first image that is at
 * hand saves the read.
 */
export async function changeGroup<Result>(
  ports: ChangePorts,
  key: GroupKey,
  change: (draft: Draft) => Result,
  answering: (group: Group) => NodeIndex | null = () => null,
  image: Group | null = null,
): Promise<Changed<Result>> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const group = attempt === 0 && image ? image : await ports.groups.read(key)
    if (!group) {
      throw new ProblemError(404, 'GroupNotFound', `There is no group "${key.group}" in cluster "${key.cluster}".`)
    }
    const committed = await changeImage(ports, group, change, answering)
    if (committed) return committed
    await pause(attempt)
  }
  throw new ProblemError(503, 'Busy', `Group "${key.group}" changes too quickly; try again.`)
}

/** One try on an image that is at hand; null: somebody else wrote meanwhile. */
export async function changeImage<Result>(
  ports: ChangePorts,
  group: Group,
  change: (draft: Draft) => Result,
  answering: (group: Group) => NodeIndex | null = () => null,
): Promise<Changed<Result> | null> {
  const { nowMs } = ports.clock.read()
  const draft = draftOf(group, nowMs, answering(group))
  const result = change(draft)
  if (isSame(group, draft.group)) return { group, result, nowMs }
  if (!(await ports.groups.commit(draft.group, group.version))) return null
  const committed = { ...draft.group, version: group.version + 1 }
  const known = new Set(group.outbox.map(({ id }) => id))
  const effects = committed.outbox.filter(({ id }) => !known.has(id))
  await Promise.all([carryOut(ports, committed, effects), observe(ports, group, draft, effects)])
  return { group: committed, result, nowMs }
}

/** Told once for a commit, and beside what follows from it: nobody who is to be served waits for a line of the log. */
async function observe(ports: ChangePorts, before: Group, draft: Draft, effects: Effect[]): Promise<void> {
  if (draft.fired.length === 0 && effects.length === 0) return
  await ports.observe?.({ kind: 'commit', before, draft, effects })
}

async function carryOut(ports: ChangePorts, group: Group, effects: Effect[]): Promise<void> {
  if (effects.length === 0) return
  const dispatch = await ports.dispatch()
  await dispatch(group, effects)
}

/** A draft that differs in nothing is not worth a write. */
const isSame = (one: Group, other: Group): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Spreads out those who collided: up to 5, 10, 20 … ms. */
export function pause(attempt: number): Promise<void> {
  const ms = Math.random() * Math.min(200, 5 * 2 ** attempt)
  return new Promise((resolve) => setTimeout(resolve, ms))
}
