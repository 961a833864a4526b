import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useEffect, useState } from 'react'
import { ProblemAlert } from '../../../parts/problem.tsx'
import type { useHistory } from './history-data.tsx'
import type { Reading } from './reading.ts'

interface OlderEntriesProps {
  history: ReturnType<typeof useHistory>
  reading: Reading
  /** From when on entries are wanted; null: all. */
  wantedMs: number | null
  time: (atMs: number) => string
}

/** Reads older entries as far as one looks back, and tells how far it is. */
export function OlderEntries({ history: { older, readMore }, reading, wantedMs, time }: OlderEntriesProps) {
  const [isStopped, setStopped] = useState(false)
  const { entries, cursor } = reading
  const oldestMs = Date.parse(entries.at(-1)?.at ?? '')
  const isWanted = cursor !== null && (wantedMs === null || !(oldestMs < wantedMs))
  useEffect(() => {
    if (isWanted && !isStopped && !older.isReading && older.error === null) void readMore()
  }, [isWanted, isStopped, older, readMore])
  // One who looks elsewhere and back wants to go on.
  useEffect(() => {
    if (!isWanted) setStopped(false)
  }, [isWanted])
  if (!isWanted) return null
  if (older.error !== null) {
    return <ProblemAlert error={older.error} header="Older entries cannot be read" onRetry={() => void readMore()} />
  }
  const told = `${entries.length.toLocaleString()} entries are read, back to ${time(oldestMs)}`
  return (
    <SpaceBetween size="s" direction="horizontal" alignItems="center">
      <StatusIndicator type={isStopped ? 'stopped' : 'loading'}>
        {isStopped ? told : `Reading older entries: ${told}`}
      </StatusIndicator>
      <Button onClick={() => setStopped(!isStopped)}>{isStopped ? 'Go on' : 'Stop'}</Button>
    </SpaceBetween>
  )
}
