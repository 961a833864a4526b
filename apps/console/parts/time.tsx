import { useSyncExternalStore } from 'react'
import { ago, duration, left } from '../../client/words/time.ts'

const listeners = new Set<() => void>()
let nowMs = Date.now()
let ticking: ReturnType<typeof setInterval> | undefined

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  ticking ??= setInterval(() => {
    nowMs = Date.now()
    for (const each of listeners) each()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(ticking)
    ticking = undefined
  }
}

/** The time, to the second; what shows it is drawn anew each second, all at once. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => nowMs)

const zoned = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const utc = (at: string): string => `${at.slice(0, 19).replace('T', ' ')} UTC`

/** In the viewer's zone, with UTC at hand. */
export const localTime = (at: string): string => zoned.format(Date.parse(at))

/** A moment: in the viewer's zone; UTC shows when one points at it, and is copied with it. */
export const Moment = ({ at }: { at: string }) => (
  <time dateTime={at} title={utc(at)}>
    {localTime(at)}
  </time>
)

/** How long ago: `7 s ago`. */
export function Ago({ at }: { at: string }) {
  const moment = { nowMs: Math.max(useNow(), Date.parse(at)) }
  return (
    <time dateTime={at} title={`${localTime(at)} (${utc(at)})`}>
      {ago(at, moment)}
    </time>
  )
}

/** For how long now: `1 min 35 s`. */
export function Lasting({ since }: { since: string }) {
  const now = useNow()
  return (
    <time dateTime={since} title={`since ${localTime(since)} (${utc(since)})`}>
      {duration(now - Date.parse(since))}
    </time>
  )
}

/** What is left until then: `35 s`, never less than nothing. */
export function Countdown({ until }: { until: string }) {
  const moment = { nowMs: useNow() }
  return (
    <time dateTime={until} title={`until ${localTime(until)} (${utc(until)})`}>
      {left(until, moment)}
    </time>
  )
}
