import type { Draft } from './draft.ts'
import { effectId, publish } from './draft.ts'
import type { Group, NodeIndex, Schedule } from './model.ts'

/** A group's item holds them, and is rewritten with every heartbeat. */
export const MOST_SCHEDULES = 10
const DAY_MS = 86_400_000
export const LONGEST_AHEAD_DAYS = 365
/** Later than that it is not run: users were told of another time. */
export const LATEST_MS = 15 * 60_000
/** A workflow that waits for its time looks again after that, so that it ends soon after the schedule is gone. */
const LOOK_AGAIN_MS = DAY_MS

const iso = (atMs: number): string => new Date(atMs).toISOString()

/** A schedule as the API and its events tell it. */
export const scheduleView = ({ nodes }: Group, { id, action, node, atMs, by, reason, madeAtMs }: Schedule) => ({
  id,
  action,
  node: nodes[node]?.name ?? '',
  at: iso(atMs),
  by,
  reason,
  madeAt: iso(madeAtMs),
})
export type ScheduleView = ReturnType<typeof scheduleView>

export const schedulesView = (group: Group): ScheduleView[] =>
  group.schedules.map((schedule) => scheduleView(group, schedule))

/** What became of a schedule, as a `Schedule State Change` tells it. */
export interface ScheduleDetail {
  version: '1'
  cluster: string
  group: string
  /** MISSED: nobody could run it at its time. */
  status: 'SCHEDULED' | 'CANCELLED' | 'RUN' | 'REFUSED' | 'MISSED'
  schedule: ScheduleView
  /** Who asked for this change; `understudy`, when its time has come. */
  by: string
  /** Of the transition that it began. */
  transition?: string
  /** Why it was not run, or cancelled by the system. */
  detail?: string
}

export function tellSchedule(
  draft: Draft,
  schedule: Schedule,
  told: Pick<ScheduleDetail, 'status' | 'by' | 'transition' | 'detail'>,
): void {
  publish(draft, 'Schedule State Change', { ...told, schedule: scheduleView(draft.group, schedule) })
}

export interface NotScheduled {
  status: 409 | 422
  code: string
  detail: string
}

/** Why a schedule cannot be made; null: it can. */
export function whyNotSchedule(group: Group, { atMs }: Pick<Schedule, 'atMs'>, nowMs: number): NotScheduled | null {
  const at = iso(atMs)
  if (atMs <= nowMs) {
    return {
      status: 422,
      code: 'TimeHasPassed',
      detail: `"at" is ${at}: it must lie in the future; now is ${iso(nowMs)}.`,
    }
  }
  if (atMs > nowMs + LONGEST_AHEAD_DAYS * DAY_MS) {
    const detail = `"at" is ${at}: it must be at most ${LONGEST_AHEAD_DAYS} days from now.`
    return { status: 422, code: 'TimeTooFar', detail }
  }
  if (!group.highAvailability || group.nodes.length !== 2) {
    const detail = `High availability of group "${group.name}" is not enabled: there is nothing to schedule.`
    return { status: 409, code: 'HighAvailabilityOff', detail }
  }
  const other = group.schedules.find((each) => each.atMs === atMs)
  if (other) {
    const { id, action, node, by } = scheduleView(group, other)
    const detail = `${nameOf(by)} has scheduled a ${action} of ${node} for that very moment, ${at} (${id}): take another, or cancel it.`
    return { status: 409, code: 'ScheduleConflict', detail }
  }
  if (group.schedules.length >= MOST_SCHEDULES) {
    const detail = `Group "${group.name}" has ${MOST_SCHEDULES} schedules, and may have no more: cancel one.`
    return { status: 409, code: 'TooManySchedules', detail }
  }
  return null
}

const nameOf = (by: string): string => by.split('/').at(-1) ?? by

/** The soonest first. */
export function addSchedule(draft: Draft, schedule: Schedule): void {
  const { group } = draft
  group.schedules = [...group.schedules, schedule].sort((one, other) => one.atMs - other.atMs)
  tellSchedule(draft, schedule, { status: 'SCHEDULED', by: schedule.by })
  startWaiting(draft, schedule)
}

/** False: there is none of that name. */
export function cancelSchedule(draft: Draft, id: string, by: string): boolean {
  const schedule = takeSchedule(draft, id)
  if (schedule) tellSchedule(draft, schedule, { status: 'CANCELLED', by })
  return schedule !== undefined
}

/** Takes a schedule out of the group, in the commit that decides what becomes of it: so it is run once, or never. */
export function takeSchedule({ group }: Draft, id: string): Schedule | undefined {
  const schedule = group.schedules.find((each) => each.id === id)
  group.schedules = group.schedules.filter((each) => each !== schedule)
  return schedule
}

/** When its workflow looks at it next. */
export const nextLookMs = ({ atMs }: Schedule, nowMs: number): number => Math.min(atMs, nowMs + LOOK_AGAIN_MS)

/** What its workflow is given, which waits for its time. */
export function startWaiting(draft: Draft, schedule: Schedule): void {
  const { cluster, name } = draft.group
  const waitUntil = iso(nextLookMs(schedule, draft.nowMs))
  draft.group.outbox.push({
    kind: 'workflow',
    id: effectId(draft),
    atMs: draft.nowMs,
    machine: 'schedule',
    name: schedule.id,
    input: { cluster, group: name, schedule: schedule.id, waitUntil },
  })
}

/** The nodes that it speaks of are not those of the group any more. */
export function dropSchedules(draft: Draft, schedules: readonly Schedule[], before: Group): void {
  for (const schedule of schedules) {
    publish(draft, 'Schedule State Change', {
      status: 'CANCELLED',
      by: 'understudy',
      detail: 'The nodes of the group have changed.',
      schedule: scheduleView(before, schedule),
    })
  }
}

export const indexIn = ({ nodes }: Group, name: string): NodeIndex | null => {
  const index = nodes.findIndex((node) => node.name === name)
  return index === 0 || index === 1 ? index : null
}
