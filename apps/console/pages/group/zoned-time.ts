/** A day and a time of day as one types them (`2026-11-23`, `22:30`), in the zone of the viewer. */
export interface TypedTime {
  day: string
  time: string
}

const DAY = /^\d{4}-\d{2}-\d{2}$/
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/

/** The instant, ISO 8601 in UTC; null: that is no time, or one that the clocks leave out when summer begins. */
export function instantOf({ day, time }: TypedTime): string | null {
  if (!DAY.test(day) || !TIME.test(time)) return null
  const date = new Date(`${day}T${time}:00`)
  if (Number.isNaN(date.getTime())) return null
  const { day: sameDay, time: sameTime } = typedOf(date.getTime())
  return sameDay === day && sameTime === time ? date.toISOString() : null
}

const two = (number: number): string => String(number).padStart(2, '0')

/** The same backwards, to the minute. */
export function typedOf(atMs: number): TypedTime {
  const date = new Date(atMs)
  return {
    day: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
    time: `${two(date.getHours())}:${two(date.getMinutes())}`,
  }
}

const HALF_HOUR_MS = 30 * 60_000

/** What a form begins with: the next full half hour that is at least so far away. */
export const typedIn = (nowMs: number, leastMs: number): TypedTime =>
  typedOf(Math.ceil((nowMs + leastMs) / HALF_HOUR_MS) * HALF_HOUR_MS)

/** What is wrong with a time that has to lie in the future; undefined: nothing. */
export function complaintOf(typed: TypedTime, nowMs: number): string | undefined {
  const at = instantOf(typed)
  if (at === null) return 'must be a day and a time'
  return Date.parse(at) <= nowMs ? 'must lie in the future' : undefined
}
