import type { AlertText } from './alert-text.ts'
import { LONGEST_SUBJECT, nextLines, utc } from './alert-text.ts'
import type { ScheduleDetail } from './schedules.ts'

/** What on-call is told of: what somebody has planned did not happen. */
export const TOLD_OF_SCHEDULES: readonly ScheduleDetail['status'][] = ['REFUSED', 'MISSED']

/** The message when what was planned was not done. */
export function scheduleAlertText(detail: ScheduleDetail, environment: string): AlertText {
  const { cluster, group, status, schedule, detail: why = '' } = detail
  const headline = scheduleHeadline(detail)
  const what = schedule.reason === '' ? '' : ` (${schedule.reason})`
  const lines = [
    `${status}: group ${group} of cluster ${cluster}, environment ${environment} (notice)`,
    '',
    headline,
    '',
    `Why:     ${why}`,
    `Planned: by ${nameOf(schedule.by)} for ${utc(schedule.at)}${what}`,
    'Users:   They notice nothing: they stay where they are.',
    'System:  It does not try again.',
    '',
    ...nextLines([
      ['See how it stands', `understudy status ${group} --cluster ${cluster}`],
      [
        'See what it would do now',
        `understudy ${schedule.action} ${group} ${schedule.node} --dry-run --cluster ${cluster}`,
      ],
    ]),
    '',
    `Schedule ${schedule.id}`,
  ]
  const subject = `[${environment}] ${status} ${group}: ${headline}`
  return { subject: subject.slice(0, LONGEST_SUBJECT), message: lines.join('\n') }
}

/** What the message says first. */
export function scheduleHeadline({ status, schedule }: ScheduleDetail): string {
  const { action, node } = schedule
  const planned = `The planned ${action} ${action === 'failover' ? 'of' : 'to'} ${node}`
  return status === 'MISSED' ? `${planned} was missed.` : `${planned} was refused.`
}

const nameOf = (by: string): string => by.split('/').at(-1) ?? by
