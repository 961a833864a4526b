/** When words are said, and where: what is told of times depends on both. */
export interface Moment {
  nowMs: number
  /** An IANA name; left out: the system's. */
  timeZone?: string
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** A length of time in at most two units: `7 s`, `1 min 35 s`, `2 h 5 min`, `3 d 4 h`. Negative counts as nothing. */
export function duration(ms: number): string {
  const whole = Math.max(0, ms)
  if (whole < MINUTE_MS) return `${Math.floor(whole / SECOND_MS)} s`
  if (whole < HOUR_MS) return two(whole, MINUTE_MS, 'min', SECOND_MS, 's')
  if (whole < DAY_MS) return two(whole, HOUR_MS, 'h', MINUTE_MS, 'min')
  return two(whole, DAY_MS, 'd', HOUR_MS, 'h')
}

function two(ms: number, largeMs: number, large: string, smallMs: number, small: string): string {
  const rest = Math.floor((ms % largeMs) / smallMs)
  return `${Math.floor(ms / largeMs)} ${large}${rest > 0 ? ` ${rest} ${small}` : ''}`
}

/** What was measured: `310 ms`, `1.3 s`, and from ten seconds on like every length of time. */
export function measured(ms: number): string {
  if (ms < SECOND_MS) return `${Math.max(0, Math.round(ms))} ms`
  return ms < 10 * SECOND_MS ? `${(ms / SECOND_MS).toFixed(1)} s` : duration(ms)
}

export const lasted = (since: string, moment: Moment): string => duration(moment.nowMs - Date.parse(since))

export const ago = (at: string, moment: Moment): string => {
  const ms = moment.nowMs - Date.parse(at)
  return ms < SECOND_MS ? 'just now' : `${duration(ms)} ago`
}

/** What is left, never less than nothing; it reaches `0 s` when the time has come, and not before. */
export const left = (until: string, moment: Moment): string =>
  duration(Math.ceil((Date.parse(until) - moment.nowMs) / SECOND_MS) * SECOND_MS)

/** `12:00:07`, with the day where it is another one. */
export function clock(at: string, moment: Moment): string {
  const { timeZone } = moment
  const zone = timeZone === undefined ? {} : { timeZone }
  const day = new Intl.DateTimeFormat('en-GB', { ...zone, day: 'numeric', month: 'short' })
  const time = new Intl.DateTimeFormat('en-GB', { ...zone, timeStyle: 'medium' }).format(Date.parse(at))
  const date = day.format(Date.parse(at))
  return date === day.format(moment.nowMs) ? time : `${date}, ${time}`
}
