const format = (isUtc: boolean) =>
  new Intl.DateTimeFormat(undefined, {
    ...(isUtc ? { timeZone: 'UTC' } : {}),
    dateStyle: 'medium',
    timeStyle: 'medium',
    hourCycle: 'h23',
  })
const zones = { local: format(false), utc: format(true) }

/** A moment in the zone of the picture; the other one is at hand. */
export function EntryTime({ at, isUtc }: { at: string; isUtc: boolean }) {
  const atMs = Date.parse(at)
  const [shown, other] = isUtc ? [zones.utc, zones.local] : [zones.local, zones.utc]
  return (
    <time dateTime={at} title={`${other.format(atMs)}${isUtc ? ' in your zone' : ' UTC'}`}>
      {shown.format(atMs)}
      {isUtc ? ' UTC' : ''}
    </time>
  )
}
