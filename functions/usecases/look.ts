import type { Group } from '../../domain/model.ts'
import type { StepTime } from '../../domain/steps.ts'
import type { GroupKey, GroupStore } from '../adapters/group-store.ts'
import type { HistoryStore } from '../adapters/history-store.ts'
import { ProblemError } from '../problem.ts'

export async function readGroup(groups: Pick<GroupStore, 'read'>, key: GroupKey): Promise<Group> {
  const group = await groups.read(key)
  if (group) return group
  throw new ProblemError(404, 'GroupNotFound', `There is no group "${key.group}" in cluster "${key.cluster}".`)
}

interface TransitionDetail {
  status: string
  why: string
  rule: number
  transition: { id: string; kind: string; trigger: string; from: string; to: string; requestedBy: string }
  durationMs: number
  /** Of one that is over. */
  stepTimes?: StepTime[]
}

const DEEPEST = 1000

/** One transition as its history tells it: what happened between its beginning and its end [B32]. */
export async function transitionOf(history: HistoryStore, key: GroupKey, id: string) {
  const entries = (await history.ofGroup(key, { limit: DEEPEST })).entries.reverse()
  const own = entries.filter(
    ({ detailType, detail }) =>
      detailType === 'Transition State Change' && (detail as unknown as TransitionDetail).transition.id === id,
  )
  const [first, last] = [own[0], own.at(-1)]
  if (!first || !last) {
    throw new ProblemError(404, 'TransitionNotFound', `Group "${key.group}" has no transition "${id}" in its history.`)
  }
  const { transition, status, why, rule, durationMs, stepTimes = [] } = last.detail as unknown as TransitionDetail
  const over = !['WAITING', 'RUNNING'].includes(status)
  const steps = entries
    .filter(({ id: entry }) => entry >= first.id && (!over || entry <= last.id))
    .map(({ at, detailType, detail }) => ({ at, what: detailType, detail }))
  return {
    ...transition,
    status,
    why,
    rule,
    startedAt: first.at,
    ...(over ? { endedAt: last.at, durationMs, stepTimes } : {}),
    steps,
  }
}
