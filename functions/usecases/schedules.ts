import type { StepAnswer } from '../../domain/decide.ts'
import type { Draft } from '../../domain/draft.ts'
import { publish } from '../../domain/draft.ts'
import type { Group, Schedule } from '../../domain/model.ts'
import type { NotScheduled } from '../../domain/schedules.ts'
import {
  addSchedule,
  cancelSchedule,
  LATEST_MS,
  nextLookMs,
  scheduleView,
  takeSchedule,
  tellSchedule,
  whyNotSchedule,
} from '../../domain/schedules.ts'
import type { GroupKey } from '../adapters/group-store.ts'
import { ProblemError } from '../problem.ts'
import { type ChangePorts, changeGroup } from './change-group.ts'
import { ask, nodeIndexIn } from './command.ts'

export interface ScheduleCall {
  action: Schedule['action']
  node: string
  /** ISO 8601. */
  at: string
  reason?: string | undefined
}

/** Plans a failover or a fallback. The same call under the same id plans once. */
export async function schedule(ports: ChangePorts, key: GroupKey, call: ScheduleCall, by: string, id: string) {
  const changed = await changeGroup(ports, key, (draft): Schedule | ProblemError => {
    const { group, nowMs } = draft
    const known = group.schedules.find((each) => each.id === id)
    if (known) return known
    const { action, node, at, reason = '' } = call
    const planned = { id, action, node: nodeIndexIn(group, node), atMs: Date.parse(at), by, reason, madeAtMs: nowMs }
    const refused = whyNotSchedule(group, planned, nowMs)
    if (refused) return refuse(draft, refused, planned)
    addSchedule(draft, planned)
    return planned
  })
  if (changed.result instanceof ProblemError) throw changed.result
  return scheduleView(changed.group, changed.result)
}

/** What the state does not allow is kept in the history; a time that cannot be is the caller's mistake. */
function refuse(draft: Draft, { status, code, detail }: NotScheduled, { action, node, by }: Schedule): ProblemError {
  const problem = new ProblemError(status, code, detail)
  if (status === 422) throw problem
  const request = { action: `plan a ${action}`, node: draft.group.nodes[node]?.name }
  publish(draft, 'Request Refused', { by, request, detail })
  return problem
}

export async function unschedule(ports: ChangePorts, key: GroupKey, id: string, by: string): Promise<void> {
  await changeGroup(ports, key, (draft) => {
    if (cancelSchedule(draft, id, by)) return
    throw new ProblemError(
      404,
      'ScheduleNotFound',
      `Group "${key.group}" has no schedule "${id}": it is over, or never was.`,
    )
  })
}

/**
 * A workflow's look at a schedule: what is due is taken out of the group and asked of the policy in one commit, so that it
 * is run once, whoever comes first and whatever crashes. A refusal is an answer: nothing is tried again.
 */
export async function runWhenDue(ports: ChangePorts, key: GroupKey, id: string): Promise<StepAnswer> {
  const { result } = await changeGroup(ports, key, (draft): StepAnswer => {
    const planned = draft.group.schedules.find((each) => each.id === id)
    if (planned && draft.nowMs < planned.atMs) {
      return { outcome: 'waiting', waitUntil: new Date(nextLookMs(planned, draft.nowMs)).toISOString() }
    }
    if (planned) run(draft, planned)
    return { outcome: 'ended', waitUntil: '' }
  })
  return result
}

/** Runs those that are due: the sweeper's part, where no workflow did. */
export function runDue(draft: Draft): void {
  for (const planned of [...draft.group.schedules]) if (planned.atMs <= draft.nowMs) run(draft, planned)
}

function run(draft: Draft, planned: Schedule): void {
  const { group, nowMs } = draft
  const { id, action, node, by, atMs } = planned
  takeSchedule(draft, id)
  if (nowMs - atMs > LATEST_MS) {
    const detail = `Nobody could run it at its time, and ${LATEST_MS / 60_000} minutes later it is run no more.`
    tellSchedule(draft, planned, { status: 'MISSED', by: 'understudy', detail })
    return
  }
  const transition = `${action}-${id}`
  const name = group.nodes[node]?.name ?? ''
  const key = { cluster: group.cluster, group: group.name }
  const refused = ask(draft, { ...key, action, node: name, by, id: transition, schedule: id })
  tellSchedule(
    draft,
    planned,
    refused
      ? { status: 'REFUSED', by: 'understudy', detail: refused.message }
      : { status: 'RUN', by: 'understudy', transition },
  )
}

/** Those whose workflow must be there by now: they are due before the sweeper has come twice more. */
export const dueSoon = ({ schedules }: Group, nowMs: number): Schedule[] =>
  schedules.filter(({ atMs }) => atMs - nowMs < SOON_MS)
const SOON_MS = 3 * 60_000
