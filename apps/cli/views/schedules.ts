import type { ScheduleView } from '../../../domain/schedules.ts'
import { oneLine } from '../../client/words/text.ts'
import { clock, left } from '../../client/words/time.ts'
import { callerName, plannedWords } from '../../client/words/words.ts'
import { list } from './lists.ts'
import type { View } from './view.ts'

/** `failover of a at 22:00:00 (in 2 h), by operator: new disks`. */
export function scheduleWords(schedule: ScheduleView, view: View): string {
  const { at, by, reason } = schedule
  const why = reason === '' ? '' : `: ${oneLine(reason)}`
  return `${plannedWords(schedule)} at ${clock(at, view)} (in ${left(at, view)}), by ${callerName(by)}${why}`
}

export function scheduleList(schedules: ScheduleView[], view: View): string {
  const rows = schedules.map((each) => [
    each.id,
    plannedWords(each),
    `${clock(each.at, view)} (in ${left(each.at, view)})`,
    callerName(each.by),
    oneLine(each.reason),
  ])
  return list(['Schedule', 'What', 'When', 'By', 'For'], rows, view)
}
