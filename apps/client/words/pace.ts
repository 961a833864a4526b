import { duration } from './time.ts'

/** How far something long has come. */
export interface Progress {
  done: number
  all: number
  startedAtMs: number
  /** What was done before that, which tells nothing of how quick it is. */
  doneBefore?: number
}

const NUMBERS = new Intl.NumberFormat('en-US')
export const number = (value: number): string => NUMBERS.format(value)
export const userCount = (value: number): string => `${number(value)} user${value === 1 ? '' : 's'}`

/** `43,200 of 100,000 · 512 a second · 1 min 50 s left`. */
export function paceWords({ done, all, startedAtMs, doneBefore = 0 }: Progress, nowMs: number): string {
  const perSecond = (done - doneBefore) / Math.max(0.001, (nowMs - startedAtMs) / 1000)
  const left = perSecond === 0 || done === all ? '' : ` · ${duration(((all - done) / perSecond) * 1000)} left`
  const speed = perSecond === 0 ? '' : ` · ${number(Math.round(perSecond))} a second`
  return `${number(done)} of ${number(all)}${speed}${left}`
}
