import './history.css'
import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { colorBackgroundItemSelected, colorBorderItemFocused } from '@cloudscape-design/design-tokens'
import { type CSSProperties, useCallback, useMemo, useState } from 'react'
import { lastIncident } from '../../../../client/incident.ts'
import { useGroup } from '../../../live/live.tsx'
import { useKept } from '../../../parts/kept.ts'
import { ProblemAlert } from '../../../parts/problem.tsx'
import { useNow } from '../../../parts/time.tsx'
import { Download } from './download.tsx'
import { EntryTable } from './entry-table.tsx'
import { wordsOf } from './entry-text.ts'
import { useHistory } from './history-data.tsx'
import { lanesOf } from './lanes.ts'
import { Legend } from './legend.tsx'
import { OlderEntries } from './older-entries.tsx'
import type { Reading } from './reading.ts'
import type { Teller } from './telling.ts'
import { Timeline } from './timeline.tsx'
import { TimelineControls } from './timeline-controls.tsx'
import { around, lastHours, reaching, windowOf, type Zoom } from './zoom.ts'

interface Place {
  cluster: string
  group: string
}

/** All that happened to a group: a picture that can be zoomed, and its entries beneath. */
export default function HistoryPanel({ cluster, group }: Place) {
  const history = useHistory(cluster, group)
  const { reading, error, refetch } = history
  const colors = {
    '--history-selected': colorBackgroundItemSelected,
    '--history-focus': colorBorderItemFocused,
  } as CSSProperties
  return (
    <div style={colors}>
      <SpaceBetween size="l">
        {error !== null && (
          <ProblemAlert error={error} header="The history cannot be read" onRetry={() => void refetch()} />
        )}
        {reading ? (
          <Shown {...{ cluster, group, history, reading }} />
        ) : (
          error === null && <StatusIndicator type="loading">Reading the history</StatusIndicator>
        )}
      </SpaceBetween>
    </div>
  )
}

type ShownProps = Place & { history: ReturnType<typeof useHistory>; reading: Reading }

function Shown({ cluster, group, history, reading }: ShownProps) {
  const nowMs = useNow()
  const status = useGroup(cluster, group)
  const [{ isUtc }, keep] = useKept('understudy.history', { isUtc: false })
  const [selected, setSelected] = useState<{ entry: string; from: 'picture' | 'table' } | null>(null)

  const { entries } = reading
  const isComplete = reading.cursor === null
  const beginMs = Date.parse(entries.at(-1)?.at ?? new Date(nowMs).toISOString())
  const extent = { beginMs, nowMs: Math.max(nowMs, Date.parse(entries[0]?.at ?? '') || 0) }
  const incident = useMemo(() => incidentWindow(reading), [reading])
  const [zoom, setZoom] = useState<Zoom>(() => {
    const seen = incidentWindow(reading)
    return seen ? around({ ...seen, toMs: seen.toMs ?? nowMs }, extent) : lastHours(24)
  })
  const window = windowOf(zoom, extent)

  const lanes = useMemo(
    () => lanesOf({ events: entries.toReversed(), status, isComplete, beginMs }),
    [entries, status, isComplete, beginMs],
  )
  const byId = useMemo(() => new Map(entries.map((entry) => [entry.id, entry])), [entries])
  const isClose = window.toMs - window.fromMs < 10 * 60_000
  const teller = useMemo<Teller>(
    () => ({
      time: timeWords(isUtc, isClose),
      words: (id) => {
        const entry = byId.get(id)
        return entry && wordsOf(entry)
      },
    }),
    [byId, isUtc, isClose],
  )
  const selectInTable = useCallback(
    (entry: string | null) => setSelected(entry === null ? null : { entry, from: 'table' }),
    [],
  )
  const selectInPicture = (ids: string[]) => {
    const newest = ids.flatMap((id) => byId.get(id) ?? []).at(-1)
    if (!newest) return
    // A long state began before what is seen.
    setZoom((before) => reaching(before, Date.parse(newest.at), extent))
    setSelected({ entry: newest.id, from: 'picture' })
  }
  const seen = useMemo(
    () => entries.filter(({ at }) => isWithin(Date.parse(at), window.fromMs, window.toMs)),
    [entries, window.fromMs, window.toMs],
  )
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            description={`${teller.time(window.fromMs)} – ${teller.time(window.toMs)}${isUtc ? ' UTC' : ''}`}
            actions={<Download cluster={cluster} group={group} />}
          >
            History
          </Header>
        }
      >
        <SpaceBetween size="s">
          <TimelineControls
            {...{ zoom, extent, incident, isUtc }}
            onZoom={setZoom}
            onUtc={(utc) => keep({ isUtc: utc })}
          />
          <Timeline
            {...{ lanes, zoom, extent, isComplete, isUtc, teller }}
            onZoom={setZoom}
            selected={selected?.entry ?? null}
            onSelect={selectInPicture}
          />
          <OlderEntries
            history={history}
            reading={reading}
            wantedMs={zoom === 'all' ? null : window.fromMs}
            time={teller.time}
          />
          <Legend lanes={lanes} window={window} />
          <Box color="text-body-secondary" fontSize="body-s">
            <span id="history-keys">
              Drag to move; the wheel with Ctrl, or two fingers, to zoom. Keys: ← → move, + − zoom, 0 shows all, Shift ←
              → and ↑ ↓ go from one to the next, Enter opens it beneath.
            </span>
          </Box>
        </SpaceBetween>
      </Container>
      <EntryTable entries={seen} all={entries} selected={selected} onSelect={selectInTable} isUtc={isUtc} />
    </SpaceBetween>
  )
}

const isWithin = (atMs: number, fromMs: number, toMs: number): boolean => fromMs <= atMs && atMs <= toMs

/** The last incident that what is read knows; `toMs` null: it goes on. */
export function incidentWindow({ entries }: Reading): { fromMs: number; toMs: number | null } | null {
  const incident = lastIncident(entries)
  if (!incident) return null
  const fromMs = Date.parse(incident.events[0]?.at ?? incident.openedAt)
  return { fromMs, toMs: incident.closedAt === null ? null : Date.parse(incident.closedAt) }
}

/** As exact as one looks. */
function timeWords(isUtc: boolean, isClose: boolean): (atMs: number) => string {
  const format = new Intl.DateTimeFormat(undefined, {
    ...(isUtc ? { timeZone: 'UTC' } : {}),
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    ...(isClose ? { fractionalSecondDigits: 3 } : {}),
  })
  return (atMs) => format.format(atMs)
}
