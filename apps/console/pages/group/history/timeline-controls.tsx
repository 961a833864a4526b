import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Toggle from '@cloudscape-design/components/toggle'
import { ZOOM_STEP } from './timeline.tsx'
import { around, type Extent, lastHours, pannedBy, type Zoom, zoomedBy } from './zoom.ts'

interface TimelineControlsProps {
  zoom: Zoom
  onZoom: (change: (before: Zoom) => Zoom) => void
  extent: Extent
  incident: { fromMs: number; toMs: number | null } | null
  isUtc: boolean
  onUtc: (isUtc: boolean) => void
}

const PRESETS: [text: string, zoom: Zoom][] = [
  ['Last hour', lastHours(1)],
  ['Day', lastHours(24)],
  ['Week', lastHours(7 * 24)],
  ['All', 'all'],
]
const PAN_STEP = 0.4

export function TimelineControls({ zoom, onZoom, extent, incident, isUtc, onUtc }: TimelineControlsProps) {
  const isLive = zoom === 'all' || zoom.endMs === null
  const isShown = (preset: Zoom) => JSON.stringify(preset) === JSON.stringify(zoom)
  const presets = PRESETS.map(([text, preset]) => (
    <Button
      key={text}
      nativeButtonAttributes={{ 'aria-pressed': isShown(preset) }}
      onClick={() => onZoom(() => preset)}
    >
      {text}
    </Button>
  ))
  const toIncident = incident && around({ fromMs: incident.fromMs, toMs: incident.toMs ?? extent.nowMs }, extent)
  return (
    <SpaceBetween size="xs" direction="horizontal" alignItems="center">
      {toIncident && <Button onClick={() => onZoom(() => toIncident)}>Last incident</Button>}
      {presets}
      <Button
        iconName="angle-left"
        ariaLabel="To the past"
        onClick={() => onZoom((before) => pannedBy(before, -PAN_STEP, extent))}
      />
      <Button
        iconName="angle-right"
        ariaLabel="To the future"
        disabled={isLive}
        onClick={() => onZoom((before) => pannedBy(before, PAN_STEP, extent))}
      />
      <Button
        iconName="zoom-in"
        ariaLabel="Zoom in"
        onClick={() => onZoom((before) => zoomedBy(before, 1 / ZOOM_STEP, null, extent))}
      />
      <Button
        iconName="zoom-out"
        ariaLabel="Zoom out"
        onClick={() => onZoom((before) => zoomedBy(before, ZOOM_STEP, null, extent))}
      />
      <Toggle
        checked={isLive}
        onChange={({ detail }) =>
          onZoom((before) => {
            const spanMs = before === 'all' ? extent.nowMs - extent.beginMs : before.spanMs
            return { spanMs, endMs: detail.checked ? null : extent.nowMs - 1 }
          })
        }
      >
        Follow now
      </Toggle>
      <Toggle checked={isUtc} onChange={({ detail }) => onUtc(detail.checked)}>
        UTC
      </Toggle>
    </SpaceBetween>
  )
}
